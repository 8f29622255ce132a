internal import Advisor
internal import Grammar

/// The tables and views of a snapshot, to find the collection that a search is about.
struct SearchedTables {
    /// A table's name.
    struct Name: Hashable {
        var schema: String
        var table: String
    }

    /// A view, and what its columns are.
    struct View {
        var name: Name
        /// What it returns, as its definition says.
        var columns: [String: String]
        /// The tables and views that it reads.
        var relations: [Name]
    }

    private struct Column: Hashable {
        var oid: UInt32
        var name: String
    }

    /// The position of the collection of each column.
    private var collections: [Column: Int] = [:]
    private var tables: [Name: UInt32] = [:]
    private var views: [UInt32: View] = [:]
    private var viewsByName: [Name: UInt32] = [:]

    /// Takes the tables of a snapshot.
    init(_ snapshot: CatalogSnapshot) {
        collections.reserveCapacity(snapshot.collections.count)
        for (position, collection) in snapshot.collections.enumerated() {
            let name = collection.name.column
            for relation in collection.relations { collections[Column(oid: relation.oid, name: name)] = position }
            for table in collection.partitionedTables { collections[Column(oid: table.oid, name: name)] = position }
        }
    }

    private static func tables(of collection: Collection) -> [(oid: UInt32, name: Name)] {
        collection.relations.map { ($0.oid, Name(schema: $0.schema, table: $0.table)) }
            + collection.partitionedTables.map { ($0.oid, Name(schema: $0.schema, table: $0.table)) }
    }

    /// All of their object identifiers.
    var oids: [UInt32] { Set(collections.keys.map(\.oid)).sorted() }

    /// Takes the views over them; the names of the tables are needed for views alone.
    mutating func add(_ views: [UInt32: View], over snapshot: CatalogSnapshot) {
        guard !views.isEmpty else { return }
        self.views = views
        for (oid, name) in snapshot.collections.flatMap(Self.tables) { tables[name] = oid }
        for (oid, view) in views { viewsByName[view.name] = oid }
    }

    /// The position of the collection of a column; `nil` if it is none.
    func collection(of oid: UInt32, column: String) -> Int? { collections[Column(oid: oid, name: column)] }

    /// The table and column that a column of a table or view is; with the view that it was found through.
    func origin(of oid: UInt32, column: String) -> (oid: UInt32, column: String, view: String?)? {
        if collection(of: oid, column: column) != nil { return (oid, column, nil) }
        guard let view = views[oid] else { return nil }
        return origin(in: view, column: column, depth: 1).map { ($0.oid, $0.column, view.name.table) }
    }

    private func origin(in view: View, column: String, depth: Int) -> (oid: UInt32, column: String)? {
        guard depth <= 5, let below = view.columns[column] else { return nil }
        for name in view.relations {
            if let oid = tables[name], collection(of: oid, column: below) != nil { return (oid, below) }
            if let next = viewsByName[name].flatMap({ views[$0] }),
                let found = origin(in: next, column: below, depth: depth + 1)
            {
                return found
            }
        }
        return nil
    }
}

extension SearchedTables.View {
    /// Reads the definition of a view, whose names have their schemas.
    init(name: SearchedTables.Name, _ statement: Grammar.Statement) {
        var columns: [String: String] = [:]
        for output in statement.output ?? [] {
            guard let name = output.name, case .expression(.column(let column)) = output.value else { continue }
            columns[name] = column.column
        }
        self.init(
            name: name,
            columns: columns,
            relations: statement.relations.compactMap { relation in
                relation.schema.map { SearchedTables.Name(schema: $0, table: relation.name) }
            }
        )
    }
}

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
        var columns: [String: ColumnReference]
        /// What its rows meet.
        var filters: [Filter]
        /// The tables and views that it reads.
        var relations: [Name]
    }

    /// The column of a table that a column of a table or view is.
    struct Origin {
        var oid: UInt32
        var column: String
        /// The view that it was found through.
        var view: String?
        /// The column of the table for each column of the view; `nil` if there is no view.
        var columns: [String: String]?
        /// What the views between let through, about columns of the table.
        var filters: [SearchFilter] = []
    }

    private struct Column: Hashable {
        var oid: UInt32
        var name: String
    }

    /// The position of the collection of each column.
    private var collections: [Column: Int] = [:]
    /// The positions of those that vecs keeps.
    private var positionsOfVecs: Set<Int> = []
    private var tables: [Name: UInt32] = [:]
    private var views: [UInt32: View] = [:]
    private var viewsByName: [Name: UInt32] = [:]

    /// Takes the tables of a snapshot.
    init(_ snapshot: CatalogSnapshot) {
        collections.reserveCapacity(snapshot.collections.count)
        for (position, collection) in snapshot.collections.enumerated() {
            let name = collection.name.column
            if collection.name.isVecs { positionsOfVecs.insert(position) }
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

    /// Whether a search is one of vecs, by the table and by how it searches.
    func isByVecs(_ search: FoundSearch) -> Bool {
        search.source.isDirect
            && collection(of: search.tableOID, column: search.column).map { positionsOfVecs.contains($0) } ?? false
    }

    /// The table and column that a column of a table or view is.
    func origin(of oid: UInt32, column: String) -> Origin? {
        if collection(of: oid, column: column) != nil { return Origin(oid: oid, column: column) }
        guard let view = views[oid], var origin = origin(in: view, column: column, depth: 1) else { return nil }
        origin.view = view.name.table
        return origin
    }

    private func origin(in view: View, column: String, depth: Int) -> Origin? {
        guard depth <= 5, let below = view.columns[column] else { return nil }
        for name in view.relations {
            var origin: Origin
            if let oid = tables[name], collection(of: oid, column: below.column) != nil {
                origin = Origin(oid: oid, column: below.column)
            } else if let next = viewsByName[name].flatMap({ views[$0] }),
                let found = self.origin(in: next, column: below.column, depth: depth + 1)
            {
                origin = found
            } else {
                continue
            }
            origin.filters += view.filters.map { filter in
                SearchFilter(filter, columns: filter.columns.filter { $0.relation == below.relation })
                    .renamed(by: origin.columns)
            }
            let own = view.columns.filter { $0.value.relation == below.relation }
            origin.columns = own.compactMapValues { column in
                origin.columns.map { $0[column.column] } ?? column.column
            }
            return origin
        }
        return nil
    }
}

extension SearchedTables.View {
    /// Reads the definition of a view, whose names have their schemas.
    init(name: SearchedTables.Name, _ statement: Grammar.Statement) {
        var columns: [String: ColumnReference] = [:]
        for output in statement.output ?? [] {
            guard let name = output.name, case .expression(.column(let column)) = output.value else { continue }
            columns[name] = column
        }
        self.init(
            name: name,
            columns: columns,
            filters: statement.filters.filter { $0.distances.isEmpty },
            relations: statement.relations.compactMap { relation in
                relation.schema.map { SearchedTables.Name(schema: $0, table: relation.name) }
            }
        )
    }
}

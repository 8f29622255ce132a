internal import Advisor
internal import Postgres

/// Compares a new index with the one that it is to replace, before that one is dropped.
///
/// Text that was deparsed in one session and parsed in another can mean other functions and operators, and any index can
/// have the name of a build. So both are compared in one snapshot, by text and by identifier.
struct IndexComparison {
    private let built: Side
    /// The index that is replaced; `nil` if there is none (any more).
    private let old: Side?

    /// The statement that reads both indexes.
    static func statement(built: UInt32, old: UInt32?) -> Statement {
        Statement(PackageResources.index_comparison_sql, [Int64(built), old.map { Int64($0) }])
    }

    /// Reads the result of ``statement(built:old:)``; `nil` if the new index is gone.
    init?(_ rows: Rows) throws(PostgresError) {
        var built: Side?
        var old: Side?
        for row in rows {
            let side = try Side(row)
            if try row["is_built", as: Bool.self] { built = side } else { old = side }
        }
        guard let built else { return nil }
        self.built = built
        self.old = old
    }

    /// How the new index differs from what was asked for, as part of a sentence.
    ///
    /// - Parameter job: The job that built it.
    /// - Returns: The differences; `nil` if there are none.
    func difference(from job: Job) -> String? {
        guard let definition = job.definition else { return nil }
        var differences = asked(for: definition, on: job.collection.column)
        if let old { differences += kept(of: old, isSameMethod: old.method == "\(definition.method)") }
        return differences.isEmpty ? nil : differences.joined(separator: "; ")
    }

    /// How the new index differs from the definition of the job.
    private func asked(for definition: IndexDefinition, on column: String) -> [String] {
        var differences: [String] = []
        differences.expect("method", built.method, "\(definition.method)")
        differences.expect("operator class", built.operatorClass, definition.operatorClass)
        // An extension may have been moved to another schema since.
        if old == nil, !built.isOperatorClassOfExtension {
            differences.expect("operator class's schema", built.operatorClassSchema, definition.operatorClassSchema)
        }
        if definition.expression == nil { differences.expect("key", built.column ?? built.keyText, column) }
        if (definition.predicate == nil) != (built.predicate == nil) {
            differences.append(
                "its predicate is \(built.predicateText) and not \(Self.legible(definition.predicate) ?? "none")"
            )
        }
        if Set(built.options) != Set(definition.writtenOptions) {
            differences.append(
                "its parameters are \(Self.list(built.options)) and not \(Self.list(definition.writtenOptions))"
            )
        }
        if old == nil, let tablespace = definition.tablespace {
            differences.expect("tablespace", built.tablespace ?? "that of the database", tablespace)
        }
        return differences
    }

    /// How the new index differs from the old one in properties that a rebuild keeps.
    private func kept(of old: Side, isSameMethod: Bool) -> [String] {
        var differences: [String] = []
        if built.tableOID != old.tableOID { differences.append("it is on another table") }
        if isSameMethod, built.operatorClassOID != old.operatorClassOID {
            differences.append(
                "its operator class \(built.operatorClassSchema).\(built.operatorClass) is not "
                    + "\(old.operatorClassSchema).\(old.operatorClass)"
            )
        }
        let (mine, other) = (Set(built.dependencies + built.functions), Set(old.dependencies + old.functions))
        // The server groups ANDs and casts arrays differently when it parses its own text, so text alone is not enough.
        if built.skeleton != old.skeleton || mine != other {
            let count = differences.count
            differences.expect("key", built.keyText, old.keyText)
            differences.expect("predicate", built.predicateText, old.predicateText)
            if mine == other, differences.count == count {
                differences.append("its key or predicate has other constants or columns")
            }
        }
        if mine != other {
            let words = (mine.subtracting(other).sorted(), other.subtracting(mine).sorted())
            differences.append("it uses \(Self.list(words.0)) instead of \(Self.list(words.1))")
        }
        differences.expect("ordering", built.ordering, old.ordering)
        differences.expect("persistence", built.persistence, old.persistence)
        if built.ownerOID != old.ownerOID { differences.append("it has another owner") }
        differences.expect(
            "tablespace",
            built.tablespace ?? "that of the database",
            old.tablespace ?? "that of the database"
        )
        return differences
    }

    /// The statements that give the new index the comment, statistics target and extensions that it is to have.
    ///
    /// - Parameters:
    ///   - definition: What it is to have if the old one is gone.
    ///   - index: The new index.
    /// - Returns: The statements, for the transaction in which it gets its name.
    func dressing(_ definition: IndexDefinition, of index: QualifiedName) -> [String] {
        JobStatements.dressing(index, as: old?.traits ?? IndexTraits(definition), from: built.traits)
    }

    private static func legible(_ sql: String?) -> String? { sql.map { DeparsedSQL($0).legible } }

    private static func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }

    /// One of the two indexes.
    private struct Side {
        var tableOID: UInt32
        var method: String
        var operatorClassOID: UInt32
        var operatorClassSchema: String
        var operatorClass: String
        var isOperatorClassOfExtension: Bool
        var column: String?
        var key: String
        var predicate: String?
        var ordering: String
        var options: [String]
        var persistence: String
        var ownerOID: UInt32
        var tablespace: String?
        var traits: IndexTraits
        var dependencies: [String]
        var functions: [String]
        var skeleton: [String]

        init(_ row: Row) throws(PostgresError) {
            tableOID = try row.oid("table_oid")
            method = try row["method", as: String.self]
            operatorClassOID = try row.oid("operator_class_oid")
            operatorClassSchema = try row["operator_class_schema", as: String.self]
            operatorClass = try row["operator_class", as: String.self]
            isOperatorClassOfExtension = try row["is_of_extension", as: Bool.self]
            column = try row["column", as: String?.self]
            key = try row["key", as: String.self]
            predicate = try row["predicate", as: String?.self]
            ordering = try row["ordering", as: String.self]
            options = try row["options", as: [String]?.self] ?? []
            persistence = try row["persistence", as: String.self]
            ownerOID = try row.oid("owner_oid")
            tablespace = try row["tablespace", as: String?.self]
            traits = IndexTraits(
                comment: try row["comment", as: String?.self],
                statisticsTarget: try row["statistics_target", as: Int?.self],
                extensions: try row["extensions", as: [String].self]
            )
            dependencies = try row["dependencies", as: [String].self]
            functions = try row["functions", as: [String].self]
            skeleton = try row["skeleton", as: [String].self]
        }

        var keyText: String { IndexComparison.legible(key) ?? "none" }
        var predicateText: String { IndexComparison.legible(predicate) ?? "none" }
    }
}

extension [String] {
    /// Records a property that is not as wanted.
    fileprivate mutating func expect(_ what: String, _ found: String, _ wanted: String) {
        if found != wanted { append("its \(what) is \(found) and not \(wanted)") }
    }
}

/// The properties of an index that CREATE INDEX does not set.
struct IndexTraits: Equatable {
    var comment: String?
    var statisticsTarget: Int?
    var extensions: [String] = []
}

extension IndexTraits {
    /// The properties of a definition.
    init(_ definition: IndexDefinition) {
        self.init(
            comment: definition.comment,
            statisticsTarget: definition.statisticsTarget,
            extensions: definition.extensions
        )
    }
}

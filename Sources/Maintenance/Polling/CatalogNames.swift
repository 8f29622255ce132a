internal import Advisor
internal import Postgres

/// The names that many rows of a poll refer to by object identifier, so that each is sent and read only once.
struct CatalogNames {
    /// A schema and what the role may do there.
    struct Schema {
        var name: String
        var canUse: Bool
        var canCreate: Bool
    }

    /// A role that may own tables.
    struct Owner {
        var name: String
        var isSuperuser: Bool
        /// Whether the role of the poll is one of its members.
        var isMember: Bool
    }

    /// A type of pgvector's, or a domain over one.
    struct ColumnType {
        var type: VectorType
        /// The dimensions that a domain fixes.
        var domainDimensions: Int?
        var isDomain: Bool
    }

    /// An operator class of a vector index.
    struct OperatorClass {
        var name: String
        var schema: String
        var method: IndexMethod
        /// pgvector's operator that one of another extension orders by.
        var distanceOperator: String?
    }

    private var schemas: [UInt32: Schema] = [:]
    private var owners: [UInt32: Owner] = [:]
    private var types: [UInt32: ColumnType] = [:]
    private var operatorClasses: [UInt32: OperatorClass] = [:]

    // All statements of a poll share one snapshot, so each reference has been sent by an earlier one.
    func schema(_ oid: UInt32) throws(PostgresError) -> Schema { try Self.known(schemas[oid], "schema", oid) }
    func owner(_ oid: UInt32) throws(PostgresError) -> Owner { try Self.known(owners[oid], "role", oid) }
    func type(_ oid: UInt32) throws(PostgresError) -> ColumnType { try Self.known(types[oid], "type", oid) }
    func operatorClass(_ oid: UInt32) throws(PostgresError) -> OperatorClass {
        try Self.known(operatorClasses[oid], "operator class", oid)
    }

    private static func known<Entry>(_ entry: Entry?, _ kind: String, _ oid: UInt32) throws(PostgresError) -> Entry {
        guard let entry else { throw PostgresError(.decoding, "the server sent nothing about \(kind) \(oid)") }
        return entry
    }

    /// Reads the rows of `poll_schemas.sql`.
    mutating func add(schemas rows: Rows) throws(PostgresError) {
        for row in rows {
            schemas[try row.oid("oid")] = Schema(
                name: try row["name", as: String.self],
                canUse: try row["can_use", as: Bool.self],
                canCreate: try row["can_create", as: Bool.self]
            )
        }
    }

    /// Reads the rows of `poll_owners.sql`.
    mutating func add(owners rows: Rows) throws(PostgresError) {
        for row in rows {
            owners[try row.oid("oid")] = Owner(
                name: try row["name", as: String.self],
                isSuperuser: try row["is_superuser", as: Bool.self],
                isMember: try row["is_member", as: Bool.self]
            )
        }
    }

    /// Reads the rows of `poll_types.sql`.
    mutating func add(types rows: Rows) throws(PostgresError) {
        for row in rows {
            let oid = try row.oid("oid")
            guard let type = VectorType(rawValue: try row["name", as: String.self]) else { continue }
            let typmod = try row["domain_typmod", as: Int?.self]
            types[oid] = ColumnType(
                type: type,
                domainDimensions: typmod.flatMap { $0 > 0 ? $0 : nil },
                isDomain: typmod != nil
            )
        }
    }

    /// Reads the rows of `poll_operator_classes.sql`.
    mutating func add(operatorClasses rows: Rows) throws(PostgresError) {
        for row in rows {
            operatorClasses[try row.oid("oid")] = OperatorClass(
                name: try row["name", as: String.self],
                schema: try row["schema", as: String.self],
                method: IndexMethod(name: try row["method", as: String.self]),
                distanceOperator: try row["distance_operator", as: String?.self]
            )
        }
    }
}

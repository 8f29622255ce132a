internal import Advisor
internal import Postgres

/// The vector indexes of a database by the table and the column that they are on.
struct IndexRows {
    /// A column of a table.
    struct Place: Hashable {
        var tableOID: UInt32
        var attnum: Int
    }

    /// The columns of index keys with expressions, by index.
    private var keyColumns: [UInt32: Int] = [:]
    private var indexes: [Place: [VectorIndex]] = [:]
    private var options = OptionTexts()

    /// Removes and returns the indexes of a column, ordered by name, so that thousands are not in memory twice.
    mutating func remove(of place: Place) -> [VectorIndex] {
        guard var found = indexes.removeValue(forKey: place) else { return [] }
        found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return found
    }

    /// Reads rows of `poll_keys.sql`, which come before those of the indexes.
    mutating func add(keys rows: Rows) throws(PostgresError) {
        for row in rows {
            // One empty row, if there is no such index.
            guard let oid = try row["index_oid", as: Int64?.self] else { continue }
            keyColumns[UInt32(truncatingIfNeeded: oid)] = try row["attnum", as: Int.self]
        }
    }

    /// Reads rows of `poll_indexes.sql`.
    mutating func add(_ rows: Rows, names: CatalogNames) throws(PostgresError) {
        for row in rows {
            let oid = try row.oid("oid")
            var attnum = try row["attnum", as: Int.self]
            let isOnExpression = attnum == 0
            if isOnExpression { attnum = keyColumns[oid] ?? 0 }
            let place = Place(tableOID: try row.oid("table_oid"), attnum: attnum)
            let operatorClass = try names.operatorClass(try row.oid("operator_class_oid"))
            let index = try VectorIndex(
                row,
                oid: oid,
                isOnExpression: isOnExpression,
                operatorClass: operatorClass,
                options: try options.parsed(row)
            )
            indexes[place, default: []].append(index)
        }
    }
}

extension VectorIndex {
    /// Reads a row of `poll_indexes.sql`.
    fileprivate init(
        _ row: Row,
        oid: UInt32,
        isOnExpression: Bool,
        operatorClass: CatalogNames.OperatorClass,
        options: [String: String]
    ) throws(PostgresError) {
        let isPartial = try row.flag("is_partial")
        self.init(
            oid: oid,
            name: try row["name", as: String.self],
            relfilenode: try row["later_relfilenode", as: Int64?.self].map { UInt32(truncatingIfNeeded: $0) } ?? oid,
            method: operatorClass.method,
            operatorClass: operatorClass.name,
            operatorClassSchema: operatorClass.schema,
            options: options,
            // The type of a plain column is the collection's; it is set there.
            indexedType: nil,
            isValid: try !row.flag("is_invalid"),
            isReady: try !row.flag("is_unready"),
            reltuples: try row["reltuples", as: Double.self],
            sizeBytes: try row["estimated_size_bytes", as: Int64.self],
            scans: try row["scans", as: Int64.self],
            builtAt: try row["built_at", as: Double?.self],
            isLatestBuild: false,
            attachedTo: try row["attached_to", as: Int64?.self].map { UInt32(truncatingIfNeeded: $0) }
        )
        distanceOperator = operatorClass.distanceOperator
        // While the table is locked, expression and predicate are unknown, except that they exist.
        if isOnExpression {
            indexedType = try row["indexed_type", as: String?.self].flatMap { VectorType(rawValue: $0) }
            indexedDimensions = try row["indexed_typmod", as: Int?.self].flatMap { $0 > 0 ? $0 : nil }
            expression = try row["expression", as: String?.self] ?? ""
        }
        if isPartial { predicate = try row["predicate", as: String?.self] ?? "" }
    }
}

/// Storage parameters by their text; thousands of indexes share a few texts.
private struct OptionTexts {
    private var known: [String: [String: String]] = [:]

    mutating func parsed(_ row: Row) throws(PostgresError) -> [String: String] {
        guard let text = try row["options", as: String?.self] else { return [:] }
        if let options = known[text] { return options }
        var options: [String: String] = [:]
        for option in try row["options", as: [String].self] {
            if let (name, value) = CatalogOption.split(option) { options[name] = value }
        }
        known[text] = options
        return options
    }
}

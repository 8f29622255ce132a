/// How the rows of a table are spread over partitions.
enum RecallLayout: String, Sendable, CaseIterable {
    case plain, hash, list, range, levels

    /// Those with partitions.
    static let partitioned = allCases.filter { $0 != .plain }

    /// How many partitions have rows.
    var partitions: Int {
        switch self {
        case .plain: 0
        case .hash, .list, .range: 3
        case .levels: 4
        }
    }

    /// A script that makes the table `docs`.
    func table(_ column: String) -> String {
        let table = "CREATE TABLE docs (id int, v \(column))"
        switch self {
        case .plain: return table
        case .hash:
            return table + " PARTITION BY HASH (id);"
                + (0..<3).map {
                    "CREATE TABLE docs_\($0) PARTITION OF docs FOR VALUES WITH (MODULUS 3, REMAINDER \($0))"
                }
                .joined(separator: ";")
        case .list:
            return """
                \(table) PARTITION BY LIST ((id % 3));
                CREATE TABLE docs_0 PARTITION OF docs FOR VALUES IN (0);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES IN (1, -1);
                CREATE TABLE docs_rest PARTITION OF docs DEFAULT
                """
        // One partition stays empty.
        case .range:
            return """
                \(table) PARTITION BY RANGE (id);
                CREATE TABLE docs_low PARTITION OF docs FOR VALUES FROM (MINVALUE) TO (100);
                CREATE TABLE docs_high PARTITION OF docs FOR VALUES FROM (100) TO (10000);
                CREATE TABLE docs_far PARTITION OF docs FOR VALUES FROM (50000) TO (MAXVALUE);
                CREATE TABLE docs_rest PARTITION OF docs DEFAULT
                """
        // The columns of one partition are in another order.
        case .levels:
            return """
                \(table) PARTITION BY RANGE (id);
                CREATE TABLE docs_low PARTITION OF docs FOR VALUES FROM (MINVALUE) TO (100) PARTITION BY HASH (id);
                CREATE TABLE docs_low_0 PARTITION OF docs_low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE docs_low_1 (v \(column), other text, id int);
                ALTER TABLE docs_low_1 DROP COLUMN other;
                ALTER TABLE docs_low ATTACH PARTITION docs_low_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                CREATE TABLE docs_high PARTITION OF docs FOR VALUES FROM (100) TO (10000);
                CREATE TABLE docs_rest PARTITION OF docs DEFAULT
                """
        }
    }
}

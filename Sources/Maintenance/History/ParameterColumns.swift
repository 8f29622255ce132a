internal import Advisor
internal import Postgres

/// Method and storage parameters as columns.
struct ParameterColumns {
    var method: String
    var lists: Int?
    var m: Int?
    var efConstruction: Int?

    init(_ parameters: IndexDefinition.Parameters) {
        switch parameters {
        case .ivfflat(let lists):
            method = "ivfflat"
            self.lists = lists
        case .hnsw(let m, let efConstruction):
            method = "hnsw"
            self.m = m
            self.efConstruction = efConstruction
        }
    }

    /// Reads the columns of a row; `nil` if there is no method.
    static func parameters(of row: Row) throws(PostgresError) -> IndexDefinition.Parameters? {
        switch try row["method", as: String?.self] {
        case "ivfflat": .ivfflat(lists: try row["lists", as: Int.self])
        case "hnsw": .hnsw(m: try row["m", as: Int.self], efConstruction: try row["ef_construction", as: Int.self])
        default: nil
        }
    }
}

extension BuildShape {
    /// Reads the columns of a job or a build, which may be empty.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - column: The column that contains the rows.
    /// - Throws: If the type is unknown.
    init?(_ row: Row, rows column: String) throws(PostgresError) {
        guard let name = try row["indexed_type", as: String?.self] else { return nil }
        guard let type = VectorType(rawValue: name) else {
            throw PostgresError(.decoding, "a job or a build has the unknown type \(name)")
        }
        self.init(
            type: type,
            dimensions: try row["indexed_dimensions", as: Int.self],
            rows: try row[column, as: Int64.self],
            elements: try row["expected_elements", as: Int64?.self]
        )
    }
}

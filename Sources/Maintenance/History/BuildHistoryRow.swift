public import Advisor
internal import Postgres

/// One recorded build of an index: its contents and its cost.
public struct BuildHistoryRow: Sendable, Equatable {
    /// Its number; `nil` before it is recorded.
    public var id: Int64?
    /// The job that built it, as long as the job is kept.
    public var jobID: Int64?
    /// The schema of table and index.
    public var schema: String
    /// The table.
    public var table: String
    /// The vector column.
    public var column: String
    /// The index.
    public var index: String
    /// The build of the index.
    public var identity: IndexIdentity
    /// The rows of the index at the build.
    public var rows: Int64
    /// The rows with a vector in the table at that time, if known.
    public var tableRows: Int64?
    /// How the rows are known.
    public var source: LastBuild.Source
    /// Method and storage parameters.
    public var parameters: IndexDefinition.Parameters
    /// Its size at the build.
    public var sizeBytes: Int64?
    /// The time of the job, from its start to its end.
    public var seconds: Double?
    /// The contents of the index and the cost of the build statement; `nil` if they were not measured.
    public var measurement: BuildMeasurement?
    /// The predicted memory.
    public var predictedMemoryBytes: Int64?
    /// The predicted size.
    public var predictedDiskBytes: Int64?
    /// The predicted time.
    public var predictedSeconds: Double?
    /// When it was built, in seconds since 1970; `nil` before it is recorded means the server's now.
    public var builtAt: Double?

    /// Creates a record.
    public init(
        jobID: Int64? = nil,
        schema: String,
        table: String,
        column: String,
        index: String,
        identity: IndexIdentity,
        rows: Int64,
        tableRows: Int64? = nil,
        source: LastBuild.Source,
        parameters: IndexDefinition.Parameters,
        sizeBytes: Int64? = nil,
        seconds: Double? = nil,
        predictedMemoryBytes: Int64? = nil,
        predictedDiskBytes: Int64? = nil,
        predictedSeconds: Double? = nil,
        measurement: BuildMeasurement? = nil,
        builtAt: Double? = nil
    ) {
        self.jobID = jobID
        self.schema = schema
        self.table = table
        self.column = column
        self.index = index
        self.identity = identity
        self.rows = rows
        self.tableRows = tableRows.map { max($0, rows) }
        self.source = source
        self.parameters = parameters
        self.sizeBytes = sizeBytes
        self.seconds = seconds
        self.predictedMemoryBytes = predictedMemoryBytes
        self.predictedDiskBytes = predictedDiskBytes
        self.predictedSeconds = predictedSeconds
        self.measurement = measurement
        self.builtAt = builtAt
    }
}

/// The cost of the build statement of an index, with its resources.
public struct BuildMeasurement: Sendable, Equatable {
    /// The contents of the index.
    public var shape: BuildShape
    /// The seconds of the statement, without its waits for other sessions.
    public var seconds: Double
    /// Its parallel workers.
    public var workers: Int
    /// Its `maintenance_work_mem`, in bytes.
    public var memoryBytes: Int64
    /// Whether the server reported that the graph outgrew its memory; `nil` if nobody listened.
    public var hasSpilled: Bool?
    /// The times of the first phases of an IVFFlat build; `nil` if they were not seen clearly enough.
    public var phases: BuildPhases?

    /// Creates a measurement.
    public init(
        shape: BuildShape,
        seconds: Double,
        workers: Int,
        memoryBytes: Int64,
        hasSpilled: Bool? = nil,
        phases: BuildPhases? = nil
    ) {
        self.shape = shape
        self.seconds = seconds
        self.workers = workers
        self.memoryBytes = memoryBytes
        self.hasSpilled = hasSpilled
        self.phases = phases
    }

    /// Reads the columns of a build.
    init?(_ row: Row) throws(PostgresError) {
        guard let shape = try BuildShape(row, rows: "rows"),
            let seconds = try row["statement_seconds", as: Double?.self]
        else { return nil }
        self.init(
            shape: shape,
            seconds: seconds,
            workers: try row["parallel_workers", as: Int.self],
            memoryBytes: try row["maintenance_work_memory_bytes", as: Int64.self],
            hasSpilled: try row["has_spilled", as: Bool?.self],
            phases: try BuildPhases(row, "training_seconds", "assigning_seconds")
        )
    }
}

extension BuildPhases {
    /// Reads two columns of a build or of a job; `nil` if they have nothing.
    init?(_ row: Row, _ training: String, _ assigning: String) throws(PostgresError) {
        guard let first = try row[training, as: Double?.self], let second = try row[assigning, as: Double?.self] else {
            return nil
        }
        self.init(training: first, assigning: second)
    }
}

extension BuildHistoryRow {
    /// The parameters of `build_insert.sql`.
    var parameterList: [any ParameterEncodable] {
        let columns = ParameterColumns(parameters)
        return [
            jobID, schema, table, column, index, Int64(identity.oid), Int64(identity.relfilenode), rows,
            source.rawValue, columns.method, columns.lists, columns.m, columns.efConstruction, sizeBytes, seconds,
            predictedMemoryBytes, predictedDiskBytes, builtAt, tableRows, predictedSeconds,
            measurement?.shape.type.rawValue, measurement?.shape.dimensions, measurement?.shape.elements,
            measurement?.seconds, measurement?.workers, measurement?.memoryBytes, measurement?.hasSpilled,
            measurement?.phases?.training, measurement?.phases?.assigning,
        ]
    }

    /// Reads a row of `build_latest.sql`.
    init(_ row: Row) throws(PostgresError) {
        guard let source = LastBuild.Source(rawValue: try row["source", as: String.self]),
            let parameters = try ParameterColumns.parameters(of: row)
        else { throw PostgresError(.decoding, "a build of an unknown source or method") }
        self.init(
            jobID: try row["job_id", as: Int64?.self],
            schema: try row["table_schema", as: String.self],
            table: try row["table_name", as: String.self],
            column: try row["column_name", as: String.self],
            index: try row["index_name", as: String.self],
            identity: IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode")),
            rows: try row["rows", as: Int64.self],
            tableRows: try row["table_rows", as: Int64?.self],
            source: source,
            parameters: parameters,
            sizeBytes: try row["size_bytes", as: Int64?.self],
            seconds: try row["seconds", as: Double?.self],
            predictedMemoryBytes: try row["predicted_memory_bytes", as: Int64?.self],
            predictedDiskBytes: try row["predicted_disk_bytes", as: Int64?.self],
            predictedSeconds: try row["predicted_seconds", as: Double?.self],
            measurement: try BuildMeasurement(row),
            builtAt: try row["built_epoch", as: Double.self]
        )
        id = try row["id", as: Int64.self]
    }
}

import Advisor
import Maintenance

/// Builds to be recorded, of a table `t`.
enum SampleBuilds {
    static func build(
        _ index: String,
        rows: Int64,
        jobID: Int64? = nil,
        builtAt: Double? = nil
    ) -> BuildHistoryRow {
        BuildHistoryRow(
            jobID: jobID,
            schema: "public",
            table: "t",
            column: "vec",
            index: index,
            identity: IndexIdentity(oid: .max, relfilenode: 7),
            rows: rows,
            source: .built,
            parameters: .ivfflat(lists: 30),
            sizeBytes: 1 << 40,
            seconds: 0.1,
            predictedMemoryBytes: 1,
            predictedDiskBytes: 2,
            predictedSeconds: 3,
            measurement: BuildMeasurement(
                shape: BuildShape(type: .vector, dimensions: 8, rows: rows, elements: 5),
                seconds: 0.05,
                workers: 1,
                memoryBytes: 1 << 20,
                hasSpilled: true,
                phases: BuildPhases(training: 0.01, assigning: 0.03)
            ),
            builtAt: builtAt
        )
    }
}

/// What the scans of an index gave since the server began to count, before any filter.
public struct ScanCounts: Sendable, Equatable {
    /// The scans.
    public var scans: Int64
    /// The rows that they gave together, also those that their sessions could not see.
    public var rows: Int64

    /// Takes the counts.
    public init(scans: Int64, rows: Int64) {
        self.scans = scans
        self.rows = rows
    }

    /// The rows that a scan gave on average; `nil` if there was none.
    public var rowsPerScan: Double? { scans > 0 ? Double(rows) / Double(scans) : nil }
}

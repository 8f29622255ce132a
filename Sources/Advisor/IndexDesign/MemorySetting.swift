/// Memory sizes in the spelling of settings: exact, so that different sizes never look the same.
public enum MemorySetting {
    private static let units: [(name: String, bytes: Int64)] = [("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)]

    /// A short size that is large enough: the next whole MB.
    public static func enough(_ bytes: Int64) -> Int64 { ((bytes + (1 << 20) - 1) >> 20) << 20 }

    /// A size as a setting, in the largest unit that divides it: `1GB`, `1536MB`, `66500kB`.
    ///
    /// - Parameter bytes: The size; a fraction of a kB is cut off, because `maintenance_work_mem` is set in kB.
    /// - Returns: The spelling.
    public static func spelled(_ bytes: Int64) -> String {
        let (number, unit) = parts(bytes)
        return "\(number)\(unit)"
    }

    /// A size in a sentence: `1 GB`, `66,500 kB`.
    public static func words(_ bytes: Int64) -> String {
        let (number, unit) = parts(bytes)
        return "\(Numbers.grouped(number)) \(unit)"
    }

    private static func parts(_ bytes: Int64) -> (number: Int64, unit: String) {
        let unit = units.first { bytes >= $0.bytes && bytes.isMultiple(of: $0.bytes) } ?? units[2]
        return (bytes / unit.bytes, unit.name)
    }
}

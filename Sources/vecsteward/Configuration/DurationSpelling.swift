/// Durations as systemd spells them: `15min`, `1h 30min`, `250ms`, and `90` for seconds.
enum DurationSpelling {
    /// The units with all their spellings, the printed one first, and their length in microseconds.
    private static let units: [(spellings: [String], microseconds: Int64)] = [
        (["us", "usec", "µs", "μs"], 1),
        (["ms", "msec"], 1_000),
        (["s", "sec", "second", "seconds"], 1_000_000),
        (["min", "m", "minute", "minutes"], 60_000_000),
        (["h", "hr", "hour", "hours"], 3_600_000_000),
        (["d", "day", "days"], 86_400_000_000),
        (["w", "week", "weeks"], 604_800_000_000),
    ]

    /// The form of a duration, for a hint.
    static let form = "a duration like \"30s\", \"250ms\", \"15min\" or \"1h 30min\""

    /// Reads a duration.
    ///
    /// - Returns: `nil` if the text is no duration, or one that is too long to count in microseconds.
    static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total: Int64 = 0
        var parts = 0
        while true {
            rest = rest.drop { $0 == " " }
            if rest.isEmpty { break }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let unit = rest.prefix { !$0.isNumber && $0 != " " }
            rest = rest.dropFirst(unit.count)
            // A number without a unit is in seconds, but only if it stands alone.
            guard let size = unit.isEmpty ? (parts == 0 && rest.isEmpty ? 1_000_000 : nil) : microseconds(unit) else {
                return nil
            }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: size)
            let (sum, isSumTooLarge) = total.addingReportingOverflow(product)
            guard !isTooLarge, !isSumTooLarge else { return nil }
            total = sum
            parts += 1
        }
        return parts == 0 ? nil : .microseconds(total)
    }

    private static func microseconds(_ unit: Substring) -> Int64? {
        units.first { $0.spellings.contains(String(unit)) }?.microseconds
    }

    /// Writes a duration in the largest units that fit: `1h 30min`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        guard rest > 0 else { return "0" }
        var parts: [String] = []
        for unit in units.reversed() where rest >= unit.microseconds {
            parts.append("\(rest / unit.microseconds)\(unit.spellings[0])")
            rest %= unit.microseconds
        }
        return parts.joined(separator: " ")
    }
}

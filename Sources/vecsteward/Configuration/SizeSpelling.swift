/// Sizes as PostgreSQL spells them: `64MB`, `2 GB`; units are powers of 1,024 and case-sensitive.
enum SizeSpelling {
    private static let units: [(name: String, bytes: Int64)] = [
        ("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10),
    ]

    /// The form of a size, for a hint.
    static let form = "a whole number with one of the units kB, MB, GB and TB, such as \"64MB\" or \"2GB\""

    /// Reads a size in bytes.
    ///
    /// - Returns: `nil` if the text is no size, has no unit, or is too large to count.
    static func parse(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int64(digits), let size = units.first(where: { $0.name == unit }) else { return nil }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: size.bytes)
        return isTooLarge ? nil : bytes
    }

    /// Writes a size in the largest unit that divides it: `1GB`, `1536MB`.
    static func text(_ bytes: Int64) -> String {
        let unit = units.first { bytes != 0 && bytes.isMultiple(of: $0.bytes) }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes / 1_024)kB"
    }
}

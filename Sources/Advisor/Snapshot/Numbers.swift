/// The spelling of numbers in all reports and messages.
public enum Numbers {
    /// A whole number with separated thousands: `1,250,000`.
    public static func grouped(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// A size as PostgreSQL spells it, in powers of 1,024: `512 bytes`, `64 MB`, `1.5 GB`.
    public static func size(bytes: Int64) -> String {
        let units = ["kB", "MB", "GB", "TB"]
        guard bytes.magnitude >= 1_024 else { return "\(bytes) bytes" }
        var value = Double(bytes) / 1_024
        var unit = 0
        while value.magnitude >= 1_023.5, unit < units.count - 1 {
            value /= 1_024
            unit += 1
        }
        return "\(decimal(value, digits: value.magnitude < 9.95 ? 1 : 0)) \(units[unit])"
    }

    /// A ratio or a measured number with this many digits after the point, without a trailing `.0`.
    public static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return value.description }
        var scale: Int64 = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((value.magnitude * Double(scale)).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        var fraction = String(scaled % scale + scale).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return sign + String(scaled / scale) + (digits == 0 || fraction.isEmpty ? "" : "." + fraction)
    }

    /// A share of 0 to 1 as `41 %`, and `under 1 %` rather than `0 %`.
    public static func percent(_ share: Double) -> String {
        if share > 0, share < 0.01 { return "under 1 %" }
        if share < 1, share > 0.99 { return "over 99 %" }
        return "\(decimal(share * 100, digits: 0)) %"
    }

    /// A share of 0 to 1 as `.891`, and 0 and 1 as `0` and `1`; never rounded up to 1.
    public static func share(_ share: Double) -> String {
        guard share < 1 else { return "1" }
        guard share > 0 else { return "0" }
        let thousandths = min(999, max(0, Int((share * 1_000).rounded())))
        return ".\(String(thousandths + 1_000).dropFirst())"
    }

    /// A rough duration: `about 4 s`, `about 3 min`, `about 2 h`.
    public static func roughDuration(seconds: Double) -> String {
        switch seconds {
        case ..<1: "about 1 s"
        case ..<90: "about \(decimal(seconds, digits: 0)) s"
        case ..<5_400: "about \(decimal(seconds / 60, digits: 0)) min"
        default: "about \(decimal(seconds / 3_600, digits: 0)) h"
        }
    }
}

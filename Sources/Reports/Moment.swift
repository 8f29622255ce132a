/// Times and durations as text.
public enum Moment {
    /// A time in UTC, `2026-11-23 09:30:00 UTC`; `an unknown time` if it is not finite or thousands of years away.
    ///
    /// The calendar arithmetic is Howard Hinnant's `civil_from_days`, for the proleptic Gregorian calendar.
    public static func text(secondsSince1970: Double) -> String {
        guard secondsSince1970.isFinite, secondsSince1970.magnitude < 1e11 else { return "an unknown time" }
        let total = Int(secondsSince1970.rounded(.down))
        let seconds = ((total % 86_400) + 86_400) % 86_400
        let shifted = (total - seconds) / 86_400 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return
            "\(year)-\(two(month))-\(two(day)) \(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) UTC"
    }

    /// A duration in whole units, rounded down: `40 s`, `12 min`, `3 h`, `2 days`; negative ones count as 0.
    static func duration(seconds: Double) -> String {
        switch seconds {
        case _ where !seconds.isFinite: "an unknown time"
        case ..<120: "\(Int(max(0, seconds))) s"
        case ..<7_200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3_600)) h"
        default: "\(Int(min(seconds / 86_400, 1e9))) days"
        }
    }
}

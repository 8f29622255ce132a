/// The local time in a time zone: the day of the week and the time of day.
///
/// The server converts its own clock to the time zone of a window, so nothing here knows time zones.
public struct LocalTime: Sendable, Hashable {
    /// The day.
    public var weekday: Weekday
    /// Seconds since midnight, 0 to 86,399.
    public var secondOfDay: Int

    /// Creates a local time.
    public init(weekday: Weekday, secondOfDay: Int) {
        self.weekday = weekday
        self.secondOfDay = secondOfDay
    }

    static let secondsOfWeek = 7 * 86_400

    /// The time so many seconds after Monday's midnight; weeks wrap around.
    init(secondOfWeek: Int) {
        let second = (secondOfWeek % Self.secondsOfWeek + Self.secondsOfWeek) % Self.secondsOfWeek
        self.init(weekday: Weekday.allCases[second / 86_400], secondOfDay: second % 86_400)
    }

    /// Seconds since Monday's midnight.
    var secondOfWeek: Int { (weekday.rawValue - 1) * 86_400 + secondOfDay }

    /// The seconds from here to another time of the week, 0 to 604,799.
    func seconds(until other: LocalTime) -> Int {
        (other.secondOfWeek - secondOfWeek + Self.secondsOfWeek) % Self.secondsOfWeek
    }
}

extension LocalTime: CustomStringConvertible {
    /// `Saturday 22:00`; seconds are shown only if they are not zero.
    public var description: String {
        let seconds = secondOfDay % 60
        return "\(weekday.name) \(TimeOfDay(minutes: secondOfDay / 60)?.description ?? "")"
            + (seconds == 0 ? "" : seconds < 10 ? ":0\(seconds)" : ":\(seconds)")
    }
}

/// A day of the week, numbered as ISO 8601 does and `extract(ISODOW ...)` gives it.
public enum Weekday: Int, Sendable, Hashable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday

    /// The name: `Saturday`.
    public var name: String {
        switch self {
        case .monday: "Monday"
        case .tuesday: "Tuesday"
        case .wednesday: "Wednesday"
        case .thursday: "Thursday"
        case .friday: "Friday"
        case .saturday: "Saturday"
        case .sunday: "Sunday"
        }
    }

    /// The first three letters: `Sat`.
    public var abbreviation: String { String(name.prefix(3)) }
}

/// A time of day to the minute; `24:00` is the end of a day.
public struct TimeOfDay: Sendable, Hashable, CustomStringConvertible {
    /// Minutes since midnight, 0 to 1,440.
    public let minutes: Int

    /// `00:00`.
    public static let midnight = TimeOfDay(unchecked: 0)
    /// `24:00`.
    public static let endOfDay = TimeOfDay(unchecked: 1_440)

    /// Creates a time so many minutes after midnight; `nil` if no day has it.
    public init?(minutes: Int) {
        guard 0...1_440 ~= minutes else { return nil }
        self.init(unchecked: minutes)
    }

    private init(unchecked minutes: Int) { self.minutes = minutes }

    /// Parses `HH:MM`, two digits each, up to `24:00`; `nil` for anything else.
    public init?(_ text: String) {
        let digits = Array(text.utf8).map { Int($0) - 48 }
        guard digits.count == 5, digits[2] == 10, [0, 1, 3, 4].allSatisfy({ 0...9 ~= digits[$0] }) else { return nil }
        let minute = digits[3] * 10 + digits[4]
        guard minute < 60 else { return nil }
        self.init(minutes: (digits[0] * 10 + digits[1]) * 60 + minute)
    }

    /// `22:00`.
    public var description: String {
        let (hour, minute) = (minutes / 60, minutes % 60)
        return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}

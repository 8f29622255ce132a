/// A time of the week in which builds may begin.
///
/// A window is open from `from` up to, and without, `to` by the clock on the wall of its time zone. Where `to` is not later
/// than `from` it goes past midnight and belongs to the day on which it begins; where they are equal it is 24 hours long.
///
/// On days on which the clock is changed it follows the clock: a time that is skipped does not come, and an hour that
/// comes twice is open twice.
public struct MaintenanceWindow: Sendable, Equatable {
    /// The days on which it begins, never none.
    public let days: Set<Weekday>
    /// When it begins.
    public let from: TimeOfDay
    /// When it ends.
    public let to: TimeOfDay
    /// The time zone, by a name that the server knows.
    public let timeZone: String

    /// A window.
    ///
    /// - Precondition: There is a day on which it begins.
    public init(days: Set<Weekday> = Set(Weekday.allCases), from: TimeOfDay, to: TimeOfDay, timeZone: String = "UTC") {
        precondition(!days.isEmpty, "a window that never opens")
        self.days = days
        self.from = from
        self.to = to
        self.timeZone = timeZone
    }

    /// Whether it is open.
    ///
    /// - Parameter time: What the clock of its time zone shows.
    /// - Returns: Whether a build may begin then, as far as this window goes.
    public func isOpen(at time: LocalTime) -> Bool {
        days.contains { opening(on: $0).seconds(until: time) < length }
    }

    /// When it next begins.
    ///
    /// - Parameter time: What the clock of its time zone shows.
    /// - Returns: The first time after that at which it begins, whether or not it is open now; a week later where it begins
    ///   at this very second.
    public func nextOpening(after time: LocalTime) -> LocalTime {
        let next = LocalTime(secondOfWeek: time.secondOfWeek + 1)
        let waits = days.map { next.seconds(until: opening(on: $0)) }
        return LocalTime(secondOfWeek: next.secondOfWeek + (waits.min() ?? 0))
    }

    /// Seconds from its beginning to its end.
    private var length: Int {
        (to.minutes > from.minutes ? to.minutes - from.minutes : 1_440 - from.minutes + to.minutes) * 60
    }

    private func opening(on day: Weekday) -> LocalTime {
        LocalTime(secondOfWeek: (day.rawValue - 1) * 86_400 + from.minutes * 60)
    }
}

extension MaintenanceWindow: CustomStringConvertible {
    /// The window in words: `Sat, Sun 22:00-06:00 Europe/Berlin`, `every day 01:00-05:00 UTC`.
    public var description: String {
        let names = Weekday.allCases.filter(days.contains).map(\.abbreviation).joined(separator: ", ")
        return "\(days.count == 7 ? "every day" : names) \(from)-\(to) \(timeZone)"
    }
}

// What all windows of a configuration say together.
extension MaintenanceWindow {
    /// Whether one of the windows is open; always where there are none.
    ///
    /// - Parameters:
    ///   - windows: Those that are configured.
    ///   - clocks: What the clock of each time zone shows. A window whose clock is not among them counts as closed.
    /// - Returns: Whether a build may begin.
    public static func isAnyOpen(_ windows: [MaintenanceWindow], at clocks: [String: LocalTime]) -> Bool {
        windows.isEmpty
            || windows.contains { window in clocks[window.timeZone].map(window.isOpen(at:)) ?? false }
    }

    /// The next time that one of the windows begins.
    ///
    /// - Parameters:
    ///   - windows: Those that are configured.
    ///   - clocks: What the clock of each time zone shows.
    /// - Returns: `nil` where there are no windows, or no clock for any of them.
    public static func nextOpening(of windows: [MaintenanceWindow], after clocks: [String: LocalTime]) -> Opening? {
        let openings = windows.compactMap { window -> (wait: Int, opening: Opening)? in
            guard let now = clocks[window.timeZone] else { return nil }
            let next = window.nextOpening(after: now)
            // At the very second at which the only one begins the next time is a week away.
            let wait = now == next ? LocalTime.secondsOfWeek : now.seconds(until: next)
            return (wait, Opening(time: next, timeZone: window.timeZone))
        }
        return openings.min { $0.wait < $1.wait }?.opening
    }

    /// The beginning of a window.
    public struct Opening: Sendable, Equatable, CustomStringConvertible {
        /// What the clock of its time zone shows then.
        public var time: LocalTime
        /// The time zone.
        public var timeZone: String

        /// `Saturday 22:00 (Europe/Berlin)`.
        public var description: String { "\(time) (\(timeZone))" }
    }
}

/// A time of the week in which builds may start.
///
/// A window is open from `from` until just before `to`, by the local time of its time zone. If `to` is not later than
/// `from`, the window continues past midnight and belongs to the day on which it starts; if they are equal, it is 24
/// hours long.
///
/// When the clock changes, the window follows the clock: it does not open at a time that is skipped, and it is open
/// twice in an hour that occurs twice.
public struct MaintenanceWindow: Sendable, Equatable {
    /// The days on which it starts; never empty.
    public let days: Set<Weekday>
    /// When it begins.
    public let from: TimeOfDay
    /// When it ends.
    public let to: TimeOfDay
    /// The time zone, by a name that the server knows.
    public let timeZone: String

    /// Creates a window.
    ///
    /// - Precondition: `days` is not empty.
    public init(days: Set<Weekday> = Set(Weekday.allCases), from: TimeOfDay, to: TimeOfDay, timeZone: String = "UTC") {
        precondition(!days.isEmpty, "a window that never opens")
        self.days = days
        self.from = from
        self.to = to
        self.timeZone = timeZone
    }

    /// Whether it is open.
    ///
    /// - Parameter time: The local time of its time zone.
    /// - Returns: Whether this window lets a build start then.
    public func isOpen(at time: LocalTime) -> Bool {
        days.contains { opening(on: $0).seconds(until: time) < length }
    }

    /// The next time at which it starts.
    ///
    /// - Parameter time: The local time of its time zone.
    /// - Returns: The first start after that time, whether it is open now or not; a week later if it starts in this
    ///   second.
    public func nextOpening(after time: LocalTime) -> LocalTime {
        let next = LocalTime(secondOfWeek: time.secondOfWeek + 1)
        let waits = days.map { next.seconds(until: opening(on: $0)) }
        return LocalTime(secondOfWeek: next.secondOfWeek + (waits.min() ?? 0))
    }

    /// Seconds from its start to its end.
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

// All windows of a configuration together.
extension MaintenanceWindow {
    /// Whether one of the windows is open; always, if there are none.
    ///
    /// - Parameters:
    ///   - windows: The configured windows.
    ///   - clocks: The local time of each time zone. A window without one counts as closed.
    /// - Returns: Whether a build may start.
    public static func isAnyOpen(_ windows: [MaintenanceWindow], at clocks: [String: LocalTime]) -> Bool {
        windows.isEmpty
            || windows.contains { window in clocks[window.timeZone].map(window.isOpen(at:)) ?? false }
    }

    /// The next time at which one of the windows starts.
    ///
    /// - Parameters:
    ///   - windows: The configured windows.
    ///   - clocks: The local time of each time zone.
    /// - Returns: `nil` if there are no windows, or no local time for any of them.
    public static func nextOpening(of windows: [MaintenanceWindow], after clocks: [String: LocalTime]) -> Opening? {
        let openings = windows.compactMap { window -> (wait: Int, opening: Opening)? in
            guard let now = clocks[window.timeZone] else { return nil }
            let next = window.nextOpening(after: now)
            // In the second in which the only window starts, the next start is a week away.
            let wait = now == next ? LocalTime.secondsOfWeek : now.seconds(until: next)
            return (wait, Opening(time: next, timeZone: window.timeZone))
        }
        return openings.min { $0.wait < $1.wait }?.opening
    }

    /// The start of a window.
    public struct Opening: Sendable, Equatable, CustomStringConvertible {
        /// The local time of the start in its time zone.
        public var time: LocalTime
        /// The time zone.
        public var timeZone: String

        /// `Saturday 22:00 (Europe/Berlin)`.
        public var description: String { "\(time) (\(timeZone))" }
    }
}

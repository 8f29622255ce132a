import Testing

@testable import Advisor

/// A moment as the tables below write it: `sat 22:00`, `sun 05:59:59`.
private func moment(_ text: String) -> LocalTime {
    let parts = text.split(separator: " ")
    let day = Weekday.allCases.first { $0.abbreviation.lowercased() == parts[0] } ?? .monday
    let numbers = parts[1].split(separator: ":").compactMap { Int($0) }
    return LocalTime(
        weekday: day,
        secondOfDay: numbers[0] * 3_600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
    )
}

/// A window as the tables below write it: `sat,sun 22:00-06:00`, every day where no day is named.
private func window(_ text: String, in timeZone: String = "UTC") -> MaintenanceWindow {
    let parts = text.split(separator: " ")
    let times = parts[parts.count - 1].split(separator: "-").compactMap { TimeOfDay(String($0)) }
    let days = Weekday.allCases.filter { parts.count == 1 || parts[0].contains($0.abbreviation.lowercased()) }
    return MaintenanceWindow(days: Set(days), from: times[0], to: times[1], timeZone: timeZone)
}

@Suite("Maintenance windows")
struct MaintenanceWindowTests {
    @Test(
        "a window is open from its first second up to its end",
        arguments: [
            ("wed 09:00-17:00", "wed 08:59:59", false), ("wed 09:00-17:00", "wed 09:00", true),
            ("wed 09:00-17:00", "wed 16:59:59", true), ("wed 09:00-17:00", "wed 17:00", false),
            ("wed 09:00-17:00", "tue 12:00", false), ("wed 09:00-17:00", "thu 12:00", false),
            ("09:00-17:00", "mon 09:00", true), ("09:00-17:00", "sun 16:59:59", true),
        ]
    )
    func day(window text: String, time: String, isOpen: Bool) {
        #expect(window(text).isOpen(at: moment(time)) == isOpen)
    }

    @Test(
        "past midnight it belongs to the day on which it begins, also from Sunday to Monday",
        arguments: [
            ("sat 22:00-06:00", "sat 21:59:59", false), ("sat 22:00-06:00", "sat 22:00", true),
            ("sat 22:00-06:00", "sun 00:00", true), ("sat 22:00-06:00", "sun 05:59:59", true),
            ("sat 22:00-06:00", "sun 06:00", false), ("sat 22:00-06:00", "sat 05:00", false),
            ("sun 22:00-06:00", "mon 05:59:59", true), ("sun 22:00-06:00", "mon 06:00", false),
            ("sun 22:00-06:00", "sun 05:00", false),
            ("mon,tue 23:59-00:01", "tue 00:00:59", true), ("mon,tue 23:59-00:01", "wed 00:01", false),
        ]
    )
    func night(window text: String, time: String, isOpen: Bool) {
        #expect(window(text).isOpen(at: moment(time)) == isOpen)
    }

    @Test(
        "midnight can be its beginning or its end, and equal times are 24 hours",
        arguments: [
            ("fri 22:00-24:00", "fri 23:59:59", true), ("fri 22:00-24:00", "sat 00:00", false),
            ("fri 22:00-00:00", "fri 23:59:59", true), ("fri 22:00-00:00", "sat 00:00", false),
            ("fri 00:00-24:00", "fri 00:00", true), ("fri 00:00-24:00", "sat 00:00", false),
            ("fri 00:00-24:00", "thu 23:59:59", false),
            ("fri 00:00-00:00", "fri 23:59:59", true), ("fri 00:00-00:00", "sat 00:00", false),
            ("fri 06:00-06:00", "sat 05:59:59", true), ("fri 06:00-06:00", "sat 06:00", false),
            ("fri 06:00-06:00", "fri 05:59:59", false), ("06:00-06:00", "fri 05:59:59", true),
        ]
    )
    func whole(window text: String, time: String, isOpen: Bool) {
        #expect(window(text).isOpen(at: moment(time)) == isOpen)
    }

    @Test(
        "when the clock is changed it follows the clock",
        arguments: [
            // The clock goes from 01:59:59 to 03:00: a window in between is not seen, one that reaches beyond begins late.
            ("sun 02:00-03:00", ["sun 01:59:59", "sun 03:00"], [false, false]),
            ("sun 02:30-03:30", ["sun 01:59:59", "sun 03:00", "sun 03:29:59"], [false, true, true]),
            // The clock goes from 02:59:59 back to 02:00: what is open in that hour is open twice.
            (
                "sun 02:00-02:30", ["sun 02:29:59", "sun 02:30", "sun 02:00", "sun 02:30"],
                [true, false, true, false]
            ),
        ]
    )
    func clockChange(window text: String, shown: [String], open: [Bool]) {
        #expect(shown.map { window(text).isOpen(at: moment($0)) } == open)
    }

    @Test(
        "the next beginning is the first one after a time, within a week",
        arguments: [
            ("sat 22:00-06:00", "mon 12:00", "Saturday 22:00"), ("sat 22:00-06:00", "sat 21:59:59", "Saturday 22:00"),
            ("sat 22:00-06:00", "sat 22:00", "Saturday 22:00"), ("sat,sun 22:00-06:00", "sat 22:00", "Sunday 22:00"),
            ("sat,sun 22:00-06:00", "sun 22:00:01", "Saturday 22:00"), ("01:30-05:00", "wed 01:29", "Wednesday 01:30"),
            ("01:30-05:00", "wed 01:30", "Thursday 01:30"), ("mon 00:00-05:00", "sun 23:59:59", "Monday 00:00"),
        ]
    )
    func next(window text: String, time: String, opening: String) {
        #expect(window(text).nextOpening(after: moment(time)).description == opening)
    }

    @Test("without any window it is always open")
    func none() {
        #expect(MaintenanceWindow.isAnyOpen([], at: [:]))
        #expect(MaintenanceWindow.nextOpening(of: [], after: [:]) == nil)
    }

    @Test("of several one is enough, each by the clock of its own time zone")
    func several() {
        let windows = [window("sat 22:00-06:00", in: "Europe/Berlin"), window("sun 12:00-13:00")]
        let clocks = { (utc: String, berlin: String) in ["UTC": moment(utc), "Europe/Berlin": moment(berlin)] }
        #expect(MaintenanceWindow.isAnyOpen(windows, at: clocks("sat 21:00", "sat 22:00")))
        #expect(MaintenanceWindow.isAnyOpen(windows, at: clocks("sun 12:30", "sun 13:30")))
        #expect(!MaintenanceWindow.isAnyOpen(windows, at: clocks("sun 11:30", "sun 12:30")))
        let next = MaintenanceWindow.nextOpening(of: windows, after: clocks("fri 12:00", "fri 13:00"))
        #expect(next?.description == "Saturday 22:00 (Europe/Berlin)")
        let later = MaintenanceWindow.nextOpening(of: windows, after: clocks("sun 11:00", "sun 12:00"))
        #expect(later?.description == "Sunday 12:00 (UTC)")
    }

    @Test("at the second at which a window begins, another one that begins later this week is next")
    func atBeginning() {
        let windows = [window("sat 22:00-06:00"), window("wed 22:00-06:00")]
        let next = MaintenanceWindow.nextOpening(of: windows, after: ["UTC": moment("sat 22:00")])
        #expect(next?.description == "Wednesday 22:00 (UTC)")
    }

    @Test("a window whose time zone the server does not know is closed")
    func unknownZone() {
        let windows = [window("00:00-24:00", in: "Europe/Nowhere")]
        #expect(!MaintenanceWindow.isAnyOpen(windows, at: ["UTC": moment("sat 22:00")]))
        #expect(MaintenanceWindow.nextOpening(of: windows, after: ["UTC": moment("sat 22:00")]) == nil)
    }

    @Test("it is described in words, the days in the order of the week")
    func words() {
        let weekend = window("sun,sat 22:00-06:00", in: "Europe/Berlin")
        #expect(weekend.description == "Sat, Sun 22:00-06:00 Europe/Berlin")
        #expect(window("01:05-24:00").description == "every day 01:05-24:00 UTC")
        #expect(LocalTime(weekday: .friday, secondOfDay: 3_605).description == "Friday 01:00:05")
    }

    @Test(
        "times have two digits each, and end with the day",
        arguments: [
            ("00:00", 0), ("09:05", 545), ("23:59", 1_439), ("24:00", 1_440), ("24:01", nil), ("25:00", nil),
            ("12:60", nil), ("9:00", nil), ("09:0", nil), ("0900", nil), ("09:00:00", nil), ("09-00", nil), ("", nil),
            ("+9:00", nil), ("٠٩:00", nil), ("aa:bb", nil),
        ]
    )
    func times(text: String, minutes: Int?) {
        #expect(TimeOfDay(text)?.minutes == minutes)
        if let minutes { #expect(TimeOfDay(minutes: minutes)?.description == text) }
    }

    @Test("no time is before or after the day", arguments: [-1, 1_441, .min, .max])
    func minutes(minutes: Int) {
        #expect(TimeOfDay(minutes: minutes) == nil)
    }
}

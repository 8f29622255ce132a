import Advisor
import Testing

@testable import vecsteward

/// A configuration whose `maintenance` has these keys.
private func withMaintenance(_ keys: String) -> String { withDatabase("\"maintenance\": {\(keys)}") }

/// A configuration with one maintenance window of these keys.
private func withWindow(_ keys: String) -> String { withMaintenance("\"windows\": [{\(keys)}]") }

@Suite("When and how builds may run, in a configuration")
struct ConfigurationMaintenanceTests {
    @Test("what is not said has its default")
    func defaults() throws {
        let configuration = try configuration(withMaintenance(""))
        let database = try #require(configuration.databases.first)
        #expect(configuration.pollInterval == .seconds(60) && database.pollInterval == nil)
        #expect(configuration.pollInterval(for: database) == .seconds(60))
        #expect(configuration.mode == .maintain && database.mode == nil)
        #expect(configuration.mode(for: database) == .maintain)
        #expect(configuration.concurrentBuilds == 1)
        #expect(configuration.windows.isEmpty)
        #expect(configuration.stopPolicy == .leave)
        #expect(configuration.historyDays == 30)
    }

    @Test("check-config says in words what it has read")
    func words() async throws {
        let folder = TemporaryFolder()
        folder.make(
            "config.json",
            #"{"poll": {"every": "90s"}, "mode": "observe", "maintenance": {"concurrentBuilds": 2, "onStop": "cancel", "#
                + #""windows": [{"days": ["sat", "sun"], "from": "22:00", "to": "06:00", "timeZone": "Europe/Berlin"}, "#
                + #"{"from": "01:00", "to": "05:00"}]}, "databases": [{"connection": "dbname=a", "#
                + #""poll": {"every": "10s"}, "mode": "maintain"}, {"connection": "dbname=b"}]}"#
        )
        let run = try await ProgramRun.of(["check-config"], in: folder)
        let lines = run.output.split(separator: "\n")
        #expect(run.status == 0 && lines.count == 5, "\(run.output)\(run.errors)")
        #expect(lines[1].hasSuffix("  (every 10s, mode maintain)") && !lines[2].hasSuffix(")"))
        #expect(
            lines[3...].joined(separator: "\n") == """
                The daemon polls every 1min 30s, mode observe: 2 builds at a time per server, started Sat, Sun \
                22:00-06:00 Europe/Berlin; every day 01:00-05:00 UTC.
                When it stops, it cancels a running build, and starts it again later.
                """
        )
    }

    @Test("what is said is read")
    func said() throws {
        let configuration = try configuration(
            withDatabase(
                #""poll": {"every": "15min"}, "mode": "observe", "maintenance": {"memory": "2GB", "#
                    + #""measuringShare": 0.5, "concurrentBuilds": 4, "onStop": "cancel", "keepHistory": "2w"}"#
            )
        )
        #expect(configuration.pollInterval == .seconds(900))
        #expect(configuration.mode == .observe)
        var limits = ResourceLimits(memoryBytes: 2 << 30)
        limits.measuringShare = 0.5
        #expect(configuration.limits == limits)
        #expect(configuration.concurrentBuilds == 4)
        #expect(configuration.stopPolicy == .cancel)
        #expect(configuration.historyDays == 14)
    }

    @Test("a database wins over the file")
    func databases() throws {
        let configuration = try configuration(
            #"{"poll": {"every": "5min"}, "mode": "observe", "databases": ["#
                + #"{"connection": "dbname=a", "poll": {"every": "10s"}, "mode": "maintain"}, "#
                + #"{"connection": "dbname=b", "poll": {}}]}"#
        )
        #expect(configuration.databases.map(configuration.pollInterval(for:)) == [.seconds(10), .seconds(300)])
        #expect(configuration.databases.map(configuration.mode(for:)) == [.maintain, .observe])
    }

    @Test(
        "the ends of each range are in it",
        arguments: [
            withDatabase(#""poll": {"every": "1s"}"#), withDatabase(#""poll": {"every": "1d"}"#),
            withDatabase(having: #""poll": {"every": "1s"}"#), withDatabase(having: #""poll": {"every": "24h"}"#),
            withMaintenance(#""concurrentBuilds": 1"#), withMaintenance(#""concurrentBuilds": 64"#),
            withMaintenance(#""keepHistory": "1d""#), withMaintenance(#""keepHistory": "3650d""#),
            withWindow(#""from": "00:00", "to": "24:00""#), withWindow(#""from": "23:59", "to": "00:00""#),
        ]
    )
    func ends(json: String) throws {
        _ = try configuration(json)
    }

    @Test(
        "windows are read, days by their short or full names",
        arguments: [
            (#""from": "01:00", "to": "05:30""#, "every day 01:00-05:30 UTC"),
            (
                #""days": ["sun", "saturday"], "from": "22:00", "to": "06:00", "timeZone": "Europe/Berlin""#,
                "Sat, Sun 22:00-06:00 Europe/Berlin"
            ),
            (
                #""days": ["mon", "tuesday", "wed", "thursday", "fri"], "from": "00:00", "to": "24:00", "timeZone": "CET""#,
                "Mon, Tue, Wed, Thu, Fri 00:00-24:00 CET"
            ),
        ]
    )
    func readWindows(keys: String, words: String) throws {
        #expect(try configuration(withWindow(keys)).windows.map(\.description) == [words])
    }

    @Test("there can be several windows, and none")
    func several() throws {
        let one = #"{"days": ["sat"], "from": "22:00", "to": "06:00"}"#
        #expect(try configuration(withMaintenance("\"windows\": [\(one), \(one)]")).windows.count == 2)
        #expect(try configuration(withMaintenance("\"windows\": []")).windows.isEmpty)
    }

    static let keys = [
        Mistake(
            withDatabase(#""pol": {"every": "1min"}"#),
            "the configuration has the unknown key \"pol\"",
            hint: "The nearest known one is \"poll\"."
        ),
        Mistake(
            withDatabase(having: #""moed": "observe""#),
            "databases[0] has the unknown key \"moed\"",
            hint: "The nearest known one is \"mode\"."
        ),
        Mistake(
            withDatabase(having: #""poll": {"evry": "1min"}"#),
            "databases[0].poll has the unknown key \"evry\"",
            hint: "\"every\""
        ),
        Mistake(
            withMaintenance(#""concurentBuilds": 2"#),
            "maintenance has the unknown key \"concurentBuilds\"",
            hint: "\"concurrentBuilds\""
        ),
        Mistake(
            withWindow(#""from": "01:00", "to": "02:00", "timezone": "UTC""#),
            "maintenance.windows[0] has the unknown key \"timezone\"",
            hint: "\"timeZone\""
        ),
        Mistake(
            withWindow(#""to": "06:00""#),
            "maintenance.windows[0] has no \"from\"",
            hint: "from \"00:00\" to \"23:59\""
        ),
        Mistake(
            withWindow(#""from": "22:00""#),
            "maintenance.windows[0] has no \"to\"",
            hint: "from \"00:00\" to \"24:00\""
        ),
        Mistake(
            withWindow(#""from": "22:00", "to": "06:00", "to": "07:00""#),
            "maintenance.windows[0].to is here a second time",
            hint: "Remove one"
        ),
    ]

    static let values = [
        Mistake(withDatabase(#""poll": "1min""#), "poll is a text", hint: "{\"every\": ...}"),
        Mistake(withDatabase(#""poll": {"every": 60}"#), "poll.every is 60", hint: "from \"1s\" to \"1d\""),
        Mistake(
            withDatabase(#""poll": {"every": "999ms"}"#),
            "poll.every is \"999ms\"",
            hint: "from \"1s\" to \"1d\""
        ),
        Mistake(
            withDatabase(having: #""poll": {"every": "1d 1s"}"#),
            "databases[0].poll.every is \"1d 1s\"",
            hint: "a duration like \"30s\""
        ),
        Mistake(
            withDatabase(#""mode": "observ""#),
            "mode is \"observ\"",
            hint: "Give one of \"maintain\", \"observe\"; the nearest one is \"observe\"."
        ),
        Mistake(withDatabase(having: #""mode": true"#), "databases[0].mode is true", hint: "\"maintain\""),
        Mistake(
            withMaintenance(#""measuringShare": 0"#),
            "maintenance.measuringShare is 0",
            hint: "Give a number from 0.01 to 1."
        ),
        Mistake(withMaintenance(#""concurrentBuilds": 0"#), "maintenance.concurrentBuilds is 0", hint: "from 1 to 64"),
        Mistake(
            withMaintenance(#""concurrentBuilds": 65"#),
            "maintenance.concurrentBuilds is 65",
            hint: "Give a whole number from 1 to 64."
        ),
        Mistake(
            withMaintenance(#""concurrentBuilds": 1.5"#),
            "maintenance.concurrentBuilds is 1.5",
            hint: "whole number"
        ),
        Mistake(
            withMaintenance(#""concurrentBuilds": "2""#),
            "maintenance.concurrentBuilds is a text",
            hint: "whole number"
        ),
        Mistake(
            withMaintenance(#""onStop": "wait""#),
            "maintenance.onStop is \"wait\"",
            hint: "Give one of \"leave\", \"cancel\"."
        ),
        Mistake(withMaintenance(#""onStop": null"#), "maintenance.onStop is null", hint: "\"leave\", \"cancel\""),
        Mistake(
            withMaintenance(#""keepHistory": 30"#),
            "maintenance.keepHistory is 30",
            hint: "from \"1d\" to \"3650d\""
        ),
        Mistake(
            withMaintenance(#""keepHistory": "23h""#),
            "maintenance.keepHistory is \"23h\"",
            hint: "whole days like \"30d\""
        ),
        Mistake(
            withMaintenance(#""keepHistory": "36h""#),
            "maintenance.keepHistory is \"36h\"",
            hint: "whole days"
        ),
        Mistake(
            withMaintenance(#""keepHistory": "1d 1us""#),
            "maintenance.keepHistory is \"1d 1us\"",
            hint: "whole days"
        ),
        Mistake(
            withMaintenance(#""keepHistory": "3651d""#),
            "maintenance.keepHistory is \"3651d\"",
            hint: "to \"3650d\""
        ),
    ]

    static let windows = [
        Mistake(withMaintenance(#""windows": {}"#), "maintenance.windows is an object", hint: "a list of objects"),
        Mistake(
            withMaintenance(#""windows": ["sat"]"#),
            "maintenance.windows[0] is a text",
            hint: "Write an object here: {\"days\": ...}."
        ),
        Mistake(
            withWindow(#""days": [], "from": "22:00", "to": "06:00""#),
            "maintenance.windows[0].days is empty, so the window would never open",
            hint: "Remove the key for every day."
        ),
        Mistake(
            withWindow(#""days": "sat", "from": "22:00", "to": "06:00""#),
            "maintenance.windows[0].days is a text",
            hint: "a list of days"
        ),
        Mistake(
            withWindow(#""days": ["sat", "sun", "saturday"], "from": "22:00", "to": "06:00""#),
            "maintenance.windows[0].days[2] is the same day as maintenance.windows[0].days[0]",
            hint: "Name each day once."
        ),
        Mistake(
            withWindow(#""days": ["satturday"], "from": "22:00", "to": "06:00""#),
            "maintenance.windows[0].days[0] is \"satturday\"",
            hint: "\"sun\", or its full name; the nearest one is \"saturday\"."
        ),
        Mistake(
            withWindow(#""days": [6], "from": "22:00", "to": "06:00""#),
            "maintenance.windows[0].days[0] is 6",
            hint: "Give one of \"mon\", \"tue\""
        ),
        Mistake(
            withWindow(#""from": "24:00", "to": "06:00""#),
            "maintenance.windows[0].from is \"24:00\"",
            hint: "from \"00:00\" to \"23:59\""
        ),
        Mistake(
            withWindow(#""from": "22:00", "to": "24:01""#),
            "maintenance.windows[0].to is \"24:01\"",
            hint: "from \"00:00\" to \"24:00\""
        ),
        Mistake(
            withWindow(#""from": "6:00", "to": "07:00""#),
            "maintenance.windows[0].from is \"6:00\"",
            hint: "two digits each"
        ),
        Mistake(
            withWindow(#""from": "10pm", "to": "07:00""#),
            "maintenance.windows[0].from is \"10pm\"",
            hint: "a 24-hour time"
        ),
        Mistake(
            withWindow(#""from": 22, "to": "07:00""#),
            "maintenance.windows[0].from is 22",
            hint: "\"22:00\""
        ),
        Mistake(
            withWindow(#""from": "22:00", "to": "u:secret@host""#),
            "maintenance.windows[0].to is a text that does not belong here",
            hint: "\"22:00\""
        ),
        Mistake(
            withWindow(#""from": "22:00", "to": "06:00", "timeZone": 1"#),
            "maintenance.windows[0].timeZone is 1",
            hint: "\"Europe/Berlin\""
        ),
        Mistake(
            withWindow(#""from": "22:00", "to": "06:00", "timeZone": "../../etc/passwd""#),
            "maintenance.windows[0].timeZone is a text that does not belong here",
            hint: "\"Europe/Berlin\""
        ),
    ]

    @Test(
        "mistakes are reported by path, with what stood there and what would be right",
        arguments: keys + values + windows
    )
    func reported(mistake: Mistake) {
        let found = complaints(mistake.json)
        #expect(found.map(\.message) == [mistake.message])
        #expect(found.first?.hint?.contains(mistake.hint) == true, "\(found)")
    }

    @Test("all mistakes of one window are reported at once")
    func allAtOnce() {
        let found = complaints(withWindow(#""days": ["x"], "from": "1", "to": "2", "timeZone": "3""#))
        #expect(found.count == 4)
    }
}

import Foundation
import Testing

@testable import vecsteward

@Suite("The names of time zones")
struct TimeZoneNamesTests {
    private let folder = TemporaryFolder()

    /// A folder like that of the tz database.
    private func installed() throws -> TimeZoneNames {
        for part in ["America/Argentina", "Europe", "posix"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(part)",
                withIntermediateDirectories: true
            )
        }
        for zone in ["UTC", "CET", "America/Argentina/Buenos_Aires", "Europe/Berlin", "posix/UTC", "localtime"] {
            folder.make(zone, "TZif2...")
        }
        folder.make("leapseconds", "# Allowance for leap seconds")
        return TimeZoneNames(folder: folder.path)
    }

    @Test(
        "those that are installed are usable, and no other files",
        arguments: [
            ("UTC", .usable), ("CET", .usable), ("Europe/Berlin", .usable), ("America/Argentina/Buenos_Aires", .usable),
            ("Europe/Berln", .unknown), ("europe/berlin", .unknown), ("Europe", .unknown), ("leapseconds", .unknown),
            ("posix/UTC", .unknown), ("localtime", .unknown), ("UTC+2", .unknown),
            ("", .malformed), ("/UTC", .malformed), ("UTC/", .malformed), ("Europe//Berlin", .malformed),
            ("Europe/../UTC", .malformed), ("./UTC", .malformed), ("..", .malformed), ("+02:00", .malformed),
            ("Europe/Berlin ", .malformed), ("Europe/Bérlin", .malformed), ("UTC\0", .malformed), ("-UTC", .malformed),
            (String(repeating: "A", count: 65), .malformed),
        ] as [(String, TimeZoneNames.Verdict)]
    )
    func installed(name: String, verdict: TimeZoneNames.Verdict) throws {
        #expect(try installed().verdict(on: name) == verdict)
    }

    @Test(
        "without a tz database any name of the right form is left to the server",
        arguments: [("Europe/Berln", .usable), ("../UTC", .malformed)] as [(String, TimeZoneNames.Verdict)]
    )
    func missing(name: String, verdict: TimeZoneNames.Verdict) {
        #expect(TimeZoneNames(folder: "\(folder.path)/nowhere").verdict(on: name) == verdict)
        #expect(TimeZoneNames(folder: folder.path).verdict(on: name) == verdict)
    }

    @Test(
        "the nearest one is the one that was meant, also by its city alone",
        arguments: [
            ("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("berlin", "Europe/Berlin"),
            ("America/Argentina/BuenosAires", "America/Argentina/Buenos_Aires"), ("Mars/Olympus_Mons", nil),
        ]
    )
    func nearest(name: String, meant: String?) throws {
        var names = try installed()
        #expect(names.nearest(to: name) == meant)
    }

    @Test(
        "this host's own are used",
        .enabled(if: TimeZoneNames().verdict(on: "Europe/Nowhere") == .unknown, "there is no tz database here")
    )
    func host() {
        let json = withDatabase(
            #""maintenance": {"windows": [{"from": "22:00", "to": "06:00", "timeZone": "Europe/Berln"}]}"#
        )
        let found = complaints(json)
        #expect(
            found.map(\.message)
                == ["maintenance.windows[0].timeZone is \"Europe/Berln\", which this host does not know"]
        )
        #expect(found.first?.hint?.contains("the nearest one is \"Europe/Berlin\"") == true)
    }

    @Test("no name that is told holds what is not for other eyes")
    func secret() {
        let found = complaints(
            withDatabase(
                #""maintenance": {"windows": [{"from": "22:00", "to": "06:00", "timeZone": "host/Passwordhunter"}]}"#
            )
        )
        #expect(!found.map(\.text).joined().contains("hunter"))
    }
}

import Advisor
import AdvisorFixture
import Foundation
import SafeText
import Testing

@testable import Reports

@Suite("A name that somebody chose to mislead")
struct HostileNameTests {
    static let attacks = [
        "\n", "\r", "\r\n", "\t", "\u{0B}", "\u{1B}[31m", "\u{1B}]0;title\u{07}", "\u{9B}31m", "\u{7F}", "\u{85}",
        "\u{2028}", "\u{2029}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{FEFF}", "\u{3164}", "\u{E000}", "\u{E0041}",
        "\\", "\\n", "\"",
    ]

    @Test("can forge neither a line nor a colour, whatever it names", arguments: attacks)
    func text(attack: String) {
        for width in [60, 100, 200] {
            let text = TextReport(style: .init(width: width)).render(Self.report(attack))
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !SafeText.isUnsafe($0) })
            #expect(!lines(text).contains { $0.hasPrefix("FORGED") })
        }
    }

    @Test("leaves the colours to the report", arguments: attacks)
    func color(attack: String) {
        let report = Self.report(attack)
        let plain = TextReport().render(report)
        let colored = TextReport(style: .init(color: true)).render(report)
        #expect(colored.contains("\u{1B}[33m"))
        #expect(withoutColor(colored) == plain)
    }

    @Test("is in the JSON as it is in the database, and escaped there", arguments: attacks)
    func json(attack: String) throws {
        let json = JSONReport.render(Self.report(attack))
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !SafeText.isUnsafe($0) })
        let database = try #require(try databases(json).first)
        let collections = try #require(database["collections"] as? [[String: Any]])
        let collection = try #require(collections.first { ($0["table"] as? String)?.unicodeScalars.first == "t" })
        for key in ["schema", "table", "column", "owner"] {
            #expect((collection[key] as? String).map { Array($0.utf8) } == Array(Self.name(key, attack).utf8))
        }
        let relation = try #require((collection["relations"] as? [[String: Any]])?.first)
        #expect((relation["lockedBy"] as? String).map { Array($0.utf8) } == Array(Self.name("lock", attack).utf8))
    }

    @Test("is named in SQL with a warning that this is not what to type")
    func sql() {
        func warns(_ attack: String) -> Bool {
            let words = TextReport().render(Self.report(attack)).split(whereSeparator: \.isWhitespace)
            return words.joined(separator: " ").contains("take it from --format json")
        }
        #expect(warns("\u{1B}[31m"))
        #expect(!warns("harmless"))
    }

    private static func name(_ what: String, _ attack: String) -> String { "\(what)\(attack)FORGED" }

    /// A report in which everything that comes from elsewhere carries the attack.
    private static func report(_ attack: String) -> Report {
        func name(_ what: String) -> String { Self.name(what, attack) }
        var server = facts()
        server.role = name("role")
        server.database = name("database")
        let other = VectorIndex(
            oid: 3,
            name: name("other"),
            method: .other(name("method")),
            operatorClass: name("class"),
            reltuples: 1
        )
        func collection(_ table: String, _ indexes: [VectorIndex]) -> Collection {
            ReportsTests.collection(
                name(table),
                schema: name("schema"),
                column: name("column"),
                owner: name("owner"),
                indexes: indexes,
                statistics: untouched(10_000),
                lockedBy: name("lock"),
                countBlocker: name("obstacle"),
                access: Collection.Access(isOwner: false)
            )
        }
        var parts = partitioned(name("parts"), [(rows: 10_000, indexes: [other])])
        parts.name.schema = name("schema")
        let seen = section(
            [
                collection("table", []), collection("zother", [other]), parts,
                collection("zzgrown", [hnsw(name: name("index")), hnsw(name: name("index2"), oid: 5)]),
            ],
            layers: [everythingActs],
            server: server,
            builds: [
                ActiveBuild(
                    processID: 1,
                    tableOID: 77,
                    indexOID: nil,
                    phase: name("phase"),
                    phaseFraction: nil,
                    elapsedSeconds: nil
                )
            ],
            snapshotHolders: [SnapshotHolder(processID: nil, description: name("holder"), ageSeconds: 5)],
            missingPrivileges: [name("spot")],
            queue: QueueSnapshot(
                entries: [
                    entry(
                        1,
                        rebuild(name("old")),
                        .running,
                        on: name("queued"),
                        schema: name("schema"),
                        reason: name("why")
                    ),
                    entry(
                        2,
                        DropIndex(name: name("index")),
                        .failed,
                        on: name("zzgrown"),
                        schema: name("schema"),
                        failure: QueueEntry.Failure(sqlState: name("s"), message: name("m"), hint: name("h"))
                    ),
                ],
                activities: [
                    JobActivity(
                        jobID: 1,
                        processID: 1,
                        seconds: 1,
                        progress: JobProgress(phase: name("phase"), fraction: 0.5, secondsLeft: nil),
                        waitsFor: [
                            LockingSession(processID: 2, role: name("r"), application: name("a"), state: name("st"))
                        ]
                    )
                ]
            )
        )
        let failed = DatabaseSection(
            name: name("name"),
            target: name("target"),
            outcome: .failed(Failure(message: name("message"), hint: name("hint"), sqlState: name("state")))
        )
        return Report(programVersion: "1", databases: [seen, failed])
    }
}

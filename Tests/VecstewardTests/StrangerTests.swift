import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("A stranger who has a table", .timeLimit(.minutes(15)))
struct StrangerTests {
    /// How somebody keeps a table for as long as he likes.
    enum Hold: String, CaseIterable, CustomTestStringConvertible {
        case lock = "LOCK docs IN SHARE UPDATE EXCLUSIVE MODE"
        case alter = "ALTER TABLE docs SET (fillfactor = 90)"
        case share = "LOCK docs IN SHARE MODE"
        case exclusive = "LOCK docs IN EXCLUSIVE MODE"

        var testDescription: String { rawValue }
    }

    private static func hold(
        _ hold: Hold,
        in database: TestDatabase,
        applicationName: String = "the stranger"
    ) async throws -> Connection {
        var stranger = try await database.connect(as: .application, applicationName: applicationName)
        _ = try await stranger.query("BEGIN")
        _ = try await stranger.query(Statement(hold.rawValue))
        return stranger
    }

    private static func done(_ kind: String, _ table: String) -> String {
        """
        SELECT count(*) AS number FROM vecsteward.job
        WHERE kind = '\(kind)' AND table_name = '\(table)' AND state = 'done'
        """
    }

    @Test(
        "keeps no other table and no other database of the server from its builds",
        arguments: TestServer.all,
        Hold.allCases
    )
    func otherBuilds(server: TestServer, hold: Hold) async throws {
        try await withDatabase(on: server) { first in
            try await withDatabase(on: server) { second in
                for database in [first, second] { try await DaemonTests.fill(database, grownTo: 3_001) }
                try await DaemonTests.fill(first, table: "more", grownTo: 3_001)
                var stranger = try await Self.hold(hold, in: first)
                let daemon = try await Daemon.start(on: [first, second])
                // A wait is reported with who it is: nothing of what he has typed but the first word.
                let line =
                    "waits for process \(stranger.processID) (role \"application_\(first.name)\", "
                    + "application 'the stranger', idle in transaction"
                try await daemon.wait(for: line)
                try await daemon.wait(for: "its last statement \(hold.rawValue.prefix { $0 != " " })")
                try await daemon.wait(for: "SELECT pg_terminate_backend(\(stranger.processID));")
                #expect(!daemon.text.contains("fillfactor") && !daemon.text.contains("EXCLUSIVE"), "\(daemon.text)")
                try await second.wait(until: Self.done("rebuild_index", "docs"))
                try await first.wait(until: Self.done("rebuild_index", "more"))
                #expect(try await first.number(Self.done("rebuild_index", "docs")) == 0)
                _ = try await stranger.query("COMMIT")
                try await first.wait(until: Self.done("rebuild_index", "docs"))
                #expect(await daemon.end() == 0)
            }
        }
    }

    @Test("keeps ANALYZE of a table waiting, and neither the other tables nor builds", arguments: TestServer.all)
    func statistics(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            // Twenty tables of which the statistics are stale, and two of them kept.
            for number in 1...20 {
                try await database.execute(
                    """
                    CREATE TABLE stale_\(number) AS SELECT g AS id, ('[' || g || ',1,2]')::vector(3) AS vec
                    FROM generate_series(1, 30) AS g;
                    ANALYZE stale_\(number);
                    INSERT INTO stale_\(number)
                    SELECT g, ('[' || g || ',1,2]')::vector(3) FROM generate_series(1, 3000) AS g;
                    """
                )
            }
            try await database.waitForEndOfSessions()
            var stranger = try await database.connect(as: .application, applicationName: "the stranger")
            _ = try await stranger.query("BEGIN")
            for number in [1, 2] {
                try await stranger.run(script: "LOCK stale_\(number) IN SHARE UPDATE EXCLUSIVE MODE")
            }
            let daemon = try await Daemon.start(on: [database], rules: "\"unindexed\": {\"mode\": \"off\"}")
            try await database.wait(
                until: "SELECT count(*) AS number FROM pg_class WHERE oid = to_regclass('vecsteward.job')"
            )
            try await database.wait(until: Self.done("rebuild_index", "docs"))
            let analyzed = """
                SELECT count(DISTINCT table_name) AS number FROM vecsteward.job
                WHERE kind = 'analyze' AND table_name LIKE 'stale%' AND state = 'done'
                """
            try await database.wait(until: analyzed, is: 18)
            _ = try await stranger.query("COMMIT")
            try await database.wait(until: analyzed, is: 20)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("is no session of ours, whatever it calls itself", arguments: TestServer.all)
    func disguised(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await DaemonTests.fill(database, table: "more", grownTo: 3_001)
            // Whichever of the two jobs is the one for this table.
            var first = try await Self.hold(.share, in: database, applicationName: "vecsteward job 1")
            var second = try await Self.hold(.share, in: database, applicationName: "vecsteward job 2")
            let daemon = try await Daemon.start(on: [database], rules: "\"stale-statistics\": {\"mode\": \"off\"}")
            try await daemon.wait(for: "this instance is the leader")
            try await database.wait(until: Self.done("rebuild_index", "more"))
            #expect(try await database.number(Self.done("rebuild_index", "docs")) == 0)
            _ = try await first.query("COMMIT")
            _ = try await second.query("COMMIT")
            try await database.wait(until: Self.done("rebuild_index", "docs"))
            #expect(await daemon.end() == 0)
        }
    }

    @Test(
        "who has the name of a running job is neither taken for it nor cancelled in its place",
        arguments: TestServer.all
    )
    func disguisedMeanwhile(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database], rules: "\"stale-statistics\": {\"mode\": \"off\"}")
            try await DaemonTests.waitForEndOfBuild(database)
            let job = try await database.number("SELECT id AS number FROM vecsteward.job WHERE state = 'running'")
            let name = "vecsteward job \(job)"
            let stranger = Task {
                var session = try await database.connect(as: .application, applicationName: name)
                _ = try await session.query("SELECT pg_sleep(600)")
            }
            let sleeping = """
                SELECT count(*) AS number FROM pg_stat_activity
                WHERE application_name = '\(name)' AND datname = current_database() AND state = 'active'
                    AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()
                """
            try await database.wait(until: sleeping)
            let show = try await database.run(["jobs", "show", "\(job)"])
            #expect(show.output.contains("waiting for old snapshots"), "\(show.text)")
            let cancel = try await database.run(["jobs", "cancel", "\(job)"])
            #expect(cancel.status == 0, "\(cancel.text)")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE id = \(job) AND state = 'cancelled'"
            )
            #expect(try await database.number(sleeping) == 1, "his statement still runs")
            stranger.cancel()
            _ = await stranger.result
            _ = try await holder.query("COMMIT")
            #expect(await daemon.end() == 0)
        }
    }

    @Test("who waits behind a reader is let pass by, too", arguments: TestServer.all)
    func waiting(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await DaemonTests.fill(database, table: "more", grownTo: 3_001)
            var reader = try await database.connect(as: .application)
            _ = try await reader.query("BEGIN")
            _ = try await reader.query("SELECT FROM docs LIMIT 1")
            let change = Task { try await database.execute("ALTER TABLE docs ADD extra int") }
            try await database.wait(
                until: "SELECT count(*) AS number FROM pg_locks WHERE relation = 'docs'::regclass AND NOT granted"
            )
            let daemon = try await Daemon.start(on: [database], rules: "\"stale-statistics\": {\"mode\": \"off\"}")
            // It comes to its end, where it waits for the snapshot of whoever waits for the other table.
            try await DaemonTests.waitForEndOfBuild(database)
            let begun = "SELECT count(*) AS number FROM vecsteward.job WHERE table_name = 'docs' AND state <> 'queued'"
            #expect(try await database.number(begun) == 0, "\(daemon.text)")
            _ = try await reader.query("COMMIT")
            try await change.value
            try await database.wait(until: Self.done("rebuild_index", "docs"))
            #expect(await daemon.end() == 0)
        }
    }

    @Test("run --once leaves the job in the queue with who it was, and ends with 1", arguments: TestServer.all)
    func once(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await DaemonTests.fill(database, table: "more", grownTo: 3_001)
            var stranger = try await Self.hold(.lock, in: database)
            let run = try await database.run(["run", "--once"])
            #expect(run.status == 1, "\(run.text)")
            #expect(
                run.text.contains("will be tried again in 1 min: process \(stranger.processID) (role"),
                "\(run.text)"
            )
            #expect(run.text.contains("holds a lock on the table"), "\(run.text)")
            #expect(try await database.number(Self.done("rebuild_index", "more")) == 1)
            _ = try await stranger.query("COMMIT")
        }
    }

    @Test(
        "a database that stops leading lets the others build",
        arguments: TestServer.all,
        ["observe", "gone", "renamed"]
    )
    func place(server: TestServer, way: String) async throws {
        try await withDatabase(on: server) { first in
            try await withDatabase(on: server) { second in
                try await withDatabase(on: server) { third in
                    for database in [first, second, third] { try await DaemonTests.fill(database, grownTo: 3_001) }
                    var holder = try await DaemonTests.holdSnapshot(first)
                    func configuration(_ list: [(TestDatabase, String)]) async throws -> String {
                        var databases: [String] = []
                        for (database, mode) in list {
                            let connection = try await database.stewardConnection()
                            databases.append(
                                "{\"name\": \"\(database.name)\", \"connection\": \"\(connection)\", \"mode\": \"\(mode)\"}"
                            )
                        }
                        return "{\"databases\": [\(databases.joined(separator: ", "))], \"poll\": {\"every\": \"1s\"}}"
                    }
                    let daemon = try Daemon(
                        try await configuration([(first, "maintain")]),
                        password: server.password()
                    )
                    try await DaemonTests.waitForEndOfBuild(first)
                    // The second one waits before the third one does.
                    daemon.reload(try await configuration([(first, "maintain"), (second, "maintain")]))
                    try await daemon.wait(for: "\(second.name): job 1 queued")
                    try await daemon.waitForNextPoll(second)
                    daemon.reload(
                        try await configuration([(first, "maintain"), (second, "maintain"), (third, "maintain")])
                    )
                    try await daemon.wait(for: "\(third.name): job 1 queued")
                    try await daemon.waitForNextPoll(third)
                    switch way {
                    case "observe":
                        daemon.reload(
                            try await configuration([(first, "maintain"), (second, "observe"), (third, "maintain")])
                        )
                        try await daemon.wait(for: "\(second.name): no jobs run here (mode observe)")
                    case "gone":
                        daemon.reload(try await configuration([(first, "maintain"), (third, "maintain")]))
                        try await daemon.wait(for: "\(second.name): is no longer managed")
                    default:
                        try await second.execute("ALTER TABLE docs RENAME TO others")
                    }
                    _ = try await holder.query("COMMIT")
                    try await third.wait(until: Self.done("rebuild_index", "docs"))
                    #expect(await daemon.end() == 0)
                }
            }
        }
    }
}

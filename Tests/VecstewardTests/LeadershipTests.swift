import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("What a daemon may do", .timeLimit(.minutes(15)))
struct LeadershipTests {
    private static let done =
        "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"

    @Test("told to observe, it finds what is wrong and changes nothing", arguments: TestServer.all)
    func observe(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let daemon = try Daemon(
                """
                {"databases": [{"name": "here", "connection": "\(try await database.stewardConnection())"}],
                "poll": {"every": "1s"}, "mode": "observe"}
                """,
                password: server.password()
            )
            try await daemon.wait(for: "no jobs run here (mode observe)")
            try await daemon.wait(for: "found: public.docs.vec: index \(DaemonTests.index)_docs: outgrown")
            // It keeps polling.
            try await InterferenceTests.addOutgrown("more", in: database)
            try await daemon.wait(for: "found: public.more.vec: index more_vec_idx: outgrown")
            #expect(await daemon.end() == 0)
            #expect(try await database.number(TestDatabase.stateTables) == 0)
            #expect(try await database.usableIndexes(of: "docs") == ["\(DaemonTests.index)_docs"])
            #expect(try await !database.isRebuilt())
        }
    }

    @Test("a state of a later version is left alone, and polling continues", arguments: TestServer.all)
    func laterVersion(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            #expect(await first.end() == 0)
            try await database.administer("INSERT INTO vecsteward.migration (version) VALUES (99)")
            try await DaemonTests.fill(database, grownTo: 3_001)
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "the schema vecsteward has version 99")
            try await daemon.wait(for: "no jobs run here until this is fixed; polling continues")
            try await daemon.wait(for: "found: public.docs.vec: index \(DaemonTests.index)_docs: outgrown")
            #expect(try await database.number("SELECT count(*) AS number FROM vecsteward.job") == 0)
            // Fixed, it becomes the leader without a restart.
            try await database.administer("DELETE FROM vecsteward.migration WHERE version = 99")
            try await database.wait(until: Self.done)
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "has version 99").count == 2, "\(daemon.text)")
        }
    }

    @Test(
        "a state that somebody reads is brought up to date later, and keeps nobody waiting",
        arguments: TestServer.all
    )
    func readState(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            // As version 3 left it, by a clock that has been set back since.
            try await database.makeState(ofVersion: 3)
            try await database.administer(
                """
                INSERT INTO vecsteward.finding (rule, severity, summary, raised_at)
                VALUES ('advisory', 'warning', 'x', now() + interval '1 hour');
                """
            )
            var dump = try await database.connect()
            try await dump.run(script: "BEGIN; SELECT FROM vecsteward.finding")
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(
                for: "HINT: Another session reads the tables in the schema vecsteward, as pg_dump does"
            )
            try await daemon.wait(for: "no jobs run here until this is fixed; polling continues")
            _ = try await dump.query("COMMIT")
            try await daemon.wait(for: "this instance is the leader")
            let reported = "SELECT count(*) AS number FROM vecsteward.finding WHERE told_at >= raised_at"
            #expect(try await database.number(reported) >= 1)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a database that takes no writes is left alone until it does again", arguments: TestServer.all)
    func readOnly(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            let name = Identifier(database.name)
            try await database.administer("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "the database accepts no writes, so no jobs run")
            try await daemon.wait(for: "found: public.docs.vec: index \(DaemonTests.index)_docs: outgrown")
            // Sessions that are there keep what they began with.
            var session = try await database.connect()
            try await session.run(script: "SET default_transaction_read_only = off")
            try await session.run(script: "ALTER DATABASE \(name) RESET default_transaction_read_only")
            try await daemon.wait(for: "this instance is the leader")
            try await database.wait(until: Self.done)
            #expect(await daemon.end() == 0)
        }
    }
}

@Suite("The order of jobs", .timeLimit(.minutes(15)))
struct OrderTests {
    private static func rebuilt(_ table: String) -> String {
        """
        SELECT count(*) AS number FROM vecsteward.job
        WHERE kind = 'rebuild_index' AND table_name = '\(table)' AND state = 'done'
        """
    }

    @Test("two databases of one server take turns, and never build at once", arguments: TestServer.all)
    func turns(server: TestServer) async throws {
        try await withDatabase(on: server) { first in
            try await withDatabase(on: server) { second in
                for database in [first, second] {
                    try await DaemonTests.fill(database, table: "docs", grownTo: 3_001)
                    try await DaemonTests.fill(database, table: "more", grownTo: 3_001)
                }
                // The first build of either is held up, so that another one would be seen beside it.
                var holderOfFirst = try await DaemonTests.holdSnapshot(first)
                var holderOfSecond = try await DaemonTests.holdSnapshot(second)
                let daemon = try await Daemon.start(on: [first, second])
                let building = """
                    SELECT count(*) AS number FROM pg_stat_progress_create_index
                    WHERE datname IN ('\(first.name)', '\(second.name)')
                    """
                for _ in 0..<2 {
                    try await first.wait(until: building + " AND phase = 'waiting for old snapshots'")
                    for database in [first, second] { try await daemon.waitForNextPoll(database) }
                    // Whoever waits long for others lets another one build meanwhile.
                    let working = building + " AND phase NOT LIKE 'waiting%'"
                    #expect(try await first.number(working) == 0, "\(daemon.text)")
                    if try await first.number(building + " AND datname = '\(first.name)'") == 1 {
                        _ = try await holderOfFirst.query("COMMIT")
                    } else {
                        _ = try await holderOfSecond.query("COMMIT")
                    }
                }
                for database in [first, second] {
                    for table in ["docs", "more"] { try await database.wait(until: Self.rebuilt(table)) }
                }
                #expect(await daemon.end() == 0)
            }
        }
    }

    @Test("two jobs of one table are never running at once", arguments: TestServer.all)
    func oneTable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.execute(
                """
                ALTER TABLE docs ADD other vector(8);
                UPDATE docs SET other = vec;
                """
            )
            try await database.waitForEndOfSessions()
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon.start(
                on: [database],
                maintenance: "\"concurrentBuilds\": 4",
                rules: "\"unindexed\": {\"mode\": \"act\"}"
            )
            try await DaemonTests.waitForEndOfBuild(database)
            try await daemon.wait(for: "docs.vec: rebuild")
            let unfinished = "SELECT count(*) AS number FROM vecsteward.job WHERE finished_at IS NULL"
            #expect(try await database.number(unfinished) == 2, "\(daemon.text)")
            try await Self.passBeats(of: daemon, on: database)
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM vecsteward.job "
                        + "WHERE table_name = 'docs' AND state NOT IN ('queued', 'done')"
                ) == 1,
                "\(daemon.text)"
            )
            _ = try await holder.query("COMMIT")
            try await database.waitForEmptyQueue()
            #expect(try await database.usableIndexes(of: "docs").count == 2)
            #expect(await daemon.end() == 0)
        }
    }

    /// Waits until the daemon has begun another job, which it would have begun with others.
    private static func passBeats(of daemon: Daemon, on database: TestDatabase) async throws {
        try await InterferenceTests.addOutgrown("third", in: database)
        try await database.wait(
            until: """
                SELECT count(*) AS number FROM vecsteward.job
                WHERE kind = 'rebuild_index' AND table_name = 'third' AND state <> 'queued'
                """
        )
    }

    @Test(
        "what is searched comes before what grows slowly, unless that has waited for six hours",
        arguments: TestServer.all,
        [false, true]
    )
    func order(server: TestServer, hasWaited: Bool) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, table: "slow", grownTo: 3_001)
            try await database.execute(
                """
                CREATE TABLE searched AS SELECT g AS id, ('[' || g || ',1,2]')::vector(3) AS vec
                FROM generate_series(1, 1500) AS g;
                """
            )
            for _ in 1...20 { try await database.execute("SELECT FROM searched ORDER BY vec <-> '[1,2,3]' LIMIT 1") }
            try await database.waitForEndOfSessions()
            // An ANALYZE of one of the tables would keep it from the job that is compared.
            let rules = "\"unindexed\": {\"mode\": \"act\"}, \"stale-statistics\": {\"mode\": \"off\"}"
            let minute = try await database.query(
                "SELECT to_char(now() AT TIME ZONE 'UTC' - INTERVAL '2 min', 'HH24:MI') AS text"
            ).one()["text", as: String.self]
            let end = try await database.query(
                "SELECT to_char(now() AT TIME ZONE 'UTC' - INTERVAL '1 min', 'HH24:MI') AS text"
            ).one()["text", as: String.self]
            let closed = try await Daemon.start(
                on: [database],
                maintenance: "\"windows\": [{\"from\": \"\(minute)\", \"to\": \"\(end)\"}]",
                rules: rules
            )
            try await closed.wait(for: "for the maintenance window")
            #expect(await closed.end() == 0)
            if hasWaited {
                try await database.administer(
                    "UPDATE vecsteward.job SET created_at = now() - INTERVAL '7 hours' WHERE kind = 'rebuild_index'"
                )
            }
            let daemon = try await Daemon.start(on: [database], rules: rules)
            try await database.waitForEmptyQueue()
            #expect(await daemon.end() == 0)
            let slow = try #require(daemon.text.range(of: "begins: public.slow.vec: rebuild"))
            let searched = try #require(daemon.text.range(of: "begins: public.searched.vec: create an index"))
            #expect((slow.lowerBound < searched.lowerBound) == hasWaited, "\(daemon.text)")
        }
    }
}

@Suite("A database that takes no writes", .timeLimit(.minutes(15)))
struct ReadOnlyDatabaseTests {
    /// Who makes transactions read-only, how, and how the report calls it.
    private static let setters: [(setter: String, statement: String)] = [
        ("database", "ALTER DATABASE {database} SET default_transaction_read_only = on"),
        ("role", "ALTER ROLE {role} SET default_transaction_read_only = on"),
        ("role_in_database", "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on"),
        ("connection", ""),
    ]

    private func report(_ database: TestDatabase, _ environment: [String: String]) async throws -> ProgramRun {
        try await database.run(["--dry-run", "--format", "json"], environment: environment)
    }

    @Test("is no standby: nothing is promised, and what sets it back is said and does so", arguments: TestServer.all)
    func setters(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            _ = try await database.stewardConnection()
            let role = try Identifier(database.user(.steward))
            for (setter, statement) in Self.setters {
                let filled = statement.replacingOccurrences(
                    of: "{database}",
                    with: Identifier(database.name).description
                )
                .replacingOccurrences(of: "{role}", with: role.description)
                if !filled.isEmpty { try await database.administer(filled) }
                let environment = filled.isEmpty ? ["PGOPTIONS": "-c default_transaction_read_only=on"] : [:]
                let run = try await report(database, environment)
                #expect(run.output.contains("\"readOnlyBy\": \"\(setter)\""), "\(run.output)")
                #expect(run.output.contains("\"isStandby\": false"))
                let jobs = try run.report().databases[0].jobs ?? []
                #expect(!jobs.isEmpty && jobs.allSatisfy { $0.disposition != "act" }, "\(run.output)")
                let why = try #require(jobs.compactMap(\.why).first { $0.contains("read-only") })
                for command in [["create-index", "docs"], ["rebuild", "docs"]] {
                    let refused = try await database.run(command, environment: environment)
                    #expect(refused.status == 69, "\(refused.errors)")
                    #expect(refused.errors.contains("transactions are read-only here"), "\(refused.errors)")
                    #expect(
                        !refused.errors.contains("primary") && !refused.errors.contains("standby"),
                        "\(refused.errors)"
                    )
                }
                let text = try await database.run(["--dry-run"], environment: environment)
                #expect(text.output.contains("primary, read-only by "), "\(text.output)")
                guard !filled.isEmpty else {
                    #expect(why.contains("PGOPTIONS"))
                    continue
                }
                // As it is printed, in one session.
                let start = try #require(why.range(of: "BEGIN READ WRITE"))
                try await database.paste([String(why[start.lowerBound...])])
                #expect(try await report(database, [:]).output.contains("\"readOnlyBy\": null"))
            }
        }
    }
}

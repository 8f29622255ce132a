import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Waiting for a job", .timeLimit(.minutes(15)))
struct JobWaitTests {
    @Test("a daemon does the work, and the command shows how far it is and what came of it", arguments: TestServer.all)
    func watched(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let daemon = try await Daemon.start(on: [database], every: "1h")
            try await daemon.wait(for: "this instance is the leader")
            try await database.waitForEmptyQueue()
            var holder = try await database.holdSnapshot()
            let run = try await database.run(["create-index", "docs"]) { _ in
                try await database.waitForEndOfBuild()
                // Blockers are told when they have held it up for a while.
                try await Task.sleep(for: .seconds(7))
                let list = try await database.run(["jobs"])
                #expect(list.output.contains("  running  public.docs.vec: create an index"), "\(list.output)")
                #expect(list.output.contains("waiting for old snapshots"), "\(list.output)")
                #expect(list.output.contains("the build waits for process "), "\(list.output)")
                _ = try await holder.query("COMMIT")
            }
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains(": index ix_vector_cosine_ops_hnsw_m16_efc64_"), "\(run.output)")
            #expect(run.errors.contains(": waiting for old snapshots\n"), "\(run.errors)")
            #expect(run.errors.contains(": the build waits for process "), "\(run.errors)")
            #expect(daemon.text.contains("create an index (hnsw), because a person asked for it"))
            #expect(await daemon.end() == 0)
        }
    }

    @Test("partitions get a job each, one after the other, and their indexes are attached", arguments: TestServer.all)
    func partitions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE parts (id int, vec vector(3)) PARTITION BY HASH (id);
                CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                INSERT INTO parts SELECT g, '[1,2,3]' FROM generate_series(1, 100) AS g;
                """
            )
            let run = try await database.run(["create-index", "parts"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.components(separatedBy: "done in ").count == 3, "\(run.output)")
            let valid = """
                SELECT count(*) AS number FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                WHERE indrelid = 'parts'::regclass AND indisvalid
                """
            #expect(try await database.number(valid) == 1)
            let again = try await database.run(["create-index", "parts", "--method", "hnsw", "--m", "8"])
            #expect(again.status == 64)
            #expect(again.errors.contains("belongs to an index of the partitioned table"), "\(again.errors)")
            let rebuilt = try await database.run(["rebuild", "parts"])
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
            #expect(rebuilt.output.components(separatedBy: "done in ").count == 3, "\(rebuilt.text)")
        }
    }

    @Test("behind another job it says which", arguments: TestServer.all)
    func behind(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            try await database.fill("items", rows: 2_000)
            let daemon = try await Daemon.start(on: [database], every: "1h")
            try await daemon.wait(for: "this instance is the leader")
            try await database.waitForEmptyQueue()
            var holder = try await database.holdSnapshot()
            _ = try await database.run(["create-index", "items", "--no-wait"])
            try await database.waitForEndOfBuild()
            let run = try await database.run(["create-index", "docs"]) { _ in
                try await database.wait(until: "SELECT count(*) AS number FROM vecsteward.job WHERE state = 'queued'")
                try await Task.sleep(for: .seconds(2))
                _ = try await holder.query("COMMIT")
            }
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains(" behind job "), "\(run.errors)")
            #expect(run.errors.contains(": public.items.vec: create an index (hnsw)"))
            #expect(await daemon.end() == 0)
        }
    }

    @Test("when the daemon dies the command takes over", arguments: TestServer.all)
    func takeover(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let daemon = try await Daemon.start(on: [database], every: "1h")
            try await daemon.wait(for: "this instance is the leader")
            try await database.waitForEmptyQueue()
            var holder = try await database.holdSnapshot()
            let run = try await database.run(["create-index", "docs"]) { _ in
                try await database.waitForEndOfBuild()
                await daemon.end(SIGKILL)
                try await database.wait(
                    until: """
                        SELECT count(*) AS number FROM pg_locks AS lock JOIN pg_stat_activity USING (pid)
                        WHERE locktype = 'advisory' AND classid = 1986356083 AND granted
                            AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """
                )
                _ = try await holder.query("COMMIT")
            }
            #expect(run.status == 0, "\(run.errors)")
            #expect(try await database.usableIndexes(of: "docs").count == 1)
            #expect(
                try await database.number(
                    "SELECT sum(attempts) AS number FROM vecsteward.job WHERE kind = 'create_index'"
                ) == 1
            )
        }
    }

    @Test("Ctrl-C leaves the build to the server, and the next run finishes it", arguments: TestServer.all)
    func interrupted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            var holder = try await database.holdSnapshot()
            let run = try await database.run(["create-index", "docs"]) { process in
                try await database.waitForEndOfBuild()
                kill(process, SIGINT)
            }
            #expect(run.status == 130)
            #expect(run.output == "")
            #expect(run.errors.contains("job 1 continues in the server, and the next vecsteward run finishes it"))
            #expect(run.errors.contains("vecsteward jobs show 1 shows it, vecsteward jobs cancel 1 cancels it"))
            try await database.waitForEndOfBuild()
            let show = try await database.run(["jobs", "show", "1"])
            #expect(show.output.contains("waiting for old snapshots"), "\(show.output)")
            // Asked again, it is found and not queued twice.
            let again = try await database.run(["create-index", "docs", "--no-wait"])
            #expect(again.output.contains("job 1 already does this, and is running"), "\(again.text)")
            let other = try await database.run(["create-index", "docs", "--measure", "l2_distance"])
            #expect(other.status == 1)
            #expect(other.errors.contains("job 1 is in the way"), "\(other.errors)")
            _ = try await holder.query("COMMIT")
            let next = try await database.run(["run", "--once"])
            #expect(next.status == 0, "\(next.errors)")
            #expect(try await database.usableIndexes(of: "docs").count == 1)
            #expect(try await database.number("SELECT sum(attempts) AS number FROM vecsteward.job WHERE id = 1") == 1)
        }
    }

    @Test("Ctrl-C leaves the build to the daemon", arguments: TestServer.all)
    func leftToDaemon(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let daemon = try await Daemon.start(on: [database], every: "1h")
            try await daemon.wait(for: "this instance is the leader")
            try await database.waitForEmptyQueue()
            var holder = try await database.holdSnapshot()
            let run = try await database.run(["create-index", "docs"]) { process in
                try await database.waitForEndOfBuild()
                kill(process, SIGINT)
            }
            #expect(run.status == 130)
            #expect(run.errors.contains(" continues: vecsteward jobs show "), "\(run.errors)")
            _ = try await holder.query("COMMIT")
            try await database.waitForEmptyQueue()
            #expect(try await database.usableIndexes(of: "docs").count == 1)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a person who cancels the job elsewhere ends it, and what it had begun is gone", arguments: TestServer.all)
    func cancelled(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let holder = try await database.holdSnapshot()
            let run = try await database.run(["create-index", "docs"]) { _ in
                try await database.waitForEndOfBuild()
                let cancel = try await database.run(["jobs", "cancel", "1"])
                #expect(cancel.output.contains("cancels it within seconds"), "\(cancel.text)")
            }
            _ = consume holder
            #expect(run.status == 1)
            #expect(run.errors.contains("job 1 was cancelled: a person cancelled it"), "\(run.errors)")
            #expect(
                try await database.number(
                    """
                    SELECT count(*) AS number FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                    WHERE indrelid = 'docs'::regclass AND relam >= 16384
                    """
                ) == 0
            )
        }
    }

    @Test("--no-wait says who is going to do it, and a failed job gives way to a person", arguments: TestServer.all)
    func queued(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let run = try await database.run(["create-index", "docs", "--no-wait"])
            #expect(run.status == 0)
            #expect(run.output.hasPrefix("job 1 queued: public.docs.vec: create an index (hnsw)"), "\(run.text)")
            #expect(run.output.hasSuffix("; vecsteward run --once will run it\n"))
            #expect(try await database.usableIndexes(of: "docs").isEmpty)
            try await database.administer(
                "UPDATE vecsteward.job SET state = 'failed', finished_at = now(), failure_message = 'no'"
            )
            let again = try await database.run(["create-index", "docs"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.errors.contains("job 2 queued"))
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE state = 'cancelled'")
                    == 1
            )
        }
    }

    @Test("what a rule has queued otherwise and nobody has begun gives way to a person")
    func superseded() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            try await database.fill("docs", rows: 2_000)
            _ = try await database.run(["create-index", "docs", "--no-wait"])
            let other = try await database.run(["create-index", "docs", "--method", "ivfflat"])
            #expect(other.status == 1, "another person's is not dismissed")
            try await database.administer("UPDATE vecsteward.job SET origin = 'rule'")
            let run = try await database.run(["create-index", "docs", "--method", "ivfflat"])
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output.contains("(IVFFlat lists=30)"))
        }
    }

    @Test("on a terminal one line is drawn anew, and is gone at the end", arguments: TestServer.all)
    func terminal(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            var holder = try await database.holdSnapshot()
            let folder = TemporaryFolder()
            let script = folder.make("on-terminal", "stty cols 50; exec \"$@\"\n")
            // script(1) runs one string in a shell; the arguments come as its variables.
            let run = try await ProgramRun.of(
                ["create-index", "docs", "--database", database.stewardConnection()] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": server.password(), "TERM": "xterm"],
                prefix: [
                    ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"] ?? "/usr/bin/python3", "-c",
                    "import pty, sys; sys.exit(__import__('os').waitstatus_to_exitcode("
                        + "pty.spawn(['/bin/sh', '\(script)'] + sys.argv[1:])))",
                ]
            ) { _ in
                try await database.waitForEndOfBuild()
                try await Task.sleep(for: .seconds(2))
                _ = try await holder.query("COMMIT")
            }
            #expect(run.status == 0, "\(run.text)")
            let drawn = run.output.components(separatedBy: "\r").filter { $0.hasSuffix("\u{1B}[K") }
                .map { $0.dropLast(3) }
            #expect(drawn.contains { $0.contains("100%") }, "\(run.output)")
            #expect(drawn.allSatisfy { $0.count < 50 }, "\(drawn)")
            #expect(run.output.contains("\r\u{1B}[Kdone in "), "the line is taken away before the result")
        }
    }
}

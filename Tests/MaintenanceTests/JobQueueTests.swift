import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The queue of jobs")
struct JobQueueTests {
    private static let mishap: PostgresError = {
        var error = PostgresError(.server, "deadlock \"detected\"\n", hint: "See the log.")
        error.sqlState = .deadlockDetected
        return error
    }()

    @Test("a job of any kind comes out as it went in, whatever its names", arguments: TestServer.all)
    func roundTrip(server: TestServer) async throws {
        #expect(SampleJobs.hostile.utf8.count == 63)
        try await withState(on: server) { database, connection in
            let queued = try await JobQueue.enqueue(SampleJobs.all, on: &connection)
            #expect(queued.map(\.job) == SampleJobs.all)
            #expect(queued.allSatisfy { $0 == JobRecord(id: $0.id, job: $0.job) })
            #expect(try await JobQueue.unfinished(on: &connection) == queued)
            #expect(try await JobQueue.list(limit: 9, on: &connection).jobs.map(\.record) == queued.reversed())
            for record in queued { #expect(try await JobQueue.job(id: record.id, on: &connection)?.record == record) }
            #expect(try await JobQueue.job(id: 99, on: &connection) == nil)
            #expect(try await JobQueue.list(limit: 1, on: &connection).jobs.count == 1)
        }
    }

    @Test("a job for several partitions becomes one for each, in the order of the plan", arguments: TestServer.all)
    func split(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let several = SampleJobs.job(Analyze(), tables: ["z", "b", "é", "e\u{301}"], finished: "")
            let queued = try await JobQueue.enqueue([several, SampleJobs.drop], on: &connection)
            #expect(queued.map(\.job.targets.count) == [1, 1, 1, 1, 1])
            let tables = queued.map { Array($0.job.targets[0].table.utf8) }
            #expect(tables == ["z", "b", "é", "e\u{301}", SampleJobs.hostile].map { Array($0.utf8) })
            #expect(try await JobQueue.unfinished(on: &connection) == queued)
        }
    }

    @Test("the index to be replaced is the one of that name when the job is queued", arguments: TestServer.all)
    func oldIndex(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let (schema, index) = (Identifier("S"), Identifier(SampleJobs.hostile))
            try await database.execute(
                """
                CREATE SCHEMA \(schema);
                CREATE SCHEMA z;
                CREATE TABLE t (vec int);
                CREATE TABLE \(schema).t (vec int);
                CREATE TABLE z.t (vec int);
                CREATE INDEX \(index) ON t (vec);
                CREATE INDEX \(index) ON \(schema).t (vec);
                CREATE INDEX \(index) ON z.t (vec);
                """
            )
            let drop = SampleJobs.job(DropIndex(name: SampleJobs.hostile), tables: ["t"], schema: "S", finished: "")
            let identity = try #require(try await JobQueue.enqueue([drop], on: &connection).first?.oldIndex)
            let seen = try await database.query(
                """
                SELECT oid::int8, relfilenode::int8 FROM pg_class
                WHERE relname = \(SampleJobs.hostile) AND relnamespace = '"S"'::regnamespace
                """
            ).one()
            #expect(try seen["oid", as: Int64.self] == Int64(identity.oid))
            #expect(try seen["relfilenode", as: Int64.self] == Int64(identity.relfilenode))
        }
    }

    @Test("what is queued is not queued again until it has ended", arguments: TestServer.all)
    func twice(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let queued = try await JobQueue.enqueue(SampleJobs.all + SampleJobs.all, on: &connection)
            #expect(queued.count == 4)
            #expect(try await JobQueue.enqueue(SampleJobs.all, on: &connection).isEmpty)
            #expect(
                try await JobQueue.enqueue([SampleJobs.analyze("T"), SampleJobs.analyze("t")], on: &connection).count
                    == 2
            )
            var other = SampleJobs.create
            other.collection.column = "another vector"
            #expect(try await JobQueue.enqueue([other], on: &connection).count == 1)
            for end in [JobState.done, .cancelled] {
                for var record in try await JobQueue.unfinished(on: &connection) {
                    record.state = end
                    #expect(try await JobQueue.record(record, on: &connection))
                }
                #expect(try await JobQueue.enqueue(SampleJobs.all, on: &connection).count == 4)
            }
        }
    }

    @Test("two sessions that queue the same in opposite orders queue each job once", arguments: TestServer.all)
    func twiceAtOnce(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let jobs = (0..<200).map { SampleJobs.analyze("t\($0)") }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for order in [jobs, jobs.reversed()] {
                    group.addTask {
                        var own = try await database.connect(as: .steward)
                        return try await JobQueue.enqueue(order, on: &own).count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.reduce(0, +) == 200)
            let tables = try await JobQueue.unfinished(on: &connection).map(\.job.targets[0].table)
            #expect(Set(tables).count == 200)
            #expect(tables.count == 200)
        }
    }

    @Test("sessions whose transactions see one snapshot queue each job once too", arguments: TestServer.all)
    func isolated(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            for level in ["repeatable read", "serializable"] {
                let jobs = (0..<50).map { SampleJobs.analyze("\(level) \($0)") }
                let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            var own = try await database.connect(as: .steward)
                            _ = try await own.query(
                                "SELECT set_config('default_transaction_isolation', \(level), FALSE)"
                            )
                            return try await JobQueue.enqueue(jobs, on: &own).count
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(counts.reduce(0, +) == 50)
            }
        }
    }

    @Test("what has failed waits for a person, unless its index is another one by now", arguments: TestServer.all)
    func failedForGood(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute("CREATE TABLE t (vec int); CREATE INDEX i ON t (vec)")
            let jobs = [SampleJobs.analyze("t"), SampleJobs.drop("i", of: "t")]
            let queued = try await JobQueue.enqueue(jobs, on: &connection)
            for record in queued {
                #expect(try await JobQueue.fail(record.id, error: Self.mishap, retryAfter: nil, on: &connection))
            }
            #expect(try await JobQueue.enqueue(jobs, on: &connection).isEmpty)
            try await database.execute("REINDEX INDEX i")
            #expect(try await JobQueue.enqueue(jobs, on: &connection).map(\.job) == [jobs[1]])
            #expect(try await JobQueue.requestCancel(id: queued[0].id, on: &connection) == .cancelled)
            // No rule asks again for what a person has dismissed; a person may.
            #expect(try await JobQueue.enqueue(jobs, on: &connection).isEmpty)
            var wanted = jobs[0]
            wanted.origin = .person
            #expect(try await JobQueue.enqueue([wanted], on: &connection).map(\.job) == [wanted])
        }
    }

    @Test("progress is kept, with the times of the server", arguments: TestServer.all)
    func progress(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
            for state in [JobState.running, .waiting, .running, .proving, .swapping, .cleaning] {
                record.state = state
                record.attempts += 1
                record.newIndex = IndexIdentity(oid: .max - UInt32(record.attempts), relfilenode: 3_000_000_000)
                #expect(try await JobQueue.record(record, on: &connection))
                let entry = try #require(try await JobQueue.job(id: record.id, on: &connection))
                #expect(entry.record == record)
                #expect(entry.startedAt != nil)
                #expect(entry.finishedAt == nil)
            }
            record.state = .done
            #expect(try await JobQueue.record(record, on: &connection))
            let entry = try #require(try await JobQueue.job(id: record.id, on: &connection))
            #expect(try #require(entry.finishedAt) >= (try #require(entry.startedAt)))
            #expect(try await JobQueue.unfinished(on: &connection).isEmpty)
        }
    }

    @Test("a job that has ended is not written again", arguments: TestServer.all)
    func final(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            for end in JobState.allCases.filter(\.isFinal) {
                var record = try await SampleJobs.ended(SampleJobs.analyze(end.rawValue), as: end, on: &connection)
                let before = try await JobQueue.job(id: record.id, on: &connection)
                record.state = .running
                #expect(try await !JobQueue.record(record, on: &connection))
                #expect(try await !JobQueue.fail(record.id, error: Self.mishap, retryAfter: nil, on: &connection))
                #expect(try await JobQueue.job(id: record.id, on: &connection) == before)
            }
        }
    }

    @Test("whoever writes down progress does not undo the wish to end it", arguments: TestServer.all)
    func cancelRequest(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
            record.state = .running
            #expect(try await JobQueue.record(record, on: &connection))
            #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == .running)
            #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == nil)
            record.state = .proving
            #expect(try await JobQueue.record(record, on: &connection))
            record.isCancelRequested = true
            #expect(try await JobQueue.unfinished(on: &connection) == [record])
            record.state = .cancelled
            #expect(try await JobQueue.record(record, on: &connection))
            #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == nil)
            #expect(try await JobQueue.requestCancel(id: 99, on: &connection) == nil)
        }
    }

    @Test("a job that nobody has begun is cancelled at once, and is not begun any more", arguments: TestServer.all)
    func cancelledBeforeItBegan(server: TestServer) async throws {
        try await withState(on: server) { _, connection in
            var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
            #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == .cancelled)
            #expect(try await JobQueue.unfinished(includingPostponed: true, on: &connection).isEmpty)
            record.state = .running
            #expect(try await !JobQueue.record(record, on: &connection), "whoever was about to begin it finds it ended")
            // A program that puts a job back has begun it, and cleaned up behind it.
            var begun = try #require(try await JobQueue.enqueue([SampleJobs.drop], on: &connection).first)
            for state in [JobState.running, .queued] {
                begun.state = state
                #expect(try await JobQueue.record(begun, on: &connection))
            }
            #expect(try await JobQueue.requestCancel(id: begun.id, on: &connection) == .queued)
        }
    }

    @Test(
        "a job that is tried again later is left out until then, or until a person ends it",
        arguments: TestServer.all
    )
    func postponed(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let jobs = [SampleJobs.analyze("later"), SampleJobs.analyze("now")]
            let queued = try await JobQueue.enqueue(jobs, on: &connection)
            for (record, delay) in zip(queued, [Duration.seconds(3_600), .zero]) {
                #expect(try await JobQueue.fail(record.id, error: Self.mishap, retryAfter: delay, on: &connection))
            }
            #expect(try await JobQueue.unfinished(on: &connection).map(\.id) == [queued[1].id])
            #expect(
                try await JobQueue.unfinished(includingPostponed: true, on: &connection).map(\.state) == [
                    .waiting, .waiting,
                ]
            )
            let entry = try #require(try await JobQueue.job(id: queued[0].id, on: &connection))
            #expect(try #require(entry.notBefore) - entry.createdAt >= 3_600)
            #expect(entry.failure?.sqlState == "40P01")
            #expect(entry.failure?.message == Self.mishap.message)
            #expect(entry.failure?.hint == Self.mishap.hint)
            #expect(try await JobQueue.requestCancel(id: queued[0].id, on: &connection) == .waiting)
            #expect(try await JobQueue.unfinished(on: &connection).count == 2)
        }
    }

    @Test("only what failed, was cancelled or waits is tried again, from the start", arguments: TestServer.all)
    func retry(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            let done = try await SampleJobs.ended(SampleJobs.drop, as: .done, on: &connection)
            #expect(try await !JobQueue.retry(id: done.id, on: &connection))
            var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
            #expect(try await !JobQueue.retry(id: record.id, on: &connection))
            let fresh = record
            for end in [JobState.failed, .cancelled] {
                record.state = .running
                #expect(try await JobQueue.record(record, on: &connection))
                #expect(try await JobQueue.requestCancel(id: record.id, on: &connection) == .running)
                record.state = end
                record.attempts = 5
                #expect(try await JobQueue.record(record, on: &connection))
                #expect(try await JobQueue.retry(id: record.id, on: &connection))
                #expect(try await JobQueue.unfinished(on: &connection) == [fresh])
            }
            let delay = Duration.seconds(3_600)
            #expect(try await JobQueue.fail(record.id, error: Self.mishap, retryAfter: delay, on: &connection))
            #expect(try await JobQueue.unfinished(on: &connection).isEmpty)
            #expect(try await JobQueue.retry(id: record.id, on: &connection), "it need not wait")
            #expect(try await JobQueue.unfinished(on: &connection) == [fresh])
            record.state = .cancelled
            #expect(try await JobQueue.record(record, on: &connection))
            #expect(try await JobQueue.enqueue([SampleJobs.create], on: &connection).count == 1)
            #expect(try await !JobQueue.retry(id: record.id, on: &connection))
        }
    }

    @Test("no function of a user is called in place of PostgreSQL's own", arguments: TestServer.all)
    func searchPath(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(
                """
                CREATE SCHEMA evil;
                CREATE FUNCTION evil.statement_timestamp() RETURNS timestamptz LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
                CREATE FUNCTION evil.equal(text, text) RETURNS boolean LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
                CREATE OPERATOR evil.= (FUNCTION = evil.equal, LEFTARG = text, RIGHTARG = text);
                """
            )
            _ = try await connection.query("SET search_path = evil, pg_catalog")
            let record = try await SampleJobs.ended(SampleJobs.create, as: .failed, on: &connection)
            #expect(try await JobQueue.retry(id: record.id, on: &connection))
            #expect(try await JobQueue.unfinished(on: &connection).count == 1)
            try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 1), on: &connection)
            try await JobHistory.prune(keepingDays: 0, on: &connection)
            #expect(try await connection.query("SHOW search_path").one()[0, as: String.self] == "evil, pg_catalog")
        }
    }
}

import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("Work whose finding stands unchanged")
struct RemedyTests {
    /// All rules there are, and one that only this test has.
    static let rules = RuleBook.all.map(\.name) + ["a rule of this test"]

    private static let ivfflat = IndexDefinition(
        distanceMetric: .cosineDistance,
        operatorClass: "vector_cosine_ops",
        operatorClassSchema: "public",
        parameters: .ivfflat(lists: 30)
    )

    /// A job of each kind on the table t, whichever rule wants it.
    static func jobs(for rule: String, table: String = "t") -> [Job] {
        let specs: [any JobSpec] = [
            CreateIndex(definition: ivfflat, choiceReason: "it is missing"),
            RebuildIndex(definition: ivfflat, oldName: "i"),
            DropIndex(name: "i"),
            Analyze(),
        ]
        return specs.map { spec in
            var job = SampleJobs.job(spec, tables: [table], schema: "public")
            if job.definition == nil { job.targets[0].finishedName = "" }
            job.reasons = [Job.Reason(rule: rule, summary: "it is as bad as before")]
            return job
        }
    }

    static let fill = """
        CREATE TABLE t (id int, vec int);
        INSERT INTO t SELECT g, g FROM generate_series(1, 1000) AS g;
        CREATE INDEX i ON t (vec);
        """

    /// Ends the jobs of the queue without doing anything for them.
    static func end(_ records: [JobRecord], as state: JobState, on connection: inout Connection) async throws {
        for var record in records {
            record.state = state
            #expect(try await JobQueue.record(record, on: &connection))
        }
    }

    /// As if the jobs had ended so much earlier.
    static func turnBack(_ database: TestDatabase, seconds: Int) async throws {
        try await database.administer(
            "UPDATE vecsteward.job SET finished_at = finished_at - make_interval(secs => \(seconds))"
        )
    }

    @Test("no rule's work is queued again by polls after a job that did nothing", arguments: TestServer.all)
    func everyRule(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            for rule in Self.rules {
                for job in Self.jobs(for: rule) {
                    for end in [JobState.done, .cancelled] {
                        var queued = 0
                        for _ in 1...20 {
                            let records = try await JobQueue.enqueue([job], on: &connection)
                            queued += records.count
                            try await Self.end(records, as: end, on: &connection)
                            // One row more is no change.
                            try await database.execute("INSERT INTO t VALUES (0, 0)")
                        }
                        #expect(queued == 1, "\(job.kind) for \(rule), \(end)")
                        try await database.administer("DELETE FROM vecsteward.job")
                    }
                }
            }
        }
    }

    @Test(
        "a job that was cancelled for one rule holds up no other one, and rules in turns do not spin",
        arguments: TestServer.all
    )
    func inTurns(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            for position in 0..<4 {
                for end in [JobState.cancelled, .done] {
                    let rules = ["invalid", "redundant", "a rule of this test"]
                    var queued: [String] = []
                    for turn in 0..<30 {
                        let job = Self.jobs(for: rules[turn % rules.count])[position]
                        let records = try await JobQueue.enqueue([job], on: &connection)
                        queued += records.flatMap { $0.job.reasons.map(\.rule) }
                        try await Self.end(records, as: end, on: &connection)
                    }
                    #expect(queued == (end == .cancelled ? rules : [rules[0]]), "\(position), \(end)")
                    // Of the pause that is over, all of them have one try, and then the next pause holds.
                    try await Self.turnBack(database, seconds: 3_700)
                    queued = []
                    for turn in 0..<30 {
                        let job = Self.jobs(for: rules[turn % rules.count])[position]
                        let records = try await JobQueue.enqueue([job], on: &connection)
                        queued += records.flatMap { $0.job.reasons.map(\.rule) }
                        try await Self.end(records, as: end, on: &connection)
                    }
                    #expect(queued == [rules[0]], "\(position), \(end)")
                    try await database.administer("DELETE FROM vecsteward.job")
                }
            }
        }
    }

    @Test(
        "it waits longer each time, up to a day, and remembers that when the program is another",
        arguments: TestServer.all
    )
    func pauses(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            let job = Self.jobs(for: "stale-statistics")[3]
            try await Self.end(JobQueue.enqueue([job], on: &connection), as: .done, on: &connection)
            for pause in [300, 900, 3_600, 14_400, 86_400, 86_400] {
                try await Self.turnBack(database, seconds: pause - 60)
                #expect(try await JobQueue.enqueue([job], on: &connection).isEmpty, "before \(pause) s are over")
                let remedy = try #require(try await JobQueue.remedies(on: &connection).last)
                #expect(remedy.isHeld && remedy.pauseSeconds == Double(pause))
                #expect(remedy.words.contains("the remedy did not help"), "\(remedy.words)")
                try await Self.turnBack(database, seconds: 60)
                connection = try await database.connect(as: .steward)
                let records = try await JobQueue.enqueue([job], on: &connection)
                #expect(records.count == 1, "after \(pause) s")
                try await Self.end(records, as: .done, on: &connection)
            }
        }
    }

    /// What is a change, and what is none.
    static let changes: [(what: String, sql: String, isChange: Bool)] = [
        ("nothing", "", false),
        ("one row", "INSERT INTO t VALUES (0, 0)", false),
        ("an ANALYZE", "ANALYZE t", false),
        ("a VACUUM", "VACUUM t", false),
        ("a tenth of the rows and more", "INSERT INTO t SELECT g, g FROM generate_series(1, 200) AS g", true),
        ("updates of many rows", "UPDATE t SET id = 0 WHERE id < 300", true),
        ("deletes of many rows", "DELETE FROM t WHERE id < 300", true),
        ("a TRUNCATE", "TRUNCATE t", true),
        ("another table of that name", "ALTER TABLE t RENAME TO t_old; CREATE TABLE t (LIKE t_old)", true),
        ("another index", "CREATE INDEX other ON t (id)", true),
        ("an index less", "DROP INDEX spare", true),
        ("an index built anew", "REINDEX INDEX i", true),
        ("a table written anew", "CLUSTER t USING i", true),
    ]

    @Test("a change of the table or its indexes ends the wait at once", arguments: TestServer.all)
    func change(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            for (what, sql, isChange) in Self.changes {
                try await database.execute(
                    "DROP TABLE IF EXISTS t, t_old; \(Self.fill) CREATE INDEX spare ON t (id); ANALYZE t"
                )
                let job = Self.jobs(for: "outgrown")[1]
                try await Self.end(JobQueue.enqueue([job], on: &connection), as: .done, on: &connection)
                if !sql.isEmpty { try await database.execute(sql) }
                let again = try await JobQueue.enqueue([job], on: &connection)
                #expect(again.isEmpty != isChange, "\(what)")
                try await database.administer("DELETE FROM vecsteward.job")
            }
        }
    }

    @Test("what one job builds anew under another name is the work of the next one", arguments: TestServer.all)
    func renamed(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            var old = "i"
            var queued = 0
            for round in 1...10 {
                var job = Self.jobs(for: "churned")[1]
                job.spec = RebuildIndex(definition: Self.ivfflat, oldName: old)
                job.targets[0].finishedName = "i\(round)"
                let records = try await JobQueue.enqueue([job], on: &connection)
                guard var record = records.first else { break }
                queued += 1
                try await database.execute("CREATE INDEX i\(round) ON t (vec); DROP INDEX \(old)")
                let row = try await database.query(
                    "SELECT oid::int8, relfilenode::int8 FROM pg_class WHERE relname = \("i\(round)")"
                ).one()
                record.newIndex = IndexIdentity(
                    oid: UInt32(try row["oid", as: Int64.self]),
                    relfilenode: UInt32(try row["relfilenode", as: Int64.self])
                )
                record.state = .running
                #expect(try await JobQueue.record(record, on: &connection))
                try await Self.end([record], as: .done, on: &connection)
                old = "i\(round)"
            }
            #expect(queued == 1, "a rebuild that makes an index which has to be rebuilt")
        }
    }

    @Test("what always helps for a moment is not done again and again either", arguments: TestServer.all)
    func flapping(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            let job = Self.jobs(for: "stale-statistics")[3]
            var queued = 0
            for _ in 1...20 {
                let records = try await JobQueue.enqueue([job], on: &connection)
                queued += records.count
                try await Self.end(records, as: .done, on: &connection)
                try await JobQueue.recordHelp(of: records.map(\.id), on: &connection)
                try await database.execute("UPDATE t SET id = 0")
            }
            #expect(queued == 5)
            let remedy = try #require(try await JobQueue.remedies(on: &connection).first)
            #expect(remedy.words.contains("the last of 5 within an hour"), "\(remedy.words)")
        }
    }

    @Test("what helped, what a person asks for, and another table's work do not wait", arguments: TestServer.all)
    func free(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill + "CREATE TABLE u (LIKE t)")
            for job in Self.jobs(for: "unindexed") {
                let records = try await JobQueue.enqueue([job], on: &connection)
                try await Self.end(records, as: .done, on: &connection)
                #expect(try await JobQueue.enqueue([job], on: &connection).isEmpty)
                var other = job
                other.targets[0].table = "u"
                #expect(try await JobQueue.enqueue([other], on: &connection).count == 1)
                var wanted = job
                wanted.origin = .person
                let asked = try await JobQueue.request([wanted], on: &connection)
                guard case .success(let requested) = asked, case .queued(let record) = requested[0] else {
                    Issue.record("a person's \(job.kind) waits")
                    continue
                }
                try await Self.end([record], as: .cancelled, on: &connection)
                #expect(try await JobQueue.retry(id: record.id, on: &connection), "a person tries it again at once")
                let retried = try #require(try await JobQueue.job(id: record.id, on: &connection)).record
                try await Self.end([retried], as: .done, on: &connection)
                #expect(try await JobQueue.enqueue([job], on: &connection).isEmpty)
                try await JobQueue.recordHelp(of: [record.id], on: &connection)
                #expect(try await JobQueue.enqueue([job], on: &connection).count == 1)
            }
        }
    }

    @Test("what failed on a table is tried on the one that takes its place", arguments: TestServer.all)
    func failedOnAnotherTable(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            let job = Self.jobs(for: "unindexed")[0]
            let record = try #require(try await JobQueue.enqueue([job], on: &connection).first)
            let mishap = PostgresError(.server, "no room")
            #expect(try await JobQueue.fail(record.id, error: mishap, retryAfter: nil, on: &connection))
            #expect(try await JobQueue.enqueue([job], on: &connection).isEmpty)
            try await database.execute("DROP TABLE t; CREATE TABLE t (id int, vec int)")
            #expect(try await JobQueue.enqueue([job], on: &connection).count == 1)
        }
    }

    @Test("a job is cancelled with its reason, which the finding tells", arguments: TestServer.all)
    func reason(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(Self.fill)
            var record = try #require(
                try await JobQueue.enqueue([Self.jobs(for: "unindexed")[0]], on: &connection).first
            )
            record.state = .cancelled
            #expect(try await JobQueue.record(record, because: "the sky fell", on: &connection))
            let words = try #require(try await JobQueue.remedies(on: &connection).first).words
            #expect(words.contains("was cancelled, because the sky fell, about 1 s ago"), "\(words)")
        }
    }
}

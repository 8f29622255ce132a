import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The schema that the state is kept in")
struct StateTests {
    private static func prepare(
        _ database: TestDatabase,
        conninfo: String? = nil,
        createIfMissing: Bool = true,
        patience: Duration = .seconds(10)
    ) async throws -> StateSchema.Status {
        var connection = try await Connection.open(
            try ConnectionTarget(parsing: conninfo ?? database.conninfo),
            timeout: .seconds(30),
            applicationName: "vecsteward tests"
        )
        let status = try await StateSchema.prepare(
            on: &connection,
            createIfMissing: createIfMissing,
            patience: patience
        )
        let isInTransaction = connection.isInTransaction
        #expect(!isInTransaction)
        return status
    }

    /// What preparing fails with, having left no transaction open.
    private static func failure(_ database: TestDatabase, conninfo: String? = nil) async throws -> PostgresError {
        try #require(
            await #expect(throws: PostgresError.self) {
                try await prepare(database, conninfo: conninfo, patience: .milliseconds(200))
            }
        )
    }

    /// Runs a test with roles that may only log in, and their connection strings; they belong to the server, and so are
    /// dropped whatever happens.
    private static func withRoles(
        _ names: [String],
        in database: TestDatabase,
        _ body: ([String]) async throws -> Void
    ) async throws {
        for name in names { try await database.execute("CREATE ROLE \(Identifier(name)) LOGIN PASSWORD 'few'") }
        let drop = names.map { "DROP OWNED BY \(Identifier($0)) CASCADE; DROP ROLE \(Identifier($0));" }.joined()
        do {
            try await body(try names.map { try database.conninfo(user: $0, password: "few") })
        } catch {
            try await database.execute(drop)
            throw error
        }
        try await database.execute(drop)
    }

    @Test("it is made only when it is to be, once, and then found", arguments: TestServer.all)
    func make(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            #expect(try await Self.prepare(database, createIfMissing: false) == .missing)
            #expect(try await Self.prepare(database) == .ready)
            #expect(try await Self.prepare(database) == .ready)
            #expect(try await Self.prepare(database, createIfMissing: false) == .ready)
            let versions = try await database.query("SELECT version FROM vecsteward.migration")
            #expect(try versions.map { try $0["version", as: Int.self] } == Array(1...StateSchema.version))
        }
    }

    @Test("sessions that make it at once all end well", arguments: TestServer.all)
    func makeAtOnce(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await withThrowingTaskGroup(of: StateSchema.Status.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.prepare(database) } }
                for try await status in group { #expect(status == .ready) }
            }
        }
    }

    @Test("a session that keeps the lock is not waited for without end", arguments: TestServer.all)
    func lockIsHeld(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            var other = try await database.connect()
            _ = try await other.query("SELECT pg_advisory_lock(\(8_531_334_416_649_646_692 as Int64))")
            #expect(try await Self.failure(database).code == .timedOut)
            _ = try await other.query("SELECT pg_advisory_unlock_all()")
            #expect(try await Self.prepare(database) == .ready)
        }
    }

    @Test("a newer one is refused and left alone", arguments: TestServer.all)
    func newer(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await Self.prepare(database)
            try await database.execute("INSERT INTO vecsteward.migration VALUES (99)")
            let error = try await Self.failure(database)
            #expect(error.code == .unsupported)
            #expect(error.message.contains("version 99"))
            #expect(error.hint?.contains("later") == true)
        }
    }

    @Test("a role with what grants prints can do all of it", arguments: TestServer.all)
    func grants(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = #"st"eward \#(database.name)"#
            try await Self.withRoles([name], in: database) { conninfos in
                let conninfo = conninfos[0]
                let observation = try await assess(database).observation
                try await database.execute(GrantScript(observation: observation, role: name, purpose: .maintain).sql)
                #expect(try await Self.prepare(database, conninfo: conninfo) == .ready)
                var connection = try await Connection.open(
                    try ConnectionTarget(parsing: conninfo),
                    timeout: .seconds(30),
                    applicationName: "vecsteward tests"
                )
                var record = try #require(try await JobQueue.enqueue([SampleJobs.create], on: &connection).first)
                record.state = .running
                #expect(try await JobQueue.record(record, on: &connection))
                #expect(try await JobQueue.unfinished(on: &connection) == [record])
                let error = PostgresError(.timedOut, "late")
                #expect(try await JobQueue.fail(record.id, error: error, retryAfter: nil, on: &connection))
                #expect(try await JobQueue.retry(id: record.id, on: &connection))
                #expect(try await JobQueue.requestCancel(id: record.id, on: &connection))
                #expect(try await JobQueue.all(limit: 10, on: &connection).count == 1)
                try await JobQueue.recordBuild(JobQueueTests.build("i", rows: 1), on: &connection)
                #expect(try await JobQueue.latestBuilds(on: &connection).count == 1)
                try await JobQueue.prune(keepingDays: 1, on: &connection)
            }
        }
    }

    @Test("a superuser does not write into what an ordinary role has made", arguments: TestServer.all)
    func stranger(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "stranger_\(database.name)"
            try await Self.withRoles([name], in: database) { conninfos in
                try await database.execute("CREATE SCHEMA vecsteward AUTHORIZATION \(Identifier(name))")
                let early = try await Self.failure(database)
                #expect(early.sqlState == .insufficientPrivilege)
                #expect(early.hint?.contains("Run vecsteward as role \"\(name)\"") == true)
                #expect(try await Self.prepare(database, conninfo: conninfos[0]) == .ready)
                #expect(try await Self.failure(database).message.contains("superuser"))
            }
        }
    }

    @Test("a role that may not make it is told the SQL that lets it, and that is enough", arguments: TestServer.all)
    func hintForSchema(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = #"f"ew \#(database.name)"#
            try await Self.withRoles([name], in: database) { conninfos in
                let conninfo = conninfos[0]
                let error = try await Self.failure(database, conninfo: conninfo)
                #expect(error.sqlState == .insufficientPrivilege)
                let hint = try #require(error.hint)
                #expect(hint == #"CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION "f""ew \#(database.name)";"#)
                #expect(try await Self.prepare(database, conninfo: conninfo, createIfMissing: false) == .missing)
                try await database.execute(hint)
                #expect(try await Self.prepare(database, conninfo: conninfo) == .ready)
            }
        }
    }

    @Test(
        "a role that may not use what another made is told the SQL that lets it, and that is enough",
        arguments: TestServer.all
    )
    func hintForTables(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let names = ["own\"er \(database.name)", "other \(database.name)"]
            try await Self.withRoles(names, in: database) { conninfos in
                let (owner, other) = (conninfos[0], conninfos[1])
                try await database.execute("CREATE SCHEMA vecsteward AUTHORIZATION \(Identifier(names[0]))")
                let hint = try #require(try await Self.failure(database, conninfo: other).hint)
                #expect(hint == "GRANT USAGE, CREATE ON SCHEMA vecsteward TO \(Identifier(names[1]));")
                #expect(try await Self.prepare(database, conninfo: owner) == .ready)
                let error = try await Self.failure(database, conninfo: other)
                #expect(error.sqlState == .insufficientPrivilege)
                try await database.execute(try #require(error.hint))
                #expect(try await Self.prepare(database, conninfo: other) == .ready)
                var connection = try await Connection.open(
                    try ConnectionTarget(parsing: other),
                    timeout: .seconds(30),
                    applicationName: "vecsteward tests"
                )
                #expect(try await JobQueue.enqueue([SampleJobs.analyze], on: &connection).count == 1)
            }
        }
    }

    @Test("a database that cannot be written is told apart", arguments: TestServer.all)
    func readOnly(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = Identifier(database.name)
            try await database.execute("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            let error = try await Self.failure(database)
            #expect(error.sqlState == .readOnlyTransaction)
            #expect(error.hint?.contains("default_transaction_read_only") == true)
            #expect(try await Self.prepare(database, createIfMissing: false) == .missing)
            try await database.execute("BEGIN READ WRITE; ALTER DATABASE \(name) RESET ALL; COMMIT")
            #expect(try await Self.prepare(database) == .ready)
            try await database.execute("ALTER DATABASE \(name) SET default_transaction_read_only = on")
            #expect(try await Self.prepare(database) == .readOnly(isStandby: false))
        }
    }

    /// Changes to good rows, each with the constraint that refuses it.
    private static let violations: [(constraint: String, kind: String, change: String)] = [
        ("job_kind", "analyze", "kind = 'reindex'"),
        ("object_name_length", "analyze", "table_name = ''"),
        ("object_name_length", "analyze", "table_name = repeat('é', 32)"),
        ("job_method", "create_index", "method = 'diskann'"),
        ("job_lists", "rebuild_index", "lists = 0"),
        ("job_lists", "rebuild_index", "lists = 32769"),
        ("job_m", "create_index", "m = 1"),
        ("job_m", "create_index", "m = 101, ef_construction = 1000"),
        ("job_ef_construction", "create_index", "m = 2, ef_construction = 3"),
        ("job_ef_construction", "create_index", "ef_construction = 1001"),
        ("job_parameters", "create_index", "m = 33"),
        ("job_parameters", "create_index", "m = NULL"),
        ("job_parameters", "create_index", "lists = 10"),
        ("job_parameters", "rebuild_index", "lists = NULL"),
        ("job_parameters", "rebuild_index", "m = 16"),
        ("job_parameters", "analyze", "lists = 10"),
        ("job_measure", "create_index", "measure = 'euclid'"),
        ("job_definition", "create_index", "measure = NULL"),
        ("job_definition", "rebuild_index", "operator_class = NULL"),
        ("job_definition", "analyze", "predicate = 'true'"),
        ("job_names", "create_index", "building_name = NULL"),
        ("job_names", "rebuild_index", "finished_name = NULL"),
        ("job_names", "drop_index", "finished_name = 'x'"),
        ("job_creation", "create_index", "choice_reason = NULL"),
        ("job_creation", "create_index", "parent_exists = NULL"),
        ("job_creation", "analyze", "choice_reason = 'x'"),
        ("job_creation", "rebuild_index", "parent_name = 'x', parent_exists = TRUE"),
        ("job_old_index", "drop_index", "old_index_name = NULL"),
        ("job_old_index", "create_index", "old_index_name = 'x'"),
        ("job_old_index", "analyze", "old_oid = 1, old_relfilenode = 1"),
        ("job_rebuilding", "rebuild_index", "is_attached = NULL"),
        ("job_rebuilding", "drop_index", "retired_name = 'x'"),
        ("job_reasons", "analyze", "reason_rules = '{}'"),
        ("job_reasons", "analyze", "reason_rules = ARRAY['a', NULL]"),
        ("job_reasons", "analyze", "reason_summaries = ARRAY['a', NULL]"),
        ("job_disposition", "analyze", "disposition = 'maybe'"),
        ("job_disposition_reason", "analyze", "disposition_reason = 'x'"),
        ("job_disposition_reason", "create_index", "disposition_reason = NULL"),
        ("job_predicted_memory", "create_index", "predicted_memory_bytes = -1"),
        ("job_predicted_disk", "create_index", "predicted_disk_bytes = -1"),
        ("job_predicted_seconds", "create_index", "predicted_seconds = -1"),
        ("job_predicted_seconds", "create_index", "predicted_seconds = 'NaN'"),
        ("job_prediction", "create_index", "predicted_seconds = NULL"),
        ("job_prediction", "analyze", "predicted_memory_bytes = 1, predicted_disk_bytes = 1, predicted_seconds = 1"),
        ("job_maintenance_work_memory", "create_index", "maintenance_work_memory_bytes = 0"),
        ("job_parallel_workers", "create_index", "parallel_workers = -1"),
        ("job_settings", "create_index", "parallel_workers = NULL"),
        ("job_settings", "analyze", "maintenance_work_memory_bytes = 1, parallel_workers = 1"),
        ("job_state", "analyze", "state = 'lost'"),
        ("job_attempts", "analyze", "attempts = -1"),
        ("job_old_identity", "rebuild_index", "old_oid = 1"),
        ("job_new_identity", "rebuild_index", "new_relfilenode = 1"),
        ("job_finished", "analyze", "state = 'done'"),
        ("job_finished", "analyze", "finished_at = now()"),
        ("job_started", "analyze", "state = 'running'"),
        ("job_not_before", "analyze", "not_before = now()"),
        ("job_failure_sqlstate", "analyze", "failure_sqlstate = '4271', failure_message = 'x'"),
        ("job_failure", "analyze", "failure_hint = 'x'"),
    ]

    @Test("every constraint on a job refuses what it is there for", arguments: TestServer.all)
    func jobConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            #expect(try await JobQueue.enqueue(SampleJobs.all, on: &connection).count == 4)
            for (constraint, kind, change) in Self.violations {
                let statement: Statement = "UPDATE vecsteward.job SET \(unescaped: change) WHERE kind = \(kind)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.job", Self.violations.map(\.constraint), on: &connection)
        }
    }

    @Test("every constraint on a build refuses what it is there for", arguments: TestServer.all)
    func buildConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await JobQueue.recordBuild(JobQueueTests.build("i", rows: 0), on: &connection)
            let violations: [(constraint: String, change: String)] = [
                ("object_name_length", "index_name = ''"), ("build_rows", "rows = -1"),
                ("build_source", "source = 'guessed'"), ("build_method", "method = 'diskann', lists = NULL, m = 2"),
                ("build_lists", "lists = 0"), ("build_m", "method = 'hnsw', lists = NULL, m = 1, ef_construction = 4"),
                ("build_ef_construction", "method = 'hnsw', lists = NULL, m = 2, ef_construction = 3"),
                ("build_parameters", "lists = NULL"), ("build_parameters", "method = 'hnsw', m = 2"),
                ("build_size", "size_bytes = -1"), ("build_seconds", "seconds = 'NaN'"),
                ("build_predicted_memory", "predicted_memory_bytes = -1"),
                ("build_predicted_disk", "predicted_disk_bytes = -1"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.build SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.build", violations.map(\.constraint), on: &connection)
        }
    }

    private static func expect(
        _ constraint: String,
        toRefuse statement: Statement,
        on connection: inout Connection
    ) async throws {
        do {
            let rows = try await connection.query(statement)
            Issue.record("\(constraint) let \(rows.affectedRows) rows pass: \(statement)")
        } catch {
            #expect(error.sqlState == SQLState(rawValue: "23514"), "\(statement): \(error)")
            #expect(error.message.contains("\"\(constraint)\""), "\(statement): \(error)")
        }
    }

    /// No constraint of the table is without a case.
    private static func expectAllTried(
        _ table: String,
        _ tried: [String],
        on connection: inout Connection
    ) async throws {
        let rows = try await connection.query(
            "SELECT conname FROM pg_constraint WHERE conrelid = \(table)::text::regclass AND contype = 'c'"
        )
        for row in rows {
            let name = try row["conname", as: String.self]
            #expect(tried.contains(name), "\(name) has no case")
        }
    }
}

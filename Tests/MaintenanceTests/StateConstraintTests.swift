import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The constraints of the schema that the state is kept in")
struct StateConstraintTests {
    /// Changes to good rows, each with the constraint that refuses it.
    private static let violations: [(constraint: String, kind: String, change: String)] = [
        ("job_kind", "analyze", "kind = 'Re-index'"),
        ("object_name_length", "analyze", "table_name = ''"),
        ("object_name_length", "analyze", "table_name = repeat('é', 32)"),
        ("job_index", "drop_index", "index_name = NULL"),
        ("job_index", "create_index", "index_name = 'x'"),
        ("job_index", "analyze", "index_oid = 1, index_relfilenode = 1"),
        ("job_reasons", "analyze", "reason_rules = '{}'"),
        ("job_reasons", "analyze", "reason_rules = ARRAY['a', NULL]"),
        ("job_reasons", "analyze", "reason_summaries = ARRAY['a', NULL]"),
        ("job_disposition", "analyze", "disposition = 'maybe'"),
        ("job_disposition_reason", "analyze", "disposition_reason = 'x'"),
        ("job_disposition_reason", "create_index", "disposition_reason = NULL"),
        ("job_state", "analyze", "state = 'lost'"),
        ("job_attempts", "analyze", "attempts = -1"),
        ("job_index_identity", "rebuild_index", "index_oid = 1"),
        ("job_finished", "analyze", "state = 'done'"),
        ("job_finished", "analyze", "finished_at = now()"),
        ("job_started", "analyze", "state = 'running'"),
        ("job_not_before", "analyze", "not_before = now()"),
        ("job_failure_sqlstate", "analyze", "failure_sqlstate = '4271', failure_message = 'x'"),
        ("job_failure", "analyze", "failure_hint = 'x'"),
        ("job_origin", "analyze", "origin = 'cron'"),
        ("job_rank", "analyze", "rank = 5"),
        ("job_rank", "analyze", "rank = -1"),
        ("job_urgency", "analyze", "urgency = 'Infinity'"),
        ("job_urgency", "analyze", "urgency = -1"),
        ("job_seen", "analyze", "table_oid = 1"),
        (
            "job_seen_rows", "analyze",
            "table_oid = 1, table_relfilenode = 1, seen_rows = -1, seen_writes = 0, seen_indexes = '{}'"
        ),
        (
            "job_seen_writes", "analyze",
            "table_oid = 1, table_relfilenode = 1, seen_rows = 0, seen_writes = -1, seen_indexes = '{}'"
        ),
        (
            "job_seen_indexes", "analyze",
            "table_oid = 1, table_relfilenode = 1, seen_rows = 0, seen_writes = 0, seen_indexes = '{NULL}'"
        ),
        ("job_repeats", "analyze", "repeats = -1"),
        ("job_helped", "analyze", "helped_at = now()"),
        ("job_end_reason", "analyze", "end_reason = 'x'"),
        ("job_lane", "analyze", "lane = 'slow'"),
        ("job_put_off", "analyze", "put_off = -1"),
        ("job_put_off_times", "analyze", "put_off = 1, put_off_since = now()"),
        ("job_put_off_times", "analyze", "put_off_since = now(), put_off_at = now()"),
    ]

    /// The same for what only jobs that build have.
    private static let buildViolations: [(constraint: String, kind: String, change: String)] = [
        ("build_job_method", "create_index", "method = 'diskann'"),
        ("build_job_lists", "rebuild_index", "lists = 0"),
        ("build_job_lists", "rebuild_index", "lists = 32769"),
        ("build_job_m", "create_index", "m = 1"),
        ("build_job_m", "create_index", "m = 101, ef_construction = 1000"),
        ("build_job_ef_construction", "create_index", "m = 2, ef_construction = 3"),
        ("build_job_ef_construction", "create_index", "ef_construction = 1001"),
        ("build_job_parameters", "create_index", "m = 33"),
        ("build_job_parameters", "create_index", "m = NULL"),
        ("build_job_parameters", "create_index", "lists = 10"),
        ("build_job_parameters", "rebuild_index", "lists = NULL"),
        ("build_job_parameters", "rebuild_index", "m = 16"),
        ("build_job_measure", "create_index", "measure = 'euclid'"),
        ("build_job_creation", "create_index", "choice_reason = NULL"),
        ("build_job_creation", "create_index", "parent_exists = NULL"),
        ("build_job_creation", "rebuild_index", "parent_name = 'x', parent_exists = TRUE"),
        ("build_job_rebuilding", "rebuild_index", "is_attached = NULL"),
        ("build_job_predicted_memory", "create_index", "predicted_memory_bytes = -1"),
        ("build_job_predicted_disk", "create_index", "predicted_disk_bytes = -1"),
        ("build_job_predicted_seconds", "create_index", "predicted_seconds = -1"),
        ("build_job_predicted_seconds", "create_index", "predicted_seconds = 'NaN'"),
        ("build_job_prediction", "create_index", "predicted_seconds = NULL"),
        ("build_job_maintenance_work_memory", "create_index", "maintenance_work_memory_bytes = 0"),
        ("build_job_parallel_workers", "create_index", "parallel_workers = -1"),
        ("build_job_settings", "create_index", "parallel_workers = NULL"),
        ("build_job_new_identity", "rebuild_index", "new_relfilenode = 1"),
        ("build_job_options", "create_index", "options = ARRAY['m=16', NULL]"),
        ("build_job_statistics_target", "rebuild_index", "statistics_target = 100"),
        ("build_job_statistics_target", "create_index", "statistics_target = -1"),
        ("build_job_statistics_target", "create_index", "statistics_target = 10001"),
        ("build_job_extensions", "create_index", "extensions = ARRAY[NULL]::text[]"),
        (
            "build_job_indexed_type", "create_index",
            "indexed_type = 'tensor', indexed_dimensions = 1, expected_rows = 1"
        ),
        (
            "build_job_indexed_dimensions", "create_index",
            "indexed_type = 'bit', indexed_dimensions = -1, expected_rows = 1"
        ),
        ("build_job_expected_rows", "create_index", "indexed_type = 'bit', indexed_dimensions = 1, expected_rows = -1"),
        ("build_job_expected_elements", "create_index", "expected_elements = -1"),
        ("build_job_prediction_builds", "create_index", "prediction_builds = 0"),
        ("build_job_predicted_phases", "rebuild_index", "predicted_training_seconds = 1"),
        (
            "build_job_predicted_phases", "rebuild_index",
            "predicted_training_seconds = 1, predicted_assigning_seconds = -1"
        ),
        (
            "build_job_predicted_phases", "create_index",
            "predicted_training_seconds = 1, predicted_assigning_seconds = 1"
        ),
        ("build_job_shape", "create_index", "indexed_type = 'bit', indexed_dimensions = NULL"),
        ("build_job_shape", "create_index", "indexed_type = NULL, indexed_dimensions = NULL, expected_rows = NULL"),
        (
            "build_job_kind", "create_index",
            "job_kind = 'analyze', choice_reason = NULL, parent_name = NULL, parent_exists = NULL"
        ),
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
            for (constraint, kind, change) in Self.buildViolations {
                let statement: Statement =
                    "UPDATE vecsteward.build_job SET \(unescaped: change) WHERE job_kind = \(kind)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            let tried = Self.buildViolations.map(\.constraint)
            try await Self.expectAllTried("vecsteward.build_job", tried, on: &connection)
        }
    }

    @Test("every constraint on a build refuses what it is there for", arguments: TestServer.all)
    func buildConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await JobHistory.recordBuild(SampleBuilds.build("i", rows: 0), on: &connection)
            let violations: [(constraint: String, change: String)] = [
                ("object_name_length", "index_name = ''"), ("build_rows", "rows = -1"),
                ("build_source", "source = 'guessed'"), ("build_method", "method = 'diskann', lists = NULL, m = 2"),
                ("build_lists", "lists = 0"), ("build_m", "method = 'hnsw', lists = NULL, m = 1, ef_construction = 4"),
                ("build_ef_construction", "method = 'hnsw', lists = NULL, m = 2, ef_construction = 3"),
                ("build_parameters", "lists = NULL"), ("build_parameters", "method = 'hnsw', m = 2"),
                ("build_size", "size_bytes = -1"), ("build_table_rows", "table_rows = rows - 1"),
                ("build_seconds", "seconds = 'NaN'"),
                ("build_phases", "training_seconds = NULL"), ("build_phases", "assigning_seconds = -1"),
                ("build_predicted_memory", "predicted_memory_bytes = -1"),
                ("build_predicted_disk", "predicted_disk_bytes = -1"),
                ("build_predicted_seconds", "predicted_seconds = -1"),
                ("build_indexed_type", "indexed_type = 'tensor'"),
                ("build_indexed_dimensions", "indexed_dimensions = -1"),
                ("build_expected_elements", "expected_elements = -1"),
                ("build_statement_seconds", "statement_seconds = 'Infinity'"),
                ("build_parallel_workers", "parallel_workers = 1025"),
                ("build_maintenance_work_memory", "maintenance_work_memory_bytes = 0"),
                ("build_measured", "indexed_type = NULL"), ("build_measured", "parallel_workers = NULL"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.build SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.build", violations.map(\.constraint), on: &connection)
        }
    }

    @Test("every constraint on the use of an index refuses what it is there for", arguments: TestServer.all)
    func useConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await connection.run(
                script: "INSERT INTO vecsteward.index_use VALUES (1, 1, '2026-01-02', '2026-01-02 12:00Z', 0, 0, 0)"
            )
            let violations: [(constraint: String, change: String)] = [
                ("index_use_oid", "index_oid = 0"), ("index_use_relfilenode", "relfilenode = -1"),
                ("index_use_scans", "scans = -1"), ("index_use_sequential_scans", "sequential_scans = -1"),
                ("index_use_sequential_rows_read", "sequential_rows_read = -1"),
                ("index_use_day", "sampled_on = '2026-01-03'"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.index_use SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.index_use", violations.map(\.constraint), on: &connection)
        }
    }

    @Test("every constraint on the use of searches refuses what it is there for", arguments: TestServer.all)
    func searchConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await connection.run(
                script: """
                    INSERT INTO vecsteward.search_use VALUES
                        (1, 'vec', 'app', '{}', md5('{}'), '2026-01-02 12:00Z', 1, 0, 0, 0, 0)
                    """
            )
            let violations: [(constraint: String, change: String)] = [
                ("search_use_table", "table_oid = 0"), ("object_name_length", "column_name = ''"),
                ("object_name_length", "role_name = repeat('x', 64)"),
                ("search_use_search", "search = '', search_digest = md5('')"),
                ("search_use_digest", "search_digest = 'x'"),
                ("search_use_hour", "hour = '2026-01-02 12:30Z'"), ("search_use_calls", "calls = 0"),
                ("search_use_milliseconds", "milliseconds = -1"),
                ("search_use_milliseconds", "milliseconds = 'Infinity'"), ("search_use_rows", "rows = -1"),
                ("search_use_blocks_hit", "blocks_hit = -1"), ("search_use_blocks_read", "blocks_read = -1"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.search_use SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.search_use", violations.map(\.constraint), on: &connection)
        }
    }

    @Test("every constraint on a finding refuses what it is there for", arguments: TestServer.all)
    func findingConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await connection.run(
                script: "INSERT INTO vecsteward.finding (rule, severity, summary) VALUES ('outgrown', 'warning', 'x')"
            )
            let violations: [(constraint: String, change: String)] = [
                ("finding_rule", "rule = ''"), ("finding_severity", "severity = 'fatal'"),
                ("finding_place", "table_schema = 'public'"), ("finding_place", "index_name = 'i'"),
                ("finding_place", "part_name = 'p'"), ("finding_times", "resolved_at = raised_at - INTERVAL '1 s'"),
                ("finding_told", "told_at = raised_at - INTERVAL '1 s'"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.finding SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.finding", violations.map(\.constraint), on: &connection)
        }
    }

    @Test("every constraint on an altered index refuses what it is there for", arguments: TestServer.all)
    func alteredIndexConstraints(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await connection.run(
                script: "INSERT INTO vecsteward.altered_index (oid, relfilenode, job_id, lists) VALUES (1, 1, 1, 30)"
            )
            let violations: [(constraint: String, change: String)] = [
                ("altered_index_former_lists", "former_lists = ''"), ("altered_index_lists", "lists = 0"),
                ("altered_index_lists", "lists = 32769"),
            ]
            for (constraint, change) in violations {
                let statement: Statement = "UPDATE vecsteward.altered_index SET \(unescaped: change)"
                try await Self.expect(constraint, toRefuse: statement, on: &connection)
            }
            try await Self.expectAllTried("vecsteward.altered_index", violations.map(\.constraint), on: &connection)
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

import DatabaseFixture
import Foundation
import Postgres

extension TestDatabase {
    /// Runs `create-index`, `rebuild` or another command on this database, as the role of vecsteward where nobody is named.
    func run(
        _ arguments: [String],
        user: String? = nil,
        password: String? = nil,
        prefix: [String] = [],
        environment: [String: String] = [:],
        meanwhile: (pid_t) async throws -> Void = { _ in }
    ) async throws -> ProgramRun {
        let connection = if let user { try connection(user: user) } else { try await stewardConnection() }
        return try await ProgramRun.of(
            arguments + ["--database", connection] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": password ?? server.password()].merging(environment) { _, new in new },
            prefix: prefix,
            meanwhile: meanwhile
        )
    }

    /// Makes a table with a column `vec` of 8 dimensions and fills it.
    func fill(_ table: String, rows: Int) async throws {
        try await execute(
            """
            CREATE TABLE \(table) (id bigint, vec vector(8));
            INSERT INTO \(table)
            SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
            FROM generate_series(1, \(rows)) AS g;
            """
        )
        try await waitForEndOfSessions()
    }

    /// A snapshot that the end of every build has to wait for.
    func holdSnapshot() async throws -> Connection {
        var holder = try await connect()
        _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        _ = try await holder.query("SELECT FROM pg_class LIMIT 1")
        return holder
    }

    /// Waits until a build waits for old snapshots, as its last step.
    func waitForEndOfBuild() async throws {
        try await wait(
            until: """
                SELECT count(*) AS number FROM pg_stat_progress_create_index
                WHERE datname = current_database() AND phase = 'waiting for old snapshots'
                """
        )
    }
}

import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("TLS with certificates that are checked", .timeLimit(.minutes(15)))
struct TLSTests {
    private let folder = TemporaryFolder()

    /// A server that lets nobody in without TLS: `steward` by certificate alone, `pair` by certificate and password,
    /// others by password.
    private func withServer(
        _ body: (CertificateAuthority, TestDatabase) async throws -> Void
    ) async throws {
        let authority = try await CertificateAuthority("authority", in: folder.path)
        let credentials = try await authority.sign("server", host: "localhost")
        try await withPrivateServer(version: PrivateServer.versionWithTLS()) { own in
            try await own.encrypt(
                with: credentials,
                trusting: authority.certificate,
                access: [
                    "hostnossl all all all reject", "hostssl all steward all cert",
                    "hostssl all pair all scram-sha-256 clientcert=verify-full", "hostssl all all all scram-sha-256",
                ]
            )
            let database = try await TestDatabase.create(on: own.server, extension: false)
            try await database.administer(
                """
                CREATE ROLE steward LOGIN;
                CREATE ROLE pair LOGIN PASSWORD 'hunter2';
                GRANT CREATE ON DATABASE \(Identifier(database.name)) TO steward, pair;
                """
            )
            try await body(authority, database)
        }
    }

    /// A connection to a database that checks the server, with more parameters, which replace those before them.
    private func connection(
        _ user: String,
        _ database: TestDatabase,
        _ authority: CertificateAuthority,
        _ credentials: CertificateAuthority.Credentials? = nil,
        _ more: [String: String] = [:]
    ) throws -> String {
        var parameters = [
            "host": "localhost", "hostaddr": "127.0.0.1", "port": try database.target().port ?? "",
            "dbname": database.name, "user": user, "sslmode": "verify-full", "sslrootcert": authority.certificate,
        ]
        parameters["sslcert"] = credentials?.certificate
        parameters["sslkey"] = credentials?.key
        return parameters.merging(more) { $1 }.map { "\($0)=\(TestDatabase.quoted($1))" }.joined(separator: " ")
    }

    @Test("a report and a daemon by certificate, with and without a password besides", arguments: ["steward", "pair"])
    func certified(user: String) async throws {
        try await withServer { authority, database in
            let connection = try connection(user, database, authority, try await authority.sign(user))
            let run = try await ProgramRun.of(
                ["--dry-run", "--database", connection] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": "hunter2"]
            )
            #expect(run.status == 0, "\(run.text)")
            #expect(run.output.contains("pgvector") && run.output.contains("not installed"), "\(run.output)")

            let daemon = try Daemon(
                """
                {"databases": [{"name": "app", "connection": "\(connection)"}], "connectTimeout": "30s",
                "poll": {"every": "1s"}}
                """,
                password: "hunter2"
            )
            try await daemon.wait(for: "this instance is the leader")
            let sessions = "SELECT count(*) AS number FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            let own = sessions + "WHERE usename = '\(user)'"
            #expect(try await database.number(own) > 0)
            #expect(try await database.number(own + " AND (NOT ssl OR client_dn <> '/CN=\(user)')") == 0)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("what is not as it should be is refused, with what fixes it and without a secret")
    func refused() async throws {
        try await withServer { authority, database in
            let password = ["password": "hunter2"]
            let stranger = try await CertificateAuthority("stranger", in: folder.path)
            let steward = try await authority.sign("steward")
            let pair = try await authority.sign("pair")
            let open = try await authority.sign("steward")
            chmod(open.key, 0o644)
            let none: CertificateAuthority.Credentials? = nil
            let cases = [
                Refusal("does not match host name \"db.example.com\"", .unavailable, "host=NAME")
                    .of("steward", steward, ["host": "db.example.com"]),
                Refusal("certificate verify failed", .unavailable, "sslrootcert=FILE")
                    .of("steward", steward, ["sslrootcert": stranger.certificate]),
                Refusal("/nowhere/root.crt", .unavailable, "sslrootcert=FILE")
                    .of("steward", steward, ["sslrootcert": "/nowhere/root.crt"]),
                Refusal("valid client certificate", .refused, "sslcert and sslkey").of("steward", none),
                Refusal("valid client certificate", .refused, "sslcert and sslkey").of("pair", none, password),
                Refusal("certificate authentication failed", .refused, "common name").of("steward", pair),
                Refusal("unknown ca", .refused, "sslcert and sslkey").of("steward", try await stranger.sign("steward")),
                Refusal("group or world access", .unavailable, "mode 0600").of("steward", open),
                Refusal("/nowhere/steward.key", .unavailable, "sslcert and sslkey")
                    .of("steward", steward, ["sslkey": "/nowhere/steward.key"]),
                Refusal("password authentication failed", .refused, "~/.pgpass")
                    .of("pair", pair, ["password": "hunter3"]),
                Refusal("password authentication failed", .refused, "~/.pgpass").of("pair", steward, password),
                Refusal("no encryption", .refused, "hostssl").of("steward", none, ["sslmode": "disable"]),
            ]
            for refusal in cases {
                let (message, hint) = (refusal.message, refusal.hint)
                let connection = try connection(refusal.user, database, authority, refusal.credentials, refusal.more)
                let path = try configurationFile([("app", connection)], in: folder)
                let run = try await ProgramRun.of(["--dry-run", "--config", path], in: folder)
                #expect(run.status == refusal.status.rawValue, "\(message): \(run.text)")
                #expect(run.errors.contains(message), "\(message): \(run.errors)")
                let hints = run.errors.split(separator: "\n").filter { $0.hasPrefix("HINT: ") }
                #expect(hints.count == 1 && hints[0].contains(hint), "\(message): \(run.errors)")
                #expect(!run.text.contains("hunter") && !run.text.contains("PRIVATE KEY"), "\(message)")
            }
        }
    }

    @Test("a server that does not speak TLS is refused where it is asked for", arguments: TestServer.all)
    func unencrypted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let connection = try database.connection() + " sslmode=require"
            let run = try await ProgramRun.of(
                ["--dry-run", "--database", connection] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": server.password()]
            )
            #expect(run.status == Status.unavailable.rawValue)
            #expect(run.errors.contains("server does not support SSL"), "\(run.errors)")
            #expect(run.errors.contains("HINT: Check sslmode"), "\(run.errors)")
        }
    }

    @Test("a statement that is cancelled or large goes the same way as without")
    func statements() async throws {
        try await withServer { authority, database in
            let text = try connection("steward", database, authority, try await authority.sign("steward"))
            var connection = try await Connection.open(
                ConnectionTarget(parsing: text),
                timeout: .seconds(30),
                applicationName: "tls"
            )
            for _ in 1...3 {
                do throws(PostgresError) {
                    _ = try await connection.query("SELECT pg_sleep(600)", timeout: .milliseconds(200))
                    Issue.record("the statement was not cancelled")
                } catch {
                    #expect(error.code == .timedOut, "\(error)")
                }
                let isUsable = connection.isUsable
                #expect(isUsable)
            }
            #expect(try await connection.query("SELECT 7 AS n").one()["n", as: Int.self] == 7)
            // More than fits into any buffer on the way, in both directions.
            let large = String(repeating: "0123456789abcdef", count: 1 << 18)
            let echo = try await connection.query(Statement("SELECT $1::text AS text", [large])).one()
            #expect(try echo["text", as: String.self] == large)
            let rows = try await connection.query(
                "SELECT g, repeat('x', 1000) AS text FROM generate_series(1, 20000) AS g"
            )
            #expect(rows.count == 20_000)
        }
    }

    /// A daemon that has nothing but its certificate.
    private func daemon(_ connection: String) throws -> Daemon {
        try Daemon(
            """
            {"databases": [{"name": "app", "connection": "\(connection)"}], "connectTimeout": "30s",
            "poll": {"every": "1s"}}
            """,
            password: "none"
        )
    }

    @Test("a job, by certificate and through a pooler", arguments: TestServer.all)
    func job(server: TestServer) async throws {
        let authority = try await CertificateAuthority("authority", in: folder.path)
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.grant()
            let user = try database.user(.steward)
            let pooler = try await TLSPooler(
                for: server,
                as: user,
                with: authority.sign("pooler", host: "localhost"),
                trusting: authority.certificate
            )
            defer { withExtendedLifetime(pooler) {} }
            let port = ["port": String(pooler.port)]
            let certified = try connection(user, database, authority, try await authority.sign(user), port)
            let daemon = try daemon(certified)
            try await daemon.wait(for: " done in ")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            #expect(try await database.isRebuilt())
            #expect(await daemon.end() == 0)
            let plain = try connection(user, database, authority, nil, port.merging(["sslmode": "disable"]) { $1 })
            let run = try await ProgramRun.of(["--dry-run", "--database", plain] + ProgramRun.patiently, in: folder)
            #expect(run.status != 0, "the pooler takes nobody without TLS")
        }
    }

    @Test("a pooler in transaction mode is detected, and no jobs run", arguments: TestServer.all)
    func transactionMode(server: TestServer) async throws {
        let authority = try await CertificateAuthority("authority", in: folder.path)
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.grant()
            let user = try database.user(.steward)
            let pooler = try await TLSPooler(
                for: server,
                as: user,
                with: authority.sign("pooler", host: "localhost"),
                trusting: authority.certificate,
                mode: "transaction"
            )
            defer { withExtendedLifetime(pooler) {} }
            let certified = try connection(
                user,
                database,
                authority,
                try await authority.sign(user),
                ["port": String(pooler.port)]
            )
            let daemon = try daemon(certified)
            try await daemon.wait(for: "there is a pooler in transaction mode in between")
            #expect(daemon.text.contains("HINT: Connect to the server itself, or to a pooler in session mode"))
            #expect(await daemon.end() == 0)
            #expect(try await database.usableIndexes(of: "docs") == ["\(DaemonTests.index)_docs"])
            #expect(try await !database.isRebuilt())
            let locks =
                "SELECT count(*) AS number FROM pg_locks WHERE locktype = 'advisory' AND database = "
                + "(SELECT oid FROM pg_database WHERE datname = current_database())"
            #expect(try await database.number(locks) == 0, "no lock is left with a session of the pooler")
        }
    }
}

/// How a connection is refused.
private struct Refusal {
    let message: String
    let status: Status
    let hint: String
    private(set) var user = ""
    private(set) var credentials: CertificateAuthority.Credentials?
    private(set) var more: [String: String] = [:]

    init(_ message: String, _ status: Status, _ hint: String) {
        self.message = message
        self.status = status
        self.hint = hint
    }

    /// Whose connection it is, with what certificate and which other parameters.
    func of(
        _ user: String,
        _ credentials: CertificateAuthority.Credentials?,
        _ more: [String: String] = [:]
    ) -> Refusal {
        var copy = self
        copy.user = user
        copy.credentials = credentials
        copy.more = more
        return copy
    }
}

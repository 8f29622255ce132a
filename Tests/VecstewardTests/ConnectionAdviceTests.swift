import Postgres
import Testing

@testable import vecsteward

@Suite("What is said of a database that cannot be polled")
struct ConnectionAdviceTests {
    @Test(
        "each error of a server has its hint and its exit code",
        arguments: [
            ("28P01", "password authentication failed for user \"u\"", .refused, "~/.pgpass"),
            ("28000", "role \"u\" does not exist", .refused, "CREATE ROLE"),
            ("42501", "permission denied for database app", .refused, "grants --role"),
            ("3D000", "database \"app\" does not exist", .unavailable, "psql -l"),
            ("57P03", "the database system is starting up", .unavailable, "try again"),
            ("53300", "sorry, too many clients already", .unavailable, "max_connections"),
            ("57014", "canceling statement due to statement timeout", .unavailable, "statementTimeout"),
            ("55P03", "canceling statement due to lock timeout", .unavailable, "system catalog"),
            ("42P01", "relation \"x\" does not exist", .internalError, "report it"),
            (
                nil, "connection to server at \"h\" failed: FATAL:  password authentication failed for user \"u\"",
                .refused, "~/.pgpass"
            ),
            (nil, "fe_sendauth: no password supplied", .refused, "~/.pgpass"),
            (nil, "FATAL:  no pg_hba.conf entry for host \"h\"", .refused, "pg_hba.conf"),
            (nil, "FATAL:  role \"u\" does not exist", .refused, "CREATE ROLE"),
            (nil, "FATAL:  Peer authentication failed for user \"u\"", .refused, "pg_ident.conf"),
            (nil, "FATAL:  database \"app\" does not exist", .unavailable, "psql -l"),
            (nil, "FATAL:  the database system is starting up", .unavailable, "try again"),
            (nil, "could not translate host name \"h\" to address", .unavailable, "getent hosts"),
            (nil, "definition of service \"s\" not found", .unavailable, "pg_service.conf"),
            (nil, "timeout expired", .unavailable, "connectTimeout"),
            ("28000", "no pg_hba.conf entry for host \"h\", user \"u\", no encryption", .refused, "hostssl"),
            ("28000", "connection requires a valid client certificate", .refused, "sslcert and sslkey"),
            ("28000", "certificate authentication failed for user \"u\"", .refused, "common name"),
            ("28000", "in a language that nobody here knows", .refused, "CREATE ROLE"),
            (nil, "SSL error: tlsv1 alert unknown ca", .refused, "sslcert and sslkey"),
            (nil, "private key file \"k\" has group or world access", .unavailable, "mode 0600"),
            (nil, "SSL error: certificate verify failed", .unavailable, "sslrootcert=FILE"),
            (nil, "root certificate file \"f\" does not exist", .unavailable, "sslrootcert=FILE"),
            (nil, "server certificate for \"a\" does not match host name \"b\"", .unavailable, "host=NAME"),
            (nil, "server does not support SSL, but SSL was required", .unavailable, "sslmode"),
            (nil, "connection refused in a language that nobody here knows", .unavailable, "pg_isready"),
        ] as [(String?, String, Status, String)]
    )
    func hints(state: String?, message: String, status: Status, hint: String) {
        var error = PostgresError(state == nil ? .connectionFailed : .server, message)
        error.sqlState = state.map { SQLState(rawValue: $0) }
        let advice = ConnectionAdvice(error)
        #expect(advice.message == message.split(separator: " ").joined(separator: " "))
        #expect((advice.status, advice.sqlState) == (status, state))
        #expect(advice.hint.contains(hint), "\(advice.hint)")
    }

    @Test("a hint of the server comes before ours, and a message is one line")
    func serverHint() {
        let advice = ConnectionAdvice(
            PostgresError(
                .connectionFailed,
                "one\n\tIs the server running?\ntwo\u{1B}[31m",
                hint: "Ask the server's owner."
            )
        )
        #expect(advice.hint == "Ask the server's owner.")
        #expect(advice.message == "one; two\\u{1B}[31m")
    }

    @Test("one that cannot be reached decides the exit code of several")
    func combined() {
        #expect(Status.combining([]) == nil)
        #expect(Status.combining([.refused, .internalError]) == .refused)
        #expect(Status.combining([.refused, .unavailable]) == .unavailable)
    }
}

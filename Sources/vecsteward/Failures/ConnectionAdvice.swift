import Postgres

/// The explanation of an error of a database; the only place that knows what each error of a server means for people.
struct ConnectionAdvice: Equatable {
    /// What went wrong, in the words of the server or libpq.
    var message: String
    /// What to check or to type.
    var hint: String
    /// The SQLSTATE, if the server sent one.
    var sqlState: String?
    /// The exit code.
    var status: ExitStatus

    /// Explains an error.
    init(_ error: PostgresError) {
        // With several hosts, libpq writes a line for each; its question is omitted because the hint answers it.
        let lines = error.message.split(whereSeparator: \.isNewline)
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            .filter { !$0.hasPrefix("Is the server running") }
        message = Quoted.name(lines.joined(separator: "; "), limit: 400)
        sqlState = error.sqlState?.rawValue
        // libpq quotes the part of a connection string that it rejects: `invalid sslmode value: "..."`.
        if sqlState == nil, message.hasPrefix("invalid "), let colon = message.firstIndex(of: ":") {
            message = String(message[..<colon])
        }
        let known = Self.bySQLState(sqlState, message) ?? Self.byMessage(message)
        switch error.code {
        case .invalidTarget:
            status = .configuration
            hint = error.hint ?? "Check how the connection is spelled: postgresql://HOST/DATABASE, or key=value pairs."
        case .unsupported where error.hint != nil:
            // Errors that another version of the program, or another configuration, avoids.
            status = .unavailable
            hint = error.hint ?? ""
        case .invalidStatement, .decoding, .unsupported:
            status = .internalError
            hint = error.hint ?? Self.mistake
        case .connectionFailed, .connectionLost, .timedOut, .cancelled:
            status = known?.status ?? .unavailable
            hint = error.hint ?? known?.hint ?? (error.code == .timedOut ? Self.timeout : Self.unreachable)
        case .server:
            status = known?.status ?? .internalError
            hint = error.hint ?? known?.hint ?? Self.mistake
        }
    }

    private typealias Known = (status: ExitStatus, hint: String)

    private static func bySQLState(_ state: String?, _ message: String) -> Known? {
        switch state {
        case "28P01": (.refused, password)
        // Class 28 has one code for every reason to reject a role.
        case .some(let code) where code.hasPrefix("28"): (.refused, byMessage(message)?.hint ?? role)
        case "42501": (.refused, privilege)
        case "3D000": (.unavailable, database)
        case "57P03": (.unavailable, starting)
        case "57P01", "57P02": (.unavailable, "The server was shut down: try again when it runs.")
        case "57014":
            (.unavailable, "The server took longer than statementTimeout: raise it, or find what slows the server.")
        case "55P03":
            (.unavailable, "A session locks a system catalog, as VACUUM FULL does: try again when it has ended.")
        case "53300": (.unavailable, connections)
        case .some(let code) where code.hasPrefix("08"): (.unavailable, unreachable)
        case .some(let code) where code.hasPrefix("53"): (.unavailable, "The server lacks resources: read its log.")
        default: nil
        }
    }

    /// libpq has no code for a failure before the session exists, so only its words are left; if the server speaks
    /// another language, the fallback applies.
    private static func byMessage(_ message: String) -> Known? {
        for (phrases, known) in phrasebook where phrases.contains(where: message.contains) { return known }
        return nil
    }

    private static let phrasebook: [(phrases: [String], known: Known)] = [
        (["valid client certificate", "certificate authentication failed"], (.refused, clientCertificate)),
        (["alert unknown ca", "alert certificate", "alert bad certificate"], (.refused, clientCertificate)),
        (["private key file", "could not read certificate file"], (.unavailable, certificateFiles)),
        (["certificate verify failed", "root certificate file"], (.unavailable, authority)),
        (["does not match host name"], (.unavailable, certifiedName)),
        (["password authentication failed", "no password supplied", "SASL", "SCRAM"], (.refused, password)),
        (["no pg_hba.conf entry", "pg_hba.conf rejects"], (.refused, hostAccess)),
        (["Peer authentication failed"], (.refused, peer)),
        (["role \"", "authentication failed"], (.refused, role)),
        (["permission denied for database"], (.refused, privilege)),
        (["database \"", "is not currently accepting connections"], (.unavailable, database)),
        (["starting up", "shutting down", "in recovery mode"], (.unavailable, starting)),
        (["too many clients", "remaining connection slots"], (.unavailable, connections)),
        (["could not translate host name", "Name or service not known"], (.unavailable, hostName)),
        (["definition of service", "service file"], (.unavailable, service)),
        (["timeout", "timed out", "in time"], (.unavailable, timeout)),
        (["invalid "], (.unavailable, option)),
        (["SSL", "certificate"], (.unavailable, encryption)),
        (["Connection refused", "No such file or directory", "No route to host"], (.unavailable, unreachable)),
    ]

    private static let mistake =
        "This is a bug in vecsteward: please report it, with the versions of PostgreSQL and pgvector."
    private static let connections = "All connections are in use: close some, or raise max_connections."
    private static let hostName = "Check how the host is spelled, and that its name resolves: getent hosts NAME."
    private static let service =
        "Check the name of the service, and that ~/.pg_service.conf or the file in PGSERVICEFILE contains it."
    private static let option = "Correct that option of the connection: the PostgreSQL manual lists what libpq accepts."
    private static let clientCertificate =
        "The server asks for a certificate that is signed by an authority it trusts and has the name of the role as its "
        + "common name (CN): give sslcert and sslkey, or put both into ~/.postgresql of the user who runs vecsteward."
    private static let certificateFiles =
        "Check the files in sslcert and sslkey: both exist, belong together, and the key is readable only for "
        + "the user who runs vecsteward (mode 0600)."
    private static let authority =
        "Name the file with the certificate of the authority that signed the server's: sslrootcert=FILE. "
        + "An outdated one is rejected, too."
    private static let certifiedName =
        "Connect to a name that the server's certificate has: host=NAME, with hostaddr=ADDRESS if NAME does not resolve."
    private static let encryption = "Check sslmode, sslrootcert and the certificate of the server."
    private static let password =
        "Check role and password: put the password into ~/.pgpass (mode 0600) of the user who runs vecsteward, or into the file "
        + "in PGPASSFILE. "
        + "The packaged service uses /etc/vecsteward/pgpass, and reads it at systemctl restart vecsteward."
    private static let role =
        "Check the role in the connection (user=...): the default is the name of the system user. Create roles "
        + "with CREATE ROLE name LOGIN; pg_hba.conf decides which clients may log in as which role."
    private static let peer =
        "Over a local socket the server lets a system user in as the role of the same name: connect as that role "
        + "(user=...), or map the user to the role in pg_ident.conf (peer map=NAME in pg_hba.conf) and reload the server."
    private static let hostAccess =
        "Let this host and role in: add a line to pg_hba.conf and reload the server. "
        + "A line with hostssl accepts only TLS (sslmode=verify-full)."
    private static let privilege =
        "Run `vecsteward grants --role NAME --for report` as a superuser, and run its output with psql."
    private static let database = "Check the name of the database (dbname=...): psql -l lists those of a server."
    private static let starting = "The server is starting or stopping: try again in a moment."
    private static let timeout =
        "Check host, port and firewall; a slow server needs a longer connectTimeout or statementTimeout."
    private static let unreachable =
        "Check that the server runs and listens there, and that host and port are right: run pg_isready."
}

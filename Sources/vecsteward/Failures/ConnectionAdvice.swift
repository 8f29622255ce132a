import Postgres

/// What a person is told when a database could not be assessed: the only place that knows what each error of a
/// server means for whoever reads it.
struct ConnectionAdvice: Equatable {
    /// What went wrong, in the server's or libpq's words.
    var message: String
    /// What to check or to type.
    var hint: String
    /// The server's code, where there was one.
    var sqlState: String?
    /// The code to exit with.
    var status: ExitStatus

    /// Explains an error.
    init(_ error: PostgresError) {
        // Several hosts have a line each; libpq's question is what the hint answers.
        let lines = error.message.split(whereSeparator: \.isNewline)
            .map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            .filter { !$0.hasPrefix("Is the server running") }
        message = Quoted.name(lines.joined(separator: "; "), limit: 400)
        sqlState = error.sqlState?.rawValue
        // libpq quotes what it cannot use of a connection string: `invalid sslmode value: "..."`.
        if sqlState == nil, message.hasPrefix("invalid "), let colon = message.firstIndex(of: ":") {
            message = String(message[..<colon])
        }
        let known = Self.bySQLState(sqlState, message) ?? Self.byMessage(message)
        switch error.code {
        case .invalidTarget:
            status = .configuration
            hint = error.hint ?? "Check how the connection is spelled: postgresql://HOST/DATABASE, or key=value pairs."
        case .unsupported where error.hint != nil:
            // What another version of the program, or another configuration, can do.
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
        // One code for all that a server can have against somebody.
        case .some(let code) where code.hasPrefix("28"): (.refused, byMessage(message)?.hint ?? role)
        case "42501": (.refused, privilege)
        case "3D000": (.unavailable, database)
        case "57P03": (.unavailable, starting)
        case "57P01", "57P02": (.unavailable, "The server was shut down meanwhile: try again when it runs.")
        case "57014":
            (.unavailable, "The server took longer than statementTimeout: raise it, or look for what holds it up.")
        case "55P03":
            (.unavailable, "Somebody holds a lock on a system catalog, as VACUUM FULL does: try again when it is over.")
        case "53300": (.unavailable, connections)
        case .some(let code) where code.hasPrefix("08"): (.unavailable, unreachable)
        case .some(let code) where code.hasPrefix("53"): (.unavailable, "The server lacks resources: look at its log.")
        default: nil
        }
    }

    /// libpq gives no code for what fails before a session stands, so that only the words are left; a server that
    /// speaks another language gets the fallback.
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
        "That is a mistake in vecsteward: please report it, with the versions of PostgreSQL and pgvector."
    private static let connections = "Every connection is taken: close some, or raise max_connections."
    private static let hostName = "Check how the host is spelled, and that its name resolves: getent hosts NAME."
    private static let service =
        "Check the name of the service, and that ~/.pg_service.conf or the file in PGSERVICEFILE has it."
    private static let option = "Correct that option of the connection: the PostgreSQL manual lists what libpq takes."
    private static let clientCertificate =
        "The server asks for a certificate that is signed by an authority it trusts and has the name of the role as its "
        + "common name (CN): give sslcert and sslkey, or put both into ~/.postgresql of the user who runs vecsteward."
    private static let certificateFiles =
        "Check the files in sslcert and sslkey: both are there, belong together, and the key can be read by nobody but "
        + "the user who runs vecsteward (mode 0600)."
    private static let authority =
        "Name the file with the certificate of the authority that signed the server's: sslrootcert=FILE. One that is out "
        + "of date is refused, too."
    private static let certifiedName =
        "Connect to a name that the server's certificate has: host=NAME, with hostaddr=ADDRESS where it does not resolve."
    private static let encryption = "Check sslmode, sslrootcert and the certificate of the server."
    private static let password =
        "Check role and password: put the password into ~/.pgpass (mode 0600) of the user who runs vecsteward, or into the file "
        + "in PGPASSFILE. The packaged service has /etc/vecsteward/pgpass, and reads it at systemctl restart vecsteward."
    private static let role =
        "Check the role in the connection (user=...): without one it is the name of the system user. Roles are made "
        + "with CREATE ROLE name LOGIN, and pg_hba.conf says who may be whom."
    private static let peer =
        "Over a local socket the server lets a system user in as the role of the same name: connect as that one "
        + "(user=...), or map the user to the role in pg_ident.conf (peer map=NAME in pg_hba.conf) and reload the server."
    private static let hostAccess =
        "Let this host and role in: add a line to pg_hba.conf and reload the server. A line with hostssl takes TLS alone "
        + "(sslmode=verify-full)."
    private static let privilege =
        "Run `vecsteward grants --role NAME --for report` as a superuser, and feed what it prints to psql."
    private static let database = "Check the name of the database (dbname=...): psql -l lists those of a server."
    private static let starting = "The server is starting or stopping: try again in a moment."
    private static let timeout =
        "Check host, port and firewall; a slow server needs a longer connectTimeout or statementTimeout."
    private static let unreachable =
        "Check that the server runs and listens there, and that host and port are right: pg_isready tells."
}

import Advisor
import Maintenance
import Postgres

/// A configuration; what the file leaves out has its default.
struct Configuration: Sendable {
    /// The databases, in the order of the file.
    var databases: [DatabaseConfiguration] = []
    /// The longest time that connecting to a server may take.
    var connectTimeout = Configuration.defaultConnectTimeout
    /// The longest time that one statement may take.
    var statementTimeout = Configuration.defaultStatementTimeout
    /// The time between two polls of a database.
    var pollInterval = Configuration.defaultPollInterval
    /// What to do in every database that sets no mode of its own.
    var mode = OperationMode.maintain
    /// The memory and the workers that a build may use.
    var limits = ResourceLimits()
    /// The number of builds at a time per server.
    var concurrentBuilds = 1
    /// The windows in which builds may start; at any time if there are none.
    var windows: [MaintenanceWindow] = []
    /// What happens to a running build when the daemon stops.
    var stopPolicy = StopPolicy.leave
    /// The days for which ended jobs, replaced builds and resolved findings are kept.
    var historyDays = 30
    /// The time after which a finding that persists is reported again; never if `nil`.
    var alertInterval: Duration? = .seconds(86_400)
    /// The file that the daemon writes metrics to; `nil` for none.
    var metricsFile: String?
    /// The policy for all databases.
    var policy = PolicyLayer()
    /// The policies for collections of any database that match a pattern.
    var collections: [PolicyLayer] = []

    static let defaultConnectTimeout = Duration.seconds(5)
    static let defaultStatementTimeout = Duration.seconds(30)
    static let defaultPollInterval = Duration.seconds(60)

    /// The time between two polls of this database.
    func pollInterval(for database: DatabaseConfiguration) -> Duration { database.pollInterval ?? pollInterval }

    /// The mode of this database.
    func mode(for database: DatabaseConfiguration) -> OperationMode { database.mode ?? mode }

    /// The policy layers of one database.
    func policies(for database: DatabaseConfiguration) -> PolicyBook {
        PolicyBook(layers: [policy, database.policy] + collections + database.collections)
    }

    /// The connections to one database.
    func connections(to database: DatabaseConfiguration) -> ConnectionPool {
        ConnectionPool(database.target, timeout: connectTimeout, applicationName: "vecsteward")
    }

    /// Creates the assessor of one database.
    func assessor(for database: DatabaseConfiguration) -> Assessor {
        Assessor(
            connections(to: database),
            scope: CollectionScope(include: database.include, exclude: database.exclude),
            policies: policies(for: database),
            limits: limits,
            statementTimeout: statementTimeout
        )
    }
}

/// The configuration of one database.
struct DatabaseConfiguration: Sendable {
    /// The name in reports; unique among the databases.
    var name: String
    /// The connection string as configured; it may contain a secret.
    var connection: String
    /// The parsed connection string.
    var target: ConnectionTarget
    /// The collections to manage.
    var include: [NamePattern] = [NamePattern("*")]
    /// The collections of these to ignore.
    var exclude: [NamePattern] = []
    /// The time between two polls, if it differs from that of all databases.
    var pollInterval: Duration?
    /// The mode, if it differs from that of all databases.
    var mode: OperationMode?
    /// The policy for this database.
    var policy = PolicyLayer()
    /// The policies for collections of this database that match a pattern.
    var collections: [PolicyLayer] = []
}

extension DatabaseConfiguration {
    /// Creates the configuration of a database from its connection string.
    ///
    /// - Parameters:
    ///   - connection: Whatever libpq understands: a URI, `key=value` pairs, `service=...`.
    ///   - name: The name in reports; by default that of the database, otherwise that of the service.
    /// - Throws: The problem of the connection string, without repeating any of it.
    init(connection: String, name: String? = nil) throws(PostgresError) {
        let target = try ConnectionTarget(parsing: connection)
        try Self.refuseMisplacedSecrets(target)
        let candidates = [name, target.database, target.service].compactMap { $0 }.filter { !$0.isEmpty }
        self.init(name: candidates.first ?? "default", connection: connection, target: target)
    }

    /// Rejects a connection string in place of a database name, because reports show the name.
    private static func refuseMisplacedSecrets(_ target: ConnectionTarget) throws(PostgresError) {
        guard let database = target.database, database.contains("://") || database.contains("password") else { return }
        throw PostgresError(
            .invalidTarget,
            "the database of the connection string looks like a connection string itself",
            hint: "Give only the name of the database (dbname=app), or only the URI."
        )
    }
}

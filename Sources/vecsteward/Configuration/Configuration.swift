import Advisor
import Maintenance
import Postgres

/// All that a configuration says, with the defaults where it says nothing.
struct Configuration: Sendable {
    /// The databases, in the order of the file.
    var databases: [DatabaseConfiguration] = []
    /// How long it may take to reach a server.
    var connectTimeout = Configuration.defaultConnectTimeout
    /// How long one statement may take.
    var statementTimeout = Configuration.defaultStatementTimeout
    /// How long from one look at a database to the next.
    var pollInterval = Configuration.defaultPollInterval
    /// What to do in every database that says nothing else.
    var mode = OperationMode.maintain
    /// What a build may take of a server.
    var limits = ResourceLimits()
    /// Builds at a time on one server.
    var concurrentBuilds = 1
    /// When builds may begin; at any time where there are none.
    var windows: [MaintenanceWindow] = []
    /// What becomes of a build that runs when the daemon is stopped.
    var stopPolicy = StopPolicy.leave
    /// How many days what has ended is kept.
    var historyDays = 30
    /// After how long people are told again of a finding that is still there; never where there is none.
    var alertInterval: Duration? = .seconds(86_400)
    /// The file that the daemon writes metrics to, if it is to.
    var metricsFile: String?
    /// What holds for all databases.
    var policy = PolicyLayer()
    /// What holds for the collections of all databases that a pattern names.
    var collections: [PolicyLayer] = []

    static let defaultConnectTimeout = Duration.seconds(5)
    static let defaultStatementTimeout = Duration.seconds(30)
    static let defaultPollInterval = Duration.seconds(60)

    /// How long from one look at this database to the next.
    func pollInterval(for database: DatabaseConfiguration) -> Duration { database.pollInterval ?? pollInterval }

    /// What to do in this database.
    func mode(for database: DatabaseConfiguration) -> OperationMode { database.mode ?? mode }

    /// All levels as they hold for one database.
    func policies(for database: DatabaseConfiguration) -> PolicyBook {
        PolicyBook(layers: [policy, database.policy] + collections + database.collections)
    }

    /// How to get at one database.
    func connections(to database: DatabaseConfiguration) -> ConnectionPool {
        ConnectionPool(database.target, timeout: connectTimeout, applicationName: "vecsteward")
    }

    /// What assesses one database.
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

/// What a configuration says of one database.
struct DatabaseConfiguration: Sendable {
    /// Its name in reports, unique among the databases.
    var name: String
    /// How to connect, as the configuration says it; it may hold a secret.
    var connection: String
    /// How to connect.
    var target: ConnectionTarget
    /// The collections to look at.
    var include: [NamePattern] = [NamePattern("*")]
    /// Those of them to leave out.
    var exclude: [NamePattern] = []
    /// How long from one look to the next, where it is not that of all databases.
    var pollInterval: Duration?
    /// What to do in it, where it is not what is done in all databases.
    var mode: OperationMode?
    /// What holds for this database.
    var policy = PolicyLayer()
    /// What holds for the collections of this database that a pattern names.
    var collections: [PolicyLayer] = []
}

extension DatabaseConfiguration {
    /// A database by its connection alone.
    ///
    /// - Parameters:
    ///   - connection: What libpq understands: a URI, `key=value` pairs, `service=...`.
    ///   - name: Its name in reports; without one that of the database, else of the service.
    /// - Throws: What is wrong with the connection, without repeating any of it.
    init(connection: String, name: String? = nil) throws(PostgresError) {
        let target = try ConnectionTarget(parsing: connection)
        try Self.refuseMisplacedSecrets(target)
        let candidates = [name, target.database, target.service].compactMap { $0 }.filter { !$0.isEmpty }
        self.init(name: candidates.first ?? "default", connection: connection, target: target)
    }

    /// Refuses a connection string in the place of a name: reports show the name of a database.
    private static func refuseMisplacedSecrets(_ target: ConnectionTarget) throws(PostgresError) {
        guard let database = target.database, database.contains("://") || database.contains("password") else { return }
        throw PostgresError(
            .invalidTarget,
            "the database of the connection string looks like a connection string itself",
            hint: "Give the name of the database alone (dbname=app), or the URI alone."
        )
    }
}

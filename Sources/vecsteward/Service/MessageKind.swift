import Advisor
import Logging

/// The kinds of messages of the service; each has the MESSAGE_ID that the journal and the message catalog know it by.
enum MessageKind: String, CaseIterable, Sendable {
    /// The service has started.
    case serviceStarted = "1ee8044deb1346769b928d2b213708cd"
    /// The service has ended.
    case serviceStopped = "374842fe9c45495bba6e01fac2be1b8e"
    /// The service applies a new configuration.
    case configurationReloaded = "9c4c0591f0854f119ef70491b55f59f4"
    /// The new configuration is invalid; the previous one stays in effect.
    case configurationRefused = "0a8d560066424ddca79557e0b2c95740"
    /// The service makes no progress, so the watchdog will restart it.
    case serviceStuck = "ff0fbc9b96cd4a08990738e2da21a31a"
    /// The service cannot write to the socket of the service manager.
    case managerUnreachable = "55799d2d2a704de0907589958851703d"
    /// The service cannot write the metrics file.
    case metricsUnwritable = "70e4bc4412dc43a3828c6a517085c19e"
    /// The service can write the metrics file again.
    case metricsWritten = "36ec07ece28446b18bac7110d3eb71e3"
    /// The service cannot reach a database.
    case databaseUnreachable = "820178da39af42a9abefd019ea965322"
    /// The service manages a database again.
    case databaseBack = "530762a88d64472497c46971d8bd6766"
    /// A poll failed.
    case pollFailed = "ade2528dd4924f839ff9ab221e5fab6a"
    /// The service may not run jobs in a database.
    case actionRefused = "0b74d22cb0514f6d96160bf2c3bb660a"
    /// A session that cannot be a vecsteward holds the leader lock.
    case leadershipTaken = "6f1d0c1f3a0e4bb58d1f5f0f7a4c2e93"
    /// The leadership status in a database has changed.
    case leadership = "314b4e1f58374a0bb164064fd6cee2cb"
    /// A poll no longer finds what it found before.
    case findingResolved = "e9ff12f56fad4815b07adecaeeafbdbd"
    /// A poll found more than twenty findings at once.
    case findingsAtOnce = "f45e516cf9874aca968ec01f0db09378"
    /// A job is queued.
    case jobQueued = "ba237d4cf45d45759e04b70b3ce1045a"
    /// Many jobs are queued at once.
    case jobsQueuedAtOnce = "629cc594e0b0449fa02e391cbdd53d9c"
    /// Jobs wait for a maintenance window.
    case windowAwaited = "ce847cd2aa884b02bb4fe21862fc5b1a"
    /// A job begins.
    case jobBegins = "87c7f887151b42e5b11766ac41233574"
    /// The service resumes a job that an earlier process began.
    case jobResumes = "383425f8ffc74e66b6670635410c00ec"
    /// A job has reached its next state.
    case jobStep = "65465619c4e247f3bf4e972d7b3cdd7c"
    /// A note about a running job.
    case jobNote = "218622c42e014c449c42121b67f7ffd6"
    /// A build waits for other sessions.
    case jobWaitsForOthers = "9da624869f454cf7835e8d75e8ea001f"
    /// Other sessions wait for a lock on the table behind a build.
    case jobInTheWay = "bdba6ec6bc5341d7a764a7b540700c25"
    /// A job was interrupted and will be resumed.
    case jobInterrupted = "3c0c98d510554fe09e8544af8f47cf46"
    /// The service stops and leaves a running build to the server.
    case jobLeft = "8cb421972d484899b91edcf58e888c05"
    /// The service stops, cancels a job and queues it again.
    case jobPutBack = "0f4fce7d0bb44d3f942448e59e047a1e"
    /// A job is done.
    case jobDone = "9fd7f1b655c14bc898ef2140548687dc"
    /// A job was cancelled.
    case jobCancelled = "a9321b7b5b8a494f98e5021b8939e419"
    /// A row of vecsteward's own tables is unreadable, and is skipped.
    case rowUnreadable = "e3a94d0c16f84b7d9a52c8e07b1f6d24"
    /// A job has ended without resolving its finding.
    case remedyFailed = "7c1d6a0e5b3f4c288e91d24fa6b7305c"
    /// A job failed, and will be tried again.
    case jobPostponed = "4a8a16526e75489eb03ce8b73341ecd0"
    /// A job failed for good.
    case jobFailed = "1b8d07aa49544851bf202a3003711384"
    /// A finding of the rule `advisory`: it is new, worse than before, or still there.
    case advisoryFound = "833f1812313542cd85d49b2c2a6f18f3"
    /// A finding of the rule `invalid`: it is new, worse than before, or still there.
    case invalidFound = "d86123d093e94697a155bad77f2f79ef"
    /// A finding of the rule `unindexable`: it is new, worse than before, or still there.
    case unindexableFound = "5f47842f083f403cb3aaee202609d389"
    /// A finding of the rule `unindexed`: it is new, worse than before, or still there.
    case unindexedFound = "1c9877ef69cc4fa798e432d702c63d97"
    /// A finding of the rule `wrong-measure`: it is new, worse than before, or still there.
    case wrongMeasureFound = "484aa12305d94bb4a921b1edc234fe93"
    /// A finding of the rule `wrong-expression`: it is new, worse than before, or still there.
    case wrongExpressionFound = "4e4169fb754b423aa79a19af96071105"
    /// A finding of the rule `search-settings`: it is new, worse than before, or still there.
    case searchSettingsFound = "8f97393988d14a68a936479045426c31"
    /// A finding of the rule `filtered`: it is new, worse than before, or still there.
    case filteredFound = "7656345cd9324dbeb1fdee9d25c5c253"
    /// A finding of the rule `cold`: it is new, worse than before, or still there.
    case coldFound = "003b63c569aa4646b071e9a4d4b71143"
    /// A finding of the rule `recall`: it is new, worse than before, or still there.
    case lowRecallFound = "5a971c74608c4fd39cf2ec518b55ced8"
    /// A finding of the rule `built-too-early`: it is new, worse than before, or still there.
    case builtTooEarlyFound = "450310abf6b24fa091c7ca1af6dd9cca"
    /// A finding of the rule `outgrown`: it is new, worse than before, or still there.
    case outgrownFound = "bb2442cbad474edd861a8405071da212"
    /// A finding of the rule `churned`: it is new, worse than before, or still there.
    case churnedFound = "5dc68092921b4956913004738b2e021a"
    /// A finding of the rule `redundant`: it is new, worse than before, or still there.
    case redundantFound = "ba2a6e04a2d44a80a00ded0c3b6af5eb"
    /// A finding of the rule `unused`: it is new, worse than before, or still there.
    case unusedFound = "3c2c9edecf19462db0d2188fddb76128"
    /// A finding of the rule `stale-statistics`: it is new, worse than before, or still there.
    case staleStatisticsFound = "5773bdef2fca4def9158bb81c37e9a6c"

    /// The kind for findings of a rule; `nil` if no rule has this name.
    init?(findingOf rule: String) {
        guard let kind = Self.byRule[rule] else { return nil }
        self = kind
    }

    private static let byRule: [String: MessageKind] = [
        "advisory": .advisoryFound,
        "invalid": .invalidFound,
        "unindexable": .unindexableFound,
        "unindexed": .unindexedFound,
        "wrong-measure": .wrongMeasureFound,
        "wrong-expression": .wrongExpressionFound,
        "search-settings": .searchSettingsFound,
        "filtered": .filteredFound,
        "cold": .coldFound,
        "recall": .lowRecallFound,
        "built-too-early": .builtTooEarlyFound,
        "outgrown": .outgrownFound,
        "churned": .churnedFound,
        "redundant": .redundantFound,
        "unused": .unusedFound,
        "stale-statistics": .staleStatisticsFound,
    ]

    /// The level of the kind; a finding overrides it by its severity.
    var level: Logger.Level {
        switch self {
        case .metricsWritten, .serviceStarted, .serviceStopped, .jobQueued, .jobsQueuedAtOnce, .windowAwaited,
            .jobBegins, .jobResumes,
            .jobStep:
            .info
        case .configurationReloaded, .databaseBack, .leadership, .findingResolved, .jobNote, .jobLeft, .jobPutBack,
            .jobDone, .jobCancelled:
            .notice
        case .managerUnreachable, .findingsAtOnce, .jobWaitsForOthers, .jobInTheWay, .jobInterrupted, .jobPostponed:
            .warning
        case .metricsUnwritable, .configurationRefused, .databaseUnreachable, .pollFailed, .actionRefused,
            .leadershipTaken,
            .jobFailed, .rowUnreadable:
            .error
        case .serviceStuck: .critical
        default: .warning
        }
    }
}

extension Severity {
    /// The level at which a finding is logged.
    var level: Logger.Level {
        switch self {
        case .notice: .notice
        case .warning: .warning
        case .critical: .critical
        }
    }
}

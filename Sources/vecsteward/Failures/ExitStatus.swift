/// The exit codes of the program: those of sysexits.h, if it has one.
///
/// Every way to end is in this list, and no other file knows the numbers.
enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Success; with `--exit-code` also: there is nothing to do.
    case success = 0
    /// With `--exit-code`: there is something to do.
    ///
    /// In `run --once`, `create-index` and `rebuild`: a job failed, waits, or was cancelled.
    case workToDo = 1
    /// The command line is wrong (EX_USAGE).
    case usage = 64
    /// A server or database is unreachable, did not answer in time, or is unusable: its transactions are read-only, or
    /// its state has another schema version (EX_UNAVAILABLE).
    case unavailable = 69
    /// A bug in vecsteward (EX_SOFTWARE).
    case internalError = 70
    /// The report could not be written (EX_CANTCREAT).
    case cannotWrite = 73
    /// A server refused the role or its password, or a privilege is missing (EX_NOPERM).
    case refused = 77
    /// The configuration is missing or invalid (EX_CONFIG).
    case configuration = 78
    /// Ctrl-C.
    case interrupted = 130
    /// The reader of the output closed it: the code that a shell reports for SIGPIPE.
    case brokenPipe = 141
    /// SIGTERM.
    case terminated = 143

    /// The explanation in the help; `nil` for the codes that every program has.
    var explanation: String? {
        switch self {
        case .success: "success"
        case .workToDo:
            "with --exit-code: there is something to do; in run --once, create-index and rebuild: a job failed or waits; "
                + "in recall: the target is missed or may be, or nothing can be measured"
        case .usage: "the command line is wrong"
        case .unavailable: "a server or database is unreachable or unusable"
        case .internalError: "a bug in vecsteward"
        case .cannotWrite: "the report could not be written"
        case .refused: "a role, a password or a privilege was refused"
        case .configuration: "the configuration is missing or invalid"
        case .interrupted, .brokenPipe, .terminated: nil
        }
    }

    /// The code for a report with failed databases: 69 if one of them was unreachable, otherwise that of the first.
    static func combining(_ failures: [ExitStatus]) -> ExitStatus? {
        failures.contains(.unavailable) ? .unavailable : failures.first
    }
}

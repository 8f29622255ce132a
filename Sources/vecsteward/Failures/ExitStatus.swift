/// The exit codes of the program: those of sysexits.h, where it has one.
///
/// Every way to end is in this list, and no other file knows the numbers.
enum ExitStatus: Int32, Sendable, CaseIterable {
    /// All is well; with `--exit-code` also: there is nothing to do.
    case success = 0
    /// With `--exit-code`: there is something to do; of `run --once`, `create-index` and `rebuild`: a job
    /// failed or waits, or was called off.
    case workToDo = 1
    /// The command line is wrong (EX_USAGE).
    case usage = 64
    /// A server or database could not be reached, did not answer in time, or cannot be worked with as it is: its transactions are
    /// read-only, or its state is of another version of the program (EX_UNAVAILABLE).
    case unavailable = 69
    /// A mistake in vecsteward (EX_SOFTWARE).
    case internalError = 70
    /// The report could not be written (EX_CANTCREAT).
    case cannotWrite = 73
    /// A server refused the role or its password, or a privilege is missing (EX_NOPERM).
    case refused = 77
    /// The configuration is missing or wrong (EX_CONFIG).
    case configuration = 78
    /// Ctrl-C.
    case interrupted = 130
    /// Whoever read the output closed it: what a shell reports for SIGPIPE.
    case brokenPipe = 141
    /// SIGTERM.
    case terminated = 143

    /// What the help says of it, `nil` for the codes that every program has.
    var explanation: String? {
        switch self {
        case .success: "all is well"
        case .workToDo:
            "with --exit-code: there is something to do; run --once, create-index, rebuild: a job failed or waits"
        case .usage: "the command line is wrong"
        case .unavailable: "a server or database could not be reached, or not be worked with"
        case .internalError: "a mistake in vecsteward itself"
        case .cannotWrite: "the report could not be written"
        case .refused: "a role, a password or a privilege was refused"
        case .configuration: "the configuration is missing or wrong"
        case .interrupted, .brokenPipe, .terminated: nil
        }
    }

    /// The code for a report with failed databases: 69 where one of them could not be reached, else the first one's.
    static func combining(_ failures: [ExitStatus]) -> ExitStatus? {
        failures.contains(.unavailable) ? .unavailable : failures.first
    }
}

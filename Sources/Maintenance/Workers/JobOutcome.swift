public import Postgres

/// How a job ended, for now or for good.
public enum JobOutcome: Sendable {
    /// All of it is done.
    case done
    /// There was nothing to do any more, or a person cancelled it; why, in words.
    case cancelled(String)
    /// It cannot be done now, and is tried again; why, in words.
    case postponed(String)
    /// It has given way to jobs that come first, and goes back into the queue.
    case yielded
    /// It failed, and what it had begun is cleaned up.
    case failed(PostgresError)
}

/// The end of a job as the queue has it.
public struct JobEnd: Sendable {
    /// How it ended.
    public var outcome: JobOutcome
    /// For how long it was carried out, in seconds.
    public var seconds: Double
    /// After how many seconds it is tried again; `nil` where it is not, or as soon as there is room for it.
    public var retryAfterSeconds: Double?

    /// Puts an end together.
    public init(_ outcome: JobOutcome, seconds: Double, retryAfterSeconds: Double? = nil) {
        self.outcome = outcome
        self.seconds = seconds
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Whether nothing failed, and nothing has to be tried again.
    public var isFinal: Bool {
        switch outcome {
        case .done, .cancelled: true
        case .postponed, .yielded, .failed: false
        }
    }
}

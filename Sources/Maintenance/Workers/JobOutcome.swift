public import Postgres

/// How a job ended, for now or for good.
public enum JobOutcome: Sendable {
    /// It has finished successfully.
    case done
    /// There was nothing left to do, or a person cancelled it; the text says why.
    case cancelled(String)
    /// It cannot run now and is retried; the text says why.
    case postponed(String)
    /// It has yielded to jobs that come first, and goes back into the queue.
    case yielded
    /// It failed, and its leftovers are cleaned up.
    case failed(PostgresError)
}

/// The end of a job as the queue records it.
public struct JobEnd: Sendable {
    /// How it ended.
    public var outcome: JobOutcome
    /// How long it ran, in seconds.
    public var seconds: Double
    /// The seconds until the next try; `nil` if there is none, or as soon as there is room for it.
    public var retryAfterSeconds: Double?

    /// An end; by default without another try.
    public init(_ outcome: JobOutcome, seconds: Double, retryAfterSeconds: Double? = nil) {
        self.outcome = outcome
        self.seconds = seconds
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Whether nothing failed and nothing has to be retried.
    public var isFinal: Bool {
        switch outcome {
        case .done, .cancelled: true
        case .postponed, .yielded, .failed: false
        }
    }
}

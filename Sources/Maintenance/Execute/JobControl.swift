public import Advisor
internal import Synchronization

public final class JobControl: Sendable {
    private let state = Mutex(false)
    public init() {}
    public func cancel() { state.withLock { $0 = true } }
    public var isCancelled: Bool { state.withLock { $0 } }
}
public enum JobNews: Sendable {
    case note(String), progress(Int)
    public var words: String { "" }
}

/// Signs of life of a task that talks to servers, for whoever has to tell one that waits from one that is stuck.
public enum Heartbeat {
    /// Takes, at each step on the way, the longest time that it is going to be until the next one; `nil` where the task
    /// has not said how long a statement may take.
    ///
    /// It is called often, and by any thread.
    @TaskLocal public static var take: (@Sendable (Duration?) -> Void)?
}

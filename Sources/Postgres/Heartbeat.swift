/// Signs of life of a task that talks to servers, for whoever has to tell one that waits from one that is stuck.
public final class Heartbeat: Sendable {
    /// Where the signs of this task and those under it go.
    ///
    /// An object and not a function: in an optimized build Swift 6.3 crashes where a task-local value is a function.
    @TaskLocal private static var current: Heartbeat?

    private let take: @Sendable (Duration?) -> Void

    private init(_ take: @escaping @Sendable (Duration?) -> Void) { self.take = take }

    /// Runs something whose signs of life are taken.
    ///
    /// - Parameters:
    ///   - take: Takes, at each step on the way, the longest time that it is going to be until the next one; `nil` where
    ///     nothing was said of how long a statement may take. It is called often, and by any thread.
    ///   - operation: What to run.
    public static func taken(by take: @escaping @Sendable (Duration?) -> Void, of operation: () async -> Void) async {
        await $current.withValue(Heartbeat(take)) { await operation() }
    }

    /// Gives a sign of life.
    ///
    /// - Parameter time: The longest time until the next one.
    public static func beat(within time: Duration?) { current?.take(time) }
}

/// Signs of life of a task that talks to servers, so that a watcher can tell a waiting task from a stuck one.
public final class Heartbeat: Sendable {
    /// The receiver of the signs of this task and its children.
    ///
    /// An object and not a function: in an optimized build, Swift 6.3 crashes if a task-local value is a function.
    @TaskLocal private static var current: Heartbeat?

    private let receive: @Sendable (Duration?) -> Void

    private init(_ receive: @escaping @Sendable (Duration?) -> Void) { self.receive = receive }

    /// Runs an operation and receives its signs of life.
    ///
    /// - Parameters:
    ///   - receive: Gets, at each step, the longest time until the next sign; `nil` if a statement has no time limit. It
    ///     is called often, and on any thread.
    ///   - operation: The operation.
    public static func received(by receive: @escaping @Sendable (Duration?) -> Void, of operation: () async -> Void)
        async
    {
        await $current.withValue(Heartbeat(receive)) { await operation() }
    }

    /// Gives a sign of life.
    ///
    /// - Parameter time: The longest time until the next one.
    public static func beat(within time: Duration?) { current?.receive(time) }
}

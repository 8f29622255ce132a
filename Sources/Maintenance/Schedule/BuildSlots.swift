internal import Synchronization

/// How many builds may run at a time on each server, and whose turn it is.
///
/// Databases that have to wait get their turns in the order in which they began to wait, so that one with a long queue
/// does not keep the others out.
public final class BuildSlots: Sendable {
    private struct Server {
        var taken = 0
        var waiting: [String] = []
    }

    private struct State {
        var perServer: Int
        var servers: [String: Server] = [:]

        /// Lets go of a server that nobody builds on: after a restart it is another one.
        mutating func forget(_ server: String) {
            guard let queue = servers[server], queue.taken == 0, queue.waiting.isEmpty else { return }
            servers[server] = nil
        }
    }

    private let state: Mutex<State>

    /// Makes slots.
    ///
    /// - Parameter perServer: How many builds may run at a time on each server.
    public init(perServer: Int) { state = Mutex(State(perServer: perServer)) }

    /// Lets another number of builds run at a time; those that run go on.
    public func resize(perServer: Int) { state.withLock { $0.perServer = perServer } }

    /// Takes a slot when one is free and nobody came before.
    ///
    /// - Parameters:
    ///   - server: What tells the server from others.
    ///   - database: Who asks, by a name that is unique among all databases.
    /// - Returns: Whether there was one; when not, the database has its place among those that wait.
    func take(on server: String, for database: String) -> Bool {
        state.withLock { state in
            var queue = state.servers[server, default: Server()]
            defer { state.servers[server] = queue }
            let isFirst = queue.waiting.first.map { $0 == database } ?? true
            if isFirst, queue.taken < state.perServer {
                queue.taken += 1
                queue.waiting.removeAll { $0 == database }
                return true
            }
            if !queue.waiting.contains(database) { queue.waiting.append(database) }
            return false
        }
    }

    /// Gives a slot back.
    func giveBack(on server: String) {
        state.withLock { state in
            state.servers[server]?.taken -= 1
            state.forget(server)
        }
    }

    /// Gives up the place among those that wait: there is nothing to build, or the server is not there.
    func withdraw(_ database: String, from server: String) {
        state.withLock { state in
            state.servers[server]?.waiting.removeAll { $0 == database }
            state.forget(server)
        }
    }
}

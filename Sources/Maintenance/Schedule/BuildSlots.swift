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

    private let perServer: Int
    private let servers = Mutex<[String: Server]>([:])

    /// Makes slots.
    ///
    /// - Parameter perServer: How many builds may run at a time on each server.
    public init(perServer: Int) { self.perServer = perServer }

    /// Takes a slot when one is free and nobody came before.
    ///
    /// - Parameters:
    ///   - server: What tells the server from others.
    ///   - database: Who asks, by a name that is unique among all databases.
    /// - Returns: Whether there was one; when not, the database has its place among those that wait.
    func take(on server: String, for database: String) -> Bool {
        servers.withLock { servers in
            var state = servers[server, default: Server()]
            defer { servers[server] = state }
            let isFirst = state.waiting.first.map { $0 == database } ?? true
            if isFirst, state.taken < perServer {
                state.taken += 1
                state.waiting.removeAll { $0 == database }
                return true
            }
            if !state.waiting.contains(database) { state.waiting.append(database) }
            return false
        }
    }

    /// Gives a slot back.
    func giveBack(on server: String) {
        servers.withLock { $0[server]?.taken -= 1 }
    }

    /// Gives up the place among those that wait: there is nothing to build, or the server is not there.
    func withdraw(_ database: String, from server: String) {
        servers.withLock { $0[server]?.waiting.removeAll { $0 == database } }
    }
}

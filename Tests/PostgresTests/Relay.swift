import Foundation
import Glibc
import Synchronization

/// Runs something that blocks on a thread of its own.
func inBackground(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(body)
}

/// Stands between a client and a server: it counts round trips, and can hold back, freeze or cut what passes.
final class Relay: Sendable {
    private struct State {
        var requests = 0
        var lastWasRequest = false
        var connections = 0
        var delay = 0.0
        var isFrozen = false
        var sockets: [Int32] = []
    }

    let port: Int
    private let listening: Int32
    private let target: Int
    private let state = Mutex(State())

    private init(to target: Int) throws {
        self.target = target
        (listening, port) = try Socket.listen()
    }

    /// Runs a test with a relay to a port, and ends it afterwards.
    static func with<Result>(port target: Int, _ body: (Relay) async throws -> Result) async throws -> Result {
        let relay = try Relay(to: target)
        inBackground { relay.accept() }
        defer { relay.stop() }
        return try await body(relay)
    }

    /// How often the client has spoken after the server had.
    var roundTrips: Int { state.withLock { $0.requests } }

    /// Holds back what the first connection sends, by as much; connections that come later (cancels) pass at once.
    func delayFirstConnection(by seconds: Double) { state.withLock { $0.delay = seconds } }

    /// Lets nothing through any more, as a machine that has lost its power.
    func freeze() { state.withLock { $0.isFrozen = true } }

    /// Lets through what later connections send; of those that were frozen nothing is heard any more.
    func thaw() { state.withLock { $0.isFrozen = false } }

    /// Ends all connections.
    func cut() {
        for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func stop() {
        shutdown(listening, Int32(SHUT_RDWR))
        cut()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listening, nil, nil)
            guard client >= 0, let server = try? Socket.connect(port: target) else { return }
            let isFirst = state.withLock { state in
                state.sockets += [client, server]
                state.connections += 1
                return state.connections == 1
            }
            inBackground { self.pump(from: client, to: server, isRequest: true, isDelayed: isFirst) }
            inBackground { self.pump(from: server, to: client, isRequest: false, isDelayed: false) }
        }
    }

    private func pump(from source: Int32, to sink: Int32, isRequest: Bool, isDelayed: Bool) {
        var hasFrozen = false
        while true {
            let bytes = Socket.receive(from: source)
            if bytes.isEmpty { break }
            let (delay, isFrozen) = state.withLock { state in
                if isRequest, !state.lastWasRequest { state.requests += 1 }
                state.lastWasRequest = isRequest
                return (state.delay, state.isFrozen)
            }
            hasFrozen = hasFrozen || isFrozen
            if hasFrozen { continue }
            if isDelayed, delay > 0 { Thread.sleep(forTimeInterval: delay) }
            guard Socket.send(bytes, to: sink) else { break }
        }
        shutdown(sink, Int32(SHUT_RDWR))
    }
}

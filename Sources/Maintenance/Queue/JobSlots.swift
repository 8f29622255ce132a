internal import Advisor
internal import Synchronization

/// How many jobs of a lane may run at a time on each server, and whose turn it is: so many builds as are configured, and one job
/// in the background.
///
/// Databases that have to wait get their turns in the order in which they began to wait, so that one with a long queue
/// does not keep the others out. What is taken or waited for is given back with the object that stands for it, whatever
/// ends its use; and who waits has to ask again and again, or lets the others pass.
public final class JobSlots: Sendable {
    private struct Waiting {
        var claim: ObjectIdentifier
        var askedAt: ContinuousClock.Instant
    }

    private struct Server {
        var taken = 0
        var waiting: [Waiting] = []
    }

    /// A lane on a server: one takes no slot of another.
    fileprivate struct Place: Hashable {
        var server: String
        var lane: JobLane
    }

    private struct State {
        var perServer: Int
        var servers: [Place: Server] = [:]

        /// How many jobs of a lane may run on a server.
        func capacity(of lane: JobLane) -> Int { lane == .build ? perServer : 1 }

        /// Lets go of a server that nobody builds on: after a restart it is another one.
        mutating func forget(_ server: Place) {
            guard let queue = servers[server], queue.taken == 0, queue.waiting.isEmpty else { return }
            servers[server] = nil
        }
    }

    /// For how long who waits keeps the others from a slot without asking for it.
    private static let patience = Duration.seconds(10)

    private let state: Mutex<State>

    /// Makes slots.
    ///
    /// - Parameter perServer: How many builds may run at a time on each server.
    public init(perServer: Int) { state = Mutex(State(perServer: perServer)) }

    /// Lets another number of builds run at a time; those that run go on.
    public func resize(perServer: Int) { state.withLock { $0.perServer = perServer } }

    /// How one database asks for slots, for as long as it does.
    func claim(_ lane: JobLane = .build) -> Claim { Claim(self, lane) }

    fileprivate func take(on server: Place, for claim: ObjectIdentifier, at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            var queue = state.servers[server, default: Server()]
            defer { state.servers[server] = queue }
            let place = queue.waiting.firstIndex { $0.claim == claim }
            let isFirst = !queue.waiting[..<(place ?? queue.waiting.endIndex)].contains { other in
                other.askedAt + Self.patience > now
            }
            if isFirst, queue.taken < state.capacity(of: server.lane) {
                queue.taken += 1
                if let place { queue.waiting.remove(at: place) }
                return true
            }
            if let place {
                queue.waiting[place].askedAt = now
            } else {
                queue.waiting.append(Waiting(claim: claim, askedAt: now))
            }
            return false
        }
    }

    fileprivate func change(on server: Place, by number: Int) {
        state.withLock { state in
            state.servers[server, default: Server()].taken += number
            state.forget(server)
        }
    }

    fileprivate func withdraw(_ claim: ObjectIdentifier, from server: Place) {
        state.withLock { state in
            state.servers[server]?.waiting.removeAll { $0.claim == claim }
            state.forget(server)
        }
    }
}

extension JobSlots {
    /// The place of one database among those that wait; it goes with the object.
    final class Claim: Sendable {
        private let slots: JobSlots
        private let lane: JobLane
        private let place = Mutex<Place?>(nil)

        fileprivate init(_ slots: JobSlots, _ lane: JobLane) {
            self.slots = slots
            self.lane = lane
        }

        deinit { withdraw() }

        /// Takes a slot when one is free and nobody came before.
        ///
        /// - Parameters:
        ///   - server: What tells the server from others.
        ///   - now: The time.
        /// - Returns: The slot; where there is none the database has its place among those that wait, and keeps it by asking
        ///   again.
        func take(on server: String, at now: ContinuousClock.Instant = .now) -> Slot? {
            let server = Place(server: server, lane: lane)
            return place.withLock { place in
                if let old = place, old != server { slots.withdraw(ObjectIdentifier(self), from: old) }
                place = server
                guard slots.take(on: server, for: ObjectIdentifier(self), at: now) else { return nil }
                place = nil
                return Slot(slots, on: server)
            }
        }

        /// Gives up the place among those that wait: there is nothing to build, or nothing may be built.
        func withdraw() {
            place.withLock { place in
                if let server = place { slots.withdraw(ObjectIdentifier(self), from: server) }
                place = nil
            }
        }
    }

    /// The right to build; it is given back when the object goes, at the latest.
    final class Slot: Sendable {
        private enum State {
            case held, lent, givenBack
        }

        private let slots: JobSlots
        private let server: Place
        private let state = Mutex(State.held)

        fileprivate init(_ slots: JobSlots, on server: Place) {
            self.slots = slots
            self.server = server
        }

        deinit { giveBack() }

        /// Lets others build while this build does nothing but wait.
        func lend() { change(from: .held, to: .lent, by: -1) }

        /// Goes on with the build, also where another one has begun meanwhile.
        func reclaim() { change(from: .lent, to: .held, by: 1) }

        /// Ends the use of the slot.
        func giveBack() {
            change(from: .held, to: .givenBack, by: -1)
            change(from: .lent, to: .givenBack, by: 0)
        }

        private func change(from old: State, to new: State, by number: Int) {
            state.withLock { state in
                guard state == old else { return }
                state = new
                slots.change(on: server, by: number)
            }
        }
    }
}

internal import Advisor
internal import Synchronization

/// Limits how many jobs of a lane run at a time on each server, and decides who is next: as many builds as configured, and
/// one background job.
///
/// Databases get slots in the order in which they began to wait, so that one with a long queue does not keep the others
/// out. A slot or a place in the queue is released with its object, however its use ends. A database that waits must keep
/// asking, or the others pass it.
public final class JobSlots: Sendable {
    private struct Waiting {
        var claim: ObjectIdentifier
        var askedAt: ContinuousClock.Instant
    }

    private struct Server {
        var taken = 0
        var waiting: [Waiting] = []
    }

    /// A lane on a server; the lanes do not share slots.
    fileprivate struct Place: Hashable {
        var server: String
        var lane: JobLane
    }

    private struct State {
        var perServer: Int
        var servers: [Place: Server] = [:]

        /// The most jobs of a lane that may run on a server.
        func capacity(of lane: JobLane) -> Int { lane == .build ? perServer : 1 }

        /// Forgets an unused server, because after a restart it has another identity.
        mutating func forget(_ server: Place) {
            guard let queue = servers[server], queue.taken == 0, queue.waiting.isEmpty else { return }
            servers[server] = nil
        }
    }

    /// How long a waiting database keeps others from a slot without asking again.
    private static let patience = Duration.seconds(10)

    private let state: Mutex<State>

    /// Slots for any number of servers.
    ///
    /// - Parameter perServer: The most builds that may run at a time on each server.
    public init(perServer: Int) { state = Mutex(State(perServer: perServer)) }

    /// Changes the number of builds that may run at a time; running builds continue.
    public func resize(perServer: Int) { state.withLock { $0.perServer = perServer } }

    /// A new claim, through which one database asks for slots.
    func claim(_ lane: JobLane = .build) -> Claim { Claim(self, lane) }

    fileprivate func acquire(on server: Place, for claim: ObjectIdentifier, at now: ContinuousClock.Instant) -> Bool {
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
    /// The place of one database in the queue for slots; it is released with the object.
    final class Claim: Sendable {
        private let slots: JobSlots
        private let lane: JobLane
        private let place = Mutex<Place?>(nil)

        fileprivate init(_ slots: JobSlots, _ lane: JobLane) {
            self.slots = slots
            self.lane = lane
        }

        deinit { withdraw() }

        /// Takes a slot if one is free and nobody waits before.
        ///
        /// - Parameters:
        ///   - server: The identity of the server.
        ///   - now: The time.
        /// - Returns: The slot; if `nil`, the database has a place in the queue, and keeps it by asking again.
        func acquire(on server: String, at now: ContinuousClock.Instant = .now) -> Slot? {
            let server = Place(server: server, lane: lane)
            return place.withLock { place in
                if let old = place, old != server { slots.withdraw(ObjectIdentifier(self), from: old) }
                place = server
                guard slots.acquire(on: server, for: ObjectIdentifier(self), at: now) else { return nil }
                place = nil
                return Slot(slots, on: server)
            }
        }

        /// Gives up the place in the queue, because there is no job to start or jobs are not allowed.
        func withdraw() {
            place.withLock { place in
                if let server = place { slots.withdraw(ObjectIdentifier(self), from: server) }
                place = nil
            }
        }
    }

    /// The right to run a job of a lane; it is given back with the object at the latest.
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

        /// Lets other jobs of the lane run while this one only waits.
        func lend() { change(from: .held, to: .lent, by: -1) }

        /// Takes the right back, even if another job has started meanwhile.
        func reclaim() { change(from: .lent, to: .held, by: 1) }

        /// Gives back the slot; later calls have no effect.
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

internal import CLibPQ

/// The right to cancel what one session is running, created when the connection is opened.
///
/// @unchecked because of the pointer: PQcancel only reads through it, libpq documents it as safe from any thread, and
/// it is freed with the last reference (perhaps that of an abandoned PQcancel).
final class CancelRight: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let place: String

    init?(connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
        let parts = [PQhost(connection), PQhostaddr(connection), PQport(connection)]
        place = "cancel at " + parts.map { $0.map { String(cString: $0) } ?? "" }.joined(separator: " ")
    }

    deinit { PQfreeCancel(pointer) }

    /// Asks the server to cancel, and waits until the server has sent the signal, so that the signal cannot hit a later
    /// statement.
    ///
    /// Returns false if the deadline came first; then the connection must not be used again.
    func use(until deadline: ContinuousClock.Instant) async -> Bool {
        let outcome = await BlockingCall.run(to: place, until: deadline, cancellable: false) { [self] in
            // It does not matter here whether the server accepted it: the caller drains, and asks again.
            var complaint = [CChar](repeating: 0, count: 256)
            return PQcancel(pointer, &complaint, Int32(complaint.count)) == 1
        }
        if case .returned = outcome { return true }
        return false
    }
}

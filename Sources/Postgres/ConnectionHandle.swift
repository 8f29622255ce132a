internal import CLibPQ

/// The owner of libpq's connection, which is finished when its last reference goes.
///
/// Sendable by discipline: one task at a time uses it (``Connection`` cannot be copied), and a call that may block is
/// made on another thread while that task waits. When the task gives up waiting, the call's reference keeps the
/// connection until it returns.
final class ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let notices = NoticeCollector()

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
        notices.attach(to: pointer)
    }

    deinit { PQfinish(pointer) }

    /// Begins to connect; looking up the host's name blocks.
    static func start(_ target: ConnectionTarget, applicationName: String) -> ConnectionHandle? {
        target.withKeywords(applicationName: applicationName) { keywords, values in
            PQconnectStartParams(keywords, values, 1).map { pointer in
                // Verbose errors carry the SQLSTATE, for which a refused connection has no field.
                PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
                return ConnectionHandle(adopting: pointer)
            }
        }
    }

    /// Goes on connecting; looking up the next host's name blocks.
    func poll() -> PostgresPollingStatusType { PQconnectPoll(pointer) }

    var socket: Int32 { PQsocket(pointer) }
    var isConnected: Bool { PQstatus(pointer) == CONNECTION_OK }
    var message: String { trimmed(String(cString: PQerrorMessage(pointer))) }

    /// Asks the server to cancel what this connection runs; blocks until the server has taken note.
    func cancel() {
        guard let cancel = PQgetCancel(pointer) else { return }
        defer { PQfreeCancel(cancel) }
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(cancel, &message, Int32(message.count))
    }
}

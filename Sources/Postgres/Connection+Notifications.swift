internal import CLibPQ

extension Connection {
    /// Waits for a notification of a channel that this session listens to.
    ///
    /// What has arrived since the last call, such as beside the answer to a statement, counts.
    ///
    /// - Parameters:
    ///   - bound: How long to wait at most.
    ///   - bell: Ends the wait earlier.
    /// - Returns: Whether there was a notification.
    /// - Throws: `.connectionLost`, or `.cancelled` when the task is cancelled.
    public mutating func awaitNotification(
        within bound: Duration,
        or bell: Bell? = nil
    ) async throws(PostgresError) -> Bool {
        let deadline = ContinuousClock.now + bound
        while true {
            if link.takeNotifications() > 0 { return true }
            guard let socket = link.socket, link.isAlive else {
                throw PostgresError(.connectionLost, "the connection is closed")
            }
            switch await SocketWait.wait(for: socket, .reading, until: deadline, cancellable: true, bell: bell) {
            case .timedOut: return false
            case .cancelled: throw PostgresError(.cancelled, "stopped")
            case .ready:
                guard link.consumeInput() else { throw lost() }
            }
        }
    }

    /// Closes a connection that the server has ended, and says why, in the server's own words if it has said so.
    private mutating func lost() -> PostgresError {
        let farewell = link.takeNotices().last { $0.sqlState?.isIn(class: "57") == true }
        let complaint = link.complaint.split(whereSeparator: \.isNewline).first.map(String.init)
        link.finish()
        var error = PostgresError(
            .connectionLost,
            farewell?.message ?? complaint ?? "the server closed the connection",
            hint: farewell?.hint
        )
        error.sqlState = farewell?.sqlState
        return error
    }
}

extension LibPQConnection {
    /// Takes the notifications that have arrived.
    ///
    /// - Returns: How many there were.
    fileprivate func takeNotifications() -> Int {
        guard let pointer else { return 0 }
        var number = 0
        while let notification = PQnotifies(pointer) {
            PQfreemem(notification)
            number += 1
        }
        return number
    }

    /// Reads what the server has sent; false where the connection is lost.
    fileprivate func consumeInput() -> Bool { pointer.map { PQconsumeInput($0) == 1 } ?? false }
}

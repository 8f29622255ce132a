internal import CLibPQ

extension Connection {
    /// Connects.
    ///
    /// - Parameters:
    ///   - target: Where to; of several hosts the first that takes us.
    ///   - timeout: How long each host may take, name look-up included.
    ///   - applicationName: The name that the server shows for this session, unless the target has one.
    /// - Returns: The connection.
    /// - Throws: ``PostgresError/Code/connectionFailed`` with the server's SQLSTATE where it refused,
    ///   ``PostgresError/Code/timedOut``, ``PostgresError/Code/cancelled``.
    public static func open(
        _ target: ConnectionTarget,
        timeout: Duration,
        applicationName: String
    ) async throws(PostgresError) -> Connection {
        var failure: PostgresError?
        // libpq goes on to the next host when one refuses, but not, without blocking, when one hangs.
        for index in 0..<target.hostCount {
            let single = target.hostCount > 1 ? target.onlyHost(index) : target
            do {
                return try await openOne(single, timeout: timeout, applicationName: applicationName)
            } catch {
                if error.code == .cancelled { throw error }
                failure = error
            }
        }
        throw failure ?? PostgresError(code: .connectionFailed, message: "there is no host to connect to")
    }

    private static func openOne(
        _ target: ConnectionTarget,
        timeout: Duration,
        applicationName: String
    ) async throws(PostgresError) -> Connection {
        let deadline = ContinuousClock.now + timeout
        let started = await offPool(until: deadline, isCancellable: true) {
            ConnectionHandle.start(target, applicationName: applicationName)
        }
        guard let handle = try value(of: started, target, timeout) else {
            throw PostgresError(code: .connectionFailed, message: "out of memory")
        }
        // libpq counts a connection that has just begun as waiting to write.
        var status = handle.isFailed ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED else { throw PostgresError(connecting: handle.message) }
            let ready = await Readiness.wait(
                for: handle.socket,
                reading: status == PGRES_POLLING_READING,
                writing: status == PGRES_POLLING_WRITING,
                until: deadline,
                isCancellable: true
            )
            try value(of: ready, target, timeout)
            let polled = await offPool(until: deadline, isCancellable: true) { handle.poll() }
            status = try value(of: polled, target, timeout)
        }
        guard PQsetnonblocking(handle.pointer, 1) == 0 else { throw PostgresError(connecting: handle.message) }
        PQsetErrorVerbosity(handle.pointer, PQERRORS_DEFAULT)
        return Connection(adopting: handle)
    }

    private static func value<Value: Sendable>(
        of ending: Ending<Value>,
        _ target: ConnectionTarget,
        _ timeout: Duration
    ) throws(PostgresError) -> Value {
        switch ending {
        case .finished(let value): return value
        case .timedOut:
            throw PostgresError(code: .timedOut, message: "no answer from \(target.host ?? "the server") in \(timeout)")
        case .cancelled: throw PostgresError(code: .cancelled, message: "cancelled")
        }
    }
}

extension ConnectionHandle {
    /// Whether connecting has failed already.
    var isFailed: Bool { PQstatus(pointer) == CONNECTION_BAD }
}

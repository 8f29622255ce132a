internal import CLibPQ

extension Connection {
    /// The time that a server has to stop a cancelled statement before the connection is closed.
    private static let drainBound = Duration.seconds(5)

    /// Sends a request and waits for all of its results.
    ///
    /// When the time is over or the task is cancelled, it cancels the statement on the server and drains the results,
    /// so that the connection can be used again; a statement that ends before the cancel reaches it counts as done.
    /// `shielded` ignores the cancellation of the task, for cleaning up. `receive` gets the rows of a stream, and
    /// `receiveCopy` the data of COPY, as they arrive; while they are dealt with, the server waits. Once `isEnough` says so, the
    /// statement is cancelled too.
    mutating func perform(
        _ request: Request,
        timeout: Duration?,
        shielded: Bool = false,
        receive: (Int, Rows) -> Void = { _, _ in },
        receiveCopy: ([UInt8]) async -> Void = { _ in },
        isEnough: () -> Bool = { false }
    ) async throws(PostgresError) -> [Rows] {
        try Self.check(request)
        guard link.isAlive, var exchange = QueryExchange(request, on: link) else {
            throw PostgresError(.connectionLost, "the connection is closed")
        }
        if !shielded, Task.isCancelled {
            throw PostgresError(.cancelled, "cancelled before it was sent", statement: request.statements.first?.sql)
        }
        // After that, the server has some more time to stop the statement.
        Heartbeat.beat(within: timeout.map { $0 + Self.drainBound * 2 })
        let wasIdle = link.transactionStatus == PQTRANS_IDLE
        let interruption = await carryOut(
            &exchange,
            timeout: timeout,
            shielded: shielded,
            receive,
            receiveCopy,
            isEnough
        )
        guard var error = exchange.failure else { return exchange.results }
        if request.isPipeline, wasIdle, [PQTRANS_INERROR, PQTRANS_INTRANS].contains(link.transactionStatus) {
            await rollBack()
        }
        if let interruption, error.sqlState == .queryCanceled {
            error.code = interruption
            if interruption == .timedOut, let timeout { error.message = "cancelled after \(timeout)" }
        }
        throw error
    }

    /// Sends and waits; reports whether the timeout or the task interrupted it.
    private func carryOut(
        _ exchange: inout QueryExchange,
        timeout: Duration?,
        shielded: Bool,
        _ receive: (Int, Rows) -> Void,
        _ receiveCopy: ([UInt8]) async -> Void,
        _ isEnough: () -> Bool
    ) async -> PostgresError.Code? {
        var deadline = timeout.map { ContinuousClock.now + $0 }
        var interruption: PostgresError.Code?
        var drainEnd = ContinuousClock.now
        var patience = Duration.milliseconds(50)
        guard exchange.send() else {
            exchange.lose()
            return nil
        }
        while true {
            let interest: SocketInterest
            let progress = exchange.advance()
            for (statement, rows) in exchange.takeArrived() { receive(statement, rows) }
            let copied = exchange.takeCopied()
            if !copied.isEmpty { await receiveCopy(copied) }
            if interruption == nil, case .awaiting = progress, isEnough() {
                interruption = .cancelled
                drainEnd = .now + Self.drainBound
                guard await cancelRight.use(until: drainEnd) else {
                    exchange.giveUp(as: .cancelled, after: Self.drainBound)
                    return nil
                }
                deadline = min(.now + patience, drainEnd)
            }
            switch progress {
            case .complete: return interruption
            case .awaiting(let wanted): interest = wanted
            case .broken:
                exchange.lose()
                return interruption
            }
            guard let socket = link.socket else {
                exchange.lose()
                return interruption
            }
            let cancellable = !shielded && interruption == nil
            let wake = await SocketWait.wait(for: socket, interest, until: deadline, cancellable: cancellable)
            if wake == .ready {
                guard exchange.receive() else {
                    exchange.lose()
                    return interruption
                }
                continue
            }
            if interruption == nil {
                interruption = wake == .cancelled ? .cancelled : .timedOut
                drainEnd = .now + Self.drainBound
            }
            // More than once, because the server ignores a cancel that arrives before the statement, or between two
            // statements of a pipeline.
            guard .now < drainEnd, await cancelRight.use(until: drainEnd) else {
                exchange.giveUp(as: interruption ?? .timedOut, after: Self.drainBound)
                return nil
            }
            deadline = min(.now + patience, drainEnd)
            patience *= 2
        }
    }

    /// Ends the transaction block that a failed pipeline has left open; if that fails, the connection is useless.
    private mutating func rollBack() async {
        do {
            _ = try await perform(.statement("ROLLBACK"), timeout: Self.drainBound, shielded: true)
        } catch {
            link.finish()
        }
    }

    /// Rejects what PostgreSQL's protocol cannot carry, before anything is sent.
    private static func check(_ request: Request) throws(PostgresError) {
        switch request {
        case .script(let sql) where sql.utf8.contains(0):
            throw PostgresError(.invalidStatement, "the script contains a NUL character")
        case .copy(let sql) where sql.utf8.contains(0):
            throw PostgresError(.invalidStatement, "the statement contains a NUL character")
        default: break
        }
        for statement in request.statements {
            if statement.sql.utf8.contains(0) {
                throw PostgresError(.invalidStatement, "the statement contains a NUL character")
            }
            if statement.parameters.count > UInt16.max {
                let message = "\(statement.parameters.count) parameters exceed the protocol's limit of 65535"
                throw PostgresError(.invalidStatement, message, statement: statement.sql)
            }
            for (index, parameter) in statement.parameters.enumerated() where parameter?.utf8.contains(0) == true {
                let message = "parameter $\(index + 1) contains a NUL character, which PostgreSQL cannot store"
                throw PostgresError(.invalidStatement, message, statement: statement.sql)
            }
        }
    }
}

extension QueryExchange {
    /// Closes a connection whose server does not stop the statement.
    fileprivate mutating func giveUp(as code: PostgresError.Code, after bound: Duration) {
        lose()
        let what = code == .cancelled ? "cancelled" : "timed out"
        let statement = failure?.statement
        failure = PostgresError(
            code,
            "\(what), and the server did not stop it within \(bound), so the connection is closed",
            statement: statement
        )
    }
}

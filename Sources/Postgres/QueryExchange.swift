internal import CLibPQ

/// What is sent to the server in one go.
enum Request {
    /// One statement with its parameters.
    case statement(Statement)
    /// Several statements in one round trip, answered one after the other.
    case pipeline([Statement])
    /// A pipeline whose rows are handed over as they arrive, and not kept.
    case stream([Statement])
    /// Text with any number of statements and no parameters.
    case script(String)

    var statements: [Statement] {
        switch self {
        case .statement(let statement): [statement]
        case .pipeline(let statements), .stream(let statements): statements
        case .script: []
        }
    }

    var isPipeline: Bool {
        switch self {
        case .pipeline, .stream: true
        case .statement, .script: false
        }
    }
}

/// The libpq side of one request: sending, and taking what has arrived.
///
/// It never waits and knows no time.
struct QueryExchange {
    /// How far it has come.
    enum Progress {
        case complete
        case awaiting(SocketInterest)
        case broken
    }

    private let link: LibPQConnection
    private let pointer: OpaquePointer
    private let request: Request
    private var isSynced = false
    private var isHopeless = false
    private var endsInARow = 0
    /// The results so far, one for each statement that succeeded; of a stream they hold no rows.
    private(set) var results: [Rows] = []
    /// Rows of a stream that nobody has taken yet, each with the position of its statement.
    private var arrived: [(statement: Int, rows: Rows)] = []
    private var shape: ResultShape?
    /// The first thing that went wrong.
    var failure: PostgresError?

    init?(_ request: Request, on link: LibPQConnection) {
        guard let pointer = link.pointer else { return nil }
        self.link = link
        self.pointer = pointer
        self.request = request
    }

    private var isStream: Bool {
        if case .stream = request { true } else { false }
    }

    /// The rows of a stream that have arrived since this was last called.
    mutating func takeArrived() -> [(statement: Int, rows: Rows)] {
        guard !arrived.isEmpty else { return [] }
        defer { arrived.removeAll(keepingCapacity: true) }
        return arrived
    }

    /// Hands the request to libpq.
    ///
    /// False when libpq cannot take it, after which the connection is of no use.
    mutating func send() -> Bool {
        switch request {
        case .statement(let statement): return send(statement)
        case .script(let sql): return PQsendQuery(pointer, sql) == 1
        case .pipeline(let statements), .stream(let statements):
            guard PQenterPipelineMode(pointer) == 1 else { return false }
            for statement in statements where !send(statement) { return false }
            guard PQpipelineSync(pointer) == 1 else { return false }
            expectRows()
            return true
        }
    }

    private func send(_ statement: Statement) -> Bool {
        let values = statement.parameters.map(CStrings.copy)
        defer { CStrings.free(values) }
        return PQsendQueryParams(pointer, statement.sql, Int32(values.count), nil, values, nil, nil, 0) == 1
    }

    /// Asks libpq for each row as it comes; it forgets that with every statement.
    ///
    /// Where it refuses, the rows come all at once, which is as right.
    private mutating func expectRows() {
        shape = nil
        if isStream { _ = PQsetSingleRowMode(pointer) }
    }

    /// Reads from the socket.
    ///
    /// False when the connection is gone.
    func receive() -> Bool {
        PQconsumeInput(pointer) == 1
    }

    /// Flushes what is left to send and takes every result that is complete.
    mutating func advance() -> Progress {
        let flushed = PQflush(pointer)
        if flushed < 0 { return .broken }
        while PQisBusy(pointer) == 0 {
            guard let result = PQgetResult(pointer) else {
                // In a pipeline this is the end of one statement's results, and of all only after the sync.
                guard request.isPipeline else { return .complete }
                endsInARow += 1
                if endsInARow > 1 { return .broken }
                expectRows()
                continue
            }
            endsInARow = 0
            take(result)
            if isHopeless || failure?.code == .connectionLost { return .broken }
            if isSynced { return PQexitPipelineMode(pointer) == 1 ? .complete : .broken }
        }
        return .awaiting(flushed > 0 ? .readingOrWriting : .reading)
    }

    /// Takes what had arrived before the connection broke (the server's reason, mostly) and closes it.
    mutating func lose() {
        for _ in 0..<(2 * request.statements.count + 4) {
            guard PQstatus(pointer) != CONNECTION_OK || PQisBusy(pointer) == 0 else { break }
            if let result = PQgetResult(pointer) { take(result) }
        }
        let lines = link.complaint.split(whereSeparator: \.isNewline)
        var error = failure ?? PostgresError(.connectionLost, lines.first.map(String.init) ?? "the connection is lost")
        // What COPY was answered with stays what it was; everything else ended because the connection did.
        if error.code != .unsupported { error.code = .connectionLost }
        error.statement = error.statement ?? currentStatement
        failure = error
        link.finish()
    }

    private var currentStatement: String? {
        if case .script(let sql) = request { return sql }
        let statements = request.statements
        return results.count < statements.count ? statements[results.count].sql : nil
    }

    private mutating func take(_ result: OpaquePointer) {
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
            let rows = Rows(adopting: result, shape: shape)
            if isStream, !rows.isEmpty { arrived.append((results.count, rows)) }
            results.append(rows)
            return
        case PGRES_SINGLE_TUPLE:
            let rows = Rows(adopting: result, shape: shape)
            shape = rows.result.shape
            arrived.append((results.count, rows))
            return
        case PGRES_PIPELINE_SYNC: isSynced = true
        case PGRES_PIPELINE_ABORTED: break
        case PGRES_COPY_IN:
            failure = failure ?? unsupportedCopy
            isHopeless = PQputCopyEnd(pointer, "this client does not copy") != 1
        case PGRES_COPY_OUT, PGRES_COPY_BOTH:
            // The data would have to be read to the end; closing is simpler, and this is a mistake in the source code.
            failure = failure ?? unsupportedCopy
            isHopeless = true
        default:
            failure = failure ?? ServerMessage(result: result).error(for: currentStatement)
        }
        PQclear(result)
    }

    private var unsupportedCopy: PostgresError {
        PostgresError(.unsupported, "COPY from or to the client is not supported", statement: currentStatement)
    }
}

internal import CLibPQ

/// A request that is sent to the server at once.
enum Request {
    /// One statement with its parameters.
    case statement(Statement)
    /// Several statements in one round trip, answered one after the other.
    case pipeline([Statement])
    /// A pipeline whose rows are passed on as they arrive, and not kept.
    case stream([Statement])
    /// Text with any number of statements and no parameters.
    case script(String)
    /// `COPY ... TO STDOUT`, without parameters, whose data are passed on as they arrive.
    case copy(String)

    var statements: [Statement] {
        switch self {
        case .statement(let statement): [statement]
        case .pipeline(let statements), .stream(let statements): statements
        case .script, .copy: []
        }
    }

    var isPipeline: Bool {
        switch self {
        case .pipeline, .stream: true
        case .statement, .script, .copy: false
        }
    }
}

/// The libpq side of one request: sends it, and collects what has arrived.
///
/// It never waits and knows no time limit.
struct QueryExchange {
    /// The state of the exchange.
    enum Progress {
        case complete
        case awaiting(SocketInterest)
        case broken
    }

    private let link: LibPQConnection
    private let pointer: OpaquePointer
    private let request: Request
    private var isSynced = false
    private var isCopying = false
    /// Data of COPY that were not taken yet.
    private var copied: [UInt8] = []
    private var isHopeless = false
    private var endsInARow = 0
    /// The results so far, one for each statement that succeeded; those of a stream contain no rows.
    private(set) var results: [Rows] = []
    /// Rows of a stream that were not taken yet, each with the position of its statement.
    private var arrived: [(statement: Int, rows: Rows)] = []
    private var shape: ResultShape?
    /// The first error.
    var failure: PostgresError?

    init?(_ request: Request, on link: LibPQConnection) {
        guard let pointer = link.pointer else { return nil }
        self.link = link
        self.pointer = pointer
        self.request = request
    }

    private var isCopy: Bool {
        if case .copy = request { true } else { false }
    }

    private var isStream: Bool {
        if case .stream = request { true } else { false }
    }

    /// Returns the rows of a stream that have arrived since the last call.
    mutating func takeArrived() -> [(statement: Int, rows: Rows)] {
        guard !arrived.isEmpty else { return [] }
        defer { arrived.removeAll(keepingCapacity: true) }
        return arrived
    }

    /// Returns the data of COPY that have arrived since the last call.
    mutating func takeCopied() -> [UInt8] {
        defer { copied.removeAll() }
        return copied
    }

    /// Passes the request to libpq.
    ///
    /// Returns false if libpq rejects it; then the connection is useless.
    mutating func send() -> Bool {
        switch request {
        case .statement(let statement): return send(statement)
        case .script(let sql), .copy(let sql): return PQsendQuery(pointer, sql) == 1
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

    /// Asks libpq to deliver each row as it arrives; libpq forgets this with every statement.
    ///
    /// If libpq refuses, the rows arrive all at once, which is also correct.
    private mutating func expectRows() {
        shape = nil
        if isStream { _ = PQsetSingleRowMode(pointer) }
    }

    /// Reads from the socket.
    ///
    /// Returns false if the connection is gone.
    func receive() -> Bool {
        PQconsumeInput(pointer) == 1
    }

    /// Flushes the rest of the request and collects every complete result.
    mutating func advance() -> Progress {
        let flushed = PQflush(pointer)
        if flushed < 0 { return .broken }
        if isCopying, !copyArrived() { return isHopeless ? .broken : .awaiting(.reading) }
        while PQisBusy(pointer) == 0 {
            guard let result = PQgetResult(pointer) else {
                // In a pipeline this ends the results of one statement; only the sync ends them all.
                guard request.isPipeline else { return .complete }
                endsInARow += 1
                if endsInARow > 1 { return .broken }
                expectRows()
                continue
            }
            endsInARow = 0
            add(result)
            if isCopying, !copyArrived() { return isHopeless ? .broken : .awaiting(.reading) }
            if isHopeless || failure?.code == .connectionLost { return .broken }
            if isSynced { return PQexitPipelineMode(pointer) == 1 ? .complete : .broken }
        }
        return .awaiting(flushed > 0 ? .readingOrWriting : .reading)
    }

    /// Collects the data of COPY that have arrived, and returns whether they were the last.
    private mutating func copyArrived() -> Bool {
        while true {
            var message: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &message, 1)
            guard length > 0, let message else {
                isCopying = length == 0
                if length < -1 { isHopeless = true }
                return length == -1
            }
            copied += UnsafeRawBufferPointer(start: message, count: Int(length))
            PQfreemem(message)
        }
    }

    /// Collects what had arrived before the connection broke (mostly the server's reason) and closes it.
    mutating func lose() {
        for _ in 0..<(2 * request.statements.count + 4) {
            guard PQstatus(pointer) != CONNECTION_OK || PQisBusy(pointer) == 0 else { break }
            if let result = PQgetResult(pointer) { add(result) }
        }
        let lines = link.complaint.split(whereSeparator: \.isNewline)
        var error = failure ?? PostgresError(.connectionLost, lines.first.map(String.init) ?? "the connection is lost")
        // The answer to COPY keeps its error; everything else failed because the connection did.
        if error.code != .unsupported { error.code = .connectionLost }
        error.statement = error.statement ?? currentStatement
        failure = error
        link.finish()
    }

    private var currentStatement: String? {
        switch request {
        case .script(let sql), .copy(let sql): return sql
        default: break
        }
        let statements = request.statements
        return results.count < statements.count ? statements[results.count].sql : nil
    }

    private mutating func add(_ result: OpaquePointer) {
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
        case PGRES_COPY_OUT where isCopy: isCopying = failure == nil
        case PGRES_COPY_OUT, PGRES_COPY_BOTH:
            // Reading the data to its end is not worth it: closing is simpler, and COPY here is a bug in the source
            // code.
            failure = failure ?? unsupportedCopy
            isHopeless = true
        default:
            failure = failure ?? ServerMessage(result: result).error(for: currentStatement)
        }
        PQclear(result)
    }

    private var unsupportedCopy: PostgresError {
        PostgresError(.unsupported, "COPY from or to the client is not supported here", statement: currentStatement)
    }
}

internal import CLibPQ
import Synchronization

/// Owns a PGconn.
///
/// @unchecked because of the pointer. It has one user at any time: the handshake until it is complete, then the
/// noncopyable `Connection`, whose methods are mutating. The only exception is a handshake step that is abandoned
/// because it blocks: then the thread of the step holds the last reference, and closes the connection when the step
/// returns.
final class LibPQConnection: @unchecked Sendable {
    private(set) var pointer: OpaquePointer?
    private let notices: NoticeBox

    init?(settings: [ConnectionTarget.Setting]) {
        var keywords: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        for setting in settings {
            keywords.append(CStrings.copy(setting.keyword))
            values.append(CStrings.copy(setting.value))
        }
        defer { CStrings.free(keywords + values) }
        keywords.append(nil)
        values.append(nil)
        // No expansion of dbname: the target has been parsed already, and a database may be named `host=elsewhere`.
        guard let pointer = PQconnectStartParams(keywords, values, 0) else { return nil }
        self.pointer = pointer
        notices = NoticeBox()
        // Verbose, because otherwise libpq does not give the SQLSTATE of a refused connection.
        _ = PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        _ = PQsetNoticeReceiver(
            pointer,
            { context, result in
                guard let context, let result else { return }
                let box = Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue()
                box.add(ServerMessage(result: result).notice)
            },
            Unmanaged.passUnretained(notices).toOpaque()
        )
    }

    deinit { finish() }

    /// Closes the connection.
    ///
    /// No dispatch source may be watching its socket.
    func finish() {
        if let pointer { PQfinish(pointer) }
        pointer = nil
    }

    /// Whether libpq has given up on it.
    var isBroken: Bool { pointer.map { PQstatus($0) == CONNECTION_BAD } ?? true }

    /// Whether it is connected, as far as libpq knows.
    var isAlive: Bool { pointer.map { PQstatus($0) == CONNECTION_OK } ?? false }

    /// The socket; read again before each wait, because libpq may open another one; nil if there is none.
    var socket: Int32? {
        guard let pointer else { return nil }
        let socket = PQsocket(pointer)
        return socket >= 0 ? socket : nil
    }

    /// The last error message of libpq, without the line break at its end.
    var complaint: String {
        guard let pointer, let text = PQerrorMessage(pointer) else { return "" }
        var complaint = String(cString: text)
        while complaint.last?.isNewline == true { complaint.removeLast() }
        return complaint
    }

    var transactionStatus: PGTransactionStatusType {
        pointer.map { PQtransactionStatus($0) } ?? PQTRANS_UNKNOWN
    }

    func takeNotices() -> [Notice] { notices.take() }
}

/// Collects notices of the server; libpq calls it during its own calls.
private final class NoticeBox: Sendable {
    /// The limit keeps a statement that warns about every row from filling the memory; the first notices say what is
    /// wrong.
    private static let capacity = 1_000
    private let notices = Mutex([Notice]())

    func add(_ notice: Notice) {
        notices.withLock { notices in
            if notices.count < Self.capacity { notices.append(notice) }
        }
    }

    func take() -> [Notice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }
}

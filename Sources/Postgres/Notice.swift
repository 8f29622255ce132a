internal import CLibPQ
internal import Synchronization

/// A notice or warning of the server.
public struct Notice: Sendable, Equatable {
    /// `NOTICE`, `WARNING` and so on, in English.
    public var severity: String
    /// The server's code.
    public var sqlState: SQLState?
    /// What it says.
    public var message: String
    /// The server's detail.
    public var detail: String?
    /// The server's hint.
    public var hint: String?
}

/// Keeps the notices of a connection, which libpq would print to standard error.
final class NoticeCollector: Sendable {
    private let notices = Mutex<[Notice]>([])
    /// A statement can raise any number of them; the latest are the ones that matter.
    private static let limit = 1_000

    func take() -> [Notice] {
        notices.withLock { notices in
            defer { notices = [] }
            return notices
        }
    }

    /// Makes libpq give notices to this collector, which must outlive the connection.
    func attach(to connection: OpaquePointer) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeCollector>.fromOpaque(context).takeUnretainedValue().add(result)
            },
            this
        )
    }

    private func add(_ result: OpaquePointer) {
        func field(_ field: Int32) -> String? { PQresultErrorField(result, field).map { String(cString: $0) } }
        let notice = Notice(
            severity: field(VS_PG_DIAG_SEVERITY) ?? "NOTICE",
            sqlState: field(VS_PG_DIAG_SQLSTATE).map { SQLState(rawValue: $0) },
            message: field(VS_PG_DIAG_MESSAGE_PRIMARY) ?? "",
            detail: field(VS_PG_DIAG_MESSAGE_DETAIL),
            hint: field(VS_PG_DIAG_MESSAGE_HINT)
        )
        notices.withLock { notices in
            if notices.count == Self.limit { notices.removeFirst() }
            notices.append(notice)
        }
    }
}

internal import CLibPQ

/// The fields of an error or notice of the server.
struct ServerMessage {
    private let result: OpaquePointer

    /// The result must outlive the message.
    init(result: OpaquePointer) {
        self.result = result
    }

    private func field(_ code: Int32) -> String? {
        PQresultErrorField(result, code).map { String(cString: $0) }
    }

    private var sqlState: SQLState? { field(VS_PG_DIAG_SQLSTATE).map { SQLState(rawValue: $0) } }

    private var message: String {
        if let primary = field(VS_PG_DIAG_MESSAGE_PRIMARY) { return primary }
        // libpq's own errors have no fields, and after the first line only guess at reasons.
        let text = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no message"
    }

    var notice: Notice {
        Notice(
            severity: field(VS_PG_DIAG_SEVERITY) ?? "NOTICE",
            sqlState: sqlState,
            message: message,
            detail: field(VS_PG_DIAG_MESSAGE_DETAIL),
            hint: field(VS_PG_DIAG_MESSAGE_HINT)
        )
    }

    func error(for statement: String?) -> PostgresError {
        let severity = field(VS_PG_DIAG_SEVERITY)
        // After FATAL the server closes the connection, even if libpq has not noticed yet.
        let isLost = severity == "FATAL" || severity == "PANIC" || sqlState == nil
        var error = PostgresError(isLost ? .connectionLost : .server, message)
        error.sqlState = sqlState
        error.severity = severity
        error.detail = field(VS_PG_DIAG_MESSAGE_DETAIL)
        error.hint = field(VS_PG_DIAG_MESSAGE_HINT)
        error.context = field(VS_PG_DIAG_CONTEXT)
        error.position = field(VS_PG_DIAG_STATEMENT_POSITION).flatMap { Int($0) }
        error.schema = field(VS_PG_DIAG_SCHEMA_NAME)
        error.table = field(VS_PG_DIAG_TABLE_NAME)
        error.statement = statement
        return error
    }
}

internal import Postgres

/// A connection that is opened when it is needed and kept, and opened again when it was lost meanwhile.
struct KeptConnection: ~Copyable {
    private let target: ConnectionTarget
    private let connectTimeout: Duration
    private var connection: Connection?

    init(target: ConnectionTarget, connectTimeout: Duration) {
        self.target = target
        self.connectTimeout = connectTimeout
    }

    /// Does something on the connection: twice where it is lost the first time, so it has to be something that may be
    /// done twice.
    mutating func use<Value>(
        _ body: (inout Connection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        if var kept = connection.take(), kept.isUsable {
            do throws(PostgresError) {
                let value = try await body(&kept)
                connection = consume kept
                return value
            } catch {
                // A server that restarted, or ended an idle session, is asked again.
                guard error.code == .connectionLost || error.sqlState == .adminShutdown else { throw error }
            }
        }
        var fresh = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        let value = try await body(&fresh)
        connection = consume fresh
        return value
    }
}

internal import Postgres

/// A connection that is opened when it is needed and kept, and opened again when it was lost meanwhile.
///
/// What has lain idle for longer than a moment is not relied on: something on the way may have forgotten it without a word.
struct KeptConnection: ~Copyable {
    private let target: ConnectionTarget
    private let connectTimeout: Duration
    private var connection: Connection?
    private var lastUse = ContinuousClock.now

    /// For how long a connection that lies idle is relied on.
    private static let trust = Duration.seconds(60)

    init(target: ConnectionTarget, connectTimeout: Duration) {
        self.target = target
        self.connectTimeout = connectTimeout
    }

    /// Does something on the connection: twice where it is lost the first time, so it has to be something that may be
    /// done twice.
    mutating func use<Value>(
        _ body: (inout Connection) async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        if var kept = connection.take(), kept.isUsable, lastUse.duration(to: .now) < Self.trust {
            do throws(PostgresError) {
                let value = try await body(&kept)
                connection = consume kept
                lastUse = .now
                return value
            } catch {
                // A server that restarted, or ended an idle session, is asked again.
                guard error.code == .connectionLost || error.sqlState == .adminShutdown else { throw error }
            }
        }
        var fresh = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        let value = try await body(&fresh)
        connection = consume fresh
        lastUse = .now
        return value
    }
}

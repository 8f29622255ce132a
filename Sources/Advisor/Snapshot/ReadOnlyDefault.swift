/// A default of read-only transactions (`default_transaction_read_only`) on a server that is no standby.
///
/// Somebody wanted it, so vecsteward never overrides it for its own sessions.
public struct ReadOnlyDefault: Sendable, Equatable {
    /// Where it is set.
    public var setter: Setter
    /// How to reset it, as a sentence: statements to run, or what to change if no statement does it.
    public var cure: String

    /// Where a setting of a session comes from.
    public enum Setter: String, Sendable, CaseIterable {
        /// The configuration of the server.
        case server
        /// The database, for every role.
        case database
        /// The role, in every database.
        case role
        /// The role, in this database.
        case roleInDatabase = "role_in_database"
        /// The connection string, `PGOPTIONS` or a pooler.
        case connection
    }

    /// Creates a description.
    public init(setter: Setter, cure: String) {
        self.setter = setter
        self.cure = cure
    }

    /// What sets it, in words.
    public var setBy: String {
        switch setter {
        case .server: "the server's configuration"
        case .database: "the database"
        case .role: "the role"
        case .roleInDatabase: "the role in this database"
        case .connection: "the connection"
        }
    }
}

/// Where the configuration says that query vectors of real searches are.
public struct ConfiguredQueries: Sendable, Equatable {
    /// The SELECT that returns them in its one column.
    public var sql: String
    /// The connection string of the role that runs it; it may contain a secret, so no message repeats its text.
    public var connection: String

    /// A statement and the way to the role that runs it.
    public init(sql: String, connection: String) {
        self.sql = sql
        self.connection = connection
    }
}

extension ConfiguredQueries: CustomStringConvertible, CustomReflectable {
    /// The statement alone.
    public var description: String { sql }
    /// The statement alone.
    public var customMirror: Mirror { Mirror(self, children: ["sql": sql]) }
}

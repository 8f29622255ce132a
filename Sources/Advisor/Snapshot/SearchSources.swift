/// What could be read of the searches of a database.
public struct SearchSources: Sendable, Equatable {
    /// pg_stat_statements.
    public enum Statements: Sendable, Equatable {
        /// It was read. `since` is when counting began, in seconds since 1970 UTC.
        case read(statements: Int, since: Double?)
        /// The extension is not installed in this database. `isLoaded` if the server has loaded its library; `nil` if the
        /// role may not see that.
        case notInstalled(isLoaded: Bool?)
        /// The extension is installed, but the server has not loaded its library.
        case notLoaded
        /// The role may not read the texts of other roles.
        case notPermitted
        /// A setting keeps it from counting statements, such as `pg_stat_statements.track = none`.
        case notCounting(setting: String, value: String)
        /// The server refused; the message is its own.
        case refused(String)
    }

    /// pg_stat_statements.
    public var statements: Statements
    /// Texts with a distance operator that could not be read, for want of understanding.
    public var notUnderstood: Int
    /// Texts that are left to a later poll, because there are many or they take long to read.
    public var unread: Int
    /// Searches of tables that are no collections of this database, or that could not be found.
    public var notFound: Int
    /// What the configuration states of searches and cannot be so, as sentences.
    public var misstated: [String] = []

    /// Puts it together.
    public init(statements: Statements, notUnderstood: Int = 0, unread: Int = 0, notFound: Int = 0) {
        self.statements = statements
        self.notUnderstood = notUnderstood
        self.unread = unread
        self.notFound = notFound
    }
}

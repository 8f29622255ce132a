/// The five characters by which PostgreSQL names an error, whatever the language of its messages.
public struct SQLState: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The five characters.
    public let rawValue: String

    /// Takes the code as the server sent it.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The five characters.
    public var description: String { rawValue }

    /// The first two characters, which name the kind of error.
    public var errorClass: Substring { rawValue.prefix(2) }

    /// A password was wrong.
    public static let invalidPassword = SQLState(rawValue: "28P01")
    /// The role may not log in, is not there, or `pg_hba.conf` refuses it.
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    /// A privilege is missing.
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// A table (or index, or view) is not there.
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// A column is not there.
    public static let undefinedColumn = SQLState(rawValue: "42703")
    /// An object of another kind is not there.
    public static let undefinedObject = SQLState(rawValue: "42704")
    /// A schema is not there.
    public static let undefinedSchema = SQLState(rawValue: "3F000")
    /// A database is not there.
    public static let undefinedDatabase = SQLState(rawValue: "3D000")
    /// A lock was not to be had in time.
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// The statement was cancelled, by a request or by its timeout.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// The statement was chosen to end a deadlock.
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    /// A write in a read-only transaction.
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    /// The server has as many connections as it allows.
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// The server is starting up, shutting down or recovering.
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    /// An administrator ended the session.
    public static let adminShutdown = SQLState(rawValue: "57P01")
}

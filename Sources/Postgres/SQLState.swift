/// A five-character SQLSTATE, as PostgreSQL's appendix "Error Codes" lists them.
public struct SQLState: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The five characters, such as `42P01`.
    public let rawValue: String

    /// Accepts any code, even one that has no name here.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The five characters.
    public var description: String { rawValue }

    /// Whether the code belongs to the class of these two characters, such as `08` for connection exceptions.
    public func isIn(class prefix: String) -> Bool {
        rawValue.hasPrefix(prefix)
    }

    /// 00000: no error.
    public static let successfulCompletion = SQLState(rawValue: "00000")
    /// 0A000: the server does not support what was asked.
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    /// 25006: a write in a read-only transaction, or on a standby.
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    /// 25P02: the transaction has failed and waits for its ROLLBACK.
    public static let inFailedTransaction = SQLState(rawValue: "25P02")
    /// 22023: a value that a parameter or function does not accept, such as an unknown time zone.
    public static let invalidParameterValue = SQLState(rawValue: "22023")
    /// 23505: a unique constraint was violated.
    public static let uniqueViolation = SQLState(rawValue: "23505")
    /// 28000: no such role, or pg_hba.conf does not let it in.
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    /// 28P01: wrong password (also what a server says for a role that does not exist, when it asks for passwords).
    public static let invalidPassword = SQLState(rawValue: "28P01")
    /// 3D000: no such database.
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    /// 3F000: no such schema.
    public static let undefinedSchema = SQLState(rawValue: "3F000")
    /// 40001: a serializable transaction has to be repeated.
    public static let serializationFailure = SQLState(rawValue: "40001")
    /// 40P01: this session lost a deadlock.
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    /// 42501: a privilege is missing.
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// 42601: the statement cannot be parsed.
    public static let syntaxError = SQLState(rawValue: "42601")
    /// 42703: no such column.
    public static let undefinedColumn = SQLState(rawValue: "42703")
    /// 42704: no such object (type, operator class, parameter, ...).
    public static let undefinedObject = SQLState(rawValue: "42704")
    /// 42710: the object exists already.
    public static let duplicateObject = SQLState(rawValue: "42710")
    /// 42883: no such function or operator.
    public static let undefinedFunction = SQLState(rawValue: "42883")
    /// 42P01: no such table, index or view.
    public static let undefinedTable = SQLState(rawValue: "42P01")
    /// 42P07: the table or index exists already.
    public static let duplicateTable = SQLState(rawValue: "42P07")
    /// 53100: the disk is full.
    public static let diskFull = SQLState(rawValue: "53100")
    /// 53200: out of memory.
    public static let outOfMemory = SQLState(rawValue: "53200")
    /// 53300: the server has no connection left to give.
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// 54000: the statement exceeds a limit of the server (such as pgvector's memory check for IVFFlat).
    public static let programLimitExceeded = SQLState(rawValue: "54000")
    /// 55000: the object is not in the state that the statement needs.
    public static let objectNotInPrerequisiteState = SQLState(rawValue: "55000")
    /// 55006: the object is in use.
    public static let objectInUse = SQLState(rawValue: "55006")
    /// 55P03: a lock was not available within `lock_timeout`, or at once under NOWAIT.
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// 57014: the statement was cancelled, by a person, by `statement_timeout` or by us.
    public static let queryCanceled = SQLState(rawValue: "57014")
    /// 57P01: an administrator ended the session, or the server is shutting down.
    public static let adminShutdown = SQLState(rawValue: "57P01")
    /// 57P02: the server is recovering from a crash of one of its processes.
    public static let crashShutdown = SQLState(rawValue: "57P02")
    /// 57P03: the server is starting up, shutting down or in recovery and takes no connections now.
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
}

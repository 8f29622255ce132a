internal import Advisor
internal import Postgres

/// The holder of one of vecsteward's advisory locks.
public struct LockHolder: Sendable {
    /// The process; `nil` for a prepared transaction.
    public let processID: Int?
    /// Its role; `nil` if the role was dropped.
    public let role: String?
    /// Its application name, or the identifier of a prepared transaction.
    public let application: String?
    /// How long it has been connected, in seconds, if the asking role may see that.
    public let ageSeconds: Double?
    /// Whether its role could be that of a vecsteward here: a superuser, the role of this program, or one that has the
    /// privileges of the owner of vecsteward's tables; if there are no tables, one that may create them.
    public let isPlausible: Bool

    /// Reads who holds a lock in this database; this session is left out.
    static func find(
        classID: Int64,
        objectID: Int64,
        subID: Int,
        on session: inout Connection
    ) async throws(PostgresError) -> LockHolder? {
        let statement = Statement(PackageResources.lock_holder_sql, [classID, objectID, subID])
        guard let row = try await session.queue(statement).first else { return nil }
        return LockHolder(
            processID: try row["process_id", as: Int?.self],
            role: try row["role", as: String?.self],
            application: try row["application", as: String?.self],
            ageSeconds: try row["age_seconds", as: Double?.self],
            isPlausible: try row["is_plausible", as: Bool.self]
        )
    }

    /// The holder as part of a sentence.
    public var words: String {
        let since = ageSeconds.map { ", there for \(Numbers.roughDuration(seconds: $0))" } ?? ""
        guard let processID else {
            return "prepared transaction \(Literal(application ?? ""))"
                + (role.map { " of role \(Identifier($0))" } ?? "") + since
        }
        let name = role.map { "role \(Identifier($0))" } ?? "a role that is gone"
        return "process \(processID) (\(name), application \(Literal(application ?? ""))\(since))"
    }

    /// The statement that ends its session.
    public var ending: String {
        SessionEnd.statement(processID: processID, preparedTransaction: application)
    }

    /// The problem, if the holder cannot be a vecsteward, as a sentence.
    public var complaint: String {
        "\(words) holds the leader lock, and its role cannot be that of a vecsteward here: no jobs run"
    }

    /// What to do about it, as a sentence.
    public var hint: String {
        "Run as a role that may: \(ending) Then find out why that role takes this lock; REVOKE CONNECT keeps it out."
    }
}

extension LockHolder: Equatable {
    /// Whether it is the same holder; their ages may differ.
    public static func == (one: LockHolder, other: LockHolder) -> Bool {
        one.processID == other.processID && one.role == other.role
            && (one.processID != nil || one.application == other.application)
    }
}

internal import Advisor
internal import Postgres

/// Who has an advisory lock of vecsteward's.
public struct LockHolder: Sendable {
    /// The process, `nil` for a prepared transaction.
    public let processID: Int?
    /// Its role, `nil` for one that was dropped meanwhile.
    public let role: String?
    /// What it calls itself, or the identifier of a prepared transaction.
    public let application: String?
    /// How long it has been connected, in seconds, where the role that asks may see it.
    public let ageSeconds: Double?
    /// Whether its role could do the work of a vecsteward here: that of a superuser, of this program, or one that has what
    /// the owner of vecsteward's tables has; where there are none yet, one that may make them.
    public let isPlausible: Bool

    /// Reads who has a lock in this database, which is not this session.
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

    /// The holder as a part of a sentence.
    public var words: String {
        let since = ageSeconds.map { ", there for \(Numbers.roughDuration(seconds: $0))" } ?? ""
        guard let processID else {
            return "prepared transaction \(Literal(application ?? ""))"
                + (role.map { " of role \(Identifier($0))" } ?? "") + since
        }
        let name = role.map { "role \(Identifier($0))" } ?? "a role that is gone"
        return "process \(processID) (\(name), application \(Literal(application ?? ""))\(since))"
    }

    /// What ends it, as a statement.
    public var ending: String {
        SessionEnd.statement(processID: processID, preparedTransaction: application)
    }

    /// What is wrong where it can be no vecsteward, as a sentence.
    public var complaint: String {
        "\(words) has the lock by which one vecsteward acts, and its role cannot be that of a vecsteward here: nothing is done"
    }

    /// What to do about it, as a sentence.
    public var hint: String {
        "As somebody who may: \(ending) Then find out why that role takes this lock; REVOKE CONNECT keeps it away."
    }
}

extension LockHolder: Equatable {
    /// Whether it is the same holder, however much later it was looked at.
    public static func == (one: LockHolder, other: LockHolder) -> Bool {
        one.processID == other.processID && one.role == other.role
            && (one.processID != nil || one.application == other.application)
    }
}

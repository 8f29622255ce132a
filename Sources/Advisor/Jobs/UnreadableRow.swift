/// A row of vecsteward's own tables that cannot be read, for example because somebody edited it by hand.
///
/// It is ignored; all other rows are used as usual.
public struct UnreadableRow: Sendable, Hashable {
    /// The table in the schema `vecsteward`.
    public var table: Table
    /// The value of the row's column `id`.
    public var id: Int64
    /// What is wrong with it, as a phrase.
    public var reason: String

    /// The tables whose rows may be unreadable.
    public enum Table: String, Sendable {
        case job
        case build
        case finding
        case evidence
    }

    /// An unreadable row.
    public init(_ table: Table, id: Int64, reason: String) {
        self.table = table
        self.id = id
        self.reason = reason
    }

    /// The problem as a sentence without a full stop.
    public var words: String {
        let subject =
            switch table {
            case .job: "job \(id)"
            case .build: "row \(id) of vecsteward.build"
            case .finding, .evidence: "row \(id) of vecsteward.\(table.rawValue)"
            }
        return "\(subject) cannot be read and is ignored: \(reason)"
    }

    /// The command or statement that shows or removes the row.
    public var hint: String {
        switch table {
        case .job: "vecsteward jobs show \(id) shows the row as it is, vecsteward jobs cancel \(id) removes it."
        case .build, .finding, .evidence: "DELETE FROM vecsteward.\(table.rawValue) WHERE id = \(id); removes it."
        }
    }
}

/// A row of vecsteward's own tables that cannot be read, such as one that was edited by hand.
///
/// It is set aside: nothing goes by it, and all others are what they are.
public struct UnreadableRow: Sendable, Hashable {
    /// The table in the schema `vecsteward`.
    public var table: Table
    /// The row's number.
    public var id: Int64
    /// What is wrong with it, in a phrase.
    public var reason: String

    /// Tables whose rows are read.
    public enum Table: String, Sendable {
        case job
        case build
        case finding
        case evidence
    }

    /// Names a row.
    public init(_ table: Table, id: Int64, reason: String) {
        self.table = table
        self.id = id
        self.reason = reason
    }

    /// What is wrong with what, in a sentence without a full stop.
    public var words: String {
        let subject =
            switch table {
            case .job: "job \(id)"
            case .build: "row \(id) of vecsteward.build"
            case .finding, .evidence: "row \(id) of vecsteward.\(table.rawValue)"
            }
        return "\(subject) cannot be read and is left aside: \(reason)"
    }

    /// What a person can do about it.
    public var hint: String {
        switch table {
        case .job: "vecsteward jobs show \(id) shows the row as it is, vecsteward jobs cancel \(id) removes it."
        case .build, .finding, .evidence: "DELETE FROM vecsteward.\(table.rawValue) WHERE id = \(id); removes it."
        }
    }
}

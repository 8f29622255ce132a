/// Who acts in a test database.
public enum TestRole: Sendable {
    /// May do everything: what tests look with, and disturb others with.
    case superuser
    /// An ordinary role, whom the database belongs to and all that ``TestDatabase/execute(_:)`` makes in it.
    case application
    /// As whom vecsteward connects: it has what `vecsteward grants --for maintain` prints, and nothing else.
    case steward
}

/// Drops an index.
public struct DropIndex {
    /// The index to drop.
    public var name: String

    /// Drops the index of this name.
    public init(name: String) { self.name = name }
}

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension DropIndex: IndexJobSpec {
    public static let kind = "drop_index"
    public static let lane = JobLane.quick
    // DROP INDEX CONCURRENTLY does.
    public static let waitsForReaders = true
    public static let rank = 1
    public static let command = "DROP INDEX"
    public static let activity = "dropping an index of"

    public var existingIndex: String? { name }

    public var unpredictedCost: String {
        "takes moments once no query uses the index, and frees its disk space"
    }

    public func title(tables: Int) -> String { "drop \(name)" }

    /// The larger index goes first.
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double {
        findings.number("sizeBytes") ?? 0
    }

    public func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep {
        guard let old = context.old else {
            return record.state == .queued ? .cancel("the index no longer exists") : .finish
        }
        if record.isCancelRequested { return .cancelledByPerson }
        // DROP INDEX CONCURRENTLY first hides the index from queries, so an interrupted drop leaves an unusable one.
        if old.isUsable {
            // The exception: a build of ours that lost its job, and that nobody has reindexed since.
            guard record.job.dropsOrphanedIndex, record.oldIndex == old.identity else {
                return .cancel("the index has become valid")
            }
            guard context.hasEquivalentIndex else {
                return .cancel("the index has become the only one for its queries")
            }
        }
        if let known = record.oldIndex, known.oid != old.identity.oid {
            return .cancel("another index has taken the name")
        }
        return .dropOld(name: name)
    }
}

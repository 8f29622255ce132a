/// Drops an index.
public struct DropIndex {
    /// The index.
    public var name: String

    /// Drops the index of this name.
    public init(name: String) { self.name = name }
}

// What each of these means is said by the protocol.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension DropIndex: IndexJobSpec {
    public static let kind = "drop_index"
    public static let lane = JobLane.quick
    public static let rank = 1
    public static let command = "DROP INDEX"
    public static let activity = "dropping an index of"

    public var existingIndex: String? { name }

    public var unpredictedCost: String {
        "takes moments once no query uses the index, and gives its space on disk back"
    }

    public func title(tables: Int) -> String { "drop \(name)" }

    /// The larger index goes first.
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double {
        findings.number("sizeBytes") ?? 0
    }

    public func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep {
        guard let old = context.old else {
            return record.state == .queued ? .cancel("the index is no longer there") : .finish
        }
        if record.isCancelRequested { return .cancelledByPerson }
        // Dropping begins by taking the index away from queries, so an index that was usable then is not so now.
        if old.isUsable {
            // But for a build of ours that lost its job, and that nobody has reindexed since.
            guard record.job.dropsOrphanedIndex, record.oldIndex == old.identity else {
                return .cancel("the index is valid by now")
            }
            guard context.hasEquivalentIndex else { return .cancel("the index is the only one for its queries by now") }
        }
        if let known = record.oldIndex, known.oid != old.identity.oid {
            return .cancel("another index has the name by now")
        }
        return .dropOld(name: name)
    }
}

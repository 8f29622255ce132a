/// The one thing to do next for a job.
///
/// It follows from what the catalog says and not from what was last written down: a crash between a deed and its record
/// leaves nothing undone and does nothing twice.
public enum NextStep: Sendable, Equatable {
    /// Run the statement that builds the new index, refreshes the statistics or reindexes in place.
    case build
    /// A session is at work on the table: wait for its end.
    case await(IndexJobContext.Worker)
    /// Drop an unfinished build of this job.
    case dropLeftover
    /// Look at the new index, then give it its name.
    case proveAndSwap
    /// Make the index of a partitioned table, which holds nothing itself; the server names it where this does not.
    case makeParent(schema: String, table: String, name: String?)
    /// Attach an index to that of the partitioned table above.
    case attach(schema: String, index: String, parentSchema: String, parent: String)
    /// Take other names for those that other relations have.
    case chooseNames(insteadOf: Set<RelationName>)
    /// Drop the index that was replaced or found invalid.
    case dropOld(name: String)
    /// Give an index that has stepped aside its former name again: what was to take its place is gone.
    case giveBack(name: String, former: String)
    /// Everything is as it should be.
    case finish
    /// There is no longer anything to do, and why.
    case cancel(String)
    /// It cannot be done here and now, and why.
    case postpone(String)
}

extension JobRecord {
    /// What to do next.
    ///
    /// - Parameter context: What the catalog says now.
    /// - Returns: One step. When it is carried out, look again and ask again.
    public func nextStep(at context: IndexJobContext) -> NextStep {
        guard context.isPrimary else { return .postpone("this server is a standby") }
        guard context.hasTable else { return .cancel("the table is no longer there") }
        guard context.hasColumn else { return .cancel("the column is no longer there") }
        if let worker = context.worker {
            let hasBegun = worker.isOwn || context.building != nil || (state != .queued && state != .waiting)
            return isCancelRequested && !hasBegun ? .cancelledByPerson : .await(worker)
        }
        guard let spec = job.indexSpec else { return .cancel("the job is none on an index") }
        let step = spec.nextStep(of: self, at: context)
        switch step {
        case .build, .proveAndSwap, .makeParent:
            let conflicts = context.foreignNames.intersection(job.newNames)
            return conflicts.isEmpty ? step : .chooseNames(insteadOf: conflicts)
        default: return step
        }
    }
}

/// The next step of a job.
///
/// It follows from the catalog and not from the last record: a crash between a step and its record skips nothing and
/// repeats nothing.
public enum NextStep: Sendable, Equatable {
    /// Run the statement that builds the new index, refreshes the statistics or reindexes in place.
    case build
    /// Wait for the end of a session that works on the table.
    case await(IndexJobContext.Worker)
    /// Drop an unfinished build of this job.
    case dropLeftover
    /// Check the new index, then give it its final name.
    case proveAndSwap
    /// Create the index of a partitioned table, which holds no data itself; without a name the server chooses one.
    case makeParent(schema: String, table: String, name: String?)
    /// Attach an index to the index of the partitioned table above.
    case attach(schema: String, index: String, parentSchema: String, parent: String)
    /// Choose other names, because other relations have these.
    case chooseNames(insteadOf: Set<RelationName>)
    /// Drop the index that was replaced or found invalid.
    case dropOld(name: String)
    /// Give a renamed old index its former name again: the one that was to replace it is gone.
    case giveBack(name: String, former: String)
    /// Finish the job: everything is as it should be.
    case finish
    /// Cancel the job: there is no longer anything to do; the text says why.
    case cancel(String)
    /// Postpone the job: it cannot be done here now; the text says why.
    case postpone(String)
}

extension JobRecord {
    /// The next step.
    ///
    /// - Parameter context: The current state of the catalog.
    /// - Returns: One step. After it, read the catalog again and ask again.
    public func nextStep(at context: IndexJobContext) -> NextStep {
        guard context.isPrimary else { return .postpone("this server is a standby") }
        guard context.hasTable else { return .cancel("the table no longer exists") }
        guard context.hasColumn else { return .cancel("the column no longer exists") }
        if let worker = context.worker {
            let hasBegun = worker.isOwn || context.building != nil || (state != .queued && state != .waiting)
            return isCancelRequested && !hasBegun ? .cancelledByPerson : .await(worker)
        }
        guard let spec = job.indexSpec else { return .cancel("the job does not work on an index") }
        let step = spec.nextStep(of: self, at: context)
        switch step {
        case .build, .proveAndSwap, .makeParent:
            let conflicts = context.foreignNames.intersection(job.newNames)
            return conflicts.isEmpty ? step : .chooseNames(insteadOf: conflicts)
        default: return step
        }
    }
}

internal import Advisor
internal import Postgres

// What was measured after a rebuild was planned.
extension IndexJobWorker {
    /// Gives a rebuild that a rule asked for fewer lists, if only those keep the recall that was measured.
    ///
    /// One poll queues the rebuild and the measurement for which it waits, so its lists are those of the formula. The queue holds
    /// the others before anything is built with them, so that whoever resumes the job builds the same.
    ///
    /// - Parameters:
    ///   - taken: The names of the indexes of its table.
    ///   - onEvent: Receives what has changed.
    /// - Returns: Whether the job is another one now, so that the catalog has to be read for its names.
    /// - Throws: When the server refuses or the connection is lost.
    mutating func keepRecall(
        besides taken: Set<RelationName>,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> Bool {
        guard !record.state.isBegun, record.job.origin == .rule,
            policies.policy(for: record.job.collection).index.lists == .recall,
            case .ivfflat(let planned)? = (record.job.spec as? RebuildIndex)?.definition.parameters,
            let (measured, present) = try await recallBeforeBuild()
        else { return false }
        let lists = measured.listsOfRebuild(formula: planned, present: present)
        guard lists < planned else { return false }
        let job = record.job.rebuilding(withLists: lists, besides: Set(taken.map(\.name)))
        guard try await store(job) else { return false }
        record.job = job
        onEvent(
            .note(
                "it gets \(lists) lists instead of \(planned), because it was measured meanwhile that searches find "
                    + "\(measured.recallWords) at \(measured.settingWords), and they would find less with more lists"
            )
        )
        return true
    }

    /// What the old index was measured to find when the job was queued or since, and its lists; `nil` if that is unknown.
    private func recallBeforeBuild() async throws(PostgresError) -> (measured: MeasuredRecall, lists: Int?)? {
        let statement = Statement(PackageResources.recall_before_build_sql, [record.id])
        let rows: Rows
        do throws(PostgresError) {
            rows = try await connections.use { (connection) async throws(PostgresError) in
                try await connection.queue(statement)
            }
        } catch {
            // A job that is in no queue.
            guard error.sqlState == .undefinedTable || error.sqlState == .insufficientPrivilege else { throw error }
            return nil
        }
        guard let row = rows.first, let measured = try MeasuredRecall(row) else { return nil }
        return (measured, try row["lists", as: String?.self].flatMap { Int($0) })
    }

    /// Records other lists, with the names that fit them.
    ///
    /// - Returns: Whether the job was still waiting in the queue.
    private func store(_ job: Job) async throws(PostgresError) -> Bool {
        guard let rebuild = job.spec as? RebuildIndex, case .ivfflat(let lists) = rebuild.definition.parameters,
            let target = job.targets.first
        else { return false }
        let statement = Statement(
            PackageResources.rebuild_lists_sql,
            [record.id, lists, rebuild.definition.options, target.finishedName, rebuild.retiredName]
        )
        return try await connections.use { (connection) async throws(PostgresError) in
            try await connection.queue(statement).affectedRows > 0
        }
    }
}

extension MeasuredRecall {
    /// Reads a row with evidence of the kind `recall`; `nil` if it makes no sense.
    init?(_ row: Row) throws(PostgresError) {
        self.init(
            IndexEvidence(
                kind: Self.evidenceKind,
                figures: try row.pairs("names", "figures"),
                settings: try row.pairs("setting_names", "setting_values"),
                takenAt: 0,
                rows: 0,
                writes: 0
            )
        )
    }
}

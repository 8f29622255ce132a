internal import Advisor
internal import Postgres
internal import Recall

extension MeasureRecall: WorkingJobSpec {
    package static var worker: any JobWorker.Type { RecallWorker.self }
}

/// Measures the recall of an index; the result is evidence about that build of it.
///
/// It changes nothing, so a measurement that is interrupted begins anew.
struct RecallWorker: JobWorker {
    private typealias Measured = Result<RecallMeasurement, RecallRefusal>

    private var record: JobRecord
    private let context: JobContext
    private var measurement: RecallMeasurement?
    private var before: RecallBeforeRebuild?

    private var isCheck: Bool { (record.job.spec as? MeasureRecall)?.isCheck ?? false }

    init(_ record: JobRecord, in context: JobContext) {
        self.record = record
        self.context = context
    }

    mutating func carryOut(save: Save, onEvent: EventHandler) async throws(PostgresError) -> JobOutcome {
        guard let spec = record.job.spec as? MeasureRecall else {
            throw PostgresError(.decoding, "job \(record.id) does not say what to measure")
        }
        if record.isCancelRequested { return .cancelled("a person cancelled it") }
        record.attempts += record.state == .running ? 0 : 1
        record.state = .running
        try await save(record)
        try await context.checkLeader()
        let (name, statementTimeout) = (record.job.collection, context.statementTimeout)
        let (policies, limits) = (context.policies, context.limits)
        let table = record.job.targets.first.map { RelationName(schema: $0.schema, name: $0.table) }
        let outcome = try await context.interruptibly { (connections) async throws(PostgresError) -> Measured in
            let assessor = Assessor(
                connections,
                scope: CollectionScope(include: [NamePattern(exactly: name)]),
                policies: policies,
                limits: limits,
                statementTimeout: statementTimeout
            )
            let snapshot = try await assessor.observe(readingExpressions: true)
            let whole: RecallRequest
            switch try await assessor.addQueries(to: RecallRequest(spec, on: table), of: name, in: snapshot) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let request): whole = request
            }
            var outcome = try await assessor.measureRecall(whole, of: name, in: snapshot) { _, _ in }
            for smaller in whole.smaller {
                guard case .failure(let refusal) = outcome, refusal.isOfPass else { break }
                if refusal.isOverrun, !smaller.isLight { continue }
                let next = try await assessor.measureRecall(smaller, of: name, in: snapshot) { _, _ in }
                // What would be needed says more than why even a smaller one is not possible.
                if case .failure(let refusal) = next, !refusal.isOfPass { break }
                outcome = next
            }
            return outcome
        }
        switch outcome {
        case nil: return context.control.isCancelled ? .cancelled("a person cancelled it") : .yielded
        case .failure(let refusal)?:
            if refusal.isPassing { return .postponed(refusal.reason) }
            return .cancelled(refusal.sentences)
        case .success(let measurement)?:
            self.measurement = measurement
            before = isCheck ? nil : try await recallBeforeRebuild(measurement)
            onEvent(.note(measurement.sentence(after: before)))
            if let before {
                onEvent(.rebuildMeasured(job: before.job, measurement.rebuildRecall(after: before.recall)))
            }
            return .done
        }
    }

    func results(
        after seconds: Double?,
        on connection: inout Connection
    ) async throws(PostgresError) -> [Statement] {
        guard let measurement else { return [] }
        return [
            EvidenceHistory.insertion(
                of: isCheck ? RecallCheck.evidenceKind : MeasuredRecall.evidenceKind,
                measurement.evidence.merging(before.map { ["beforeRebuild": $0.recall] } ?? [:]) { first, _ in first },
                with: measurement.settings.mapValues(\.value),
                about: measurement.index,
                by: record.id
            )
        ]
    }
}

extension RecallWorker {
    /// What the index found before the rebuild that made this one, if that was measured in the same way.
    private func recallBeforeRebuild(
        _ measurement: RecallMeasurement
    ) async throws(PostgresError) -> RecallBeforeRebuild? {
        let index = measurement.index
        let rows = try await context.connections.use { (connection) async throws(PostgresError) in
            try await connection.queue(
                Statement(
                    PackageResources.recall_before_rebuild_sql,
                    [Int64(index.oid), Int64(index.relfilenode)]
                )
            )
        }
        guard let row = rows.first, let measured = try MeasuredRecall(row), measured.k == measurement.k,
            measured.moreEffort == nil,
            measurement.moreEffort == nil,
            measured.settings == measurement.settings.mapValues(\.value), measured.querySource == measurement.queries
        else { return nil }
        return RecallBeforeRebuild(recall: measured.recall, job: try row["id", as: Int64.self])
    }
}

/// What an index found before its rebuild, and the job that rebuilt it.
private struct RecallBeforeRebuild {
    var recall: Double
    var job: Int64
}

extension RecallRequest {
    /// The request of a job.
    fileprivate init(_ spec: MeasureRecall, on table: RelationName?) {
        self.init()
        index = spec.index
        self.table = table
        k = spec.k
        queries = spec.queries
        settings = spec.settings
        budget = .seconds(spec.budgetSeconds)
        hasWhatIf = spec.hasWhatIf
        isLight = spec.isCheck
        hasNearness = !spec.isCheck
    }

    /// What takes less than the request, the greatest first: without other lists, and without the pass over the table.
    fileprivate var smaller: [RecallRequest] {
        if isLight { return [] }
        var pass = self
        pass.hasWhatIf = false
        var light = pass
        light.isLight = true
        return hasWhatIf ? [pass, light] : [light]
    }
}

extension RecallMeasurement {
    /// The figures as ``MeasuredRecall`` reads them.
    fileprivate var evidence: [String: Double] {
        var figures = measuredFigures
        figures["moreEffort"] = moreEffort.map { Double($0) }
        figures["nearness"] = nearness
        figures["agreement"] = agreement?.share
        figures["agreementLow"] = agreement?.interval.lowerBound
        guard let grid = whatIf?.grid, let probes = whatIf?.presentValue else { return figures }
        figures["listsKeepingRecall"] = grid.mostLists(keeping: self.figures.recall, atProbes: probes).map {
            Double($0)
        }
        let formula = Lists.recommended(rows: Int64(rows))
        figures["probesForTarget"] = grid.leastWork(reaching: MeasuredRecall.commonTarget, lists: whatIf?.presentLists)
            .map { Double($0.probes) }
        figures["recallByFormula"] = grid.cell(lists: formula, probes: probes)?.recall
        return figures
    }

    private var measuredFigures: [String: Double] {
        [
            "recall": figures.recall, "low": figures.interval.lowerBound, "high": figures.interval.upperBound,
            "k": Double(k), "queries": Double(figures.queries), "shareAtNineTenths": figures.shareAtNineTenths,
            "worstTwentieth": figures.worstTwentieth, "shortAnswers": Double(figures.shortAnswers),
            "vectorRows": Double(rows), "medianMilliseconds": figures.medianMilliseconds,
            "slowMilliseconds": figures.slowMilliseconds, "passSeconds": passSeconds, "querySource": queries.number,
        ]
    }

    /// What both measurements say of the rebuild between them.
    fileprivate func rebuildRecall(after before: Double) -> RebuildRecall {
        RebuildRecall(before: before, after: figures.recall, k: k, settings: settings.mapValues(\.value))
    }

    /// The result for the journal, beside that before the rebuild.
    fileprivate func sentence(after before: RecallBeforeRebuild?) -> String {
        let settings = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.value)" }
        return "recall@\(k) of index \(Identifier(indexName)) is \(moreEffort == nil ? "" : "at most ")"
            + "\(Numbers.share(figures.recall)) (95 % interval "
            + "\(Numbers.share(figures.interval.lowerBound)) to \(Numbers.share(figures.interval.upperBound)))"
            + (settings.isEmpty ? "" : " with \(settings.joined(separator: ", "))")
            + (queries == .stored ? "" : ", in searches for \(queries.words)")
            + (before.map { "; before its rebuild by job \($0.job) it was \(Numbers.share($0.recall))" } ?? "")
    }
}

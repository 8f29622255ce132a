internal import Advisor
internal import Postgres
internal import Recall

/// Asks what a measured index would find if it were another one, and what reaches the target.
struct WhatIfQuestion {
    let request: RecallRequest
    let measured: MeasuredIndex
    let database: String
    /// Builds graphs with other parameters.
    let graphs: GraphTrialRun
    let onProgress: @Sendable (String, Double) -> Void

    /// The recall to reach unless a person says another.
    static let defaultTarget = 0.95

    /// How many times as much a row is compared as without the answer: by its smaller forms too.
    static let comparisons = 3

    /// The search of the pass, with all that the answer needs.
    static func search(
        for request: RecallRequest,
        _ measured: MeasuredIndex,
        _ queries: [StoredVector]
    ) -> ExactSearch {
        var kept: KeptRows?
        var forms: SmallerForms?
        if request.hasWhatIf, let dimensions = queries.first?.dimensions {
            if measured.index.method == .ivfflat, !measured.isPartitioned {
                kept = KeptRows(
                    of: measured.readType,
                    by: measured.metric,
                    dimensions: dimensions,
                    queries: queries.count,
                    neighbours: request.k + 1
                )
            } else if measured.index.method == .hnsw, !measured.isPartitioned {
                kept = KeptRows(
                    sampleOf: measured.readType,
                    dimensions: dimensions,
                    rows: GraphTrialRun.rows(dimensions: dimensions)
                )
            }
            // Of an expression nobody knows whether the application could search by another one.
            if !measured.isReadByServer, !measured.isRounding {
                forms = SmallerForms(
                    of: queries,
                    measured.readType,
                    by: measured.metric,
                    k: request.k,
                    tasks: request.share.processors
                )
            }
        }
        return measured.exactSearch(for: queries, neighbours: request.k + 1, keeping: kept, comparing: forms)
    }

    /// Answers, from what the pass has kept and from the curve, and by graphs of a sample.
    ///
    /// It takes at most as long as the budget.
    func answer(
        _ search: ExactSearch,
        _ measurement: RecallMeasurement,
        _ queries: [StoredVector]
    ) async -> WhatIf {
        let present = measured.effortSetting.flatMap { measurement.settings[$0] }.flatMap { Int($0.value) }
        var answer = WhatIf(
            target: request.target ?? Self.defaultTarget,
            presentLists: measured.index.lists,
            presentValue: present
        )
        if let setting = measured.effortSetting, request.settings[setting] != nil {
            answer.usedValue = measured.settingsOfSearches[setting].flatMap { Int($0.value) }
        }
        switch measured.index.method {
        case .ivfflat where measured.isPartitioned:
            answer.notes.append(
                "What other lists would find cannot be said of a partitioned table: the index of each partition has lists of its "
                    + "own. Measure one of them with --index."
            )
        case .ivfflat: await addGrid(to: &answer, search)
        case .hnsw: await addGraphs(to: &answer, search, measurement, queries)
        case .other(let name):
            answer.notes.append("What an index of method \(name) would find otherwise cannot be said.")
        }
        answer.forms = search.formRecalls(k: request.k, isStored: request.vectors.isEmpty)
        addRemedies(to: &answer, measurement)
        return answer
    }

    private func addGraphs(
        to answer: inout WhatIf,
        _ search: ExactSearch,
        _ measurement: RecallMeasurement,
        _ queries: [StoredVector]
    ) async {
        guard let sample = SampledVectors(search), let m = measured.index.m,
            let efConstruction = measured.index.efConstruction
        else {
            answer.notes.append(
                measured.isPartitioned
                    ? "Other values of m and ef_construction are tried on one table only. Measure the index of a partition with "
                        + "--index."
                    : "Other values of m and ef_construction are tried for the types vector and halfvec only."
            )
            return
        }
        do throws(PostgresError) {
            answer.graphs = try await graphs.run(
                on: sample,
                searchingFor: queries,
                beside: GraphTrials.Parameters(m: m, efConstruction: efConstruction),
                with: measurement.settings.mapValues(\.value),
                measured: measurement.figures.recall
            )
            if answer.graphs == nil {
                answer.notes.append(
                    "Other values of m and ef_construction were not tried: not even a graph of a sample fits the budget."
                )
            }
        } catch {
            answer.notes.append("Other values of m and ef_construction were not tried: \(error.message).")
        }
    }

    private func addGrid(to answer: inout WhatIf, _ search: ExactSearch) async {
        guard let lists = measured.index.lists,
            let forecast = ListsForecast(
                search,
                k: request.k,
                isStored: request.vectors.isEmpty,
                tasks: request.share.processors
            )
        else {
            answer.notes.append(
                "What other lists would find can be said of the types vector and halfvec with L2 distance, cosine distance and "
                    + "inner product only, and this index has \(measured.type.rawValue) with \(measured.metric.rawValue)."
            )
            return
        }
        answer.grid = await forecast.grid(
            lists: ListsForecast.lists(present: lists, rows: search.rows),
            probes: [answer.presentValue].compactMap { $0 },
            target: answer.target,
            within: request.budget
        ) { [onProgress] share in onProgress("trying other lists", share) }
    }

    /// The least probes or candidates that reach the target with the index as it is, and other lists if these are less work.
    private func addRemedies(to answer: inout WhatIf, _ measurement: RecallMeasurement) {
        guard let setting = measured.effortSetting else { return }
        var present: ListsGrid.Cell?
        if let point = measurement.curve?.least(reaching: answer.target) {
            answer.remedies.append(
                remedy(
                    WhatIf.Remedy(recall: point.figures.recall, setting: setting, value: point.value, isMeasured: true),
                    answer
                )
            )
        }
        guard let grid = answer.grid, let lists = answer.presentLists else { return }
        present = grid.leastWork(reaching: answer.target, lists: lists)
        if let present, answer.remedies.isEmpty {
            answer.remedies.append(remedy(Self.remedy(present, setting), answer))
        }
        guard let best = grid.leastWork(reaching: answer.target), best.lists != lists,
            present.map({ grid.work(of: best) < 0.9 * grid.work(of: $0) }) ?? true
        else { return }
        var rebuild = Self.remedy(best, setting)
        rebuild.lists = best.lists
        answer.remedies.append(remedy(rebuild, answer))
    }

    private static func remedy(_ cell: ListsGrid.Cell, _ setting: String) -> WhatIf.Remedy {
        WhatIf.Remedy(
            recall: cell.recall,
            setting: setting,
            value: cell.probes,
            shareOfRowsRead: cell.shareOfRowsRead,
            isMeasured: false
        )
    }

    /// Adds how to do it.
    private func remedy(_ remedy: WhatIf.Remedy, _ answer: WhatIf) -> WhatIf.Remedy {
        var remedy = remedy
        var statements: [AdvisedStatement] = []
        var sentences: [String] = []
        if let lists = remedy.lists {
            let schema = measured.table.schema
            statements += [
                .setLists(lists, schema: schema, index: measured.index.name),
                .reindex(schema: schema, index: measured.index.name),
            ]
            sentences.append("Rebuild the index with lists = \(lists).")
        }
        if remedy.value != answer.usedValue {
            let change = SearchSettingAdvice(
                measured.index.method == .hnsw ? .efSearch(remedy.value) : .probes(remedy.value),
                through: measured.index,
                of: measured.collection,
                database: database
            )
            sentences.append(change.advice)
            statements += change.statements
        }
        remedy.advice = sentences.joined(separator: " ")
        remedy.statements = statements.map(AdvisedSQL.text)
        return remedy
    }
}

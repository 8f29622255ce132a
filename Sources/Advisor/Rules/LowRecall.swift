/// An index that finds too few of the nearest rows, measured at the settings that its searches have.
///
/// A job in the background measures each index that searches are seen to use (``MeasureRecall``), after each build and after
/// each tenth of the rows that is written. Between two measurements it takes a light check each day (``RecallCheck``), and one that
/// has seen the recall fall leads to a measurement.
struct LowRecall: Rule {
    /// The recall that searches should have.
    static let target = Threshold(
        name: "target",
        defaultValue: MeasuredRecall.commonTarget,
        range: 0.01...1,
        isWhole: false
    )
    /// By how much the recall may be lower than the first one that was measured of the same build.
    static let fall = Threshold(name: "fall", defaultValue: 0.05, range: 0.001...1, isWhole: false)
    /// How old a measurement may be before a light check follows it, and a check before the next one, in hours.
    static let check = Threshold(name: "checkHours", defaultValue: 24, range: 0.001...8_760, isWhole: false)
    /// How long a measurement may read the table, in seconds.
    static let budget = Threshold(name: "budgetSeconds", defaultValue: 30, range: 0.001...86_400, isWhole: false)

    /// By how much a rebuild may change the recall without a word.
    private static let tolerance = 0.01

    let name = "recall"
    let summary = "an index whose measured recall is below the target, or lower than at first"
    let defaultMode = RuleMode.warn
    let thresholds = [target, fall, budget, check]

    func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest] {
        // Nothing may be measured on a standby, and what nobody searches needs no measurement.
        guard !context.server.isInRecovery, !collection.workload.nearest.isEmpty else { return [] }
        // Each partition by itself: it is written and rebuilt by itself. Those for tomorrow have no rows yet.
        let relations =
            collection.isPartitioned
            ? collection.relations.filter { $0.vectorRows.value > 0 } : collection.relations
        return relations.flatMap { relation in
            relation.indexes.flatMap { index -> [EvidenceRequest] in
                guard index.isUsable, !context.isBuilding(on: relation),
                    let search = collection.mainSearch(through: index), search.mayTakeIndex,
                    // What it finds depends on it.
                    search.knowsEffort(of: index.method)
                else { return [] }
                let settings = collection.searchSettings(through: index).mapValues(\.value)
                let mayTakeConfigured = context.hasConfiguredQueries && collection.takesQueryVectors(index)
                func request(_ kind: String, queries: QuerySource?, since: Double) -> EvidenceRequest {
                    .index(
                        index.name,
                        kind: kind,
                        relationOID: relation.oid,
                        settings: settings,
                        queries: queries,
                        seconds: context.settings[Self.budget],
                        since: since
                    )
                }
                let measured = request(
                    MeasuredRecall.evidenceKind,
                    queries: mayTakeConfigured ? .configuration : nil,
                    since: Self.leastAge(of: index)
                )
                let since = context.server.observedAt - context.settings[Self.check] * 3_600
                guard let last = index.measuredRecall, last.recallPerAgreement != nil, last.takenAt < since,
                    index.evidence(MeasuredRecall.evidenceKind, on: relation)?.isWith(settings) ?? false
                else { return [measured] }
                return [measured, request(RecallCheck.evidenceKind, queries: nil, since: since)]
            }
        }
    }

    /// From when on a measurement counts: from the check on that has seen the recall fall.
    private static func leastAge(of index: VectorIndex) -> Double {
        guard let check = index.recallCheck, let measured = index.measuredRecall,
            check.interval.upperBound < measured.interval.lowerBound
        else { return 0 }
        return check.takenAt
    }

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        collection.relations.flatMap { relation in
            relation.indexes.compactMap { index -> Finding? in
                guard index.isUsable, let measured = index.measuredRecall,
                    collection.mainSearch(through: index)?.knowsEffort(of: index.method) ?? true,
                    // A measurement at other settings says nothing about the searches of today.
                    index.evidence.first(where: { $0.kind == MeasuredRecall.evidenceKind })?
                        .isWith(collection.searchSettings(through: index).mapValues(\.value)) ?? false
                else { return nil }
                return finding(measured, of: index, on: relation, in: collection, context)
            }
        }
    }

    private func finding(
        _ measured: MeasuredRecall,
        of index: VectorIndex,
        on relation: Relation,
        in collection: Collection,
        _ context: RuleContext
    ) -> Finding? {
        let target = context.settings[Self.target]
        let first = index.recallAtFirst
        let fallen = first.map { $0.recall - measured.recall } ?? 0
        // A difference of two decimals such as .95 and .9 is not exactly .05.
        let hasFallen = fallen >= context.settings[Self.fall] - 1e-9
        let isBelow = measured.interval.upperBound < target
        // Both figures scatter, and the difference of two that scatter alike does so √2 times as much as one of them.
        let scatter = 2.0.squareRoot() * (measured.interval.upperBound - measured.recall)
        let isWorse = measured.beforeRebuild.map { $0 - measured.recall > max(Self.tolerance, scatter) }
        guard isBelow || hasFallen || isWorse ?? false else { return nil }
        let share = measured.recallWords
        let settings = measured.settingWords.isEmpty ? "" : " at \(measured.settingWords)"
        let comparison =
            isBelow
            ? "the target is \(Numbers.share(target))"
            : isWorse ?? false
                ? "before the rebuild it was \(Numbers.share(measured.beforeRebuild ?? 0))"
                : "the first measurement of this build found \(Numbers.share(first?.recall ?? 0))"
        let change = isBelow || isWorse ?? false ? Self.change(of: index, measured, collection, context) : nil
        let holds = index.evidence(MeasuredRecall.evidenceKind, on: relation) != nil
        return Finding(
            rule: name,
            severity: .warning,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: index.name,
            summary:
                "recall@\(measured.k) of \(index.name) is \(share)\(settings): \(comparison)\(collection.part(relation))",
            advice: [
                measured.sentence(at: context.server.observedAt, holds: holds),
                change?.advice ?? Self.rebuild(index),
            ].joined(separator: " "),
            evidence: [
                .ratio("recall", measured.recall), .ratio("recallLow", measured.interval.lowerBound),
                .ratio("recallHigh", measured.interval.upperBound), .ratio("recallTarget", target),
                .ratio("shareAtNineTenths", measured.shareAtNineTenths),
                .count("shortAnswers", measured.shortAnswers), .count("queries", measured.queries),
                .text("querySource", measured.querySource.rawValue), .text("settings", measured.settingWords),
                .count("measurementAgeSeconds", Int64(max(0, context.server.observedAt - measured.takenAt))),
            ] + (first.map { [.ratio("firstRecall", $0.recall)] } ?? [])
                + (measured.beforeRebuild.map { [.ratio("recallBeforeRebuild", $0)] } ?? []),
            advised: change?.statements ?? []
        )
    }

    /// More probes or candidates; `nil` if the searches have all that there are, or the method has no such setting.
    private static func change(
        of index: VectorIndex,
        _ measured: MeasuredRecall,
        _ collection: Collection,
        _ context: RuleContext
    ) -> (advice: String, statements: [AdvisedStatement])? {
        let setting: String
        let parameter: AdvisedStatement.SearchParameter
        let option: String
        var isComputed = false
        if let lists = index.lists {
            setting = "ivfflat.probes"
            guard let probes = measured.settings[setting].flatMap({ Int($0) }), probes < lists else { return nil }
            var wanted = min(lists, 2 * probes)
            if let computed = measured.probesForTarget, computed > probes, computed <= lists,
                context.settings[target] <= MeasuredRecall.commonTarget
            {
                (wanted, isComputed) = (computed, true)
            }
            parameter = .probes(wanted)
            option = "--probes \(wanted)"
        } else if index.method == .hnsw {
            setting = "hnsw.ef_search"
            guard let candidates = measured.settings[setting].flatMap({ Int($0) }),
                candidates < SearchSetting.mostCandidates
            else { return nil }
            let wanted = min(SearchSetting.mostCandidates, 2 * candidates)
            parameter = .efSearch(wanted)
            option = "--ef-search \(wanted)"
        } else {
            return nil
        }
        let source =
            collection.searchSettings(through: index)[setting]?.source ?? SearchSetting.Source.builtIn
        guard let search = collection.mainSearch(through: index) else { return nil }
        let change = SettingChange(
            parameter,
            for: [(search, source)],
            of: collection,
            database: context.server.database
        )
        let basis =
            isComputed
            ? "As computed from the vectors, \(parameter.words) finds \(Numbers.share(MeasuredRecall.commonTarget)) or more; measure "
                + "it before you set it"
            : "Whether \(parameter.words) is enough is a guess until you measure it"
        return (
            "\(basis): vecsteward recall with \(option) says what searches then find and how long they take, and changes "
                + "nothing. \(change.advice)", change.statements
        )
    }

    private static func rebuild(_ index: VectorIndex) -> String {
        switch index.method {
        case .ivfflat: "Rebuild it: its lists were made for the rows that it was built on."
        case .hnsw: "Rebuild it: a graph finds less after many updates and deletes."
        case .other: "Let searches take more effort, by the settings of its method, or rebuild it."
        }
    }
}

extension MeasuredRecall {
    /// What was measured, when and how, as a sentence.
    func sentence(at now: Double, holds: Bool) -> String {
        let bound = moreEffort == nil ? "" : "at most "
        let comparison = moreEffort.map { effort in
            "compared with searches of \(Self.words(ofEffort: effort, insteadOf: settings)), because reading the table would take "
                + "too long, "
        }
        let number = Numbers.grouped(Int64(queries))
        return "\(number) searches for \(querySource.words) found \(recallWords) of their \(k) nearest rows "
            + "(95 % interval \(Numbers.share(interval.lowerBound)) to \(Numbers.share(interval.upperBound))), "
            + (comparison ?? "")
            + "\(bound)\(Numbers.percent(shareAtNineTenths)) of them at least nine tenths, measured "
            + "\(Numbers.roughDuration(seconds: max(0, now - takenAt))) ago"
            + (holds ? "." : "; more than a tenth of the rows was written since, and it is to be measured again.")
            + (shortAnswers > 0 ? " \(shortAnswers) of them returned too few rows." : "")
            + (querySource == .stored ? " Stored vectors flatter an index: searches for others find less." : "")
    }
}

import AdvisorFixture
import Testing

@testable import Advisor

/// A measurement of recall@10 with 100 searches.
func recallEvidence(
    _ recall: Double,
    _ interval: ClosedRange<Double>,
    at settings: [String: String] = ["ivfflat.probes": "10"],
    takenAt: Double = 1_789_990_000,
    writes: Int64 = 10_000,
    before: Double? = nil
) -> IndexEvidence {
    var figures = [
        "recall": recall, "low": interval.lowerBound, "high": interval.upperBound, "k": 10, "queries": 100,
        "shareAtNineTenths": 0.5, "worstTwentieth": 0.2, "shortAnswers": 3, "vectorRows": 10_000,
        "medianMilliseconds": 2, "slowMilliseconds": 4,
    ]
    figures["beforeRebuild"] = before
    return IndexEvidence(
        kind: "recall",
        figures: figures,
        settings: settings,
        takenAt: takenAt,
        rows: 10_000,
        writes: writes
    )
}

/// A searched collection whose index has this evidence, the latest first.
func measured(
    _ evidence: [IndexEvidence],
    index: VectorIndex = ivfflat(builtAt: 10_000),
    settings: [String: SearchSetting] = ["ivfflat.probes": SearchSetting("10", .client)],
    writes: Int64 = 0
) -> CatalogSnapshot {
    var index = index
    index.evidence = evidence
    var statistics = untouched(10_000)
    statistics.inserted += writes
    return snapshot(indexes: [index], statistics: statistics).searched([search(settings: settings)])
}

@Suite("Measured recall")
struct LowRecallTests {
    private static func requests(_ snapshot: CatalogSnapshot, layers: [PolicyLayer] = []) -> [EvidenceRequest] {
        RuleBook([LowRecall()])
            .requests(in: snapshot, policies: PolicyBook(layers: layers), limits: ResourceLimits())
            .map(\.request)
    }

    @Test(
        "is too low when even the upper end of its interval is below the target",
        arguments: [(0.8, 0.75...0.85, true), (0.93, 0.9...0.951, false), (0.99, 0.98...1, false), (0, 0...0.04, true)]
            as [(Double, ClosedRange<Double>, Bool)]
    )
    func target(recall: Double, interval: ClosedRange<Double>, fires: Bool) throws {
        let seen = measured([recallEvidence(recall, interval)])
        #expect((seen.finding(of: "recall") != nil) == fires)
    }

    @Test("that fell since it was measured first is found though it is above the target")
    func fallen() throws {
        let first = recallEvidence(1, 0.99...1, takenAt: 1_789_000_000)
        let seen = measured([recallEvidence(0.95, 0.92...0.97), first])
        let finding = try #require(seen.finding(of: "recall"))
        #expect(finding.summary.contains("the first measurement of this build found 1"), "\(finding.summary)")
        #expect(finding.advice.contains("Rebuild it"), "\(finding.advice)")
        #expect(finding.evidence.contains(.ratio("firstRecall", 1)))
        let less = measured([recallEvidence(0.96, 0.94...0.98), first])
        #expect(less.finding(of: "recall") == nil)
        // Another setting finds another share, so that nothing has fallen.
        let other = recallEvidence(1, 0.99...1, at: ["ivfflat.probes": "100"])
        #expect(measured([recallEvidence(0.95, 0.92...0.97), other]).finding(of: "recall") == nil)
    }

    @Test(
        "that a rebuild has lowered is found though it is above the target",
        arguments: [
            (0.99, 0.96, 0.95...0.97, true), (0.97, 0.965, 0.95...0.967, false), (0.97, 0.955, 0.93...0.98, false),
            (0.975, 0.955, 0.935...0.972, false),
        ]
            as [(Double, Double, ClosedRange<Double>, Bool)]
    )
    func rebuilt(before: Double, now: Double, interval: ClosedRange<Double>, fires: Bool) throws {
        let finding = measured([recallEvidence(now, interval, before: before)]).finding(of: "recall")
        #expect((finding != nil) == fires)
        guard let finding else { return }
        #expect(finding.summary.hasSuffix("before the rebuild it was \(Numbers.share(before))"), "\(finding.summary)")
        #expect(finding.advice.contains("--probes 20"), "\(finding.advice)")
    }

    @Test("says which searches, at which settings, how old it is, and what to try")
    func words() throws {
        let seen = measured([recallEvidence(0.8, 0.75...0.85)])
        let finding = try #require(seen.finding(of: "recall"))
        #expect(
            finding.summary.hasSuffix(" is .800 at ivfflat.probes 10: the target is .950"),
            "\(finding.summary)"
        )
        #expect(finding.advice.contains("100 searches for stored vectors found .800"), "\(finding.advice)")
        #expect(finding.advice.contains("measured about 3 h ago."), "\(finding.advice)")
        #expect(finding.advice.contains("3 of them returned too few rows"), "\(finding.advice)")
        #expect(finding.advice.contains("vecsteward recall with --probes 20"), "\(finding.advice)")
        #expect(finding.advice.contains("The client sets it in each query"), "\(finding.advice)")
        #expect(finding.mode == .warn && finding.remedy == .byHand && finding.advised.isEmpty)
        let server = ["ivfflat.probes": SearchSetting("10", .server)]
        let byServer = measured([recallEvidence(0.8, 0.75...0.85)], settings: server)
        #expect(
            try #require(byServer.finding(of: "recall")).advised == [
                .set(.probes(20), for: .role("app", database: "app"))
            ]
        )
    }

    @Test("of a graph names more candidates, and of one that has all of them a rebuild")
    func graph() throws {
        func finding(_ candidates: Int) throws -> Finding {
            let seen = measured(
                [recallEvidence(0.8, 0.75...0.85, at: ["hnsw.ef_search": "\(candidates)"])],
                index: hnsw(),
                settings: ["hnsw.ef_search": SearchSetting("\(candidates)", .server)]
            )
            return try #require(seen.finding(of: "recall"))
        }
        #expect(try finding(40).advised == [.set(.efSearch(80), for: .role("app", database: "app"))])
        #expect(try finding(1_000).advised == [])
        #expect(try finding(1_000).advice.contains("Rebuild it"))
    }

    @Test("at other settings than the searches have is no evidence about them, and is asked for anew")
    func settings() {
        let seen = measured([recallEvidence(0.8, 0.75...0.85, at: ["ivfflat.probes": "5"])])
        #expect(seen.finding(of: "recall") == nil)
        #expect(assess(seen).plan.jobs.map(\.kind).contains("measure_recall"))
    }

    @Test("is asked for where an index is searched, until it is known, and again after a tenth of the rows")
    func asking() throws {
        let unknown = measured([])
        guard case .index(_, "recall", _, let settings, nil, 30, 0)? = Self.requests(unknown).first else {
            Issue.record("\(Self.requests(unknown))")
            return
        }
        #expect(settings == ["ivfflat.probes": "10"])
        let job = try #require(assess(unknown).plan.jobs.first { $0.kind == "measure_recall" })
        var spec = MeasureRecall(index: job.spec.existingIndex ?? "", settings: settings, budgetSeconds: 30)
        spec.hasWhatIf = true
        #expect(job.spec as? MeasureRecall == spec)
        #expect(job.lane == .background && job.disposition == .act)
        func isPlanned(_ snapshot: CatalogSnapshot) -> Bool {
            assess(snapshot).plan.jobs.contains { $0.kind == "measure_recall" }
        }
        let known = [recallEvidence(0.97, 0.95...0.99)]
        #expect(!isPlanned(measured(known)))
        #expect(!isPlanned(measured(known, writes: 1_000)))
        #expect(isPlanned(measured(known, writes: 1_001)))
        // An older measurement does not stand in for the latest one.
        let older = [
            recallEvidence(0.97, 0.95...0.99, writes: 15_000), recallEvidence(0.97, 0.95...0.99),
        ]
        #expect(isPlanned(measured(older)))
    }

    /// A measurement that says how near ten times the effort was, and a check with this agreement.
    private static func checked(
        agreeing agreement: Double?,
        hoursAgo: Double = 1,
        settings: [String: String] = ["ivfflat.probes": "10"]
    ) -> [IndexEvidence] {
        let now = facts().observedAt
        var full = recallEvidence(0.9, 0.87...0.93, takenAt: now - 50 * 3_600)
        full.figures["nearness"] = 0.98
        full.figures["agreement"] = 0.92
        guard let agreement else { return [full] }
        var check = recallEvidence(agreement, 0...(agreement + 0.02), at: settings, takenAt: now - hoursAgo * 3_600)
        check.kind = "recall_check"
        check.figures["moreEffort"] = 100
        check.figures["agreement"] = agreement
        check.figures["agreementLow"] = agreement - 0.03
        return [full, check]
    }

    @Test("is checked each day between two measurements, if that can be corrected")
    func checks() throws {
        func planned(_ evidence: [IndexEvidence], writes: Int64 = 0) -> [MeasureRecall] {
            assess(measured(evidence, writes: writes)).plan.jobs.compactMap { $0.spec as? MeasureRecall }
        }
        let due = try #require(planned(Self.checked(agreeing: nil)).first)
        #expect(due.isCheck && !due.hasWhatIf && planned(Self.checked(agreeing: nil)).count == 1)
        #expect(planned(Self.checked(agreeing: 0.92)).isEmpty)
        #expect(planned(Self.checked(agreeing: 0.92, hoursAgo: 25)).map(\.isCheck) == [true])
        #expect(planned(Self.checked(agreeing: 0.92, settings: ["ivfflat.probes": "5"])).map(\.isCheck) == [true])
        // A tenth of the rows leads to a measurement, and to no check beside it.
        #expect(planned(Self.checked(agreeing: nil), writes: 1_001).map(\.isCheck) == [false])
        // Without its nearness, or a day after the measurement, nothing is checked.
        #expect(planned([recallEvidence(0.9, 0.87...0.93)]).isEmpty)
        var fresh = Self.checked(agreeing: nil)
        fresh[0].takenAt = facts().observedAt - 3_600
        #expect(planned(fresh).isEmpty)
    }

    @Test("as a check sees it is corrected by what the measurement knew of ten times the effort")
    func checkEstimate() throws {
        func index(_ evidence: [IndexEvidence]) -> VectorIndex {
            var index = ivfflat(builtAt: 10_000)
            index.evidence = evidence
            return index
        }
        let check = try #require(index(Self.checked(agreeing: 0.828)).recallCheck)
        #expect(abs(check.recall - 0.81) < 1e-9 && check.agreement == 0.828)
        #expect(abs(check.interval.lowerBound - 0.798 * 0.9 / 0.92) < 1e-9)
        #expect(abs(check.interval.upperBound - 0.848 * 0.9 / 0.92) < 1e-9)
        #expect(index(Self.checked(agreeing: 0.828, hoursAgo: 60)).recallCheck == nil, "older than the measurement")
        #expect(index(Self.checked(agreeing: 0.828, settings: ["ivfflat.probes": "5"])).recallCheck == nil)
        #expect(index(Array(Self.checked(agreeing: 0.828).dropFirst())).recallCheck == nil)
        var other = Self.checked(agreeing: 0.828)
        other[1].figures["querySource"] = QuerySource.server.number
        #expect(index(other).recallCheck == nil, "of other vectors than those of the measurement")
    }

    @Test("is measured whatever became of a check: that is other work")
    func otherWork() {
        let name = CollectionName(schema: "public", table: "docs", column: "vec")
        let measurement = MeasureRecall(index: "docs_index", settings: [:], budgetSeconds: 30)
        var check = measurement
        check.isCheck = true
        #expect(check.subject(in: name) != measurement.subject(in: name))
        #expect(check.existingIndex == measurement.existingIndex)
    }

    @Test("that a check has seen fall is measured again, and only then")
    func fallenCheck() {
        func isMeasured(_ evidence: [IndexEvidence]) -> Bool {
            assess(measured(evidence)).plan.jobs.contains { ($0.spec as? MeasureRecall)?.isCheck == false }
        }
        #expect(isMeasured(Self.checked(agreeing: 0.828)))
        #expect(!isMeasured(Self.checked(agreeing: 0.9)))
        var again = recallEvidence(0.81, 0.78...0.84, takenAt: facts().observedAt - 60)
        again.figures["nearness"] = 0.98
        again.figures["agreement"] = 0.83
        #expect(!isMeasured([again] + Self.checked(agreeing: 0.828)))
    }

    @Test("is not asked for where nobody searches, of an index that no search takes, or where the rule is off")
    func notAsking() {
        #expect(Self.requests(snapshot(indexes: [ivfflat(builtAt: 10_000)])).isEmpty)
        var seen = measured([])
        seen.collections[0].searches = [search(by: .l2Distance)]
        #expect(Self.requests(seen).isEmpty)
        seen.collections[0].searches = [search(limit: .all)]
        #expect(Self.requests(seen).isEmpty)
        var standby = measured([])
        standby.server.isInRecovery = true
        #expect(Self.requests(standby).isEmpty)
        let off = PolicyLayer(rules: ["recall": RuleOverride(mode: .off)])
        #expect(Self.requests(measured([]), layers: [off]).isEmpty)
    }

    @Test(
        "of other vectors than those that the configuration names is asked for anew, and is no beginning to fall from"
    )
    func querySources() throws {
        var ofQueries = recallEvidence(0.8, 0.75...0.85)
        ofQueries.figures["querySource"] = QuerySource.configuration.number
        let stored = recallEvidence(0.97, 0.95...0.99, takenAt: 1_789_000_000)
        let naming = PolicyLayer(queries: ConfiguredQueries(sql: "TABLE log", connection: "dbname=app"))
        func isPlanned(_ evidence: [IndexEvidence], layers: [PolicyLayer] = []) -> Bool {
            assess(measured(evidence), layers: layers).plan.jobs.contains { $0.kind == "measure_recall" }
        }
        #expect(isPlanned([stored], layers: [naming]))
        #expect(!isPlanned([ofQueries, stored], layers: [naming]))
        #expect(
            !isPlanned([ofQueries, stored]),
            "what is known of real searches is no worse without the configuration"
        )
        var index = ivfflat(builtAt: 10_000)
        index.evidence = [ofQueries, stored]
        #expect(index.recallAtFirst == nil)
        index.evidence = [ofQueries, ofQueries]
        #expect(index.recallAtFirst != nil)
        let finding = try #require(measured([ofQueries]).finding(of: "recall"))
        #expect(
            finding.advice.contains("100 searches for the query vectors of the configuration found .800"),
            "\(finding.advice)"
        )
        #expect(!finding.advice.contains("flatter"))
        #expect(finding.evidence.contains(.text("querySource", "configuration")))
        var unknown = ofQueries
        unknown.figures["querySource"] = 99
        #expect(MeasuredRecall(unknown) == nil)
    }

    @Test("before and after a rebuild are a line with the settings that count")
    func rebuildWords() {
        func words(_ settings: [String: String]) -> String {
            RebuildRecall(before: 0.81, after: 0.93, k: 10, settings: settings).words
        }
        #expect(
            words(["ivfflat.probes": "10", "ivfflat.iterative_scan": "off"]) == "recall@10 .810 -> .930 at probes 10"
        )
        #expect(
            words(["hnsw.ef_search": "40", "hnsw.iterative_scan": "strict_order"])
                == "recall@10 .810 -> .930 at ef_search 40, iterative_scan strict_order"
        )
        #expect(words([:]) == "recall@10 .810 -> .930")
    }

    @Test("with figures that make no sense is none")
    func senseless() {
        for name in ["recall", "low", "queries", "k"] {
            var broken = recallEvidence(0.8, 0.75...0.85)
            broken.figures[name] = name == "queries" || name == "k" ? 0 : 2
            #expect(MeasuredRecall(broken) == nil, "\(name)")
            broken.figures[name] = nil
            #expect(MeasuredRecall(broken) == nil, "\(name)")
        }
        #expect(MeasuredRecall(IndexEvidence(kind: "count", figures: [:], takenAt: 0, rows: 0, writes: 0)) == nil)
    }

    @Test("stands beside the growth of an index, with whether that did harm")
    func outgrown() throws {
        func advice(_ evidence: [IndexEvidence]) throws -> String {
            try #require(measured(evidence, index: ivfflat(builtAt: 3_000)).finding(of: "outgrown")).advice
        }
        let first = recallEvidence(0.97, 0.95...0.99, takenAt: 1_789_000_000)
        #expect(try advice([recallEvidence(0.97, 0.95...0.99), first]).contains("slower, not worse"))
        #expect(try !advice([recallEvidence(0.9, 0.88...0.92), first]).contains("not worse"))
        #expect(try advice([recallEvidence(0.9, 0.88...0.92)]).contains("found .900 of their 10 nearest rows"))
        #expect(try !advice([]).contains("nearest rows"))
    }

    @Test("of a table that is too large for the exact search is an upper bound, and said to be one")
    func upperBound() throws {
        func finding(_ recall: Double, first: Double? = nil) throws -> Finding? {
            var evidence = [recallEvidence(recall, 0...(recall + 0.02))]
            if let first { evidence.append(recallEvidence(first, 0.9...1, takenAt: 1_789_000_000)) }
            evidence[0].figures["moreEffort"] = 100
            return measured(evidence).finding(of: "recall")
        }
        let low = try #require(try finding(0.8))
        #expect(low.summary.contains(" is at most .800 at ivfflat.probes 10"), "\(low.summary)")
        #expect(low.advice.contains("ten times the effort (100)"), "\(low.advice)")
        let probes = ["ivfflat.probes": "10"]
        #expect(MeasuredRecall.words(ofEffort: 30, insteadOf: probes) == "the most effort that there is (30)")
        #expect(try finding(0.95) == nil)
        #expect(try finding(0.95, first: 1) == nil, "an exact figure cannot be compared with it")
    }

    @Test("names the probes that were computed, unless more is wanted than they were computed for")
    func computedProbes() throws {
        var evidence = recallEvidence(0.8, 0.75...0.85)
        evidence.figures["probesForTarget"] = 17
        let seen = measured([evidence], settings: ["ivfflat.probes": SearchSetting("10", .server)])
        let finding = try #require(seen.finding(of: "recall"))
        #expect(finding.advised == [.set(.probes(17), for: .role("app", database: "app"))])
        #expect(
            finding.advice.contains("As computed from the vectors, ivfflat.probes = 17 finds .950 or more"),
            "\(finding.advice)"
        )
        let higher = PolicyLayer(rules: ["recall": RuleOverride(values: ["target": 0.99])])
        let guess = try #require(seen.finding(of: "recall", layers: [higher]))
        #expect(guess.advised == [.set(.probes(20), for: .role("app", database: "app"))])
        #expect(guess.advice.contains("is a guess until you measure it"), "\(guess.advice)")
    }
}

import AdvisorFixture
import Testing

@testable import Advisor

@Suite("The lists of a rebuild")
struct RebuildListsTests {
    /// An index with 30 lists on a table that would get 80 by the formula, with what was measured.
    private static func grown(
        _ listsKeepingRecall: Double?,
        byFormula: Double? = 0.908,
        atMost isUpperBound: Bool = false,
        at probes: Int = 10,
        writes: Int64 = 0
    ) -> CatalogSnapshot {
        var evidence = recallEvidence(0.94, 0.92...0.96, at: ["ivfflat.probes": "\(probes)"], writes: 80_000)
        evidence.rows = 80_000
        evidence.figures["listsKeepingRecall"] = listsKeepingRecall
        evidence.figures["recallByFormula"] = byFormula
        if isUpperBound { evidence.figures["moreEffort"] = 100 }
        var index = ivfflat(builtAt: 30_000)
        index.evidence = [evidence]
        var statistics = untouched(80_000)
        statistics.inserted += writes
        return snapshot(rows: 80_000, indexes: [index], statistics: statistics)
            .searched([search(settings: ["ivfflat.probes": SearchSetting("10", .client)])])
    }

    private static func lists(_ snapshot: CatalogSnapshot, layers: [PolicyLayer] = []) throws -> Int? {
        let job = try #require(assess(snapshot, layers: layers).plan.jobs.first { $0.kind == "rebuild_index" })
        guard case .ivfflat(let lists)? = job.definition?.parameters else { return nil }
        return lists
    }

    @Test("are as many as keep the measured recall, unless the configuration wants those of the formula")
    func lists() throws {
        #expect(try Self.lists(Self.grown(45)) == 45)
        #expect(try Self.lists(Self.grown(20)) == 20)
        #expect(try Self.lists(Self.grown(400)) == 80, "never more than by the formula")
        #expect(try Self.lists(Self.grown(45, at: 5)) == 80, "it was measured at other settings than searches have")
        #expect(try Self.lists(Self.grown(45, writes: 8_001)) == 80, "what was measured is too old")
        let vecs = PolicyLayer(index: IndexOverride(lists: .vecs))
        #expect(try Self.lists(Self.grown(45), layers: [vecs]) == 80)
        let finding = try #require(Self.grown(45).finding(of: "outgrown"))
        #expect(finding.advice.contains("Rebuild with lists = 45: the most with which"), "\(finding.advice)")
        #expect(finding.advice.contains("formula they would find .908"), "\(finding.advice)")
        #expect(finding.advised.isEmpty && finding.evidence.contains(.count("recommendedLists", 45)))
    }

    @Test("stay the present ones where nobody has computed what others would find")
    func unknownLists() throws {
        #expect(try Self.lists(Self.grown(nil)) == 30)
        #expect(try Self.lists(Self.grown(nil, byFormula: nil)) == 30)
        #expect(try Self.lists(Self.grown(nil, byFormula: 0.935)) == 80, "those of the formula find as much")
        #expect(try Self.lists(Self.grown(nil, byFormula: nil, atMost: true)) == 30)
        #expect(try Self.lists(Self.grown(nil, byFormula: nil, writes: 8_001)) == 80, "nothing holds")
        let finding = try #require(Self.grown(nil, byFormula: nil, atMost: true).finding(of: "outgrown"))
        #expect(
            finding.advice.contains("Rebuild with lists = 30, as many as now: searches find at most .940"),
            "\(finding.advice)"
        )
        #expect(finding.advised.isEmpty)
    }

    @Test("are others for a rebuild that waits, and its name says how many")
    func listsOfWaitingJob() throws {
        let planned = try #require(
            assess(Self.grown(nil, byFormula: 0.94)).plan.jobs.first { $0.kind == "rebuild_index" }
        )
        #expect(planned.definition?.parameters == .ivfflat(lists: 80))
        let name = planned.targets[0].finishedName
        #expect(name.contains("_nl80_"))
        let fewer = planned.rebuilding(withLists: 45, besides: [name])
        #expect(fewer.definition?.parameters == .ivfflat(lists: 45))
        #expect(fewer.definition?.writtenOptions == ["lists=45"])
        #expect(fewer.targets[0].finishedName.contains("_nl45_") && fewer.subject == planned.subject)
        #expect(fewer.targets[0].buildingName == planned.targets[0].buildingName)
        // As many as the old index has, which keeps its name until it is dropped.
        let same = planned.rebuilding(withLists: 30, besides: [])
        let old = planned.spec.existingIndex
        #expect(same.targets[0].finishedName.contains("_nl30_") && same.targets[0].finishedName != old)
        // An index that kept its name with 30 lists does not keep it with 20.
        var kept = try #require(planned.spec as? RebuildIndex)
        kept.definition.setLists(30)
        kept.retiredName = "vecsteward_old_0a1b2c3"
        var keeping = planned
        keeping.spec = kept
        keeping.targets[0].finishedName = kept.oldName
        let renamed = keeping.rebuilding(withLists: 20, besides: [])
        #expect((renamed.spec as? RebuildIndex)?.retiredName == nil)
        #expect(renamed.targets[0].finishedName.contains("_nl20_"))
        // A name of its own says nothing of lists.
        kept.oldName = "by_hand"
        keeping.spec = kept
        keeping.targets[0].finishedName = "by_hand"
        let byHand = keeping.rebuilding(withLists: 20, besides: [])
        #expect((byHand.spec as? RebuildIndex)?.retiredName == "vecsteward_old_0a1b2c3")
        #expect(byHand.targets[0].finishedName == "by_hand" && byHand.definition?.parameters == .ivfflat(lists: 20))
    }
}

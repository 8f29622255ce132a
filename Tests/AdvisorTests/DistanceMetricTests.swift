import AdvisorFixture
import Testing

@testable import Advisor

@Suite("The measure of an index that is missing")
struct DistanceMetricTests {
    /// What is seen, what is configured, and what is known of the measure.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var indexes: [VectorIndex] = []
        var layers: [PolicyLayer] = []
        var type = VectorType.vector
        var distanceMetric: DistanceMetric
        var source: String
    }

    private static let l2 = PolicyLayer(index: IndexOverride(distanceMetric: .l2Distance))

    static let cases = [
        Case(testDescription: "nothing tells", distanceMetric: .cosineDistance, source: "assumed"),
        Case(testDescription: "bits", type: .bit, distanceMetric: .hammingDistance, source: "assumed"),
        Case(
            testDescription: "the configuration says it",
            layers: [l2],
            distanceMetric: .l2Distance,
            source: "configured"
        ),
        Case(
            testDescription: "the configuration says the default",
            layers: [PolicyLayer(index: IndexOverride(distanceMetric: .cosineDistance))],
            distanceMetric: .cosineDistance,
            source: "configured"
        ),
        Case(
            testDescription: "the configuration says it for another collection",
            layers: [PolicyLayer(pattern: NamePattern("other.*"), index: IndexOverride(distanceMetric: .l2Distance))],
            distanceMetric: .cosineDistance,
            source: "assumed"
        ),
        Case(
            testDescription: "the configuration says it for another type",
            layers: [l2],
            type: .bit,
            distanceMetric: .hammingDistance,
            source: "assumed"
        ),
        Case(
            testDescription: "an invalid index has it",
            indexes: [hnsw(name: "x", operatorClass: "vector_l2_ops", isValid: false)],
            distanceMetric: .l2Distance,
            source: "index"
        ),
        Case(
            testDescription: "two invalid indexes disagree",
            indexes: [
                hnsw(name: "x", operatorClass: "vector_l2_ops", isValid: false),
                hnsw(name: "y", operatorClass: "vector_ip_ops", isValid: false, oid: 21),
            ],
            distanceMetric: .cosineDistance,
            source: "assumed"
        ),
        Case(
            testDescription: "a partial index has it",
            indexes: [ivfflat(builtAt: 10, name: "x", predicate: "id > 1", operatorClass: "vector_ip_ops")],
            distanceMetric: .maxInnerProduct,
            source: "index"
        ),
        Case(
            testDescription: "the name that vecs gave an index of another operator class",
            indexes: [hnsw(name: "ix_vector_ip_ops_hnsw_m16_efc64_0a1b2c3", operatorClass: "own", isValid: false)],
            distanceMetric: .maxInnerProduct,
            source: "index"
        ),
    ]

    @Test("is known from the configuration or an index, and else called a guess", arguments: cases)
    func known(of item: Case) throws {
        let seen = snapshot(indexes: item.indexes, type: item.type)
        let policy = PolicyBook(layers: item.layers).policy(for: docs)
        let (distanceMetric, source) = DistanceMetricSource.distanceMetric(for: seen.collections[0], policy.index)
        #expect(distanceMetric == item.distanceMetric)
        #expect(source.word == item.source)
    }

    @Test("is asked for in the operators that the type has, and stands as a guess in the finding")
    func question() throws {
        for (type, operators, others) in [
            (VectorType.vector, ["<=>", "<->", "<#>", "<+>"], ["<~>"]), (.bit, ["<~>", "<%>"], ["<=>"]),
        ] {
            let finding = try #require(
                assess(snapshot(type: type)).findings.first { $0.rule == "unindexed" }
            )
            #expect(operators.allSatisfy { finding.advice.contains($0) }, "\(finding.advice)")
            #expect(others.allSatisfy { !finding.advice.contains($0) })
            #expect(finding.advice.contains("is a guess"))
            #expect(finding.evidence.contains(.text("measureSource", "assumed")))
            #expect(finding.advice.count <= 1_000)
        }
        let known = assess(snapshot(), layers: [Self.l2]).findings.first { $0.rule == "unindexed" }
        #expect(known?.advice.contains("guess") == false)
    }

    @Test("is not acted on while it is a guess")
    func acting() {
        let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
        #expect(assess(snapshot(), layers: [act]).plan.jobs.first?.disposition != .act)
        #expect(assess(snapshot(), layers: [act, Self.l2]).plan.jobs.first?.disposition == .act)
    }

    @Test("of a request that names none is that of an index that is there, else a guess that is told")
    func request() throws {
        let bare = snapshot()
        func doubt(_ request: IndexRequest, _ seen: CatalogSnapshot) -> String? {
            request.doubt(
                for: seen.collections[0],
                server: seen.server,
                configured: IndexPreferences(),
                limits: ResourceLimits()
            )
        }
        #expect(doubt(.create(RequestedIndex()), bare)?.contains("is a guess") == true)
        let given = RequestedIndex(given: IndexOverride(distanceMetric: .cosineDistance))
        #expect(doubt(.create(given), bare) == nil)
        let indexed = snapshot(indexes: [hnsw(operatorClass: "vector_l2_ops")])
        #expect(doubt(.create(RequestedIndex()), indexed) == nil)
    }
}

@Suite("An index that would make writes fail")
struct RefusalTests {
    private let act = PolicyLayer(
        rules: ["unindexed": RuleOverride(mode: .act)],
        index: IndexOverride(distanceMetric: .cosineDistance)
    )

    @Test("is not built by act alone", arguments: [(1_000, true), (1_001, false), (900_000, false)])
    func acting(dimensions: Int, isBuilt: Bool) throws {
        let assessment = assess(snapshot(type: .sparsevec, dimensions: dimensions), layers: [act])
        let finding = try #require(assessment.findings.first { $0.rule == "unindexed" })
        #expect(finding.asksToAct == isBuilt)
        #expect(finding.advice.contains("1,000 non-zero elements") != isBuilt)
    }

    @Test("is built for a person who accepts it, and no other")
    func consent() throws {
        let seen = snapshot(type: .sparsevec, dimensions: 5_000)
        func jobs(_ wish: RequestedIndex) throws(Blocker) -> [Job] {
            try IndexRequest.create(wish).jobs(
                for: seen.collections[0],
                server: seen.server,
                configured: IndexPreferences(),
                limits: ResourceLimits()
            )
        }
        let refusal = #expect(throws: Blocker.self) { try jobs(RequestedIndex()) }
        #expect(refusal?.words.contains("--accept-refusals") == true)
        #expect(try jobs(RequestedIndex(acceptsRefusals: true)).count == 1)
    }

    @Test("is not built anew by act where it is invalid and no write maintains it", arguments: [true, false])
    func invalid(isReady: Bool) throws {
        var index = hnsw(name: "wanted", isValid: false, isReady: isReady)
        index.expression = "((vec)::vector(3))"
        let assessment = assess(snapshot(indexes: [index]), layers: [act])
        let finding = try #require(assessment.findings.first { $0.rule == "unindexed" })
        #expect(finding.asksToAct == isReady)
        #expect(finding.advice.contains("so writing them fails") != isReady)
    }
}

@Suite("An invalid index")
struct WishedIndexTests {
    private let act = PolicyLayer(
        rules: ["unindexed": RuleOverride(mode: .act)],
        index: IndexOverride(distanceMetric: .cosineDistance)
    )

    private func wanted(_ name: String = "wanted", m: String = "24", oid: UInt32 = 30) -> VectorIndex {
        var index = hnsw(name: name, operatorClass: "vector_l2_ops", isValid: false, oid: oid)
        index.options["m"] = m
        index.predicate = "(id > 7)"
        index.tablespace = "fast"
        return index
    }

    @Test("is built as its owner wanted it, and nothing that the configuration says")
    func wish() throws {
        let assessment = assess(snapshot(indexes: [wanted()]), layers: [act])
        #expect(assessment.plan.jobs.map(\.kind) == ["rebuild_index"])
        let job = try #require(assessment.plan.jobs.first)
        #expect(job.disposition == .act)
        let definition = try #require(job.definition)
        #expect(definition.distanceMetric == .l2Distance)
        #expect(definition.parameters == .hnsw(m: 24, efConstruction: 64))
        #expect(definition.predicate == "(id > 7)" && definition.tablespace == "fast")
        #expect(job.targets.map(\.finishedName) == ["wanted"])
        for finding in assessment.findings where finding.collection != nil {
            #expect(finding.advice.contains("l2_distance") && finding.advice.contains("rebuild with --index"))
        }
    }

    @Test("of which another says something else is for a person")
    func disagreement() {
        let assessment = assess(snapshot(indexes: [wanted("a"), wanted("b", m: "8", oid: 31)]), layers: [act])
        #expect(!assessment.plan.jobs.contains { $0.disposition == .act })
        #expect(!assessment.plan.jobs.contains { $0.kind == "create_index" })
        let alike = assess(snapshot(indexes: [wanted("a"), wanted("b", oid: 31)]), layers: [act])
        #expect(alike.plan.jobs.count { $0.disposition == .act } == 1)
    }

    @Test("is dropped where a usable one does its work, and else built anew")
    func leftovers() {
        let good = hnsw(name: "good", operatorClass: "vector_l2_ops")
        func kinds(_ indexes: [VectorIndex]) -> [String] { assess(snapshot(indexes: indexes)).plan.jobs.map(\.kind) }
        var copy = hnsw(name: "copy", operatorClass: "vector_l2_ops", isValid: false, oid: 31)
        #expect(kinds([good, copy]) == ["drop_index"])
        copy.options["m"] = "8"
        #expect(kinds([good, copy]) == ["rebuild_index"])
        copy.name = "good_ccnew1"
        #expect(kinds([good, copy]) == ["drop_index"])
        var unknown = hnsw(name: "other", isValid: false)
        unknown.method = .other("diskann")
        #expect(kinds([unknown]) == [])
        unknown.name = "vecsteward_build_0123abc"
        #expect(kinds([unknown]).contains("drop_index"))
    }
}

@Suite("Indexes that serve the same searches")
struct RedundancyTests {
    private func redundant(_ indexes: [VectorIndex]) -> Finding? {
        assess(snapshot(indexes: indexes)).findings.first { $0.rule == "redundant" }
    }

    private func other(_ change: (inout VectorIndex) -> Void) -> VectorIndex {
        var index = hnsw(name: "other", oid: 31)
        change(&index)
        return index
    }

    @Test("of another extension are left alone")
    func unknownMethod() {
        #expect(redundant([hnsw(), other { $0.method = .other("diskann") }]) == nil)
        #expect(redundant([other { $0.method = .other("a") }, other { $0.method = .other("b") }]) == nil)
    }

    @Test("in two ways are a choice, and no way is advised")
    func choice() throws {
        for second in [
            other { $0.options["m"] = "64" }, ivfflat(builtAt: 10_000), other { $0.options["ef_construction"] = "200" },
        ] {
            let finding = try #require(redundant([hnsw(scans: 5), second]))
            #expect(finding.remedy == .byHand && finding.advised == [])
            #expect(finding.summary.contains("5 and 0") && finding.advice.contains("choice"))
        }
    }

    @Test("in one way are copies, also where a default is written out")
    func copies() throws {
        let copy = try #require(redundant([hnsw(), other { $0.options = [:] }]))
        #expect(copy.remedy == .dropIndex && copy.summary.contains("is a copy of"))
        #expect(redundant([hnsw(), other { $0.operatorClassSchema = "else" }]) == nil)
        #expect(redundant([hnsw(), other { $0.predicate = "true" }]) == nil)
        #expect(redundant([hnsw(), other { $0.isValid = false }]) == nil)
    }

    @Test("as parts of a partitioned index cannot be dropped alone")
    func attached() throws {
        #expect(redundant([hnsw(), other { $0.attachedTo = 99 }])?.index != "other")
        let both = try #require(
            redundant([other { ($0.name, $0.oid, $0.attachedTo) = ("a", 1, 98) }, other { $0.attachedTo = 99 }])
        )
        #expect(both.remedy == .byHand)
    }
}

@Suite("A known bug")
struct KnownBugTests {
    @Test("says what can happen, what to install and what to say in the database", arguments: KnownBug.all)
    func complete(of bug: KnownBug) {
        #expect(!bug.effect.isEmpty && !bug.remedy.contains("..."))
        #expect(bug.product != "pgvector" || bug.remedy.contains("ALTER EXTENSION vector UPDATE"))
        #expect(bug.remedy.contains("newer"))
        #expect(bug.remedy.count <= 1_000)
    }

    @Test("has its number", arguments: [("0.8.1", "CVE-2026-3172"), ("0.8.6", "CVE-2026-103484")])
    func number(version: String, cve: String) {
        let seen = snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000)], server: facts(pgvector: version))
        let finding = assess(seen).findings.first { $0.evidence.contains(.text("cve", cve)) }
        #expect(finding?.summary.contains(cve) == true)
        #expect(finding?.advised.first == .updateExtension)
    }

    @Test("after which indexes are to be built anew names each of them")
    func rebuilds() {
        let seen = snapshot(indexes: [hnsw(), ivfflat(builtAt: 10_000)], server: facts(pgvector: "0.8.3"))
        let finding = assess(seen).findings.first { $0.summary.contains("unrepaired") }
        #expect(
            finding?.advised == [
                .updateExtension, .reindex(schema: "vecs", index: "ix_vector_cosine_ops_hnsw_m16_efc64_0a1b2c3"),
            ]
        )
    }
}

@Suite("What a rebuild to more lists takes")
struct TradeOffTests {
    @Test("is said together with what it gives, by whom and how")
    func words() throws {
        let finding = try #require(
            assess(snapshot(rows: 90_000, indexes: [ivfflat(builtAt: 30_000)], statistics: untouched(90_000)))
                .findings.first { $0.rule == "outgrown" }
        )
        for word in [
            "faster", "find less", ".611", "vecs", "SET ivfflat.probes", "ALTER ROLE", "(default 10)", "(default 1)",
        ] {
            #expect(finding.advice.contains(word), "\(finding.advice)")
        }
        #expect(finding.advice.count <= 1_000)
        #expect(finding.advised == [.setProbes(18, database: "app")])
    }
}

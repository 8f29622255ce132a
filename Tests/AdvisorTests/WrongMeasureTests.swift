import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Searches by an operator that no index is for")
struct WrongMeasureTests {
    private static let l2 = search(by: .l2Distance)
    private static let actAll = PolicyLayer(rules: ["wrong-measure": RuleOverride(mode: .act)])

    static let cases: [Case] = [
        Case("an index for another operator", snapshot(indexes: [hnsw()]).searched([l2]), fires: true),
        Case("an index for the operator", snapshot(indexes: [hnsw()]).searched([search()]), fires: false),
        Case("no searches are known", snapshot(indexes: [hnsw()]), fires: false),
        Case("no index at all", snapshot().searched([l2]), fires: false),
        Case("an invalid index only", snapshot(indexes: [hnsw(isValid: false)]).searched([l2]), fires: false),
        Case(
            "two indexes, one of them for it",
            snapshot(indexes: [hnsw(), hnsw(name: "l2", operatorClass: "vector_l2_ops", oid: 21)]).searched([l2]),
            fires: false
        ),
        Case(
            "an operator class of another extension, which may be for it",
            snapshot(indexes: [hnsw(), hnsw(name: "own", operatorClass: "own", oid: 21)]).searched([l2]),
            fires: false
        ),
        Case("one row too few", snapshot(rows: 999, indexes: [hnsw()]).searched([l2]), fires: false),
        Case("enough rows", snapshot(rows: 1_000, indexes: [hnsw()]).searched([l2]), fires: true),
        Case("somebody builds one", snapshot(indexes: [hnsw()], builds: [someBuild]).searched([l2]), fires: false),
        Case(
            "a tenth of the searches",
            snapshot(indexes: [hnsw()]).searched([search(calls: 900), search(by: .l2Distance, calls: 100)]),
            fires: true
        ),
        Case(
            "less than a tenth of the searches",
            snapshot(indexes: [hnsw()]).searched([search(calls: 901), search(by: .l2Distance, calls: 99)]),
            fires: false
        ),
        Case(
            "searches within a radius",
            snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance, kind: .radius)]),
            fires: false
        ),
        Case(
            "searches that no index can serve",
            snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance, obstacles: [.descending])]),
            fires: false
        ),
    ]

    @Test("wrong-measure", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("wrong-measure") == item.fires)
    }

    @Test("get the index that they need beside the one that is there")
    func job() throws {
        let seen = snapshot(indexes: [hnsw()]).searched([Self.l2])
        let assessment = assess(seen, layers: [Self.actAll])
        let job = try #require(assessment.plan.jobs.first)
        #expect(assessment.plan.jobs.map(\.kind) == ["create_index"])
        #expect(job.disposition == .act)
        #expect(job.definition?.operatorClass == "vector_l2_ops")
        let finding = try #require(assessment.findings.first { $0.rule == "wrong-measure" })
        #expect(finding.summary.contains("all searches order by <-> (l2_distance)"), "\(finding.summary)")
        #expect(finding.summary.contains("only for <=> (cosine_distance)"))
        #expect(finding.advice.contains("pg_stat_statements of the last 3 days"), "\(finding.advice)")
        #expect(finding.advised == [])
    }

    @Test("of which few were seen are not acted on", arguments: [(9, false), (10, true)])
    func few(calls: Int64, acts: Bool) throws {
        let seen = snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance, calls: calls)])
        #expect(try #require(seen.finding(of: "wrong-measure", layers: [Self.actAll])).asksToAct == acts)
    }

    @Test("that are known from the configuration are acted on")
    func configured() throws {
        let known = search(by: .l2Distance, calls: nil, source: .configuration)
        let seen = snapshot(indexes: [hnsw()]).searched([known])
        #expect(try #require(seen.finding(of: "wrong-measure", layers: [Self.actAll])).asksToAct)
    }

    @Test("get a statement where the plan would build for another operator")
    func statement() throws {
        let cosine = PolicyLayer(index: IndexOverride(distanceMetric: .cosineDistance))
        let mixed = snapshot(indexes: [hnsw()]).searched([search(calls: 600), search(by: .l2Distance, calls: 400)])
        for (seen, layers) in [
            (snapshot(indexes: [hnsw()]).searched([Self.l2]), [Self.actAll, cosine]), (mixed, [Self.actAll]),
        ] {
            let assessment = assess(seen, layers: layers)
            let finding = try #require(assessment.findings.first { $0.rule == "wrong-measure" })
            #expect(assessment.plan.jobs.allSatisfy { $0.spec is MeasureRecall } && finding.remedy == .byHand)
            guard case .createColumnIndex(_, let definition, "vec")? = finding.advised.first else {
                Issue.record("\(finding.advised)")
                continue
            }
            #expect(definition.operatorClass == "vector_l2_ops")
            #expect(finding.advice.contains("correct it") == (layers.count == 2), "\(finding.advice)")
        }
    }
}

@Suite("An index that is missing, by the searches")
struct SearchedMeasureTests {
    private static let cast = SearchedExpression.cast(.halfvec, dimensions: 64)
    private static let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
    private static let cosine = PolicyLayer(index: IndexOverride(distanceMetric: .cosineDistance))

    @Test("is for the operator of nine of ten searches, after the configuration and before an index")
    func metric() {
        let l2 = search(by: .l2Distance, calls: 900)
        func source(
            _ searches: [Search],
            indexes: [VectorIndex] = [],
            type: VectorType = .vector,
            layers: [PolicyLayer] = []
        ) -> [String] {
            let seen = snapshot(indexes: indexes, type: type).searched(searches)
            let policy = PolicyBook(layers: layers).policy(for: docs)
            let known = DistanceMetricSource.distanceMetric(for: seen.collections[0], policy.index)
            return [known.0.distanceOperator, known.1.word]
        }
        #expect(source([l2]) == ["<->", "searches"])
        #expect(source([l2, search(calls: 100)]) == ["<->", "searches"])
        #expect(source([l2, search(calls: 101)]) == ["<=>", "assumed"])
        #expect(source([l2], indexes: [hnsw(isValid: false)]) == ["<->", "searches"])
        #expect(source([l2], layers: [Self.cosine]) == ["<=>", "configured"])
        #expect(source([l2], type: .bit) == ["<~>", "assumed"])
        #expect(source([search(by: .hammingDistance)]) == ["<=>", "assumed"])
    }

    @Test("is built by act for the operator of enough searches, and that is no guess")
    func acting() throws {
        let assessment = assess(snapshot().searched([search(by: .l2Distance)]), layers: [Self.act])
        #expect(assessment.plan.jobs.first?.disposition == .act)
        #expect(assessment.plan.jobs.first?.definition?.operatorClass == "vector_l2_ops")
        let finding = try #require(assessment.findings.first { $0.rule == "unindexed" })
        #expect(finding.advice.contains("<-> (l2_distance)") && !finding.advice.contains("guess"), "\(finding.advice)")
        #expect(finding.evidence.contains(.text("measureSource", "searches")))
        let few = assess(snapshot().searched([search(by: .l2Distance, calls: 9)]), layers: [Self.act])
        #expect(few.plan.jobs.first?.disposition != .act)
    }

    @Test("is not built where nine of ten are written so that no index serves them", arguments: SearchObstacle.allCases)
    func hindered(by obstacle: SearchObstacle) throws {
        let hindered = search(limit: obstacle == .noLimit ? .all : .some, obstacles: [obstacle], calls: 900)
        let seen = snapshot().searched([hindered, search(calls: 100)])
        let finding = try #require(seen.finding(of: "unindexed", layers: [Self.act]))
        #expect(finding.advice.contains("First rewrite its searches"), "\(finding.advice)")
        #expect(!finding.asksToAct)
        let most = snapshot().searched([hindered, search(calls: 101)])
        #expect(try #require(most.finding(of: "unindexed", layers: [Self.act])).asksToAct)
    }

    @Test("is on the cast that they write, and its statement is that of the cast")
    func cast() throws {
        for dimensions in [64, nil] {
            let searches = [search(on: .cast(.halfvec, dimensions: dimensions))]
            let assessment = assess(snapshot().searched(searches), layers: [Self.act, Self.cosine])
            let finding = try #require(assessment.findings.first { $0.rule == "unindexed" })
            #expect(finding.remedy == .byHand && assessment.plan.jobs.isEmpty)
            guard case .createIndex(_, let index, "vec")? = finding.advised.first else {
                Issue.record("\(finding.advised)")
                continue
            }
            #expect(index.type == .halfvec && index.dimensions == 64 && index.distanceMetric == .cosineDistance)
            #expect(finding.advised.count == (dimensions == nil ? 2 : 1))
            #expect(finding.advice.contains("with its dimensions") == (dimensions == nil))
        }
    }

    @Test("is on the bits that they compare")
    func bits() throws {
        let searches = [search(by: .hammingDistance, on: .other("binary_quantize(vec)::bit(64)"))]
        let finding = try #require(snapshot().searched(searches).finding(of: "unindexed"))
        guard case .createIndex(_, let index, _)? = finding.advised.first else {
            Issue.record("\(finding.advised)")
            return
        }
        #expect(index.isQuantized && index.dimensions == 64 && index.distanceMetric == .hammingDistance)
        #expect(finding.evidence.contains(.text("measure", "hamming_distance")))
        let other = snapshot().searched([search(on: .other("f(vec)"))])
        let unknown = try #require(other.finding(of: "unindexed"))
        #expect(unknown.remedy == .byHand && unknown.advised == [])
    }

    @Test("is on the plain column where they cast it to its own type, or too few of them cast")
    func plain() throws {
        for searches in [
            [search(on: .cast(.vector, dimensions: 64))], [search(on: .cast(.vector, dimensions: nil))],
            [search(on: Self.cast, calls: 899), search(calls: 101)],
        ] {
            #expect(try #require(snapshot().searched(searches).finding(of: "unindexed")).remedy == .createIndex)
        }
    }

    @Test("is not built for a person whose searches it would not serve, unless they say for what")
    func request() throws {
        let seen = snapshot().searched([search(on: Self.cast)])
        func jobs(_ wish: RequestedIndex) throws(Blocker) -> [Job] {
            try IndexRequest.create(wish).jobs(
                for: seen.collections[0],
                server: seen.server,
                configured: IndexPreferences(),
                limits: ResourceLimits()
            )
        }
        let refusal = #expect(throws: Blocker.self) { try jobs(RequestedIndex()) }
        #expect(refusal?.words.contains("halfvec(64)") == true)
        #expect(try jobs(RequestedIndex(given: IndexOverride(distanceMetric: .cosineDistance))).count == 1)
    }

    @Test("of a column without dimensions has those that its searches cast to")
    func dimensions() throws {
        let seen = snapshot(dimensions: nil).searched([search(on: .cast(.vector, dimensions: 768))])
        guard case .createIndex(_, let index, _)? = try #require(seen.finding(of: "unindexable")).advised.first else {
            Issue.record("no statement")
            return
        }
        #expect(index.dimensions == 768 && index.isForSomeDimensions)
    }

    @Test(
        "of a few searches, which somebody may have tried by hand, is a notice",
        arguments: [(Int64(9), Severity.notice), (10, .warning)]
    )
    func few(calls: Int64, severity: Severity) throws {
        let byOperator = snapshot(indexes: [hnsw()]).searched([search(by: .l2Distance, calls: calls)])
        #expect(try #require(byOperator.finding(of: "wrong-measure")).severity == severity)
        let byCast = snapshot(indexes: [hnsw()]).searched([search(on: .cast(.halfvec, dimensions: 64), calls: calls)])
        #expect(try #require(byCast.finding(of: "wrong-expression")).severity == severity)
        let probes = snapshot(rows: 160_000, indexes: [ivfflat(builtAt: 160_000, lists: 400)])
            .searched([search(calls: calls, settings: ["ivfflat.probes": SearchSetting("1", .client)])])
        #expect(try #require(probes.finding(of: "search-settings")).severity == severity)
    }

    @Test("of a column without dimensions that its searches do not cast is that of the column itself")
    func columnType() throws {
        let seen = snapshot(dimensions: nil).searched([search()])
        let finding = try #require(seen.finding(of: "unindexable"))
        guard case .writeColumnType(let table, let cast, "vec")? = finding.advised.first else {
            Issue.record("no statement")
            return
        }
        #expect(table.name == seen.collections[0].name.table && cast.type == .vector)
        #expect(finding.advice.contains("an index on a cast serves none of them"))
        // Unknown searches may write a cast.
        guard case .writeCreateIndex? = try #require(snapshot(dimensions: nil).finding(of: "unindexable")).advised.first
        else {
            Issue.record("no statement")
            return
        }
    }

    @Test("is not built for searches that no index serves, and its finding says why")
    func obstacles() throws {
        let seen = snapshot().searched([search(obstacles: [.descending])])
        let finding = try #require(seen.finding(of: "unindexed", layers: [Self.act, Self.cosine]))
        #expect(!finding.asksToAct && finding.advice.contains("order by the distance DESC"), "\(finding.advice)")
    }

    @Test("is built as it is configured, and its finding names searches by another operator")
    func contradiction() throws {
        let seen = snapshot().searched([search(by: .l2Distance)])
        let finding = try #require(seen.finding(of: "unindexed", layers: [Self.cosine]))
        #expect(finding.advice.contains("correct the configuration"), "\(finding.advice)")
        let agreed = snapshot().searched([search()])
        #expect(
            try #require(agreed.finding(of: "unindexed", layers: [Self.cosine])).advice.contains("correct") == false
        )
    }
}

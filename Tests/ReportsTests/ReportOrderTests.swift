import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("A text report has in this order")
struct ReportOrderTests {
    private static let mixed = section(
        [
            collection("a_healthy", oid: 1),
            collection("b_notice", statistics: untouched(10_000), oid: 2),
            collection("c_warning", indexes: [], oid: 3),
            collection("d_locked", lockedBy: "a lock of process 9", oid: 4),
            collection("e_empty", rows: 40_000, indexes: [], nullFraction: 1, oid: 5),
        ],
        queue: QueueSnapshot(entries: [entry(1, Analyze(), .queued, on: "elsewhere")])
    )

    @Test("the server, what needs attention, its findings, the queue, current activity, the healthy and the summary")
    func order() throws {
        let blocks = blocks(text(Self.mixed, width: 120))
        try #require(blocks.count == 8)
        #expect(blocks[0][0] == "app  (database app on db1:5432 as steward)")
        let attention = blocks[1].filter { $0.hasPrefix("vecs.") }.map { $0.prefix { $0 != " " } }
        #expect(attention == ["vecs.c_warning", "vecs.b_notice", "vecs.d_locked"])
        #expect(blocks[2][0] == "vecs.c_warning" && blocks[3][0] == "vecs.b_notice")
        #expect(blocks[4][0] == "The queue has 1 job:")
        #expect(blocks[5][0] == "vecs.d_locked is locked by a lock of process 9, which hid a part of it")
        let healthy = blocks[6].filter { $0.hasPrefix("vecs.") }.map { $0.prefix { $0 != " " } }
        #expect(healthy == ["vecs.a_healthy", "vecs.e_empty"])
        #expect(
            blocks[7].joined(separator: " ") == "app has 5 collections: 1 needs an index, 1 needs fresh statistics, "
                + "1 is locked, 2 are healthy. vecsteward would run 1 job and suggests 1. The queue holds 1 job."
        )
    }

    @Test("the worst finding of a collection before the others")
    func findings() throws {
        let lines = lines(text(richReport.databases[0]))
        let start = try #require(lines.firstIndex(of: "vecs.parts"))
        let found = lines[start...].dropFirst().prefix { !$0.isEmpty }.filter { $0.contains("): ") }
        #expect(found.map { $0.prefix { $0 != ":" } } == ["  unindexed (warning)", "  invalid (notice)"])
    }

    @Test("a single table where all are healthy, with its own explanations, and no empty one")
    func healthy() {
        let blocks = blocks(text(section([collection("a"), collection("b")])))
        #expect(blocks.count == 3)
        #expect(blocks[1].contains { $0.hasPrefix("Baseline a is ") })
        #expect(blocks[2] == ["app has 2 collections: all are healthy. There is nothing to do."])
        let troubled = ReportsTests.blocks(text(section([collection("a", indexes: [])])))
        #expect(!troubled.contains { $0.contains { $0.hasSuffix("  ok") } })
    }
}

@Suite("The summary of a database")
struct SummaryTests {
    private static func summary(_ section: DatabaseSection) -> String {
        blocks(text(section)).last?.joined(separator: " ") ?? ""
    }

    @Test("has words for every rule")
    func rules() throws {
        guard case .assessed(let assessment, _, _) = richReport.databases[0].outcome else {
            Issue.record("the first database of the rich report was not polled")
            return
        }
        let found = assessment.findings.filter { $0.collection != nil }
        #expect(Set(found.map(\.rule)) == Set(RuleBook.all.map(\.name)).subtracting(["advisory"]))
        for finding in found { #expect(CollectionCondition(finding) != .other, "\(finding.rule)") }
    }

    @Test("says in one sentence how many collections are how, each once")
    func counts() {
        let summary = Self.summary(richReport.databases[0])
        let start = [
            "app has 28 collections: 4 need an index, 1 cannot have an index as it is, 1 has a broken index, ",
            "4 need their index rebuilt, 2 have searches that their index does not serve, ",
            "4 return too few rows to some searches, 2 are searched with settings that find too little, ",
            "1 has an index that finds too little, 1 has an index that does not fit in memory, 2 need fresh statistics, 2 have an index that they may not need, ",
            "1 is indexed in part, 1 is locked, 2 are healthy. An upgrade of pgvector fixes 4 known bugs. ",
            "Role steward could not see everything. vecsteward would run 1 job, suggests 10, cannot run 1 and ",
            "would measure 9 indexes in the background. ",
            "The queue holds 1,204 jobs; 1 failed and waits for a person.",
        ].joined()
        #expect(summary.hasPrefix(start), "\(summary)")
    }

    @Test("does not count where there is one collection, and says that there is nothing to do")
    func one() {
        #expect(
            Self.summary(section([collection("docs")]))
                == "app has 1 collection: it is healthy. There is nothing to do."
        )
        #expect(
            Self.summary(section([collection("docs", indexes: [])]))
                == "app has 1 collection: it needs an index. vecsteward would run no job and suggests 1."
        )
    }

    @Test("is the last line of the report, which counts the databases if there are several")
    func last() {
        let good = section([collection("docs")])
        let bad = section([collection("docs", indexes: [])])
        #expect(lines(text(good)).dropLast().last == "app has 1 collection: it is healthy. There is nothing to do.")
        #expect(
            lines(text(good, bad, unreachable, good)).dropLast().last
                == "4 databases: 1 could not be polled, 1 has something to do, 2 have nothing to do."
        )
    }

    @Test("has a plural for everything")
    func plurals() {
        for condition in CollectionCondition.allCases {
            #expect(condition.words(1) != condition.words(2), "\(condition)")
        }
    }
}

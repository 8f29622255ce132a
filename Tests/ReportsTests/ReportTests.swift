import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("A report has work")
struct ReportTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sections: [DatabaseSection]
        var hasWork: Bool
        var hasFailures = false
    }

    @Test(
        "when something is worse than a notice, or a job would run",
        arguments: [
            Case(testDescription: "no database", sections: [], hasWork: false),
            Case(testDescription: "no collection", sections: [section([])], hasWork: false),
            Case(testDescription: "a healthy one", sections: [section([collection("docs")])], hasWork: false),
            Case(testDescription: "a warning", sections: [section([unindexed])], hasWork: true),
            Case(testDescription: "a notice alone", sections: [section([twice])], hasWork: false),
            Case(testDescription: "a notice with a job", sections: [section([stale()])], hasWork: true),
            Case(testDescription: "a notice with a refused job", sections: [section([foreign])], hasWork: false),
            Case(testDescription: "a known bug", sections: [section([twice], server: buggy)], hasWork: true),
            Case(testDescription: "an empty queue", sections: [healthy(queue: [])], hasWork: false),
            Case(testDescription: "a queued job", sections: [healthy(queue: [.queued])], hasWork: true),
            Case(testDescription: "a running job", sections: [healthy(queue: [.running])], hasWork: true),
            Case(testDescription: "a waiting job", sections: [healthy(queue: [.waiting])], hasWork: true),
            Case(testDescription: "a failed job", sections: [healthy(queue: [.failed])], hasWork: true),
            Case(testDescription: "failed", sections: [unreachable], hasWork: false, hasFailures: true),
            Case(
                testDescription: "failed beside a warning",
                sections: [unreachable, section([unindexed])],
                hasWork: true,
                hasFailures: true
            ),
            Case(
                testDescription: "the second of two",
                sections: [section([collection("docs")]), section([unindexed])],
                hasWork: true
            ),
        ]
    )
    func work(_ item: Case) {
        let report = Report(programVersion: "1", databases: item.sections)
        #expect(report.hasWork == item.hasWork)
        #expect(report.hasFailures == item.hasFailures)
    }

    private static let unindexed = collection("docs", indexes: [])
    private static let twice = collection("docs", indexes: [hnsw(), hnsw(name: "second", oid: 21)])
    private static let foreign = stale(Collection.Access(isOwner: false))
    private static let buggy = facts(pgvector: "0.8.2")

    private static func healthy(queue states: [JobState]) -> DatabaseSection {
        section([collection("docs")], queue: QueueSnapshot(entries: states.map { entry(1, Analyze(), $0) }))
    }

    private static func stale(_ access: Collection.Access = Collection.Access()) -> Collection {
        collection("docs", statistics: untouched(10_000), access: access)
    }
}

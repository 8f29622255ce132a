import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("A report")
struct ReportTests {
    @Test("has work when a collection is searched without an index")
    func hasWork() {
        let assessment = assess(observation(rows: 10_000))
        let section = DatabaseSection(
            name: "app",
            target: "database app",
            outcome: .assessed(assessment, statements: assessment.plan.jobs.map { _ in [] }, elapsedSeconds: nil)
        )
        #expect(Report(programVersion: "1", databases: [section]).hasWork)
    }
}

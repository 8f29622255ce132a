import Advisor
import AdvisorFixture
import Foundation
import Testing

@testable import Reports

@Suite("docs/report.md describes")
struct DocumentationTests {
    @Test("every key of a JSON report")
    func keys() throws {
        let report = try JSONSerialization.jsonObject(with: Data(JSONReport.render(richReport).utf8))
        let keys = Self.keys(in: report)
        #expect(keys.count > 80)
        let page = try Self.page()
        let missing = keys.filter { !page.contains("| `\($0)` |") && !page.contains("`\($0)`,") }
        #expect(missing.sorted() == [])
    }

    @Test("every value of a key that has a fixed set of them")
    func values() throws {
        let page = try Self.page()
        let sources: [Baseline.Source] = [.indexStatistics, .builtEmpty, .listsOfVecs, .lists, .rowsNow]
        let certainties: [Baseline.Certainty] = [.exact, .likely, .guess]
        let remedies: [Remedy] = [.createIndex, .rebuildIndex, .dropIndex, .analyze, .byHand]
        let words =
            RowCount.Source.allCases.map(\.rawValue) + sources.map(\.rawValue) + certainties.map(\.rawValue)
            + remedies.map(\.rawValue) + Severity.allCases.map(\.rawValue) + VectorType.allCases.map(\.rawValue)
            + Measure.allCases.map(\.rawValue) + ["act", "warn", "suggest", "refused", "assessed", "failed"]
            + ["create_index", "rebuild_index", "drop_index", "analyze"]
        #expect(words.filter { !page.contains("`\($0)`") } == [])
    }

    @Test("a report that has something of every rule and every kind of job")
    func richness() {
        guard case .assessed(let assessment, _, _) = richReport.databases[0].outcome else {
            Issue.record("the first database of the rich report was not looked at")
            return
        }
        #expect(Set(assessment.findings.map(\.rule)) == Set(RuleBook.all.map(\.name)))
        #expect(Set(assessment.plan.jobs.map(\.kind)) == ["create_index", "rebuild_index", "drop_index", "analyze"])
        #expect(assessment.plan.jobs.contains { $0.disposition == .act })
        #expect(assessment.plan.jobs.contains { $0.disposition.words.word == "refused" })
        #expect(assessment.findings.contains { $0.withheld != nil })
    }

    @Test("the schema that reports have")
    func schema() throws {
        #expect(try Self.page().contains("`schema` is \(JSONReport.schema)"))
    }

    private static func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/report.md")
        return try String(contentsOf: root.standardized, encoding: .utf8)
    }

    private static func keys(in value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]: object.reduce(into: Set(object.keys)) { $0.formUnion(keys(in: $1.value)) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys(in: $1)) }
        default: []
        }
    }
}

import Advisor
import AdvisorFixture
import Foundation
import Testing

@testable import Reports

@Suite("docs/report.md describes")
struct DocumentationTests {
    @Test("every key of a JSON report in the section of its object, and no other key")
    func keys() throws {
        let report = try JSONSerialization.jsonObject(with: Data(JSONReport.render(richReport).utf8))
        let keys = Self.keys(of: report, named: "$")
        let documented = try Self.documentedKeys()
        #expect(Set(documented.keys) == Set(keys.keys))
        for (object, keys) in keys {
            #expect(documented[object, default: []].subtracting(keys) == [], "\(object)")
            #expect(keys.subtracting(documented[object, default: []]) == [], "\(object)")
        }
    }

    @Test("every value of a key that has a fixed set of them")
    func values() throws {
        let page = try Self.page()
        let sources: [Baseline.Source] = [
            .recorded, .observed, .firstSeen, .indexStatistics, .builtEmpty, .listsOfVecs, .lists, .rowsNow,
        ]
        let certainties: [Baseline.Certainty] = [.exact, .likely, .guess]
        let remedies: [Remedy] = [.createIndex, .rebuildIndex, .dropIndex, .analyze, .byHand]
        let words =
            RowCount.Source.allCases.map(\.rawValue) + sources.map(\.rawValue) + certainties.map(\.rawValue)
            + remedies.map(\.rawValue) + Severity.allCases.map(\.rawValue) + VectorType.allCases.map(\.rawValue)
            + DistanceMetric.allCases.map(\.rawValue) + ["act", "warn", "suggest", "refused", "assessed", "failed"]
            + JobState.allCases.filter { $0 != .done && $0 != .cancelled }.map(\.rawValue) + ["rule", "person"]
            + JobKinds.standard.names
        #expect(words.filter { !page.contains("`\($0)`") } == [])
    }

    @Test("a report that has something of every rule and every kind of job")
    func richness() {
        guard case .assessed(let assessment, _, _) = richReport.databases[0].outcome else {
            Issue.record("the first database of the rich report was not polled")
            return
        }
        #expect(Set(assessment.findings.map(\.rule)) == Set(RuleBook.all.map(\.name)))
        #expect(Set(assessment.plan.jobs.map(\.kind)) == Set(JobKinds.standard.names))
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

    /// The keys in the table of each section whose heading ends with the key of its object.
    private static func documentedKeys() throws -> [String: Set<String>] {
        let sections = try page().components(separatedBy: "\n### ").dropFirst()
        return sections.reduce(into: [:]) { result, section in
            let parts = section.split(separator: "`", maxSplits: 2)
            let rows = section.components(separatedBy: "\n| `").dropFirst()
            result[String(parts[1])] = Set(rows.map { String($0.prefix { $0 != "`" }) })
        }
    }

    /// The keys of all objects by the key under which an object stands.
    private static func keys(of value: Any, named name: String) -> [String: Set<String>] {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: [name: Set(object.keys)]) { result, member in
                result.merge(keys(of: member.value, named: member.key)) { $0.union($1) }
            }
        case let array as [Any]:
            array.reduce(into: [:]) { result, item in result.merge(keys(of: item, named: name)) { $0.union($1) } }
        default: [:]
        }
    }
}

@Suite("docs/metrics.md describes")
struct MetricsDocumentationTests {
    @Test("every metric with its type, its labels and what it is, and no other")
    func metrics() throws {
        let rows = try Self.rows(startingWith: "`vecsteward_")
        #expect(rows.map { $0[0] }.sorted() == MetricFamily.all.map { "`\($0.name)`" }.sorted())
        for family in MetricFamily.all {
            let row = try #require(rows.first { $0[0] == "`\(family.name)`" })
            #expect(row[1] == family.kind.rawValue)
            #expect(row[2] == family.labels.map { "`\($0)`" }.joined(separator: ", "))
            #expect(row[3].hasPrefix(family.help), "\(family.name)")
        }
    }

    @Test("every label with all of its values")
    func labels() throws {
        let labels = Set(MetricFamily.all.flatMap(\.labels)).subtracting(["version"])
        let fixed: [String: [String]] = [
            "rule": RuleBook.all.map(\.name), "severity": Severity.allCases.map(\.rawValue),
            "state": DatabaseMetrics.QueuedState.allCases.map(\.rawValue), "kind": JobKinds.standard.names,
            "bound": ["low", "high"], "outcome": DatabaseMetrics.Outcome.allCases.map(\.rawValue),
        ]
        #expect(labels == Set(fixed.keys).union(["database", "collection", "index"]))
        for (label, values) in fixed {
            let row = try #require(try Self.rows(startingWith: "`\(label)`").first)
            for value in values { #expect(row[1].contains("`\(value)`"), "\(label): \(value)") }
        }
    }

    @Test("alerts on metrics that there are")
    func alerts() throws {
        let rules = try #require(
            try Self.page().components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first
        )
        let names = rules.components(separatedBy: CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyz_").inverted)
            .filter { $0.hasPrefix("vecsteward_") }
        #expect(names.count >= 6)
        #expect(Set(names).subtracting(MetricFamily.all.map(\.name)) == [])
    }

    private static func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/metrics.md")
        return try String(contentsOf: root.standardized, encoding: .utf8)
    }

    /// The cells of the rows of tables whose first cell begins so.
    private static func rows(startingWith start: String) throws -> [[String]] {
        try page().components(separatedBy: "\n").filter { $0.hasPrefix("| \(start)") }.map { line in
            line.components(separatedBy: "|").dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }
}

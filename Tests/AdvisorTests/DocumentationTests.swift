import Advisor
import AdvisorFixture
import Foundation
import Testing

@Suite("docs/rules.md")
struct RuleDocumentationTests {
    /// The text of each rule's section, by the rule's name.
    private func sections() throws -> [String: String] {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/rules.md")
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n## ").dropFirst()
        return Dictionary(uniqueKeysWithValues: parts.map { ($0.components(separatedBy: "\n")[0], $0) })
    }

    @Test("has a section for each rule, with what it looks for, its default and its thresholds")
    func rules() throws {
        let sections = try sections()
        for rule in RuleBook.all {
            let section = try #require(sections[rule.name], "\(rule.name)")
            #expect(section.lowercased().contains(rule.summary.lowercased()), "\(rule.name)")
            #expect(section.contains("Default: `\(rule.defaultMode.rawValue)`"), "\(rule.name)")
            for threshold in rule.thresholds {
                #expect(section.contains("`\(threshold.name)`"), "\(rule.name) \(threshold.name)")
            }
        }
    }

    @Test("names every piece of evidence")
    func evidence() throws {
        let sections = try sections()
        var searched = fresh(50_000)
        searched.sequentialScans = 10_000
        searched.sequentialRowsRead = 500_000_000
        var invalid = hnsw(name: "broken", isValid: false)
        invalid.oid = 30
        var swollen = hnsw()
        swollen.sizeBytes = 1 << 40
        let seen = [
            snapshot(rows: 50_000),
            snapshot(rows: 50_000, dimensions: 3_072),
            snapshot(rows: 50_000, indexes: [ivfflat(builtAt: 2_000)], statistics: untouched(50_000)),
            snapshot(rows: 50_000, indexes: [ivfflat(builtAt: 0)], statistics: untouched(50_000)),
            snapshot(rows: 50_000, indexes: [swollen]),
            snapshot(
                rows: 50_000,
                indexes: [hnsw(), hnsw(name: "second", oid: 21), invalid],
                statistics: searched,
                server: facts(pgvector: "0.8.1")
            ),
            snapshot(rows: 50_000).searched([search()]),
            snapshot(rows: 50_000, indexes: [hnsw()]).searched([search(by: .l2Distance)]),
            snapshot(rows: 50_000, indexes: [hnsw()]).searched([search(on: .cast(.halfvec, dimensions: 64))]),
            snapshot(rows: 50_000, indexes: [hnsw()]).searched([search(calls: 100, rows: 4_000, blocksRead: 1_000_000)]
            ),
            snapshot(rows: 50_000, indexes: [hnsw()])
                .searched([
                    search(
                        filters: [SearchFilter("a = ?", columns: ["a"])],
                        limit: .rows(50),
                        rows: 20,
                        blocksRead: 1_000_000
                    )
                ]),
            snapshot(rows: 50_000, indexes: [ivfflat(builtAt: 50_000)])
                .searched([search(filters: [SearchFilter("a = ?", columns: ["a"])], rows: 20)]),
            measured(
                [
                    recallEvidence(0.8, 0.75...0.85, before: 0.9),
                    recallEvidence(0.9, 0.88...0.92, takenAt: 1_789_000_000),
                ],
                index: ivfflat(builtAt: 3_000)
            ),
        ]
        let findings = seen.flatMap { assess($0).findings }
        #expect(Set(findings.map(\.rule)) == Set(RuleBook.all.map(\.name)))
        for finding in findings {
            for item in finding.evidence {
                #expect(sections[finding.rule]?.contains("`\(item.key)`") == true, "\(finding.rule) \(item.key)")
            }
        }
    }
}

import Advisor
import Foundation
import Testing

@testable import vecsteward

@Suite("The sample configuration and its documentation")
struct SampleConfigurationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func contents(of path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test("the sample is right, and all that it says is the default")
    func defaults() throws {
        let sample = try configuration(contents(of: "config.json"))
        let defaults = Configuration()
        #expect(sample.connectTimeout == defaults.connectTimeout)
        #expect(sample.statementTimeout == defaults.statementTimeout)
        #expect(sample.pollInterval == defaults.pollInterval)
        #expect(sample.mode == defaults.mode)
        // The sample gives the memory, and what is given no server raises.
        var limits = defaults.limits
        limits.isRaisedByServer = false
        #expect(sample.limits == limits)
        #expect(sample.concurrentBuilds == defaults.concurrentBuilds)
        #expect(sample.windows == defaults.windows)
        #expect(sample.stopPolicy == defaults.stopPolicy)
        #expect(sample.historyDays == defaults.historyDays)
        #expect(sample.metricsFile == defaults.metricsFile)
        #expect(sample.collections == defaults.collections)
        let index = IndexPreferences()
        #expect(
            sample.policy.index
                == IndexOverride(
                    method: .some(index.method),
                    distanceMetric: index.distanceMetric,
                    m: index.m,
                    efConstruction: index.efConstruction,
                    lists: index.lists
                )
        )
        let database = try #require(sample.databases.first)
        #expect(database.include == [NamePattern("*")])
        #expect(database.exclude.isEmpty && database.collections.isEmpty && database.policy == PolicyLayer())
    }

    @Test("the sample states every key of the settings that are not about rules")
    func stated() throws {
        let sample = try contents(of: "config.json")
        let page = try contents(of: "docs/configuration.md")
        let keys = [
            "databases", "connectTimeout", "statementTimeout", "mode", "poll.every", "maintenance.memory",
            "maintenance.parallelWorkers", "maintenance.measuringShare", "maintenance.concurrentBuilds",
            "maintenance.windows", "maintenance.onStop", "maintenance.keepHistory",
        ]
        // It has no default, so that the sample says nothing of it.
        #expect(page.contains("| `metrics.file` |") && sample.contains("\"metrics\": {}"))
        for key in keys {
            #expect(page.contains("| `\(key)` |"), "\(key)")
            #expect(sample.contains("\"\(key.split(separator: ".").last ?? "")\":"), "\(key)")
        }
    }

    @Test("every example on the page is right, and the page names every key of a search")
    func examples() throws {
        let page = try contents(of: "docs/configuration.md")
        let examples = page.components(separatedBy: "```json\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 5)
        for example in examples { #expect(complaints(example) == [], "\(example)") }
        let section = try #require(
            page.components(separatedBy: "\n## Searches\n").last?.components(separatedBy: "\n## ").first
        )
        for key in ["measure", "searched", "filters", "limit", "perHour", "probes", "efSearch", "iterativeScan"] {
            #expect(section.contains("\n| `\(key)` |"), "\(key)")
        }
    }

    @Test("the sample states mode and thresholds of every rule", arguments: RuleBook.all.map(\.name))
    func rules(name: String) throws {
        let rule = try #require(RuleBook.rule(named: name))
        let override = try configuration(contents(of: "config.json")).policy.rules[name]
        let values = Dictionary(uniqueKeysWithValues: rule.thresholds.map { ($0.name, $0.defaultValue) })
        #expect(override == RuleOverride(mode: rule.defaultMode, values: values))
    }

    @Test("both pages name every rule with its thresholds", arguments: RuleBook.all.map(\.name))
    func documentedRules(name: String) throws {
        let rule = try #require(RuleBook.rule(named: name))
        let page = try contents(of: "docs/rules.md")
        let section = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(name)\n") })
        #expect(section.contains("Default: `\(rule.defaultMode)`"))
        let row = try #require(
            try contents(of: "docs/configuration.md").split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }
        )
        #expect(row.contains("`\"\(rule.defaultMode)\"`"))
        for threshold in rule.thresholds {
            let (low, high) = (threshold.range.lowerBound, threshold.range.upperBound)
            #expect(section.contains("`\(threshold.name)`"))
            let spelled = ConfigurationReader.spelled
            #expect(
                row.contains(
                    "`\(threshold.name)` \(spelled(threshold.defaultValue)), a \(threshold.isWhole ? "whole number" : "number") "
                        + "from \(spelled(low)) to \(spelled(high))"
                )
            )
        }
    }

    @Test("the page names every measure, mode, policy and day, and every exit code")
    func documentedChoices() throws {
        let page = try contents(of: "docs/configuration.md")
        for mode in OperationMode.allCases { #expect(page.contains("`\"\(mode.rawValue)\"`")) }
        for policy in StopPolicy.allCases { #expect(page.contains("`\"\(policy.rawValue)\"`")) }
        for day in Weekday.allCases { #expect(page.contains("`\"\(day.abbreviation.lowercased())\"`")) }
        for distanceMetric in DistanceMetric.allCases { #expect(page.contains("`\"\(distanceMetric.rawValue)\"`")) }
        let table = try #require(page.components(separatedBy: "## Exit codes").last)
        for status in Status.allCases { #expect(table.contains("\(status.rawValue)"), "\(status)") }
    }
}

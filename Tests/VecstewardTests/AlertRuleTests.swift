import Foundation
import Testing

@Suite("The alert rules of docs/metrics.md")
struct AlertRuleTests {
    private let folder = TemporaryFolder()

    /// The rules as they stand on the page.
    private static func rules() throws -> String {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/metrics.md").standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```yaml\n").dropFirst().first)
        return try #require(block.components(separatedBy: "```").first)
    }

    /// What promtool says of alerts that are expected after a course of numbers; nothing where it is as expected.
    private func complaint(
        series: [(name: String, values: String)],
        at time: String,
        fires: [(name: String, labels: String)]
    ) async throws -> String {
        let rules = folder.make("rules.yaml", try Self.rules())
        let names = try Self.rules().components(separatedBy: "- alert: ").dropFirst().compactMap { rule in
            rule.split(whereSeparator: \.isWhitespace).first.map(String.init)
        }
        var test = "rule_files: [\(rules)]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n"
        for (name, values) in series { test += "      - series: '\(name)'\n        values: '\(values)'\n" }
        test += "    promql_expr_test:\n"
        for name in names {
            let alerts = "ALERTS{alertname=\"\(name)\",alertstate=\"firing\"}"
            test += "      - expr: 'count by (alertname, database) (\(alerts))'\n"
            test += "        eval_time: \(time)\n        exp_samples:\n"
            for alert in fires where alert.name == name {
                test += "          - labels: '{alertname=\"\(name)\"\(alert.labels)}'\n            value: 1\n"
            }
        }
        return try await Promtool.complaint(of: ["test", "rules", folder.make("test.yaml", test)])
    }

    @Test("are right for Prometheus")
    func check() async throws {
        let file = folder.make("rules.yaml", try Self.rules())
        #expect(try await Promtool.complaint(of: ["check", "rules", file]) == "")
    }

    /// Two hours of a database in which all is well: it is polled every minute, and a build comes on.
    private static let well = [
        ("vecsteward_last_poll_timestamp_seconds{database=\"app\"}", "0+60x120"),
        ("vecsteward_poll_interval_seconds{database=\"app\"}", "60x120"),
        ("vecsteward_database_up{database=\"app\"}", "1x120"),
        ("vecsteward_jobs{database=\"app\",state=\"failed\"}", "0x120"),
        ("vecsteward_jobs{database=\"app\",state=\"queued\"}", "5x120"),
        ("vecsteward_build_progress_ratio{database=\"app\"}", "0+0.005x120"),
        ("vecsteward_findings{database=\"app\",rule=\"invalid\",severity=\"critical\"}", "0x120"),
        ("vecsteward_findings{database=\"app\",rule=\"outgrown\",severity=\"warning\"}", "3x120"),
        ("vecsteward_config_last_reload_successful", "1x120"),
    ]

    @Test("are silent where all is well")
    func silence() async throws {
        #expect(try await complaint(series: Self.well, at: "2h", fires: []) == "")
    }

    @Test("are silent on a build that has ended, and on one that has only begun")
    func builds() async throws {
        for values in ["0.5x50 _x70", "_x70 0.5x50", "0.5x20 _x80 0.7x20"] {
            let series = [("vecsteward_build_progress_ratio{database=\"app\"}", values)]
            #expect(try await complaint(series: series, at: "2h", fires: []) == "", "\(values)")
        }
    }

    @Test(
        "fire one by one",
        arguments: [
            ("VecstewardDoesNotPoll", 0, "0+60x60 3600x60", ",database=\"app\""),
            ("VecstewardDatabaseDown", 2, "1x60 0x60", ",database=\"app\""),
            ("VecstewardJobFailed", 3, "0x60 1x60", ",database=\"app\""),
            ("VecstewardBuildStandsStill", 5, "0+0.01x40 0.41x80", ",database=\"app\""),
            ("VecstewardCriticalFinding", 6, "0x60 2x60", ",database=\"app\""),
            ("VecstewardConfigurationRefused", 8, "1x60 0x60", ""),
        ]
    )
    func fires(alert: String, place: Int, values: String, labels: String) async throws {
        var series = Self.well
        series[place].1 = values
        #expect(try await complaint(series: series, at: "2h", fires: [(alert, labels)]) == "")
        #expect(try await complaint(series: series, at: "40m", fires: []) == "")
    }
}

import Testing

@testable import vecsteward

@Suite("Where the metrics go, in a configuration")
struct ConfigurationMetricsTests {
    @Test("nowhere, unless a file is named")
    func defaults() throws {
        #expect(try configuration(withDatabase("\"mode\": \"maintain\"")).metricsFile == nil)
        #expect(try configuration(withDatabase("\"metrics\": {}")).metricsFile == nil)
        let path = "/var/lib/prometheus/node-exporter/vecsteward.prom"
        #expect(try configuration(withDatabase("\"metrics\": {\"file\": \"\(path)\"}")).metricsFile == path)
    }

    @Test(
        "mistakes are reported with what stood there, unless it may be a secret",
        arguments: [
            (#"{"file": "vecsteward.prom"}"#, "metrics.file is \"vecsteward.prom\""),
            (#"{"file": "/tmp/metrics.txt"}"#, "metrics.file is /tmp/metrics.txt"),
            (#"{"file": "/tmp/.prom"}"#, "metrics.file is /tmp/.prom"),
            (#"{"file": "/tmp/a.prom/"}"#, "metrics.file is /tmp/a.prom/"),
            (#"{"file": "/tmp/a\u001b.txt"}"#, "metrics.file is /tmp/a\\u{1B}.txt"),
            (
                #"{"file": "postgresql://u:hunter2@h/metrics.prom"}"#,
                "metrics.file is a text that does not belong here"
            ),
            (#"{"file": ""}"#, "metrics.file is an empty text"), (#"{"file": 1}"#, "metrics.file is 1"),
            (#"{"file": null}"#, "metrics.file is null"), (#""/tmp/a.prom""#, "metrics is a text"),
            (#"{"path": "/tmp/a.prom"}"#, "metrics has the unknown key \"path\""),
        ]
    )
    func mistakes(json: String, message: String) {
        let found = complaints(withDatabase("\"metrics\": \(json)"))
        #expect(found.map(\.message) == [message])
        #expect(found.first?.hint?.contains("file") == true || found.first?.hint?.contains(".prom") == true, "\(found)")
    }

    @Test("check-config says where")
    func words() async throws {
        let folder = TemporaryFolder()
        folder.make("config.json", withDatabase(#""metrics": {"file": "/srv/v.prom"}"#))
        let run = try await ProgramRun.of(["check-config"], in: folder)
        #expect(run.status == 0 && run.output.hasSuffix("\nIt writes metrics to /srv/v.prom.\n"), "\(run.text)")
    }
}

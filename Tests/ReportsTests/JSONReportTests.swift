import Advisor
import AdvisorFixture
import Foundation
import Testing

@testable import Reports

/// The databases of a report, as another program reads them.
func databases(_ json: String) throws -> [[String: Any]] {
    let report = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    return report?["databases"] as? [[String: Any]] ?? []
}

@Suite("A JSON report")
struct JSONReportTests {
    @Test("is an object that names its schema, ends with a newline and is the same each time")
    func schema() throws {
        let json = JSONReport.render(richReport)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["schema"] as? Int == 1)
        #expect(json.hasPrefix("{\n  \"schema\": 1,\n") && json.hasSuffix("\n}\n"))
        #expect(object["program"] as? [String: String] == ["name": "vecsteward", "version": "1.2.3"])
        #expect(object["hasWork"] as? Bool == true && object["hasFailures"] as? Bool == true)
        #expect(JSONReport.render(richReport) == json)
    }

    @Test("has a failed database with its reason beside a complete one")
    func failed() throws {
        let databases = try databases(JSONReport.render(richReport))
        #expect(databases.map { $0["status"] as? String } == ["assessed", "failed"])
        #expect(databases[0]["failure"] is NSNull)
        #expect(
            databases[1]["failure"] as? [String: String]
                == ["message": "connection refused", "hint": "Check that the server runs.", "sqlState": "08006"]
        )
        #expect(databases[1]["collections"] == nil)
    }

    @Test("has every collection, and every job with SQL, cost and reason")
    func jobs() throws {
        let database = try #require(try databases(JSONReport.render(richReport)).first)
        #expect((database["collections"] as? [Any])?.count == 28)
        let jobs = try #require(database["jobs"] as? [[String: Any]])
        #expect(
            Set(jobs.compactMap { $0["kind"] as? String }) == Set(JobKinds.standard.names)
        )
        #expect(
            Set(jobs.compactMap { $0["disposition"] as? String }) == ["act", "suggest", "refused", "queued", "failed"]
        )
        for job in jobs {
            #expect((job["statements"] as? [String])?.isEmpty == false)
            #expect((job["reasons"] as? [[String: String]])?.first?["rule"] != nil)
            #expect((job["targets"] as? [[String: String]])?.first?["schema"] == "vecs")
            #expect((job["why"] is String) || job["disposition"] as? String != "refused")
            if job["kind"] as? String == "rebuild_index" {
                let prediction = try #require(job["prediction"] as? [String: Any])
                #expect(Set(prediction.keys) == ["memoryBytes", "diskBytes", "seconds", "builds", "isDiskUpperBound"])
            }
        }
    }

    @Test("has no queue where there is none, and its numbers where there is one")
    func queue() throws {
        let none = try databases(JSONReport.render(report(section([collection("docs")]))))
        #expect(none[0]["queue"] is NSNull)
        let queue = try #require(try databases(JSONReport.render(richReport))[0]["queue"] as? [String: Any])
        #expect(queue["total"] as? Int == 1_204 && queue["failed"] as? Int == 1)
        let entries = try #require(queue["entries"] as? [[String: Any]])
        #expect(entries.map { $0["state"] as? String } == ["running", "failed", "waiting", "queued"])
        let activity = try #require(entries[0]["activity"] as? [String: Any])
        #expect(activity["fraction"] as? Double == 0.45 && activity["secondsLeft"] as? Double == 720)
        #expect((activity["waitsFor"] as? [[String: Any]])?.first?["processID"] as? Int == 81)
        #expect(entries[1]["activity"] is NSNull)
    }

    @Test("says which partition a finding is about, and on which table a build is")
    func partition() throws {
        let database = try #require(try databases(JSONReport.render(richReport)).first)
        let parts = (database["collections"] as? [[String: Any]])?.first { $0["table"] as? String == "parts" }
        let findings = try #require(parts?["findings"] as? [[String: Any]])
        let finding = try #require(findings.first { $0["rule"] as? String == "unindexed" })
        #expect(finding["table"] as? String == "parts_1")
        #expect((database["builds"] as? [[String: Any]])?.first?["table"] as? String == "unused")
    }

    @Test("has the rows with a vector beside all rows")
    func vectorRows() throws {
        let half = collection("a", rows: 40_000, nullFraction: 0.5)
        let untold = collection("b", rows: 900, nullFraction: nil)
        let collections =
            try databases(JSONReport.render(report(section([half, untold]))))[0]["collections"] as? [[String: Any]]
        let first = try #require(collections?.first)
        #expect((first["rows"] as? [String: Any])?["value"] as? Int == 40_000)
        #expect((first["vectorRows"] as? [String: Any])?["value"] as? Int == 20_000)
        let relation = try #require((collections?.last?["relations"] as? [[String: Any]])?.first)
        #expect((relation["vectorRows"] as? [String: Any])?["source"] as? String == "at_most")
    }

    @Test("says of each index how its baseline is known, and has no growth where there is nothing to compare with")
    func baseline() throws {
        let known = collection("a", rows: 150_000, indexes: [ivfflat(builtAt: 150_000, lists: 80)])
        let unknown = collection("b", indexes: [hnsw()])
        let collections = try databases(JSONReport.render(report(section([known, unknown]))))[0]["collections"]
        let indexes = (collections as? [[String: Any]] ?? []).flatMap { collection in
            (collection["relations"] as? [[String: Any]] ?? []).flatMap { $0["indexes"] as? [[String: Any]] ?? [] }
        }
        let baselines = indexes.map { $0["baseline"] as? [String: Any] }
        #expect(baselines.map { $0?["source"] as? String } == ["lists_of_vecs", "rows_now"])
        #expect(baselines.map { $0?["certainty"] as? String } == ["likely", "guess"])
        #expect(indexes.map { $0["growthFactor"] as? Double } == [1.875, nil])
    }

    @Test("has null for a number that JSON has not", arguments: [Double.nan, .infinity, -.infinity])
    func notANumber(number: Double) throws {
        var server = facts()
        server.observedAt = number
        let holder = SnapshotHolder(processID: 1, description: "app", ageSeconds: number)
        let json = JSONReport.render(report(section([collection("docs")], server: server, snapshotHolders: [holder])))
        let database = try #require(try databases(json).first)
        #expect((database["server"] as? [String: Any])?["observedAtUnixSeconds"] is NSNull)
    }

    @Test(
        "has numbers that other programs read as the same",
        arguments: [0, -0.0, 0.1, 1e-9, 2.2250738585072014e-308, 1e16, 1.7976931348623157e308, 123_456_789.125]
    )
    func number(_ number: Double) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(JSONValue.array([.number(number)]).text.utf8))
        #expect(parsed as? [Double] == [number])
    }
}

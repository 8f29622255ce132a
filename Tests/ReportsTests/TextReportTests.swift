import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("A text report")
struct TextReportTests {
    @Test("has an escape sequence only when asked for colour, and says the same with it", arguments: [60, 100, 160])
    func color(width: Int) {
        let plain = TextReport(style: .init(width: width)).render(richReport)
        let colored = TextReport(style: .init(color: true, width: width)).render(richReport)
        #expect(!plain.contains("\u{1B}"))
        #expect(colored.contains("\u{1B}["))
        #expect(withoutColor(colored) == plain)
    }

    @Test("says why it cannot poll a database, and all about the others")
    func failed() {
        let alone = text(section([collection("docs", indexes: [])]))
        let beside = text(unreachable, section([collection("docs", indexes: [])]))
        let why = """
            archive  (database archive on db2:5432 as steward)
              could not be polled: connection refused (SQLSTATE 08006)
              HINT: Check that the server runs.


            """
        #expect(beside == why + alone + "\n2 databases: 1 could not be polled, 1 has something to do.\n")
    }

    @Test("is the same whatever the order in which a server tells")
    func order() {
        let names = ["b", "a", "ä", "A", "c"]
        let collections = names.enumerated().map { collection($1, indexes: [], oid: UInt32($0 + 1)) }
        let parts = partitioned("parts", [(9, [hnsw(), ivfflat(builtAt: 4)]), (8, [hnsw()])])
        var turned = parts
        turned.relations.reverse()
        turned.relations[1].indexes.reverse()
        let holders = [1, 2, 3].map { SnapshotHolder(processID: $0, description: "app", ageSeconds: 60) }
        let one = section(collections + [parts], snapshotHolders: holders)
        let other = section([turned] + collections.reversed(), snapshotHolders: holders.reversed())
        #expect(text(one) == text(other))
        #expect(JSONReport.render(report(one)) == JSONReport.render(report(other)))
        let shown = table(text(one)).dropFirst().prefix(6).map { String($0.prefix { $0 != " " }) }
        // By name, and the one with a mere notice after those with warnings.
        #expect(shown == ["vecs.A", "vecs.a", "vecs.b", "vecs.c", "vecs.ä", "vecs.parts"])
    }

    @Test("has the worst findings first, of 100 collections at most, and how much it leaves out")
    func limits() {
        let notices = (0..<150).map { collection("a_\($0)", statistics: untouched(10_000), oid: UInt32($0 + 1)) }
        let warning = collection("z", indexes: [], oid: 999)
        let lines = lines(text(section(notices + [warning])))
        let shown = lines.indices.filter { lines[$0].hasPrefix("vecs.") && lines[$0 - 1].isEmpty }.map { lines[$0] }
        #expect(shown.count == 100)
        #expect(shown.first == "vecs.z")
        #expect(lines.contains("... and 51 more collections with findings, and 51 more jobs; --format json has all"))
    }

    @Test("names five old transactions and five locks, and how many more there are")
    func activity() {
        let holders = (1...7).map { SnapshotHolder(processID: $0, description: "app", ageSeconds: Double($0) * 3_600) }
        let locked = (1...6).map { collection("t\($0)", lockedBy: "a lock of process 9", oid: UInt32($0)) }
        let lines = lines(text(section(locked, snapshotHolders: holders)))
        #expect(lines.count { $0.contains("has had a transaction open for") } == 5)
        #expect(lines.contains { $0.hasPrefix("Process 7, app, has had a transaction open for 7 h:") })
        #expect(lines.contains("... and 2 more like these; --format json has all"))
        #expect(lines.contains("vecs.t1 is locked by a lock of process 9, which hid a part of it"))
        #expect(lines.contains("... and 1 more like these; --format json has all"))
    }

    @Test("says where a build is and how far")
    func build() {
        let build = ActiveBuild(
            processID: 7,
            tableOID: 1,
            indexOID: nil,
            phase: "building index: loading tuples",
            phaseFraction: 0.256,
            elapsedSeconds: 300
        )
        let expected = "Process 7 is building an index on vecs.docs, for 5 min: building index: loading tuples 26%"
        #expect(lines(text(section([collection("docs")], builds: [build]))).contains(expected))
    }

    @Test("says what to do where pgvector or collections are missing")
    func nothing() {
        #expect(text(section([], server: facts(pgvector: nil))).contains("CREATE EXTENSION vector;"))
        #expect(text(section([])).contains("no table that this configuration includes has a vector column"))
    }

    @Test("says what the role could not see, and which known bugs the server has")
    func surroundings() {
        let text = text(
            section([collection("docs")], server: facts(pgvector: "0.8.2"), missingPrivileges: ["Not all seen."])
        )
        #expect(lines(text).contains("  ! Not all seen."))
        #expect(
            text.contains(
                "  advisory (critical): pgvector 0.8.2: VACUUM can corrupt HNSW indexes. Searches can miss rows.\n"
            )
        )
    }

    @Test("sums up what is there and what would be done")
    func summary() {
        let text = text(
            section([
                collection("a"), collection("b", statistics: untouched(10_000)), collection("c", indexes: []),
                collection("d", statistics: untouched(10_000), access: Collection.Access(isOwner: false)),
            ])
        )
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            words.hasSuffix(
                "app has 4 collections: 1 needs an index, 2 need fresh statistics, 1 is healthy. "
                    + "vecsteward would run 1 job, suggests 1 and cannot run 1."
            )
        )
        #expect(
            lines(text)[1...2] == [
                "  PostgreSQL 16.14, pgvector 0.8.7, primary",
                "  polled as role steward at 2026-09-21 14:13:20 UTC in 13 ms, changing nothing",
            ]
        )
    }
}

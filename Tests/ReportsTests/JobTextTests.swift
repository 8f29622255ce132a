import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("A job in a text report")
struct JobTextTests {
    @Test("has its exact SQL, each statement on a line of its own and the settings together")
    func sql() throws {
        let statement =
            #"CREATE INDEX CONCURRENTLY "x" ON "vecs"."docs" USING hnsw ("vec" "public"."vector_cosine_ops")"#
        let job = try #require(Self.jobs(collection("docs", indexes: [])).first)
        let lines = Self.lines(
            job,
            ["SET statement_timeout = 0", "SET maintenance_work_mem = '64MB'", statement, "SET lock_timeout = 0"]
        )
        #expect(
            lines.suffix(3) == [
                "     SET statement_timeout = 0; SET maintenance_work_mem = '64MB';", "     \(statement);",
                "     SET lock_timeout = 0;",
            ]
        )
    }

    @Test("says what it takes: memory, disk and a rough time")
    func cost() throws {
        var job = try #require(Self.jobs(collection("docs", indexes: [])).first)
        job.prediction?.memoryBytes = 1_536 << 20
        job.prediction?.diskBytes = 80 << 20
        job.prediction?.seconds = 200
        #expect(
            Self.lines(job).contains { line in
                line.hasPrefix(
                    "     takes about 1.5 GB of memory, 80 MB on disk and as much WAL, about 3 min (by the formula"
                )
            }
        )
    }

    @Test("says up to, where nothing shows how many vectors are equal, and how many rows showed it")
    func equalRows() throws {
        var job = try #require(Self.jobs(collection("docs", indexes: [])).first)
        func cost(_ equalRows: Prediction.EqualRows) -> String {
            job.prediction?.equalRows = equalRows
            return Self.lines(job, width: 300).first { $0.contains(" of memory, ") } ?? ""
        }
        let unknown = cost(.unknown)
        #expect(
            unknown.contains(" of memory, up to ")
                && unknown.hasSuffix("; less if vectors are equal, of which the server keeps no statistics")
        )
        #expect(cost(.seen(20_000, isAll: false)).hasSuffix("; equal vectors were counted in the first 20,000 rows"))
        #expect(cost(.seen(20_000, isAll: true)).hasSuffix("; equal vectors were counted"))
        #expect(!cost(.known).contains("equal") && !cost(.known).contains("up to"))
    }

    @Test("says so where it cannot be predicted what it takes")
    func unpredictable() throws {
        let job = try #require(Self.jobs(collection("docs", indexes: [], type: .sparsevec)).first)
        #expect(Self.lines(job).contains { $0.hasPrefix("     its cost cannot be predicted: ") })
    }

    @Test("says what it is, whether it would run, and why not")
    func disposition() throws {
        let stale = untouched(10_000)
        let foreign = Collection.Access(isOwner: false)
        let cases: [(Collection, [String])] = [
            (collection("docs", statistics: stale), ["  -> would run: ANALYZE"]),
            (
                collection("docs", indexes: []),
                ["  -> suggested: create an index", "     not done by itself: the mode of unindexed is warn"]
            ),
            (
                collection("docs", statistics: stale, access: foreign),
                ["  -> cannot run: ANALYZE", "     because role steward is not a member of"]
            ),
            (
                collection("docs", indexes: [hnsw(isValid: false), hnsw(name: "good", oid: 9)]),
                ["  -> suggested: drop ix_vector_cosine_ops_hnsw_m16_efc64_0a1b2c3", "     takes moments"]
            ),
            (
                partitioned("parts", [(9_000, []), (9_000, [])]),
                ["  -> suggested: create an index on each of 2 partitions"]
            ),
            (
                collection("docs", rows: 25_000, source: .analyzed, indexes: [ivfflat(builtAt: 10_000, name: "mine")]),
                []
            ),
            (
                collection("docs", rows: 95_000, source: .analyzed, indexes: [ivfflat(builtAt: -1, name: "mine")]),
                ["  -> would run: rebuild mine", "     takes about"]
            ),
        ]
        for (collection, expected) in cases {
            let lines = Self.jobs(collection).first.map { Self.lines($0) } ?? []
            #expect(lines.count >= expected.count)
            for (line, start) in zip(lines, expected) { #expect(line.hasPrefix(start), "\(line)") }
        }
    }

    @Test("that a withheld finding asks for is only suggested, and the finding says why")
    func withheld() {
        let text = text(section([collection("docs", indexes: [hnsw(isValid: false), hnsw(name: "good", oid: 9)])]))
        #expect(text.contains("    not done by itself: vecsteward did not create this index, so it drops it only if"))
    }

    @Test("is not laid to the mode of a rule that leaves it to a person in any mode")
    func forAPerson() {
        let text = text(section([collection("docs", indexes: [hnsw(), hnsw(name: "second", oid: 21)])]))
        #expect(
            text.contains(
                "    not done by itself: vecsteward does not choose between two valid indexes; drop one yourself"
            )
        )
        #expect(!text.contains("the mode of redundant"))
    }

    @Test("follows a finding with its numbers, and with the baseline that it goes by")
    func finding() {
        let grown = collection(
            "docs",
            rows: 200_000,
            source: .analyzed,
            indexes: [ivfflat(builtAt: 200_000, lists: 80)]
        )
        let lines = ReportsTests.lines(text(section([grown]), width: 200))
        #expect(lines.contains("  outgrown (warning): grown to 2.5 times the 80,000 rows that its index was built on"))
        #expect(
            lines.contains(
                "    seen: rows 200,000, baseline rows 80,000, growth factor 2.5, growth factor limit 2, lists 80, "
                    + "recommended lists 200, recommended probes 16"
            )
        )
        #expect(
            lines.contains(
                "    baseline: 80,000 rows, likely: inferred from the lists in the index's name, by vecs' formula"
            )
        )
    }

    @Test("follows a finding that has no number where there is none, and sizes in their unit")
    func evidence() {
        let size = VectorIndex(
            oid: 4,
            name: "left",
            method: .hnsw,
            operatorClass: "vector_l2_ops",
            isValid: false,
            reltuples: -1,
            sizeBytes: 8 << 20
        )
        let text = text(section([collection("docs", indexes: [size], dimensions: nil, statistics: untouched(5_000))]))
        #expect(text.contains("    seen: size 8 MB\n"))
        #expect(text.contains(", dimensions none\n"))
    }

    private static func jobs(_ collection: Collection) -> [Job] {
        guard case .assessed(let assessment, _, _) = section([collection]).outcome else { return [] }
        return assessment.plan.jobs
    }

    private static func lines(_ job: Job, _ statements: [String] = [], width: Int = 100) -> [String] {
        var page = Page(width: width, paint: Paint(isOn: false))
        JobText(planned: PlannedJob(job: job, queued: nil), statements: statements).write(to: &page)
        return ReportsTests.lines(page.text).dropLast()
    }
}

import Advisor
import AdvisorFixture
import Testing

@Suite("What a person asks for")
struct IndexRequestTests {
    private func answer(
        _ request: IndexRequest,
        _ snapshot: CatalogSnapshot,
        limits: ResourceLimits = ResourceLimits()
    ) -> Result<[Job], Blocker> {
        do throws(Blocker) {
            return .success(
                try request.jobs(
                    for: snapshot.collections[0],
                    server: snapshot.server,
                    configured: IndexPreferences(),
                    limits: limits
                )
            )
        } catch {
            return .failure(error)
        }
    }

    private func blocker(
        _ request: IndexRequest,
        _ snapshot: CatalogSnapshot,
        limits: ResourceLimits = ResourceLimits()
    ) -> Blocker? {
        guard case .failure(let blocker) = answer(request, snapshot, limits: limits) else { return nil }
        return blocker
    }

    private static func wish(
        _ method: IndexMethod?? = nil,
        _ distanceMetric: DistanceMetric? = nil,
        lists: Int? = nil,
        m: Int? = nil,
        efConstruction: Int? = nil,
        replaces: Bool = true
    ) -> RequestedIndex {
        RequestedIndex(
            given: IndexOverride(method: method, distanceMetric: distanceMetric, m: m, efConstruction: efConstruction),
            lists: lists,
            replaces: replaces
        )
    }

    @Test(
        "what contradicts itself or pgvector is refused before anything is read",
        arguments: [
            (wish(m: 8), "method auto"), (wish(.some(nil), lists: 30), "method auto"),
            (wish(.ivfflat, m: 8), "ivfflat index has no m"),
            (wish(.ivfflat, m: 8, efConstruction: 64), "no m and ef_construction"),
            (wish(.hnsw, lists: 30), "hnsw index has no lists"), (wish(.ivfflat, lists: 0), "1 to 32768"),
            (wish(.ivfflat, lists: 32_769), "1 to 32768"), (wish(.hnsw, m: 1), "2 to 100"),
            (wish(.hnsw, m: 101), "2 to 100"), (wish(.hnsw, efConstruction: 3), "4 to 1000"),
            (wish(.hnsw, efConstruction: 1_001), "4 to 1000"),
            (wish(.hnsw, m: 17, efConstruction: 33), "twice m"),
        ]
    )
    func contradictions(wish: RequestedIndex, words: String) {
        #expect(wish.contradiction?.reason.contains(words) == true, "\(String(describing: wish.contradiction))")
        #expect(wish.contradiction?.kind == .contradiction)
        #expect(blocker(.create(wish), snapshot()) == wish.contradiction)
    }

    @Test(
        "the bounds themselves are taken",
        arguments: [
            wish(.ivfflat, lists: 1), wish(.hnsw, m: 2), wish(.hnsw, m: 100, efConstruction: 200),
            wish(.hnsw, m: 2, efConstruction: 4), wish(.hnsw, efConstruction: 1_000), wish(.ivfflat), wish(),
            wish(.some(nil), .l1Distance),
        ]
    )
    func bounds(wish: RequestedIndex) {
        #expect(wish.contradiction == nil)
        #expect(blocker(.create(wish), snapshot()) == nil)
    }

    @Test("an m that the configured ef_construction is too small for is refused with the numbers that would do")
    func inherited() {
        let blocker = blocker(.create(Self.wish(.hnsw, m: 33)), snapshot())
        #expect(blocker?.advice.contains("66 or more") == true, "\(String(describing: blocker))")
        #expect(blocker?.advice.contains("32 or less") == true)
    }

    @Test("a measure that is asked for is not changed for another one")
    func distanceMetrics() {
        #expect(blocker(.create(Self.wish(nil, .hammingDistance)), snapshot())?.kind == .unbuildable)
        let bits = snapshot(type: .bit)
        let blocker = blocker(.create(Self.wish(nil, .cosineDistance)), bits)
        #expect(blocker?.advice.contains("hamming_distance, jaccard_distance") == true)
        #expect(self.blocker(.create(Self.wish(.ivfflat, .l1Distance)), snapshot())?.reason.contains("l1") == true)
    }

    @Test("an IVFFlat index wants 50 rows for each list, exactly")
    func rows() throws {
        let request = IndexRequest.create(Self.wish(.ivfflat, lists: 40))
        #expect(blocker(request, snapshot(rows: 1_999))?.kind == .tooFewRows)
        let jobs = try answer(request, snapshot(rows: 2_000)).get()
        #expect(jobs.map { $0.definition?.parameters } == [.ivfflat(lists: 40)])
        let estimated = snapshot(rows: 2_000, source: .statistics, statistics: untouched(2_000))
        let counts = try request.confirmations(
            for: estimated.collections[0],
            server: estimated.server,
            configured: IndexPreferences(),
            limits: ResourceLimits()
        )
        #expect(counts.map(\.needed) == [2_000])
        #expect(blocker(.create(Self.wish(.hnsw)), snapshot(rows: 0)) == nil, "HNSW can be built on no rows")
    }

    @Test("what keeps a rule from acting keeps a person too, and says who can fix it")
    func blockers() {
        let request = IndexRequest.create(Self.wish(.ivfflat))
        #expect(blocker(request, snapshot(server: facts(isInRecovery: true)))?.kind == .standby)
        #expect(blocker(request, snapshot(lockedBy: "process 7"))?.kind == .locked)
        #expect(blocker(request, snapshot(access: .init(isOwner: false)))?.kind == .privilege)
        #expect(blocker(request, snapshot(access: .init(canCreateInSchema: false)))?.kind == .privilege)
        #expect(blocker(request, snapshot(server: facts(versionNumber: 140_003)))?.kind == .knownBug)
        let tight = blocker(request, snapshot(), limits: ResourceLimits(memoryBytes: 1 << 20))
        #expect(tight?.kind == .memory)
        #expect(tight?.advice.contains("maintenance.memory = \"") == true)
        #expect(blocker(request, snapshot(countBlocker: "GRANT SELECT")) == nil, "a person may go by the estimate")
    }

    @Test("an index for the same distance metric is replaced, one for another stays, and both are refused on request")
    func replacement() throws {
        let seen = snapshot(indexes: [hnsw(operatorClass: "vector_l2_ops"), ivfflat(builtAt: 2_000)])
        let job = try #require(try answer(.create(Self.wish()), seen).get().first)
        guard let rebuild = job.spec as? RebuildIndex else {
            Issue.record("it is to \(job.kind)")
            return
        }
        #expect(rebuild.oldName == seen.collections[0].relations[0].indexes[1].name)
        #expect(rebuild.definition.method == .hnsw)
        #expect(job.origin == .person)
        #expect(job.reasons == [.init(rule: "request", summary: "a person asked for it")])
        #expect(job.targets[0].finishedName.hasPrefix("ix_vector_cosine_ops_hnsw_m16_efc64_"))
        let kept = blocker(.create(Self.wish(replaces: false)), seen)
        #expect(kept?.reason.contains("an index exists for cosine_distance") == true)
        let other = try answer(.create(Self.wish(nil, .maxInnerProduct, replaces: false)), seen).get()
        #expect(other.map(\.kind) == ["create_index"])
    }

    @Test("an index that cannot be used, or is for a part of the rows, is none to replace")
    func unusable() throws {
        for index in [ivfflat(builtAt: 9, isValid: false), ivfflat(builtAt: 9, predicate: "(id > 7)")] {
            let jobs = try answer(.create(Self.wish(replaces: false)), snapshot(indexes: [index])).get()
            #expect(jobs.map(\.kind) == ["create_index"])
        }
    }

    @Test("a partitioned table gets one job for the missing indexes, and one for each that is replaced")
    func partitions() throws {
        var seen = snapshot()
        seen.collections[0].isPartitioned = true
        for oid in 2...3 as ClosedRange<UInt32> {
            var part = seen.collections[0].relations[0]
            part.oid = oid
            part.table = "docs_\(oid)"
            if oid == 3 { part.indexes = [ivfflat(builtAt: 2_000)] }
            seen.collections[0].relations.append(part)
        }
        let jobs = try answer(.create(Self.wish()), seen).get()
        #expect(jobs.map(\.kind) == ["create_index", "rebuild_index"])
        #expect(jobs.map { $0.targets.map(\.table) } == [["docs", "docs_2"], ["docs_3"]])
        #expect(jobs[0].reasons.count == 1)
        seen.collections[0].relations = []
        #expect(blocker(.create(Self.wish()), seen)?.kind == .unbuildable)
    }

    @Test("an index of a partitioned one is rebuilt as it is, or not at all")
    func attached() throws {
        var index = ivfflat(builtAt: 2_000)
        index.attachedTo = 99
        #expect(blocker(.create(Self.wish()), snapshot(indexes: [index]))?.reason.contains("as it is") == true)
        #expect(try answer(.create(Self.wish(.ivfflat, lists: 40)), snapshot(indexes: [index])).get().count == 1)
    }

    @Test("a rebuild keeps method and name, and reckons lists for the rows of today")
    func rebuild() throws {
        let seen = snapshot(rows: 90_000, indexes: [ivfflat(builtAt: 2_000, name: "by_hand")])
        let job = try #require(try answer(.rebuild(index: nil), seen).get().first)
        #expect(job.definition?.parameters == .ivfflat(lists: 90))
        #expect(job.targets[0].finishedName == "by_hand")
        #expect(job.origin == .person)
    }

    @Test(
        "a rebuild of a partial index reckons lists, size and the fewest rows by the rows that the index holds",
        arguments: [
            // Rows of the index and of the table when they were counted, rows now, and lists of the rebuilt index.
            (1_999.0, 60_000.0, Int64(60_000), 30), (45_000, 60_000, 60_000, 45), (1_999, 60_000, 2_400_000, 79),
            // An index whose count is older than the table's holds no more than all rows.
            (90_000, 60_000, 60_000, 60),
        ]
    )
    func partial(held: Double, counted: Double, rows: Int64, lists: Int) throws {
        var statistics = fresh(rows)
        statistics.reltuples = counted
        let index = ivfflat(builtAt: held, lists: 200, name: "recent", predicate: "(id < 2000)")
        let seen = snapshot(rows: rows, indexes: [index], statistics: statistics)
        let job = try #require(try answer(.rebuild(index: nil), seen).get().first)
        #expect(job.definition?.parameters == .ivfflat(lists: lists))
        let whole = snapshot(rows: rows, indexes: [ivfflat(builtAt: held, lists: 200)])
        let wholeJob = try #require(try answer(.rebuild(index: nil), whole).get().first)
        let (part, all) = (try #require(job.prediction?.diskBytes), try #require(wholeJob.prediction?.diskBytes))
        #expect(held < counted ? part < all : part == all)
    }

    @Test("a partial index whose rows nothing tells keeps its lists")
    func partialUnknown() throws {
        let index = ivfflat(builtAt: -1, lists: 40, name: "recent", predicate: "(id < 2000)")
        let job = try #require(
            try answer(.rebuild(index: nil), snapshot(rows: 60_000, indexes: [index])).get().first
        )
        #expect(job.definition?.parameters == .ivfflat(lists: 40))
    }

    @Test("a partial index that holds too few rows to be trained on is not rebuilt, however many its table has")
    func partialTooFew() {
        let index = ivfflat(builtAt: 1_000, name: "recent", predicate: "(id < 1001)")
        #expect(blocker(.rebuild(index: nil), snapshot(rows: 60_000, indexes: [index]))?.kind == .tooFewRows)
    }

    @Test("a rebuild of none, of several and of an unknown one is refused with what there is")
    func rebuildRefusals() throws {
        #expect(blocker(.rebuild(index: nil), snapshot())?.advice.contains("create-index") == true)
        let two = snapshot(indexes: [
            ivfflat(builtAt: 2_000, name: "one"), ivfflat(builtAt: 2_000, name: "two", operatorClass: "vector_l2_ops"),
        ])
        #expect(blocker(.rebuild(index: nil), two)?.advice.contains("--index: one, two") == true)
        #expect(blocker(.rebuild(index: "tow"), two)?.advice.contains("one, two") == true)
        let job = try #require(try answer(.rebuild(index: "two"), two).get().first)
        #expect(job.targets[0].finishedName == "two")
    }
}

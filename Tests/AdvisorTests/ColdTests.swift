import AdvisorFixture
import Testing

@testable import Advisor

@Suite("An index that no longer fits shared buffers")
struct ColdTests {
    private static func graph(hit: Int64, read: Int64, calls: Int64 = 1_000, limit: RowsAsked = .some)
        -> CatalogSnapshot
    {
        snapshot(indexes: [hnsw()])
            .searched([search(limit: limit, calls: calls, blocksHit: hit, blocksRead: read)])
    }

    static let cases: [Case] = [
        Case("more blocks read than hit", graph(hit: 1_000, read: 1_001), fires: true),
        Case("as many", graph(hit: 1_000, read: 1_000), fires: false),
        Case("too few calls", graph(hit: 0, read: 1_000, calls: 999), fires: false),
        Case("no blocks", graph(hit: 0, read: 0), fires: false),
        Case("a scan of the table", graph(hit: 0, read: 1_000, limit: .all), fires: false),
        Case("no index", snapshot().searched([search(blocksRead: 1_000)]), fires: false),
    ]

    @Test("cold", arguments: cases)
    func fires(of item: Case) {
        #expect(rules(item.snapshot).contains("cold") == item.fires)
    }

    /// What a cold index of this size is advised on a server.
    private static func advice(
        _ gigabytes: Int64,
        buffers: Int64?,
        host: Int64? = nil,
        dimensions: Int = 768,
        type: VectorType = .vector
    ) throws -> Finding {
        var server = facts()
        server.sharedBuffersBytes = buffers.map { $0 << 30 }
        server.hostMemoryBytes = host.map { $0 << 30 }
        var index = hnsw(operatorClass: "\(type.rawValue)_cosine_ops")
        index.sizeBytes = gigabytes << 30
        (index.indexedDimensions, index.indexedType) = (dimensions, type)
        let seen = snapshot(rows: 1_000_000, indexes: [index], type: type, dimensions: dimensions, server: server)
            .searched([search(blocksHit: 100, blocksRead: 900)])
        return try #require(seen.finding(of: "cold"))
    }

    @Test(
        "is compared with shared_buffers and, if that is this host, with its memory",
        arguments: [
            (Int64(4), nil, nil, "Give the server shared_buffers for the index"),
            (4, 8, 16, "4 GB alone would fit shared_buffers (8 GB)"), (8, 8, nil, "8 GB alone would fit"),
            (9, 8, nil, "9 GB do not fit shared_buffers (8 GB): raise shared_buffers if the host has the memory"),
            (9, 8, 32, "less than 40 % of the memory of the host (32 GB): raise shared_buffers"),
            (9, 8, 20, "more than 40 % of the memory of the host (20 GB), beyond which shared_buffers seldom help"),
            (40, 8, 32, "40 GB fit neither shared_buffers (8 GB) nor the memory of the host (32 GB)"),
        ] as [(Int64, Int64?, Int64?, String)]
    )
    func memory(gigabytes: Int64, buffers: Int64?, host: Int64?, words: String) throws {
        let found = try Self.advice(gigabytes, buffers: buffers, host: host)
        #expect(found.advice.contains(words), "\(found.advice)")
        #expect(found.evidence.contains { $0.key == "sharedBuffersBytes" } == (buffers != nil))
        #expect(found.evidence.contains { $0.key == "hostMemoryBytes" } == (host != nil))
    }

    @Test("comes with what would fit, by its size: half of it, bits, fewer dimensions")
    func fitting() throws {
        // A row of 768 dimensions takes half a page of 8 kB, as halfvec a quarter, as bits a 20th.
        let large = try Self.advice(8, buffers: 5)
        #expect(large.advice.contains("halfvec(768) it takes about 4 GB, which fits shared_buffers"), "\(large.advice)")
        #expect(large.advice.contains("binary_quantize it takes about 819 MB, which fits"), "\(large.advice)")
        #expect(large.advice.contains("rank those again"))
        let dimensions = try #require(large.advice.firstMatch(of: /With (\d+) dimensions or fewer/)).1
        #expect((400...480).contains(Int(dimensions) ?? 0), "\(large.advice)")
        let small = try Self.advice(8, buffers: 1)
        #expect(small.advice.contains("halfvec(768) it takes about 4 GB;"), "\(small.advice)")
        let fitting = try Self.advice(4, buffers: 8)
        #expect(!fitting.advice.contains("dimensions or fewer"), "\(fitting.advice)")
        let halves = try Self.advice(8, buffers: 5, type: .halfvec)
        #expect(!halves.advice.contains("halfvec(") && halves.advice.contains("binary_quantize"), "\(halves.advice)")
    }

    @Test("gets one of half the size")
    func smaller() throws {
        let found = try #require(Self.graph(hit: 100, read: 900).finding(of: "cold"))
        #expect(found.summary.contains("90 %") && found.severity == .notice, "\(found.summary)")
        guard case .createIndex(_, let index, _)? = found.advised.first else {
            Issue.record("\(found.advised)")
            return
        }
        #expect(index.type == .halfvec && index.dimensions == 64)
    }
}

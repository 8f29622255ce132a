import AdvisorFixture
import Testing

@testable import Advisor

@Suite("The choice of an index")
struct IndexChoiceTests {
    private func choose(
        _ preferences: IndexPreferences = IndexPreferences(),
        rows: Int64 = 10_000,
        type: VectorType = .vector,
        dimensions: Int? = 1_536,
        server: ServerFacts = facts(),
        memory: Int64 = 1 << 30
    ) -> Result<IndexChoice, Unindexable> {
        let seen = snapshot(rows: rows, type: type, dimensions: dimensions).collections[0]
        return IndexChoice.choose(
            for: seen,
            rows: rows,
            preferences: preferences,
            pgvector: server.pgvector,
            limits: ResourceLimits(memoryBytes: memory)
        )
    }

    @Test("auto is HNSW where the graph fits the memory budget")
    func auto() throws {
        let choice = try choose().get()
        #expect(choice.definition.parameters == .hnsw(m: 16, efConstruction: 64))
        #expect(choice.definition.operatorClass == "vector_cosine_ops")
        #expect(choice.reason.contains("fits in the memory budget"))
    }

    @Test("auto is IVFFlat where the graph does not fit and there are rows enough")
    func autoOverBudget() throws {
        let choice = try choose(rows: 50_000, memory: 128 << 20).get()
        #expect(choice.definition.parameters == .ivfflat(lists: 50))
        #expect(choice.reason.contains("does not fit"))
    }

    @Test("auto is IVFFlat where pgvector has no HNSW")
    func autoWithout() throws {
        let choice = try choose(server: facts(pgvector: "0.4.4", hasHNSW: false)).get()
        #expect(choice.definition.method == .ivfflat)
    }

    @Test("L1 distance has HNSW only, also over the budget")
    func l1() throws {
        let choice = try choose(IndexPreferences(distanceMetric: .l1Distance), rows: 50_000, memory: 1 << 20).get()
        #expect(choice.definition.operatorClass == "vector_l1_ops")
        #expect(throws: Unindexable.self) {
            try choose(IndexPreferences(method: .ivfflat, distanceMetric: .l1Distance)).get()
        }
    }

    @Test(
        "every type gets a measure that it has",
        arguments: [
            (VectorType.bit, "bit_hamming_ops"), (.halfvec, "halfvec_cosine_ops"),
            (.sparsevec, "sparsevec_cosine_ops"), (.vector, "vector_cosine_ops"),
        ]
    )
    func types(type: VectorType, operatorClass: String) throws {
        #expect(try choose(type: type, dimensions: 512).get().definition.operatorClass == operatorClass)
    }

    @Test("without pgvector, or without dimensions, there is none")
    func none() {
        #expect(throws: Unindexable.self) { try choose(server: facts(pgvector: nil)).get() }
        #expect(throws: Unindexable.self) { try choose(dimensions: nil).get() }
    }
}

@Suite("Advice on a column that no index covers")
struct UnindexableAdviceTests {
    private func finding(column: String = "vec", dimensions: Int?, type: VectorType = .vector) throws -> Finding {
        var seen = snapshot(rows: 5_000, type: type, dimensions: dimensions)
        seen.collections[0].name.column = column
        return try #require(assess(seen).findings.first { $0.rule == "unindexable" })
    }

    private func cast(dimensions: Int?, type: VectorType = .vector) throws -> CastIndex? {
        switch try finding(dimensions: dimensions, type: type).advised.first {
        case .createIndex(_, let cast, "vec"), .writeCreateIndex(_, let cast, "vec"): cast
        default: nil
        }
    }

    @Test("says what would work for the type and the dimensions")
    func works() throws {
        let half = try #require(try cast(dimensions: 3_072))
        #expect(half.type == .halfvec && half.dimensions == 3_072 && half.distanceMetric == .cosineDistance)
        for (dimensions, type) in [(8_000, VectorType.vector), (5_000, .halfvec)] {
            let bits = try #require(try cast(dimensions: dimensions, type: type))
            #expect(bits.isQuantized && bits.dimensions == dimensions && bits.distanceMetric == .hammingDistance)
        }
        let unknown = try #require(try cast(dimensions: nil))
        #expect(unknown.dimensions == nil && unknown.isForSomeDimensions)
        #expect(try finding(dimensions: nil, type: .sparsevec).advised.count == 1)
        #expect(try cast(dimensions: 65_000) == nil)
    }

    @Test("has its SQL in statements, and none in its words", arguments: ["Vec", "a b", "a\"b", "v1;--", "é", ""])
    func quotes(column: String) throws {
        for dimensions in [3_072, 8_000, nil] {
            let finding = try finding(column: column, dimensions: dimensions)
            #expect(!finding.advice.contains("::") && !finding.advice.contains("..."))
            #expect(!finding.advised.isEmpty)
        }
    }
}

@Suite("Lists and probes")
struct ListsTests {
    @Test(
        "lists are vecs' formula",
        arguments: [
            (Int64(0), 30), (30_999, 30), (31_000, 31), (999_999, 999), (1_000_000, 1_000), (10_000_000, 3_162),
            (Int64.max, 32_768),
        ]
    )
    func lists(rows: Int64, lists: Int) {
        #expect(Lists.recommended(rows: rows) == lists)
    }

    @Test("probes grow with the square root of lists, and never pass them")
    func probes() {
        #expect(Lists.recommendedProbes(lists: 800, formerLists: 100) == 29)
        #expect(Lists.recommendedProbes(lists: 100, formerLists: nil) == 10)
        #expect(Lists.recommendedProbes(lists: 5, formerLists: 5) == 5)
    }
}

@Suite("Predictions, against what was measured")
struct PredictionTests {
    private let mebibyte = 1_048_576.0

    @Test("IVFFlat memory is what pgvector asks for", arguments: [(10, 59.3), (50, 61.5), (100, 64.4)])
    func ivfflatMemory(lists: Int, megabytes: Double) throws {
        let prediction = try #require(
            Prediction.ivfflat(rows: 100_000, type: .vector, dimensions: 1_536, lists: lists, workers: 0)
        )
        #expect(abs(Double(prediction.memoryBytes) / mebibyte - megabytes) < 0.1)
    }

    @Test("an HNSW graph of 1,536 dimensions takes 6,859 bytes for each row")
    func hnswMemory() throws {
        let prediction = try #require(hnsw(rows: 1_000_000, dimensions: 1_536))
        #expect(abs(Double(prediction.memoryBytes) / 1e6 - 6_859) < 1)
    }

    @Test(
        "the size of an HNSW index for each row",
        arguments: [(384, 2_051.0), (768, 4_099), (1_024, 8_196), (1_536, 8_196), (2_000, 16_389)]
    )
    func hnswSize(dimensions: Int, bytes: Double) throws {
        let prediction = try #require(hnsw(rows: 100_000, dimensions: dimensions))
        #expect(abs(Double(prediction.diskBytes) / 100_000 / bytes - 1) < 0.01)
    }

    @Test("the size of an IVFFlat index for each row", arguments: [(384, 1_660.0), (768, 4_125), (1_536, 8_200)])
    func ivfflatSize(dimensions: Int, bytes: Double) throws {
        let prediction = try #require(
            Prediction.ivfflat(rows: 100_000, type: .vector, dimensions: dimensions, lists: 100, workers: 0)
        )
        #expect(abs(Double(prediction.diskBytes) / 100_000 / bytes - 1) < 0.02)
    }

    private func hnsw(rows: Int64, dimensions: Int, workers: Int = 0, memory: Int64 = .max) -> Prediction? {
        Prediction.hnsw(
            rows: rows,
            type: .vector,
            dimensions: dimensions,
            m: 16,
            efConstruction: 64,
            workers: workers,
            memoryLimit: memory
        )
    }

    @Test("a sparsevec has no fixed size, and so no prediction")
    func sparse() {
        #expect(
            Prediction.hnsw(
                rows: 10,
                type: .sparsevec,
                dimensions: 10,
                m: 16,
                efConstruction: 64,
                workers: 0,
                memoryLimit: 1
            ) == nil
        )
    }
}

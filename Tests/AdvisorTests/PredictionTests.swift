import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Predicted times, against builds that were timed")
struct PredictedTimeTests {
    private func predicted(_ build: MeasuredBuild, workers: Int? = nil, memory: Int64 = .max) throws -> Double {
        try #require(
            build.definition.prediction(of: build.shape, workers: workers ?? build.workers, memoryLimit: memory)
        ).seconds
    }

    @Test(
        "by the formula nine of ten are within a factor of 2, by either method",
        arguments: [IndexMethod.hnsw, .ivfflat]
    )
    func formula(method: IndexMethod) throws {
        let builds = MeasuredBuild.all.filter { $0.definition.method == method }
        let misses = try builds.filter { build in
            let ratio = try predicted(build) / build.seconds
            return ratio > 2 || ratio < 0.5
        }
        #expect(Double(misses.count) <= 0.1 * Double(builds.count), "\(misses)")
        for build in builds {
            let ratio = try predicted(build) / build.seconds
            #expect(ratio < 3.5 && ratio > 1 / 3.5, "\(ratio): \(build)")
        }
    }

    @Test("m, ef_construction, lists, dimensions, rows and workers all count")
    func effects() throws {
        func seconds(_ parameters: IndexDefinition.Parameters, _ dimensions: Int, _ rows: Int64, workers: Int) throws
            -> Double
        {
            let build = MeasuredBuild("", parameters, .vector, dimensions, rows: rows, seconds: 0)
            return try predicted(build, workers: workers)
        }
        let graph = try seconds(.hnsw(m: 16, efConstruction: 64), 256, 20_000, workers: 0)
        #expect(try seconds(.hnsw(m: 32, efConstruction: 64), 256, 20_000, workers: 0) > 1.9 * graph)
        #expect(try seconds(.hnsw(m: 100, efConstruction: 200), 256, 20_000, workers: 0) > 9 * graph)
        #expect(try seconds(.hnsw(m: 8, efConstruction: 64), 256, 20_000, workers: 0) < 0.7 * graph)
        #expect(try seconds(.hnsw(m: 16, efConstruction: 64), 1_536, 20_000, workers: 0) > 2 * graph)
        #expect(try seconds(.hnsw(m: 16, efConstruction: 64), 256, 200_000, workers: 0) > 10 * graph)
        #expect(try seconds(.hnsw(m: 16, efConstruction: 64), 256, 20_000, workers: 1) < 0.6 * graph)
        let lists = try seconds(.ivfflat(lists: 30), 256, 20_000, workers: 0)
        #expect(try seconds(.ivfflat(lists: 300), 256, 20_000, workers: 0) > 3 * lists)
    }

    @Test("of a graph that spills only the rows beyond the memory are slow")
    func spill() throws {
        let build = MeasuredBuild("", .hnsw(m: 16, efConstruction: 64), .vector, 256, rows: 20_000, seconds: 0)
        let fits = try predicted(build)
        let needed = try #require(build.definition.prediction(of: build.shape, workers: 1, memoryLimit: 0)).memoryBytes
        #expect(try predicted(build, workers: 0, memory: needed) == predicted(build, workers: 0))
        let byte = try predicted(build, workers: 0, memory: needed - 1)
        #expect(try byte < 1.2 * predicted(build, workers: 0), "one byte is missing")
        #expect(try predicted(build, memory: 9 << 20) > 2 * fits)
        #expect(try predicted(build, memory: needed / 2) < 3.5 * fits)
    }
}

@Suite("What the builds of a database teach")
struct BuildHistoryTests {
    private let here = CollectionName(schema: "public", table: "docs", column: "vec")
    private let elsewhere = CollectionName(schema: "public", table: "other", column: "vec")

    private func past(_ build: MeasuredBuild, times factor: Double = 1, at place: CollectionName) -> PastBuild {
        PastBuild(
            place: place,
            parameters: build.definition.parameters,
            shape: build.shape,
            seconds: build.seconds * factor,
            workers: build.workers,
            memoryBytes: 8 << 30
        )
    }

    private func predicted(_ build: MeasuredBuild, after builds: [PastBuild]) throws -> Prediction {
        let formula = try #require(
            build.definition.prediction(of: build.shape, workers: build.workers, memoryLimit: 8 << 30)
        )
        return BuildHistory(builds).correcting(formula, of: build.definition, on: here, build.shape)
    }

    @Test("after three builds of a column nine of ten times are within a factor of 1.3, whatever the formula says")
    func three() throws {
        var misses: [MeasuredBuild] = []
        for build in MeasuredBuild.all {
            // Builds of the same take a tenth more or less.
            let builds = [0.9, 1, 1.1].map { past(build, times: $0, at: here) }
            let prediction = try predicted(build, after: builds)
            #expect(prediction.basis == .builds(3))
            let ratio = prediction.seconds / build.seconds
            if ratio > 1.3 || ratio < 1 / 1.3 { misses.append(build) }
        }
        #expect(Double(misses.count) <= 0.1 * Double(MeasuredBuild.all.count), "\(misses)")
    }

    @Test("one build on a busy server among others does not move the prediction")
    func outlier() throws {
        let build = MeasuredBuild.all[2]
        let usual = [1.0, 1, 1, 1].map { past(build, times: $0, at: here) }
        let before = try predicted(build, after: usual).seconds
        let after = try predicted(build, after: usual + [past(build, times: 30, at: here)]).seconds
        #expect(after < 1.2 * before)
    }

    @Test("builds of another column count for the server, but with less weight")
    func others() throws {
        let build = MeasuredBuild.all[2]
        let formula = try predicted(build, after: [])
        #expect(formula.basis == .formula)
        let slow = (0..<4).map { _ in past(build, times: 8 * formula.seconds / build.seconds, at: elsewhere) }
        let corrected = try predicted(build, after: slow)
        #expect(corrected.basis == .builds(4))
        #expect(corrected.seconds > 2 * formula.seconds && corrected.seconds < 8 * formula.seconds)
        let own = (0..<2).map { _ in past(build, at: here) }
        let mixed = try predicted(build, after: slow + own)
        #expect(mixed.seconds < 1.5 * build.seconds, "those of the column itself count more")
    }

    @Test("the other method teaches nothing")
    func method() throws {
        let graph = try #require(MeasuredBuild.all.first { $0.definition.method == .hnsw })
        let lists = try #require(MeasuredBuild.all.first { $0.definition.method == .ivfflat })
        #expect(try predicted(lists, after: [past(graph, times: 50, at: here)]).basis == .formula)
    }

    @Test("the phases of an IVFFlat build follow what they took of the column's builds, within the predicted time")
    func phases() throws {
        let build = try #require(MeasuredBuild.all.first { $0.definition.method == .ivfflat })
        #expect(try predicted(build, after: [past(build, at: here)]).phases == nil)
        for share in [0.1, 0.8] {
            let builds = [0.9, 1, 1.1].map { factor in
                var past = past(build, times: factor, at: here)
                past.phases = BuildPhases(
                    training: share * past.seconds,
                    assigning: (0.9 - share) * past.seconds
                )
                return past
            }
            let prediction = try predicted(build, after: builds)
            let phases = try #require(prediction.phases)
            #expect(abs(phases.training / prediction.seconds - share) < 0.12, "\(phases) of \(prediction.seconds)")
            #expect(phases.training + phases.assigning < prediction.seconds)
        }
        var other = past(build, at: elsewhere)
        other.phases = BuildPhases(training: 0.8 * other.seconds, assigning: 0.1 * other.seconds)
        let little = try #require(try predicted(build, after: [other]).phases)
        let parts = try #require(build.definition.parts(of: build.shape, workers: 0, memoryLimit: .max))
        let (formula, seconds) = (parts.training / parts.total, try predicted(build, after: [other]).seconds)
        let found = little.training / seconds
        #expect(found > min(formula, 0.8) - 0.01 && found < max(formula, 0.8) + 0.01, "between both: \(found)")
    }

    @Test("the size follows what the column's own index had for its rows, and nobody else's")
    func size() throws {
        let build = MeasuredBuild.all[2]
        let formula = try predicted(build, after: []).diskBytes
        var smaller = past(build, at: here)
        smaller.sizeBytes = formula / 7
        #expect(abs(Double(try predicted(build, after: [smaller]).diskBytes) / Double(formula / 7) - 1) < 0.01)
        smaller.place = elsewhere
        #expect(try predicted(build, after: [smaller]).diskBytes == formula)
    }
}

@Suite("Equal values")
struct DistinctValuesTests {
    /// What ANALYZE and the finished index said of 20,000 rows of 64 dimensions.
    private static let measured: [(name: String, distinct: DistinctValues?, bytes: Int64)] = [
        (
            "all but few are different", DistinctValues(nDistinct: -0.6284, commonShares: [0.000_35], rows: 20_000),
            7_168_000
        ),
        ("two of each", DistinctValues(nDistinct: -0.4313, commonShares: [0.000_45], rows: 20_000), 4_939_776),
        ("four of each", DistinctValues(nDistinct: -0.245_65, commonShares: [], rows: 20_000), 2_818_048),
        ("ten of each", DistinctValues(nDistinct: 2_000, commonShares: [], rows: 20_000), 1_622_016),
        ("twenty of each", DistinctValues(nDistinct: 1_000, commonShares: [], rows: 20_000), 1_409_024),
        ("a hundred of each", DistinctValues(nDistinct: 200, commonShares: [], rows: 20_000), 1_949_696),
        (
            "a thousand of each",
            DistinctValues(nDistinct: 20, commonShares: Array(repeating: 0.05, count: 20), rows: 20_000), 7_118_848
        ),
        (
            "half of the rows have twenty values",
            DistinctValues(nDistinct: -0.502_45, commonShares: Array(repeating: 0.025, count: 20), rows: 20_000),
            7_839_744
        ),
    ]

    @Test("share elements, which the size of an HNSW index shows", arguments: 0..<8)
    func size(position: Int) throws {
        let (name, distinct, bytes) = Self.measured[position]
        let elements = try #require(distinct).elements(ofRows: 20_000, m: 16, efConstruction: 64)
        let prediction = try #require(
            Prediction.hnsw(
                rows: 20_000,
                type: .vector,
                dimensions: 64,
                m: 16,
                efConstruction: 64,
                workers: 0,
                memoryLimit: .max,
                elements: elements
            )
        )
        #expect(abs(Double(prediction.diskBytes) / Double(bytes) - 1) < 0.15, "\(name): \(prediction.diskBytes)")
    }

    @Test("are counted in all rows of a table, or estimated from its first ones")
    func sampled() throws {
        let all = try #require(DistinctValues.estimate(from: [3, 1, 1, 5], of: 10, isWhole: true))
        #expect(all == DistinctValues(count: 4, commonShares: [0.5, 0.3], source: .allRows))
        #expect(all.elements(ofRows: 10, m: 16, efConstruction: 64) == 4)
        let different = try #require(
            DistinctValues.estimate(from: Array(repeating: 1, count: 500), of: 100_000, isWhole: false)
        )
        #expect(
            different.source == .firstRows(500)
                && different.elements(ofRows: 100_000, m: 16, efConstruction: 64) == 100_000
        )
        // A thousand rows of a table in which each of 20,000 values occurs five times.
        let few = try #require(
            DistinctValues.estimate(
                from: Array(repeating: 1, count: 960) + Array(repeating: 2, count: 20),
                of: 100_000,
                isWhole: false
            )
        )
        #expect(few.count > 15_000 && few.count < 30_000, "\(few.count)")
        let common = try #require(
            DistinctValues.estimate(from: Array(repeating: 50, count: 20), of: 10_000, isWhole: false)
        )
        #expect(common.count == 20 && common.commonShares == Array(repeating: 0.05, count: 20))
        #expect(DistinctValues.estimate(from: [], of: 5, isWhole: true) == nil)
        // The statistics of ANALYZE are no more than rows.
        #expect(try #require(DistinctValues.estimate(from: [1], of: 0, isWhole: false)).count == 1)
    }

    /// The elements of a value that occurs so often, as indexes of 6,000 rows (L2, 32 dimensions) had them.
    private static let elements: [(copies: Int, m: Int, efConstruction: Int, elements: Double)] = [
        (2, 16, 64, 1), (10, 16, 64, 1), (20, 16, 64, 2.03), (50, 16, 64, 5.38), (100, 16, 64, 12.98),
        (200, 16, 64, 34.8), (200, 16, 200, 31.7), (400, 16, 64, 93.7), (600, 16, 64, 254.6), (1_000, 16, 64, 649),
        (4_000, 16, 64, 3_426), (50, 8, 64, 7), (100, 8, 64, 15.6), (200, 8, 64, 76), (400, 8, 64, 209.6),
        (1_000, 8, 64, 696), (100, 32, 128, 10.4), (200, 32, 128, 25.6), (600, 32, 128, 68.9), (2_000, 32, 128, 1_378),
        // As many candidates as neighbours.
        (10, 32, 64, 10.05), (50, 32, 64, 50.3), (100, 32, 64, 75.2), (400, 32, 64, 83.2), (2_000, 32, 64, 1_378),
    ]

    @Test("share the fewer elements the fuller the neighbours of a row are", arguments: elements.indices)
    func shared(position: Int) {
        let (copies, m, efConstruction, elements) = Self.elements[position]
        let values = 6_000 / copies
        let rows = Int64(values * copies)
        let counts = DistinctValues.estimate(from: Array(repeating: copies, count: values), of: rows, isWhole: true)
        let predicted = counts?.elements(ofRows: rows, m: m, efConstruction: efConstruction) ?? 0
        let ratio = Double(predicted) / Double(values) / elements
        // Two indexes of the same rows differ by a fifth, since the levels of their elements are random; where the neighbours
        // are about to be full by more.
        #expect(ratio > 0.65 && ratio < 1.3, "\(Double(predicted) / Double(values))")
    }

    @Test("where nothing is known all are different")
    func unknown() {
        #expect(DistinctValues(nDistinct: -1, commonShares: [], rows: 20_000) == nil)
        #expect(DistinctValues(nDistinct: 0, commonShares: [], rows: 20_000) == nil)
        #expect(DistinctValues(count: 5).elements(ofRows: 3, m: 16, efConstruction: 64) <= 3)
        #expect(DistinctValues(count: 0).elements(ofRows: 0, m: 16, efConstruction: 64) >= 0)
    }
}

@Suite("One budget of memory")
struct MemoryBudgetTests {
    /// A server whose own `maintenance_work_mem` is this large.
    private func server(memory: Int64, processors: Int? = nil) -> ServerFacts {
        var server = facts()
        server.maintenanceWorkMemoryBytes = memory
        server.hostProcessors = processors
        return server
    }

    @Test("is what is configured, also where the server would give more; else the more of both")
    func budget() {
        #expect(ResourceLimits().on(server(memory: 4 << 30)).memoryBytes == 4 << 30)
        #expect(ResourceLimits().on(server(memory: 64 << 20)).memoryBytes == 1 << 30)
        #expect(ResourceLimits(memoryBytes: 256 << 20).on(server(memory: 4 << 30)).memoryBytes == 256 << 20)
        #expect(ResourceLimits(memoryBytes: 66_500 << 10).on(server(memory: 1)).memoryBytes == 66_500 << 10)
    }

    @Test("decides the session's, and what is said to be enough is enough")
    func session() throws {
        for kilobytes in stride(from: Int64(1_024), through: 90_000, by: 733) {
            let seen = snapshot(rows: 20_000, dimensions: 256, server: server(memory: 8 << 30))
            let limits = ResourceLimits(memoryBytes: kilobytes << 10)
            let job = try #require(assess(seen, limits: limits).plan.jobs.first { $0.kind == "create_index" })
            let settings = try #require(job.settings)
            #expect(settings.maintenanceWorkMemoryBytes <= kilobytes << 10)
            #expect(settings.maintenanceWorkMemoryBytes % 1_024 == 0)
            let isFitting = try #require(job.sufficientMemoryBytes) <= settings.maintenanceWorkMemoryBytes
            let reason = Self.reason(of: job)
            switch job.definition?.method {
            case .hnsw: #expect(isFitting != reason.contains("does not fit"), "\(kilobytes) kB: \(reason)")
            default:
                #expect(isFitting, "\(kilobytes) kB: \(reason)")
                let enough = try #require(Self.setting(in: reason))
                let better = ResourceLimits(memoryBytes: enough)
                let again = try #require(assess(seen, limits: better).plan.jobs.first { $0.kind == "create_index" })
                #expect(again.definition?.method == .hnsw, "\(reason), but then \(Self.reason(of: again))")
            }
        }
    }

    @Test("an IVFFlat index that is refused for it is built with what the refusal names")
    func refusal() throws {
        let request = IndexRequest.create(
            RequestedIndex(given: IndexOverride(method: .some(.ivfflat)), lists: 300)
        )
        for kilobytes in stride(from: Int64(1_024), through: 70_000, by: 1_777) {
            let seen = snapshot(rows: 20_000, dimensions: 768, server: server(memory: 1 << 20))
            func jobs(_ bytes: Int64) throws -> [Job] {
                try request.jobs(
                    for: seen.collections[0],
                    server: seen.server,
                    configured: IndexPreferences(),
                    limits: ResourceLimits(memoryBytes: bytes)
                )
            }
            do {
                _ = try jobs(kilobytes << 10)
            } catch let blocker as Blocker {
                #expect(blocker.kind == .memory)
                #expect(try jobs(try #require(Self.setting(in: blocker.advice))).count == 1, "\(blocker)")
            }
        }
    }

    private static func reason(of job: Job) -> String {
        guard let creation = job.spec as? CreateIndex else { return "" }
        return creation.choiceReason
    }

    /// The size in `maintenance.memory = "33MB"`.
    private static func setting(in text: String) -> Int64? {
        let parts = text.split(separator: "\"")
        guard let place = parts.firstIndex(where: { $0.hasSuffix("maintenance.memory = ") }), place + 1 < parts.count
        else {
            return nil
        }
        let spelled = parts[place + 1]
        let digits = spelled.prefix { $0.isNumber }
        let units: [String: Int64] = ["kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30]
        guard let number = Int64(digits), let unit = units[String(spelled.dropFirst(digits.count))] else { return nil }
        return number * unit
    }

    @Test("workers are those that the server will give", arguments: [IndexMethod.hnsw, .ivfflat])
    func workers(method: IndexMethod) {
        func workers(_ limits: ResourceLimits, _ server: ServerFacts) -> Int {
            limits.on(server).workers(for: method, on: server)
        }
        let isGraph = method == .hnsw
        #expect(workers(ResourceLimits(), server(memory: 1)) == 2, "what the server has is not known")
        #expect(workers(ResourceLimits(), server(memory: 1, processors: 2)) == (isGraph ? 1 : 0))
        #expect(workers(ResourceLimits(), server(memory: 1, processors: 1)) == 0)
        #expect(workers(ResourceLimits(), server(memory: 1, processors: 16)) == 2)
        #expect(workers(ResourceLimits(memoryBytes: 63 << 20), server(memory: 1)) == 0)
        #expect(workers(ResourceLimits(memoryBytes: 64 << 20), server(memory: 1)) == (isGraph ? 2 : 1))
    }

    @Test("sizes of memory are exact, so that no two that differ read the same")
    func spelling() {
        #expect(MemorySetting.spelled(33 << 20) == "33MB" && MemorySetting.words(33 << 20) == "33 MB")
        #expect(MemorySetting.words(66_500 << 10) == "66,500 kB" && MemorySetting.spelled(1 << 30) == "1GB")
        #expect(MemorySetting.enough((33 << 20) + 1) == 34 << 20 && MemorySetting.enough(33 << 20) == 33 << 20)
    }
}

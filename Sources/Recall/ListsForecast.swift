internal import Advisor

/// Says what IVFFlat indexes with other lists would find, from what one pass has kept.
///
/// It finds the lists in the sample as pgvector does, and then asks of each of the nearest rows only which list it would be in:
/// a search finds it if that list is among the nearest to what is searched for. No other row matters for the recall. How many
/// rows a list has is known from the sample.
public struct ListsForecast: Sendable {
    /// The nearest rows of one query.
    private struct Query: Sendable {
        var vector: [Float]
        /// Where the vectors of its nearest rows begin.
        var starts: [Int]
    }

    private let queries: [Query]
    private let neighbours: [Float]
    private let training: ListTraining
    private let rows: Int

    /// The fewest rows for each list on which training is near enough to that of pgvector, which takes 50.
    private static let leastTrainingRows = 30
    /// The vectors that a processor compares in a second, until it is known: numbers of them.
    private static let numbersPerSecond = 1e9
    /// The most that the centres of all lists may take; training has up to three copies of them.
    static let centreBytes = 8 << 20
    /// How many builds are averaged where time allows.
    private static let trainings: Int = 3
    /// The steps of training that are expected, with drawing the first centres.
    private static let expectedSteps = 14.0

    /// Takes what a pass has kept, which can be taken once; `nil` if it kept no nearest rows.
    ///
    /// - Parameters:
    ///   - search: The search over all rows.
    ///   - k: How many nearest rows count.
    ///   - isStored: Whether the queries are stored vectors, which are not to find themselves.
    ///   - tasks: The processors to use.
    public init?(_ search: ExactSearch, k: Int, isStored: Bool, tasks: Int) {
        guard let kept = search.kept, let nearest = kept.nearest?.take() else { return nil }
        queries = nearest.queries.compactMap { query in
            var rows = query.rows
            if isStored {
                let own = search.ownDistance(of: query.query)
                if let place = rows.firstIndex(where: { $0.distance == own }) { rows.remove(at: place) }
            }
            guard !rows.isEmpty else { return nil }
            return Query(vector: search.denseQuery(query.query), starts: rows.prefix(k).map(\.start))
        }
        neighbours = nearest.values
        training = ListTraining(rows: kept.sample.take(), isSpherical: kept.isSpherical, tasks: tasks)
        rows = search.rows
    }

    /// Computes a grid.
    ///
    /// - Parameters:
    ///   - tried: The lists to try, the most important first.
    ///   - probes: The probes that each of them has a cell for, beside a series of usual ones.
    ///   - target: The recall whose least probes have a cell too.
    ///   - duration: The longest time.
    ///   - onProgress: Gets the share that is done.
    /// - Returns: The grid; what did not fit the time or the sample is left out, and listed.
    public func grid(
        lists tried: [Int],
        probes: [Int],
        target: Double,
        within duration: Duration,
        onProgress: @Sendable (Double) -> Void = { _ in }
    ) async -> ListsGrid {
        let start = ContinuousClock.now
        let deadline = start + duration
        var grid = ListsGrid(cells: [], queries: queries.count, rows: rows, sampledRows: training.rows.count)
        var speed = Self.numbersPerSecond * Double(training.tasks)
        var builds: [Int: (seconds: Double, finds: [Finds])] = [:]
        for (position, lists) in tried.enumerated() {
            guard lists * training.rows.stride * MemoryLayout<Float>.stride <= Self.centreBytes else {
                grid.omissions.append(.init(lists: lists, reason: .memory))
                continue
            }
            let trainingRows = training.trainingRows(lists: lists)
            guard trainingRows >= min(rows, Self.leastTrainingRows * lists), trainingRows >= lists else {
                grid.omissions.append(.init(lists: lists, reason: .sample))
                continue
            }
            let numbers = Double(trainingRows * lists * training.rows.stride) * Self.expectedSteps
            let began = ContinuousClock.now
            guard !queries.isEmpty, numbers / speed <= began.duration(to: deadline) / .seconds(1),
                let trained = await training.run(lists: lists, seed: 0, until: deadline)
            else {
                grid.omissions.append(.init(lists: lists, reason: .time))
                continue
            }
            builds[lists] = (began.duration(to: .now) / .seconds(1), [await finds(of: trained)])
            // Small ones are over too soon to tell.
            if let seconds = builds[lists]?.seconds, seconds > 0.05 { speed = numbers / seconds }
            onProgress(Double(position + 1) / Double(tried.count * Self.trainings))
        }
        // A build scatters with the centres that it begins with: what it finds on average is asked.
        for seed in 1..<Self.trainings {
            for (position, lists) in tried.enumerated() {
                guard let seconds = builds[lists]?.seconds,
                    2 * seconds <= ContinuousClock.now.duration(to: deadline) / .seconds(1),
                    let trained = await training.run(lists: lists, seed: UInt64(seed), until: deadline)
                else { continue }
                builds[lists]?.finds.append(await finds(of: trained))
                onProgress(Double(seed * tried.count + position + 1) / Double(tried.count * Self.trainings))
            }
        }
        for (lists, built) in builds {
            grid.cells += cells(of: lists, built.finds, probes: probes, target: target)
        }
        grid.cells.sort { ($0.lists, $0.probes) < ($1.lists, $1.probes) }
        grid.seconds = start.duration(to: .now) / .seconds(1)
        return grid
    }

    /// The lists worth trying for a table, the most important first: those of the present index, those of the formula,
    /// between the two, then five sixths, two thirds, half, twice, a quarter and four times as many as at present.
    ///
    /// With those a little below the present ones, lists that keep the recall need not be half as many.
    ///
    /// - Parameters:
    ///   - present: The lists of the present index.
    ///   - rows: The rows with a vector.
    /// - Returns: The lists; of two that are within a seventh only the first.
    public static func lists(present: Int, rows: Int) -> [Int] {
        let formula = Lists.recommended(rows: Int64(rows))
        var chosen: [Int] = []
        let between = Int((Double(present) * Double(formula)).squareRoot())
        for lists in [
            present, formula, between, present * 5 / 6, present * 2 / 3, present / 2, present * 2, present * 4,
            present / 4,
        ] {
            guard lists >= 2 || lists == present, lists <= min(32_768, max(rows, 1)),
                chosen.allSatisfy({ max(lists, $0) * 7 > min(lists, $0) * 8 })
            else { continue }
            chosen.append(lists)
        }
        return chosen
    }

    /// The usual probes, up to all lists.
    private static func ladder(to lists: Int) -> [Int] {
        var ladder: [Int] = []
        var decade = 1
        while decade <= lists {
            ladder += [1, 2, 3, 5].map { $0 * decade }.filter { $0 <= lists }
            decade *= 10
        }
        return ladder
    }

    /// What the searches find in the lists of one build.
    private struct Finds: Sendable {
        /// For each query, how many lists are nearer than that of each nearest row, in ascending order.
        var ranks: [[Int]]
        /// The share of the rows in so many nearest lists, for all queries together.
        var sharesRead: [Double]
    }

    private func cells(of lists: Int, _ builds: [Finds], probes: [Int], target: Double) -> [ListsGrid.Cell] {
        // The share of the rows found that each further list adds.
        var added = [Double](repeating: 0, count: lists)
        for build in builds {
            for ranks in build.ranks {
                for rank in ranks { added[rank] += 1 / Double(ranks.count * queries.count * builds.count) }
            }
        }
        var recall = 0.0
        var least: Int?
        var enough = lists
        for (rank, share) in added.enumerated() {
            recall += share
            if least == nil, recall >= target - 1e-9 { least = rank + 1 }
            if recall >= 0.9995 {
                enough = rank + 1
                break
            }
        }
        // Beyond the first that finds all, more probes find nothing.
        let ladder = Self.ladder(to: lists)
        let useful = ladder.prefix { $0 < enough } + ladder.drop { $0 < enough }.prefix(1)
        let wanted = Set(useful).union(probes.map { min($0, lists) }).union([least].compactMap { $0 })
        return wanted.sorted().map { probes in
            let recalls = queries.indices.map { query in
                let each = builds.map { build in
                    Double(build.ranks[query].count { $0 < probes }) / Double(build.ranks[query].count)
                }
                return each.reduce(0, +) / Double(each.count)
            }
            let recall = recalls.reduce(0, +) / Double(recalls.count)
            let read = builds.reduce(0) { $0 + $1.sharesRead[probes - 1] }
            return ListsGrid.Cell(
                lists: lists,
                probes: probes,
                recall: recall,
                interval: RecallFigures.interval(
                    recalls,
                    mean: recall,
                    rows: queries.reduce(0) { $0 + $1.starts.count }
                ),
                shareOfRowsRead: read / Double(queries.count * builds.count)
            )
        }
    }

    private func finds(of trained: ListTraining.Lists) async -> Finds {
        let parts = await ParallelRanges.map(queries.count, tasks: training.tasks) { finds(of: trained, by: $0) }
        return Finds(
            ranks: parts.flatMap(\.ranks),
            sharesRead: trained.sizes.indices.map { rank in parts.reduce(0) { $0 + $1.sharesRead[rank] } }
        )
    }

    private func finds(of trained: ListTraining.Lists, by range: Range<Int>) -> Finds {
        let lists = trained.sizes.count
        var finds = Finds(ranks: [], sharesRead: [Double](repeating: 0, count: lists))
        let rows = Double(max(1, trained.sizes.reduce(0, +)))
        neighbours.withUnsafeBufferPointer { neighbours in
            guard let neighbours = neighbours.baseAddress else { return }
            for query in queries[range] {
                let distances = query.vector.withUnsafeBufferPointer { vector in
                    vector.baseAddress.map { trained.centres.distances(from: $0) } ?? []
                }
                let order = (0..<lists).sorted { (distances[$0], $0) < (distances[$1], $1) }
                var ranks = [Int](repeating: 0, count: lists)
                var read = 0
                for (rank, list) in order.enumerated() {
                    ranks[list] = rank
                    read += trained.sizes[list]
                    finds.sharesRead[rank] += Double(read) / rows
                }
                finds.ranks.append(
                    query.starts.map { ranks[trained.centres.nearest(to: neighbours + $0).list] }.sorted()
                )
            }
        }
        return finds
    }
}

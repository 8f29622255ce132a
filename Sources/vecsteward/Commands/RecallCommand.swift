import Advisor
import ArgumentParser
import Maintenance
import Postgres
import Recall
import Reports

/// Measures what the index of a collection finds.
struct RecallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall",
        abstract: "Measure how many of the nearest rows the index of a collection finds.",
        discussion: """
            Searches for 100 vectors through the index, at the settings that the searches of the collection have, and reads \
            the table once to find the rows that are really nearest. It changes nothing. Reads and writes do not wait for it; \
            vacuum, concurrent index builds and ALTER TABLE do, as long as it reads the table: at most for a minute, then a \
            table that takes longer is read in ranges of blocks.

            The vectors are those of the file that you give, or else what "queries" of the configuration returns, or else \
            vectors of real searches that the server still shows, if these are 20 or more, and stored ones otherwise. Stored \
            vectors flatter an index, because they lie where its rows lie; --stored takes them all the same. A file has one \
            vector in each line, as a JSON array (.jsonl) or as numbers with commas (.csv), or is a NumPy array (.npy) or 32-bit \
            floats one after the other (any other name).

            A partitioned table is searched as a whole, and the report says which partitions are read without the index. Name \
            the index of one partition with --index to measure that partition alone.

            With --what-if it computes, without building anything, what an IVFFlat index would find with other lists and \
            probes, and prints the least work that reaches the target (0.95 without --target) with its statements. For HNSW \
            it measures which ef_search reaches the target, and builds graphs with other m and ef_construction on a sample of \
            the rows, in a temporary table, for a minute at most. --curve \
            runs the same searches again at a series of probes or of ef_search, for at most a third of the budget.

            COLLECTION is written as for create-index.

            EXAMPLES:
              vecsteward recall docs
                  Measure recall@10 of the index of vecs.docs.
              vecsteward recall docs --probes 40 --target 0.95
                  Measure what 40 probes would find, and exit with 1 if that is less than 0.95.
              vecsteward recall docs --what-if --target 0.97
                  Find the probes, or the lists and probes, that find 97 of 100 nearest rows with the least work.
              vecsteward recall docs --group-by tenant
                  Measure searches among the rows of one tenant each, and say which tenant fares worst.
              vecsteward recall public.items --queries searches.jsonl --k 5 --format json
                  Measure with the vectors of real searches, for a program to read.
            """
    )

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "The collection: table, schema.table or schema.table.column.")
    var collection: String

    @Option(help: ArgumentHelp("Which index, if there are several.", valueName: "name"))
    var index: String?

    @Option(
        name: .customLong("k"),
        help: ArgumentHelp("How many nearest rows each search asks for, 1 to 1000.", valueName: "n")
    )
    var k = 10

    @Option(
        help: ArgumentHelp(
            "How many vectors to search for, 1 to 10000, or a file with vectors.",
            valueName: "n|file"
        ),
        completion: .file()
    )
    var queries = "100"

    @Flag(help: "Search for stored vectors, even if there are vectors of real searches.")
    var stored = false

    @Option(help: ArgumentHelp("IVFFlat: search with so many probes. (default: as the searches)", valueName: "n"))
    var probes: Int?

    @Option(help: ArgumentHelp("HNSW: search with this ef_search. (default: as the searches)", valueName: "n"))
    var efSearch: Int?

    @Option(
        help: ArgumentHelp(
            "Search among the rows with one value of this column each, as of one tenant, and name the worst value.",
            valueName: "column"
        )
    )
    var groupBy: String?

    @Option(help: ArgumentHelp("Exit with 1 if the recall is less, or may be, between 0 and 1.", valueName: "share"))
    var target: Double?

    @Option(
        help: ArgumentHelp("The longest time for the searches, and again for reading the table.", valueName: "time")
    )
    var budget = "60s"

    @Flag(help: "Compare with ten times the effort instead of the exact search: quick, and only an upper bound.")
    var light = false

    @Flag(help: "Say what other lists and probes, or another ef_search, would find, and what reaches the target.")
    var whatIf = false

    @Flag(help: "Measure recall and time at a series of probes or of ef_search, and draw them.")
    var curve = false

    @OptionGroup var source: SourceOptions

    @Option(help: "The format of the report. (default: text)")
    var format: ReportFormat?

    /// The format, which may also stand before the name of the command.
    private var chosenFormat: ReportFormat { format ?? parent.format }
}

extension RecallCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        guard !parent.dryRun, parent.output == nil, !parent.exitCode else {
            throw ProgramFailure(
                .usage,
                "recall takes no --dry-run, --output or --exit-code",
                hint: "Remove these options: recall only reads, and writes to standard output."
            )
        }
        var request = try request()
        let configuration = try source.merged(over: parent.source).load()
        let vectors = try queryFile()
        let place = try await CollectionSearch(CollectionArgument(collection), command: "recall").place(
            in: configuration
        )
        if let vectors { request.vectors = try vectors.read(for: place, through: index).map { .dense($0) } }
        let display = ProgressDisplay(environment: environment)
        display.begin(
            "recall of \(Quoted.name(place.collection.description, limit: 200))",
            phase: "looking at the index"
        )
        let progress = RecallProgress()
        let answer: Result<RecallMeasurement, RecallRefusal>
        do throws(PostgresError) {
            switch try await place.assessor.addQueries(to: request, of: place.collection, in: place.snapshot) {
            case .failure(let refusal): answer = .failure(refusal)
            case .success(let request):
                answer = try await place.assessor.measureRecall(request, of: place.collection, in: place.snapshot) {
                    display.show(
                        JobProgress(phase: $0, fraction: $1, secondsLeft: progress.secondsLeft(of: $0, at: $1))
                    )
                }
            }
        } catch {
            display.end()
            throw ProgramFailure(error, in: place.database)
        }
        display.end()
        switch answer {
        case .failure(let refusal):
            throw ProgramFailure(
                refusal.isOfRequest ? .usage : .workToDo,
                "cannot measure the recall of \(Quoted.name(place.collection.description, limit: 200)): \(refusal.reason)",
                hint: refusal.hint
            )
        case .success(let measurement):
            let report = RecallReport(programVersion: programVersion, measurement: measurement, target: target)
            let terminal = Terminal.onStandardOutput(environment: environment)
            try ReportDestination.standardOutput.write(render(report, for: terminal ?? .none))
            return report.isGood ? .success : .workToDo
        }
    }

    private func render(_ report: RecallReport, for terminal: Terminal) -> String {
        switch chosenFormat {
        case .text: TextReport(for: terminal).render(report)
        case .json: JSONReport.render(report)
        }
    }

    /// Checks the options.
    private func request() throws(ProgramFailure) -> RecallRequest {
        var request = RecallRequest()
        request.index = index
        request.hasWhatIf = whatIf
        request.hasCurve = curve
        request.k = try Self.number(k, in: 1...1_000, "--k")
        request.groupBy = groupBy
        let mostQueries = groupBy == nil ? 10_000 : RecallRequest.mostGroupedQueries
        if let number = Int(queries) { request.queries = try Self.number(number, in: 1...mostQueries, "--queries") }
        guard probes == nil || efSearch == nil else {
            throw ProgramFailure(
                .usage,
                "--probes and --ef-search are of different methods",
                hint: "Give --probes for an IVFFlat index, or --ef-search for an HNSW index."
            )
        }
        if let probes {
            request.settings["ivfflat.probes"] = String(try Self.number(probes, in: 1...32_768, "--probes"))
        }
        if let efSearch {
            request.settings["hnsw.ef_search"] = String(try Self.number(efSearch, in: 1...1_000, "--ef-search"))
        }
        if let target, !(target > 0 && target <= 1) {
            throw ProgramFailure(
                .usage,
                "--target must be more than 0 and at most 1",
                hint: "0.95 means that 95 of 100 nearest rows are found."
            )
        }
        request.target = target
        guard let duration = DurationSpelling.parse(budget), duration >= .milliseconds(1), duration <= .seconds(86_400)
        else {
            throw ProgramFailure(
                .usage,
                "--budget must be a time of up to 1 day",
                hint: "Write \(DurationSpelling.form)."
            )
        }
        guard !stored || Int(queries) != nil else {
            throw ProgramFailure(
                .usage,
                "--stored cannot be combined with a file of --queries",
                hint: "Give --queries a number of stored vectors."
            )
        }
        request.isOfStoredVectors = stored
        request.isLight = light
        let isOfWholeTable = whatIf || curve
        guard !(light && isOfWholeTable), groupBy == nil || !(light || isOfWholeTable) else {
            throw ProgramFailure(
                .usage,
                "\(light && groupBy == nil ? "--light" : "--group-by") cannot be combined with "
                    + "\(light && groupBy == nil ? "" : "--light, ")--what-if and --curve",
                hint: "Measure one after the other."
            )
        }
        request.budget = duration
        return request
    }

    private static func number(
        _ value: Int,
        in range: ClosedRange<Int>,
        _ option: String
    ) throws(ProgramFailure) -> Int {
        guard range.contains(value) else {
            throw ProgramFailure(
                .usage,
                "\(option) must be from \(range.lowerBound) to \(range.upperBound)",
                hint: "You gave \(value)."
            )
        }
        return value
    }

    /// Reads the file of `--queries`, before any server is asked; `nil` if it is a number.
    private func queryFile() throws(ProgramFailure) -> QueryVectorFile? {
        Int(queries) == nil ? try QueryVectorFile(path: queries) : nil
    }
}

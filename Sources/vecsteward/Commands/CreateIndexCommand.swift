import Advisor
import ArgumentParser

/// Builds an index, with the arguments of vecs' `create_index`.
struct CreateIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-index",
        abstract: "Build an index on a collection, with the arguments of vecs' create_index.",
        discussion: """
            Builds the new index beside the existing ones, without blocking writes. It replaces a usable index for the \
            same distance metric: the old index is dropped when the new one has its name. Indexes for other metrics stay, \
            because searches may use them; vecs would drop them. The index gets the name that vecs would give it, so that \
            the client finds it.

            COLLECTION is a table (docs means vecs.docs), schema.table, or schema.table.column if the table has several \
            vector columns. Quote names with dots or capitals as in SQL: 'vecs."My Docs"'.

            If a vecsteward daemon is the leader in the database, it builds the index and this command shows the \
            progress. Otherwise this command builds it. Ctrl-C stops only the command: the build continues in the server.

            EXAMPLES:
              vecsteward create-index docs
                  Build what vecs would build: hnsw for cosine distance, unless the configuration says otherwise.
              vecsteward create-index docs --method ivfflat --lists 200
                  Build an IVFFlat index. It needs 50 rows per list, and searches need more probes for more lists.
              vecsteward create-index public.items.embedding --measure l2_distance --no-wait
                  Queue the job and return; the daemon runs it.
            """
    )

    /// The methods that vecs knows.
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case auto
        case hnsw
        case ivfflat
    }

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "The collection: table, schema.table or schema.table.column.")
    var collection: String

    @Option(
        help: "The index method; auto is hnsw if its graph fits in memory. (default: the configuration's, or auto)"
    )
    var method: Method?

    @Option(
        help:
            "The distance metric. (default: the configuration's, that of an existing index, or cosine_distance)"
    )
    var measure: DistanceMetricName?

    @Option(help: ArgumentHelp("IVFFlat: number of lists, 1 to 32768. (default: as vecs chooses)", valueName: "n"))
    var lists: Int?

    @Option(
        name: .customLong("m"),
        help: ArgumentHelp("HNSW: links per node, 2 to 100. (default: 16)", valueName: "n")
    )
    var m: Int?

    @Option(
        help: ArgumentHelp(
            "HNSW: candidates per row, 4 to 1000 and at least 2 * m. (default: 64)",
            valueName: "n"
        )
    )
    var efConstruction: Int?

    @Flag(help: "Fail if a usable index for this distance metric exists.")
    var noReplace = false

    @Flag(help: "Build it even if it rejects rows that the column accepts (sparsevec: over 1,000 non-zeros).")
    var acceptRefusals = false

    @Flag(help: "Queue the job and return at once.")
    var noWait = false

    @OptionGroup var source: SourceOptions
}

/// A distance metric by its name in vecs.
struct DistanceMetricName: ExpressibleByArgument {
    var distanceMetric: DistanceMetric

    init?(argument: String) {
        guard let distanceMetric = DistanceMetric(rawValue: argument) else { return nil }
        self.distanceMetric = distanceMetric
    }

    static var allValueStrings: [String] { DistanceMetric.allCases.map(\.rawValue) }
}

extension CreateIndexCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "create-index")
        var given = IndexOverride(distanceMetric: measure?.distanceMetric, m: m, efConstruction: efConstruction)
        if let method { given.method = .some(method == .auto ? nil : IndexMethod(name: method.rawValue)) }
        let wish = RequestedIndex(
            given: given,
            lists: lists,
            replaces: !noReplace,
            acceptsRefusals: acceptRefusals
        )
        if let contradiction = wish.contradiction { throw ProgramFailure(contradiction, to: "build this index") }
        let run = IndexRequestRun(
            command: "create-index",
            request: .create(wish),
            collection: CollectionArgument(collection),
            configuration: try source.merged(over: parent.source).load(),
            isWaiting: !noWait
        )
        return try await run.execute(in: environment)
    }
}

import Advisor
import ArgumentParser

/// Builds an index, with the arguments of vecs' `create_index`.
struct CreateIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-index",
        abstract: "Build an index on a collection, with the arguments of vecs' create_index.",
        discussion: """
            The new index is built beside what is there, without blocking a write. A usable index for the same measure is \
            replaced: dropped when the new one has its name. Indexes for other measures stay, where vecs would drop them: \
            searches may use them. The name is the one that vecs would give it, so that its client finds it.

            COLLECTION is the name of a table (vecs.docs is docs to most people), schema.table, or schema.table.column \
            where a table has several vector columns; names with dots or capitals stand in double quotes, as in SQL: \
            'vecs."My Docs"'.

            Where a vecsteward runs on the database, it builds the index, and this command shows how far it is; else this \
            command builds it. Ctrl-C ends neither: the build goes on in the server.

            EXAMPLES:
              vecsteward create-index docs
                  What vecs does: hnsw for cosine distance, unless the configuration says otherwise.
              vecsteward create-index docs --method ivfflat --lists 200
                  IVFFlat wants 50 rows for each list, and more lists want more probes.
              vecsteward create-index public.items.embedding --measure l2_distance --no-wait
                  Only queue it, for the vecsteward that runs.
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

    @Option(help: "What to build; auto is hnsw where that fits into memory. (default: the configuration's, else auto)")
    var method: Method?

    @Option(
        help:
            "What searches order by. (default: the configuration's, else that of an index there, else cosine_distance)"
    )
    var measure: DistanceMetricName?

    @Option(help: ArgumentHelp("IVFFlat: how many lists, 1 to 32768. (default: by the rows, as vecs)", valueName: "n"))
    var lists: Int?

    @Option(
        name: .customLong("m"),
        help: ArgumentHelp("HNSW: links of a node, 2 to 100. (default: 16)", valueName: "n")
    )
    var m: Int?

    @Option(
        help: ArgumentHelp(
            "HNSW: candidates for each row, 4 to 1000, two times m or more. (default: 64)",
            valueName: "n"
        )
    )
    var efConstruction: Int?

    @Flag(help: "Refuse where a usable index for this measure exists.")
    var noReplace = false

    @Flag(help: "Build it also where it would refuse rows that the column takes (sparsevec: over 1,000 non-zeros).")
    var acceptRefusals = false

    @Flag(help: "Queue it and return at once.")
    var noWait = false

    @OptionGroup var source: SourceOptions
}

/// A measure by its name in vecs.
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

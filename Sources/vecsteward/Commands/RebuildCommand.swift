import Advisor
import ArgumentParser

/// Builds the index of a collection anew.
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Build the index of a collection anew, for the rows of today.",
        discussion: """
            The new index has method, measure and parameters of the old one, but for the lists of an IVFFlat, which go by \
            the rows of today. It is built beside the old one, without blocking a write, and takes its place; the old \
            one serves searches until then.

            COLLECTION and waiting are as create-index --help says.

            EXAMPLES:
              vecsteward rebuild docs
              vecsteward rebuild vecs.docs --index ix_vector_l2_ops_hnsw_m16_efc64_0a1b2c3
            """
    )

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "The collection: table, schema.table or schema.table.column.")
    var collection: String

    @Option(help: ArgumentHelp("Which index, where there are several.", valueName: "name"))
    var index: String?

    @Flag(help: "Queue it and return at once.")
    var noWait = false

    @OptionGroup var source: SourceOptions
}

extension RebuildCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "rebuild")
        let run = IndexRequestRun(
            command: "rebuild",
            request: .rebuild(index: index),
            collection: CollectionArgument(collection),
            configuration: try source.merged(over: parent.source).load(),
            isWaiting: !noWait
        )
        return try await run.execute(in: environment)
    }
}

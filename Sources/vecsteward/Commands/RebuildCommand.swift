import Advisor
import ArgumentParser

/// Rebuilds the index of a collection.
struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Rebuild the index of a collection for today's rows.",
        discussion: """
            The new index has the method, distance metric and parameters of the old one; only the lists of an IVFFlat \
            index follow today's row count. It is built beside the old one, without blocking writes, and then replaces \
            it. The old index serves searches until then.

            For COLLECTION and for how the command waits, see create-index --help.

            EXAMPLES:
              vecsteward rebuild docs
              vecsteward rebuild vecs.docs --index ix_vector_l2_ops_hnsw_m16_efc64_0a1b2c3
            """
    )

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "The collection: table, schema.table or schema.table.column.")
    var collection: String

    @Option(help: ArgumentHelp("Which index, if there are several.", valueName: "name"))
    var index: String?

    @Flag(help: "Queue the job and return at once.")
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

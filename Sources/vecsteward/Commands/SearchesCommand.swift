import Advisor
import ArgumentParser
import Maintenance
import Postgres
import Reports

/// Shows the searches of collections, what they cost and which index can serve them.
struct SearchesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "searches",
        abstract: "Show how collections are searched, what that costs, and which index can serve it.",
        discussion: """
            Reads pg_stat_statements and what runs now, and changes nothing. Collections come in the order of the time that \
            their searches take, and so do the searches of a collection. No constant of a search is shown. If the searches \
            cannot be read, the report says why and how to fix that.

            COLLECTION is written as for create-index; without it, all collections are shown.

            EXAMPLES:
              vecsteward searches --database postgresql://localhost/app
                  Show the searches of all collections of a database.
              vecsteward searches vecs.docs --format json
                  Show those of one collection, for a program to read.
            """
    )

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "The collection: table, schema.table or schema.table.column. (default: all)")
    var collection: String?

    @OptionGroup var source: SourceOptions

    @Option(help: "The format of the report. (default: text)")
    var format: ReportFormat?

    /// The format, which may also stand before the name of the command.
    private var chosenFormat: ReportFormat { format ?? parent.format }
}

extension SearchesCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        guard !parent.dryRun, parent.output == nil, !parent.exitCode else {
            throw ProgramFailure(
                .usage,
                "searches takes no --dry-run, --output or --exit-code",
                hint: "Remove these options: searches only reads, and writes to standard output."
            )
        }
        let configuration = try source.merged(over: parent.source).load()
        let polled = try await DatabaseResult.all(of: configuration) { (assessor) throws(PostgresError) in
            try await assessor.assess().snapshot
        }
        let shown = try chosen(polled)
        let report = SearchesReport(programVersion: programVersion, databases: shown.map(\.searches))
        let terminal = Terminal.onStandardOutput(environment: environment)
        try ReportDestination.standardOutput.write(render(report, for: terminal ?? .none))
        // A text report on a terminal has just shown all of it.
        if terminal == nil || chosenFormat != .text {
            for database in shown { FileDescriptor.complain(database.complaint?.text ?? "") }
        }
        return ExitStatus.combining(shown.compactMap(\.advice?.status)) ?? .success
    }

    /// The databases with only the collections that the argument means; those without any are left out.
    private func chosen(
        _ polled: [DatabaseResult<CatalogSnapshot>]
    ) throws(ProgramFailure) -> [DatabaseResult<CatalogSnapshot>] {
        guard let collection else { return polled }
        let argument = CollectionArgument(collection)
        var known: [CollectionName] = []
        var isFound = false
        var chosen: [DatabaseResult<CatalogSnapshot>] = []
        for var database in polled {
            if case .success(var snapshot) = database.result {
                let names = snapshot.collections.map(\.name)
                known += names
                let matches = Set(argument.matches(among: names))
                if matches.isEmpty { continue }
                isFound = true
                snapshot.collections.removeAll { !matches.contains($0.name) }
                database.result = .success(snapshot)
            }
            chosen.append(database)
        }
        if isFound { return chosen }
        if let status = ExitStatus.combining(chosen.compactMap(\.advice?.status)) {
            throw ProgramFailure(status, chosen.compactMap(\.complaint))
        }
        throw argument.unknown(among: known)
    }

    private func render(_ report: SearchesReport, for terminal: Terminal) -> String {
        switch chosenFormat {
        case .text: TextReport(for: terminal).render(report)
        case .json: JSONReport.render(report)
        }
    }
}

extension DatabaseResult<CatalogSnapshot> {
    /// The part of this database in a report on searches.
    fileprivate var searches: SearchesReport.Database {
        let outcome: SearchesReport.Database.Outcome =
            switch result {
            case .success(let snapshot): .read(snapshot)
            case .failure(let error): .failed(Failure(ConnectionAdvice(error)))
            }
        return SearchesReport.Database(name: name, target: target, outcome: outcome)
    }
}

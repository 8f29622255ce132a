import ArgumentParser
import Maintenance
import Postgres
import Reports

/// The program without the name of a command: the daemon, or the report.
struct VecstewardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vecsteward",
        abstract: "Keeps the pgvector indexes of a PostgreSQL built; with --dry-run reports what is wrong with them.",
        usage: HelpText.usage,
        discussion: HelpText.overview,
        version: "vecsteward \(programVersion)",
        subcommands: [
            RunCommand.self, CreateIndexCommand.self, RebuildCommand.self, JobsCommand.self, CheckConfigCommand.self,
            GrantsCommand.self,
        ]
    )

    @Flag(help: "Report what is wrong and what would be done, and change nothing.")
    var dryRun = false

    @OptionGroup var source: SourceOptions

    @Option(help: "How to write the report.")
    var format = ReportFormat.text

    @Option(
        help: ArgumentHelp(
            "Where to write the report, - for standard output. A file is written whole or not at all.",
            valueName: "file"
        ),
        completion: .file()
    )
    var output: String?

    @Flag(help: "Exit with 1 when there is something to do.")
    var exitCode = false
}

/// How a report is written.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

extension VecstewardCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        guard dryRun else {
            guard format == .text, output == nil, !exitCode else {
                throw ProgramFailure(
                    .usage,
                    "without --dry-run there is no report, so that --format, --output and --exit-code mean nothing",
                    hint: "Say vecsteward --dry-run for a report, or leave them out for the daemon."
                )
            }
            return try await RunCommand.serve(source, in: environment)
        }
        let destination = try ReportDestination(output)
        let configuration = try source.load()
        let assessed = try await DatabaseResult.all(of: configuration) { (assessor) throws(PostgresError) in
            try await assessor.assess()
        }
        let report = Report(programVersion: programVersion, databases: assessed.map(\.section))
        let terminal =
            destination == .standardOutput ? Terminal.onStandardOutput(environment: environment) : nil
        try destination.write(render(report, for: terminal ?? .none))
        // On a terminal a text report has just said all of it.
        if terminal == nil || format != .text {
            for database in assessed { FileDescriptor.complain(database.complaint?.text ?? "") }
        }
        if let failed = ExitStatus.combining(assessed.compactMap(\.advice?.status)) { return failed }
        return exitCode && report.hasWork ? .workToDo : .success
    }

    private func render(_ report: Report, for terminal: Terminal) -> String {
        switch format {
        case .text:
            TextReport(
                style: .init(color: terminal.hasColor, width: terminal.width, tableWidth: terminal.tableWidth)
            ).render(report)
        case .json: JSONReport.render(report)
        }
    }
}

import ArgumentParser
import Maintenance
import Postgres
import Reports

/// The program without a command name: the daemon, or the report.
struct VecstewardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vecsteward",
        abstract: "Maintains pgvector indexes in PostgreSQL; --dry-run only reports problems.",
        usage: HelpText.usage,
        discussion: HelpText.overview,
        version: "vecsteward \(programVersion)",
        subcommands: [
            RunCommand.self, CreateIndexCommand.self, RebuildCommand.self, SearchesCommand.self, RecallCommand.self,
            JobsCommand.self,
            CheckConfigCommand.self, GrantsCommand.self,
        ]
    )

    @Flag(help: "Report problems and the jobs that would fix them; change nothing.")
    var dryRun = false

    @OptionGroup var source: SourceOptions

    @Option(help: "The format of the report.")
    var format = ReportFormat.text

    @Option(
        help: ArgumentHelp(
            "The file for the report, or - for standard output. A file is written completely or not at all.",
            valueName: "file"
        ),
        completion: .file()
    )
    var output: String?

    @Flag(help: "Exit with 1 if there is something to do.")
    var exitCode = false
}

/// The format of a report.
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
                    "--format, --output and --exit-code need --dry-run",
                    hint: "Run vecsteward --dry-run for a report, or remove these options for the daemon."
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
        // A text report on a terminal has just shown all of it.
        if terminal == nil || format != .text {
            for database in assessed { FileDescriptor.complain(database.complaint?.text ?? "") }
        }
        if let failed = ExitStatus.combining(assessed.compactMap(\.advice?.status)) { return failed }
        return exitCode && report.hasWork ? .workToDo : .success
    }

    private func render(_ report: Report, for terminal: Terminal) -> String {
        switch format {
        case .text: TextReport(for: terminal).render(report)
        case .json: JSONReport.render(report)
        }
    }
}

import Advisor
import ArgumentParser

/// Checks a configuration and prints a summary; connects to nothing.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check a configuration and list every problem in it.",
        discussion: "Connects to no server. Exits with 0 if the configuration is valid, and with 78 if it is not."
    )

    @ParentCommand var parent: VecstewardCommand

    @Option(
        help: ArgumentHelp(
            "The configuration file. (default: ./config.json, otherwise /etc/vecsteward/config.json)",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var config: String?
}

extension CheckConfigCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "check-config")
        guard parent.source.databases.isEmpty else {
            throw ProgramFailure(
                .usage,
                "check-config takes no --database",
                hint: "Name the file instead: vecsteward check-config --config FILE."
            )
        }
        let file = try ConfigurationFile.locate(config ?? parent.source.config)
        let configuration = try file.load()
        let widest = configuration.databases.map(\.name.count).max() ?? 0
        let lines = configuration.databases.map { database in
            let name = Quoted.name(database.name)
            let padding = String(repeating: " ", count: max(0, min(widest, 40) - name.count))
            return "  \(name)\(padding)  \(Quoted.name("\(database.target)"))\(database.difference)\n"
        }
        let count = configuration.databases.count
        try ReportDestination.standardOutput.write(
            "\(Quoted.name(file.path)) is valid: \(count) \(count == 1 ? "database" : "databases")\n" + lines.joined()
                + configuration.daemonWords
        )
        return .success
    }
}

extension Configuration {
    /// What the daemon would do, in a few lines.
    fileprivate var daemonWords: String {
        let builds = "\(concurrentBuilds) \(concurrentBuilds == 1 ? "build" : "builds") at a time per server"
        let times = windows.map { Quoted.name($0.description) }.joined(separator: "; ")
        let stop =
            switch stopPolicy {
            case .leave: "leaves a running build to the server"
            case .cancel: "cancels a running build, and starts it again later"
            }
        return "The daemon polls every \(DurationSpelling.text(pollInterval)), mode \(mode.rawValue): \(builds), "
            + "\(windows.isEmpty ? "started at any time" : "started \(times)").\nWhen it stops, it \(stop).\n"
            + (metricsFile.map { "It writes metrics to \(Quoted.name($0)).\n" } ?? "")
    }
}

extension DatabaseConfiguration {
    /// The settings of this database that differ from those of the others.
    fileprivate var difference: String {
        let parts = [pollInterval.map { "every \(DurationSpelling.text($0))" }, mode.map { "mode \($0.rawValue)" }]
            .compactMap { $0 }
        return parts.isEmpty ? "" : "  (\(parts.joined(separator: ", ")))"
    }
}

extension VecstewardCommand {
    /// Rejects the options of a report before the name of another command.
    func refuseReportOptions(for command: String) throws(ProgramFailure) {
        guard dryRun || format != .text || output != nil || exitCode else { return }
        throw ProgramFailure(
            .usage,
            "\(command) makes no report, so --dry-run, --format, --output and --exit-code do not apply",
            hint: "Remove these options, or remove \(command)."
        )
    }
}

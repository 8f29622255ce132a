import Advisor
import ArgumentParser

/// Reads a configuration and says what it finds; it connects to nothing.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check a configuration, and say all that is wrong with it.",
        discussion: "It connects to no server. It exits with 0 for a right configuration and 78 for a wrong one."
    )

    @ParentCommand var parent: VecstewardCommand

    @Option(
        help: ArgumentHelp(
            "The configuration; without it ./config.json, then /etc/vecsteward/config.json.",
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
                hint: "Name the file: vecsteward check-config --config FILE."
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
            "\(Quoted.name(file.path)) is right: \(count) \(count == 1 ? "database" : "databases")\n" + lines.joined()
                + configuration.daemonWords
        )
        return .success
    }
}

extension Configuration {
    /// What the daemon would do by it, in a line or two.
    fileprivate var daemonWords: String {
        let builds = "\(concurrentBuilds) \(concurrentBuilds == 1 ? "build" : "builds") at a time on a server"
        let times = windows.map { Quoted.name($0.description) }.joined(separator: "; ")
        let stop =
            switch stopPolicy {
            case .leave: "leaves a build that runs to the server"
            case .cancel: "cancels a build that runs, and begins it anew later"
            }
        return "The daemon looks every \(DurationSpelling.text(pollInterval)), mode \(mode.rawValue): \(builds), "
            + "\(windows.isEmpty ? "begun at any time" : "begun \(times)").\nWhen it is stopped it \(stop).\n"
            + (metricsFile.map { "It writes metrics to \(Quoted.name($0)).\n" } ?? "")
    }
}

extension DatabaseConfiguration {
    /// What is otherwise in this database than in all others.
    fileprivate var difference: String {
        let parts = [pollInterval.map { "every \(DurationSpelling.text($0))" }, mode.map { "mode \($0.rawValue)" }]
            .compactMap { $0 }
        return parts.isEmpty ? "" : "  (\(parts.joined(separator: ", ")))"
    }
}

extension VecstewardCommand {
    /// What shapes a report means nothing before the name of another command.
    func refuseReportOptions(for command: String) throws(ProgramFailure) {
        guard dryRun || format != .text || output != nil || exitCode else { return }
        throw ProgramFailure(
            .usage,
            "\(command) makes no report, so that --dry-run, --format, --output and --exit-code mean nothing to it",
            hint: "Leave them out, or leave out \(command)."
        )
    }
}

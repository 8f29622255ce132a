import ArgumentParser

/// One run of the program, from the command line to the exit status.
struct Program: Sendable {
    /// The command line without the program name.
    var arguments: [String]
    var environment: [String: String]

    /// Runs the command, and writes its complaints to standard error.
    func run() async -> ExitStatus {
        do throws(ProgramFailure) {
            guard let command = try parse() else { return .success }
            return try await command.execute(in: environment)
        } catch {
            FileDescriptor.complain(error.text)
            return error.status
        }
    }

    /// Parses the command line; `nil` if it was `--help` or `--version`, which are done then.
    private func parse() throws(ProgramFailure) -> (any ProgramCommand)? {
        do {
            var command = try VecstewardCommand.parseAsRoot(arguments)
            if let command = command as? any ProgramCommand { return command }
            // Only the built-in command `help` is not ours; it throws its text.
            try command.run()
            return nil
        } catch {
            guard VecstewardCommand.exitCode(for: error).isSuccess else {
                throw ProgramFailure(
                    .usage,
                    UsageMessage.redacted(VecstewardCommand.message(for: error), arguments: arguments),
                    hint: "Run vecsteward --help for the commands, their options and examples."
                )
            }
            try write(VecstewardCommand.fullMessage(for: error, columns: helpWidth))
            return nil
        }
    }

    private func write(_ text: String) throws(ProgramFailure) {
        try ReportDestination.standardOutput.write(text.hasSuffix("\n") ? text : text + "\n")
    }

    private var helpWidth: Int { (Terminal.onStandardOutput(environment: environment) ?? .none).width }
}

/// The message about a wrong command line.
enum UsageMessage {
    /// Rewrites a message of the argument parser in the style of ours, without any argument that may be part of a
    /// connection string: after a forgotten quote, every word of one is an argument.
    static func redacted(_ message: String, arguments: [String]) -> String {
        let values = arguments.map { argument in
            // Only the value of `--option=value` can be secret.
            guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return argument }
            return String(argument[argument.index(after: equals)...])
        }
        let hasConnection = values.contains { value in value.contains { ":=@".contains($0) } }
        var text = message
        if hasConnection {
            for value in values.sorted(by: { $0.count > $1.count }) where !value.isEmpty && !value.hasPrefix("-") {
                text = text.split(separator: value, omittingEmptySubsequences: false).joined(separator: "…")
            }
        }
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let sentence = line.hasSuffix(".") ? String(line.dropLast()) : line
        return Quoted.name(sentence.prefix(1).lowercased() + sentence.dropFirst(), limit: 400)
    }
}

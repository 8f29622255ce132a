import ArgumentParser

/// One run of the program: from the command line to the exit status.
struct Program: Sendable {
    /// The command line without the name of the program.
    var arguments: [String]
    /// The environment variables.
    var environment: [String: String]

    /// Runs it, and writes what there is to say to standard output and standard error.
    func run() async -> ExitStatus {
        do throws(ProgramFailure) {
            guard let command = try parse() else { return .success }
            return try await command.execute(in: environment)
        } catch {
            FileDescriptor.complain(error.text)
            return error.status
        }
    }

    /// The command that the command line asks for; `nil` when it was `--help` or `--version`, which are done then.
    private func parse() throws(ProgramFailure) -> (any ProgramCommand)? {
        do {
            var command = try VecstewardCommand.parseAsRoot(arguments)
            if let command = command as? any ProgramCommand { return command }
            // Of all commands only `help` is none of ours; it throws what it has to say.
            try command.run()
            return nil
        } catch {
            guard VecstewardCommand.exitCode(for: error).isSuccess else {
                throw ProgramFailure(
                    .usage,
                    UsageMessage.redacted(VecstewardCommand.message(for: error), arguments: arguments),
                    hint: "vecsteward --help shows the commands, their options and examples."
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

/// What is said of a wrong command line.
enum UsageMessage {
    /// A message of the argument parser as one of ours, without any argument that might be a part of a connection
    /// string: a forgotten quote makes every word of one an argument.
    static func redacted(_ message: String, arguments: [String]) -> String {
        let values = arguments.map { argument in
            // Of `--option=value` only the value can be secret.
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

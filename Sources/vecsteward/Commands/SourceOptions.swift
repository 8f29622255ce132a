import ArgumentParser
import Postgres

/// Where a command takes its databases from.
struct SourceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration; without it ./config.json, then /etc/vecsteward/config.json.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var config: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "One database, as libpq takes it: a URI, key=value pairs or service=NAME. It needs no configuration; "
                + "with --config it takes the place of the databases there.",
            valueName: "uri"
        )
    )
    var database: String?

    /// Options given before and after the name of a command; what is after it wins.
    func merged(over earlier: SourceOptions) -> SourceOptions {
        var merged = self
        merged.config = config ?? earlier.config
        merged.database = database ?? earlier.database
        return merged
    }

    /// Reads what they name.
    func load() throws(ProgramFailure) -> Configuration {
        guard let database else { return try ConfigurationFile.locate(try nonEmpty(config, "--config")).load() }
        var configuration = Configuration()
        if let config = try nonEmpty(config, "--config") {
            configuration = try ConfigurationFile(path: config).load()
        }
        let connection = try nonEmpty(database, "--database") ?? ""
        do throws(PostgresError) {
            let database = try DatabaseConfiguration(connection: connection)
            if PasswordWarning.applies(to: connection) { FileDescriptor.complain(PasswordWarning.complaint.text) }
            configuration.databases = [database]
        } catch {
            let advice = ConnectionAdvice(error)
            throw ProgramFailure(.usage, "--database cannot be used: \(advice.message)", hint: advice.hint)
        }
        return configuration
    }

    /// An empty value is most often a shell variable that is not set.
    private func nonEmpty(_ value: String?, _ option: String) throws(ProgramFailure) -> String? {
        if value == "" {
            throw ProgramFailure(.usage, "\(option) is empty", hint: "Give it a value: is the variable behind it set?")
        }
        return value
    }
}

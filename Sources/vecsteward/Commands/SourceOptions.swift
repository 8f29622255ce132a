import ArgumentParser
import Postgres

/// The options that say which databases a command uses.
struct SourceOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file. (default: ./config.json, otherwise /etc/vecsteward/config.json)",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var config: String?

    @Option(
        name: .customLong("database"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "A database as libpq accepts it: a URI, key=value pairs or service=NAME. Repeat the option for several. It "
                + "needs no configuration; with --config, it replaces the databases of the configuration.",
            valueName: "uri"
        )
    )
    var databases: [String] = []

    /// Merges the options given before and after the name of a command.
    ///
    /// The last `--config` wins; `--database` may be repeated and has the values of both.
    func merged(over earlier: SourceOptions) -> SourceOptions {
        var merged = self
        merged.config = config ?? earlier.config
        return merged
    }

    /// Reads the configuration that the options name.
    func load() throws(ProgramFailure) -> Configuration {
        guard !databases.isEmpty else { return try ConfigurationFile.locate(try nonEmpty(config, "--config")).load() }
        var configuration = Configuration()
        if let config = try nonEmpty(config, "--config") {
            configuration = try ConfigurationFile(path: config).load()
        }
        configuration.databases = []
        var names: Set<String> = []
        for (number, connection) in zip(1..., databases) {
            var database = try database(connection)
            guard !configuration.databases.contains(where: { $0.connection == database.connection }) else {
                throw ProgramFailure(
                    .usage,
                    "--database number \(number) is the same as one before it",
                    hint: "Name each database once."
                )
            }
            // Databases of several servers may have the same name.
            while !names.insert(database.name).inserted { database.name += " (\(number))" }
            configuration.databases.append(database)
        }
        if databases.contains(where: PasswordWarning.applies) {
            FileDescriptor.complain(PasswordWarning.complaint.text)
        }
        return configuration
    }

    private func database(_ connection: String) throws(ProgramFailure) -> DatabaseConfiguration {
        let connection = try nonEmpty(connection, "--database") ?? ""
        do throws(PostgresError) {
            return try DatabaseConfiguration(connection: connection)
        } catch {
            let advice = ConnectionAdvice(error)
            throw ProgramFailure(.usage, "--database cannot be used: \(advice.message)", hint: advice.hint)
        }
    }

    /// Rejects an empty value, which most often comes from an unset shell variable.
    private func nonEmpty(_ value: String?, _ option: String) throws(ProgramFailure) -> String? {
        if value == "" {
            throw ProgramFailure(.usage, "\(option) is empty", hint: "Give it a value. Is the shell variable set?")
        }
        return value
    }
}

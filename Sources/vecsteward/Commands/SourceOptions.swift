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
        name: .customLong("database"),
        parsing: .singleValue,
        help: ArgumentHelp(
            "A database, as libpq takes it: a URI, key=value pairs or service=NAME; several, each with the option before it. It "
                + "needs no configuration; with --config they take the place of the databases there.",
            valueName: "uri"
        )
    )
    var databases: [String] = []

    /// Options given before and after the name of a command: the configuration that is named last.
    ///
    /// Of an option that may be repeated both have all values.
    func merged(over earlier: SourceOptions) -> SourceOptions {
        var merged = self
        merged.config = config ?? earlier.config
        return merged
    }

    /// Reads what they name.
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
            // Databases of several servers may have one name.
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

    /// An empty value is most often a shell variable that is not set.
    private func nonEmpty(_ value: String?, _ option: String) throws(ProgramFailure) -> String? {
        if value == "" {
            throw ProgramFailure(.usage, "\(option) is empty", hint: "Give it a value: is the variable behind it set?")
        }
        return value
    }
}

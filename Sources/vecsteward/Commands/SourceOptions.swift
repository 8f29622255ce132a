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
        if PasswordWarning.applies(to: connection) { FileDescriptor.complain(PasswordWarning.text) }
        do throws(PostgresError) {
            configuration.databases = [try DatabaseConfiguration(connection: connection)]
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

/// A password on the command line is there for every user of the machine to read.
enum PasswordWarning {
    static let text =
        "vecsteward: the password in --database can be seen by every user of this machine, in ps\n"
        + "HINT: Put it into ~/.pgpass, or the whole connection into a service file.\n"

    /// Whether a connection string seems to hold a password.
    ///
    /// It may be malformed, so this only looks for signs.
    static func applies(to connection: String) -> Bool {
        let text = connection.lowercased()
        if text.contains("password=") || text.contains("password =") { return true }
        guard let scheme = text.firstRange(of: "://") else { return false }
        let rest = text[scheme.upperBound...]
        guard let at = rest.lastIndex(of: "@") else { return false }
        return rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).dropFirst()
            .contains { !$0.isEmpty }
    }
}

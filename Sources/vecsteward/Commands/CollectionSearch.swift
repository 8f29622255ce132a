import Advisor
import Maintenance
import Postgres

/// Finds the one collection, in the one database, that a person means.
struct CollectionSearch {
    private let argument: CollectionArgument
    private let command: String

    /// The collection, with the database and the snapshot that it was found in.
    struct Place {
        var database: DatabaseConfiguration
        /// The assessor that took the snapshot; its connections can be used again.
        var assessor: Assessor
        var snapshot: CatalogSnapshot
        var collection: CollectionName

        /// The `lists` of the collection's IVFFlat indexes, by index name.
        var lists: [String: Int] {
            let indexes = snapshot.collections.filter { $0.name == collection }.flatMap(\.relations).flatMap(
                \.indexes
            )
            let lists = indexes.compactMap { index in index.lists.map { (index.name, $0) } }
            return Dictionary(lists) { first, _ in first }
        }
    }

    /// Prepares a search for the argument of a command.
    init(_ argument: CollectionArgument, command: String) {
        self.argument = argument
        self.command = command
    }

    /// Polls all databases and finds the collection.
    ///
    /// - Throws: If no collection or more than one matches, or if no database could be polled.
    func place(in configuration: Configuration) async throws(ProgramFailure) -> Place {
        let results = try await DatabaseResult.all(of: configuration) { (assessor) throws(PostgresError) in
            (assessor, try await assessor.observe(readingSearches: true))
        }
        var places: [Place] = []
        var known: [CollectionName] = []
        for (database, result) in zip(configuration.databases, results) {
            guard case .success((let assessor, let snapshot)) = result.result else { continue }
            let names = snapshot.collections.map(\.name)
            known += names
            let matches = argument.matches(among: names)
            guard matches.count <= 1 else { throw ambiguous(matches) }
            places += matches.map {
                Place(database: database, assessor: assessor, snapshot: snapshot, collection: $0)
            }
        }
        let failures = results.compactMap(\.complaint)
        if places.isEmpty, let status = ExitStatus.combining(results.compactMap(\.advice?.status)) {
            throw ProgramFailure(status, failures)
        }
        for failure in failures { FileDescriptor.complain(failure.text) }
        guard let place = places.first else { throw argument.unknown(among: known) }
        guard places.count == 1 else {
            throw ProgramFailure(
                .usage,
                "collection \(shown) is in \(places.count) databases: "
                    + places.map { Quoted.name($0.database.name) }.joined(separator: ", "),
                hint: "Choose one with --database."
            )
        }
        return place
    }

    private var shown: String { Quoted.name(argument.text, limit: 200) }

    private func ambiguous(_ matches: [CollectionName]) -> ProgramFailure {
        let listed = matches.prefix(10).map { Quoted.name("\($0.schema).\($0.table).\($0.column)", limit: 200) }
        return ProgramFailure(
            .usage,
            "\(shown) is ambiguous; it matches \(matches.count) collections: " + listed.joined(separator: ", ")
                + (matches.count > 10 ? ", ..." : ""),
            hint: "Write schema.table.column, such as vecsteward \(command) '\(listed[0])'."
        )
    }
}

extension CollectionArgument {
    /// The failure of a command whose collection no database has, with the nearest name as the hint.
    func unknown(among known: [CollectionName]) -> ProgramFailure {
        let hint =
            nearest(among: known).map { "Did you mean \(Quoted.name($0, limit: 200))?" }
            ?? (known.isEmpty
                ? "No table with a vector column is visible to this role and included by the configuration."
                : "Run vecsteward --dry-run to list the collections; "
                    + "there \(known.count == 1 ? "is 1" : "are \(known.count)").")
        return ProgramFailure(.usage, "collection \(Quoted.name(text, limit: 200)) does not exist", hint: hint)
    }
}

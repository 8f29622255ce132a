import Advisor
import Maintenance
import Postgres

/// Finds the one collection, in the one database, that a person means.
struct CollectionSearch {
    private let argument: CollectionArgument
    private let command: String

    /// The collection, and what was seen there.
    struct Place {
        var database: DatabaseConfiguration
        /// What has looked at it, and may go on with its connections.
        var assessor: Assessor
        var snapshot: CatalogSnapshot
        var collection: CollectionName

        /// The lists of its IVFFlat indexes, by name.
        var lists: [String: Int] {
            let indexes = snapshot.collections.filter { $0.name == collection }.flatMap(\.relations).flatMap(
                \.indexes
            )
            let lists = indexes.compactMap { index in index.lists.map { (index.name, $0) } }
            return Dictionary(lists) { first, _ in first }
        }
    }

    /// A search for what a command was told.
    init(_ argument: CollectionArgument, command: String) {
        self.argument = argument
        self.command = command
    }

    /// Looks at all databases.
    ///
    /// - Throws: Where there is none or more than one, or where none could be looked at.
    func place(in configuration: Configuration) async throws(ProgramFailure) -> Place {
        let results = try await DatabaseResult.all(of: configuration) { (assessor) throws(PostgresError) in
            (assessor, try await assessor.observe())
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
        guard let place = places.first else { throw unknown(known) }
        guard places.count == 1 else {
            throw ProgramFailure(
                .usage,
                "collection \(shown) is in \(places.count) databases: "
                    + places.map { Quoted.name($0.database.name) }.joined(separator: ", "),
                hint: "Say which one with --database."
            )
        }
        return place
    }

    private var shown: String { Quoted.name(argument.text, limit: 200) }

    private func ambiguous(_ matches: [CollectionName]) -> ProgramFailure {
        let listed = matches.prefix(10).map { Quoted.name("\($0.schema).\($0.table).\($0.column)", limit: 200) }
        return ProgramFailure(
            .usage,
            "\(shown) may be one of \(matches.count) collections: " + listed.joined(separator: ", ")
                + (matches.count > 10 ? ", ..." : ""),
            hint: "Write schema.table.column, such as vecsteward \(command) '\(listed[0])'."
        )
    }

    private func unknown(_ known: [CollectionName]) -> ProgramFailure {
        let hint =
            argument.nearest(among: known).map { "Did you mean \(Quoted.name($0, limit: 200))?" }
            ?? (known.isEmpty
                ? "There is no table with a vector column that this role sees and the configuration includes."
                : "vecsteward --dry-run lists the collections; there \(known.count == 1 ? "is 1" : "are \(known.count)").")
        return ProgramFailure(.usage, "there is no collection \(shown)", hint: hint)
    }
}

public import Advisor

/// The searches of the collections of one or several databases, for any format.
public struct SearchesReport: Sendable {
    /// The version of the program.
    public let programVersion: String
    /// The databases, in the order of the configuration.
    public let databases: [Database]

    /// A report on databases in the order in which it is to give them.
    public init(programVersion: String, databases: [Database]) {
        self.programVersion = programVersion
        self.databases = databases
    }

    /// The searches of one database.
    public struct Database: Sendable {
        /// The name in the configuration.
        public let name: String
        /// Its address without any secret: `database app on db1:5432 as steward`.
        public let target: String
        /// What the poll read, with only the collections that the report is about, or why it failed.
        public let outcome: Outcome

        /// The result of a poll.
        public enum Outcome: Sendable {
            /// What was read.
            case read(CatalogSnapshot)
            /// Why the poll failed.
            case failed(Failure)
        }

        /// A database, which takes names and addresses as they are: each format escapes them.
        public init(name: String, target: String, outcome: Outcome) {
            self.name = name
            self.target = target
            self.outcome = outcome
        }
    }
}

extension CatalogSnapshot {
    /// The collections with searches, those whose searches take the most time first.
    var searchedCollections: [Collection] {
        let searched = collections.filter { !$0.searches.isEmpty }
        let timed: [(collection: Collection, time: Double)] = searched.map { ($0, $0.workload.milliseconds) }
        return timed.sorted { left, right in
            if left.time != right.time { return left.time > right.time }
            return left.collection.name < right.collection.name
        }
        .map(\.collection)
    }
}

internal import Advisor

/// The order of a report, which does not depend on the order in which the server returned rows.
extension CatalogSnapshot {
    /// Collections by name, each with its relations and their indexes by name.
    var orderedCollections: [Collection] {
        collections.sorted { $0.name < $1.name }.map { collection in
            var collection = collection
            collection.relations.sort { Self.precedes(($0.schema, $0.table), ($1.schema, $1.table)) }
            for relation in collection.relations.indices {
                collection.relations[relation].indexes.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            return collection
        }
    }

    /// Tables and partitions by name; one with several vector columns only once.
    var orderedRelations: [Relation] {
        var seen: Set<UInt32> = []
        return orderedCollections.flatMap(\.relations).filter { seen.insert($0.oid).inserted }
    }

    /// Builds by process.
    var orderedBuilds: [ActiveBuild] { builds.sorted { $0.processID < $1.processID } }

    /// Holders of snapshots, the oldest first.
    var orderedSnapshotHolders: [SnapshotHolder] {
        snapshotHolders.sorted { left, right in
            if left.ageSeconds != right.ageSeconds { return left.ageSeconds > right.ageSeconds }
            return Self.precedes(
                (left.description, String(left.processID ?? 0)),
                (right.description, String(right.processID ?? 0))
            )
        }
    }

    /// The table of a build, `nil` if the report does not cover it.
    func relation(of build: ActiveBuild) -> Relation? {
        collections.lazy.flatMap(\.relations).first { $0.oid == build.tableOID }
    }

    /// Compares byte by byte, so that a report does not depend on a locale.
    private static func precedes(_ left: (String, String), _ right: (String, String)) -> Bool {
        if left.0 != right.0 { return left.0.utf8.lexicographicallyPrecedes(right.0.utf8) }
        return left.1.utf8.lexicographicallyPrecedes(right.1.utf8)
    }
}

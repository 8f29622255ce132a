internal import Advisor

/// The order of a report, which does not depend on the order in which the server returned rows.
extension CatalogSnapshot {
    /// Collections by name, each with its relations and their indexes by name.
    var orderedCollections: [Collection] {
        // A poll orders them. Sorting those of a large database again would copy all of it.
        if isOrdered { return collections }
        return collections.sorted { $0.name < $1.name }.map { collection in
            var collection = collection
            collection.relations.sort(by: Self.precedes)
            for relation in collection.relations.indices {
                collection.relations[relation].indexes.sort(by: Self.precedes)
            }
            return collection
        }
    }

    private var isOrdered: Bool {
        zip(collections, collections.dropFirst()).allSatisfy { !($1.name < $0.name) }
            && collections.allSatisfy { collection in
                let relations = collection.relations
                return zip(relations, relations.dropFirst()).allSatisfy { !Self.precedes($1, $0) }
                    && relations.allSatisfy { relation in
                        zip(relation.indexes, relation.indexes.dropFirst()).allSatisfy { !Self.precedes($1, $0) }
                    }
            }
    }

    /// Tables and partitions that others have locked, by name; one with several vector columns only once.
    var lockedRelations: [Relation] {
        var seen: Set<UInt32> = []
        return orderedCollections.flatMap { collection in
            collection.relations.filter { $0.lockedBy != nil && seen.insert($0.oid).inserted }
        }
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

    private static func precedes(_ left: Relation, _ right: Relation) -> Bool {
        precedes((left.schema, left.table), (right.schema, right.table))
    }

    private static func precedes(_ left: VectorIndex, _ right: VectorIndex) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }

    /// Compares byte by byte, so that a report does not depend on a locale.
    private static func precedes(_ left: (String, String), _ right: (String, String)) -> Bool {
        if left.0 != right.0 { return left.0.utf8.lexicographicallyPrecedes(right.0.utf8) }
        return left.1.utf8.lexicographicallyPrecedes(right.1.utf8)
    }
}

/// What has to be known of the rows of one table before a job is begun.
public struct Confirmation: Sendable, Equatable {
    /// The collection.
    public var collection: CollectionName
    /// The table or partition, by its object identifier in the observation.
    public var relationOID: UInt32
    /// Its schema.
    public var schema: String
    /// Its name.
    public var table: String
    /// The job is for a table with so many rows that have a vector, or more.
    public var needed: Int64
}

/// What came of a confirmation.
public enum ConfirmationOutcome: Sendable, Equatable {
    /// This is what ANALYZE found.
    case analyzed(TableAnalysis)
    /// It could not be confirmed; why, in words.
    case impossible(String)
    /// The table was dropped or renamed meanwhile.
    case tableIsGone
}

extension Relation {
    /// Whether it is known, and not only estimated, that so many rows have a vector.
    func isConfirmed(toHave needed: Int64) -> Bool {
        rows.isConfirmed && nullFraction != nil || analysis?.isAtLeast(needed) ?? false
    }
}

extension CatalogSnapshot {
    /// Takes what is known in the place of an estimate.
    ///
    /// - Parameters:
    ///   - confirmation: What was to be confirmed.
    ///   - outcome: What ANALYZE found, or in words why nothing did.
    public mutating func apply(_ confirmation: Confirmation, _ outcome: ConfirmationOutcome) {
        guard let collection = collections.firstIndex(where: { $0.name == confirmation.collection }),
            let relation = collections[collection].relations.firstIndex(where: { $0.oid == confirmation.relationOID })
        else { return }
        switch outcome {
        case .analyzed(let analysis): collections[collection].relations[relation].take(analysis)
        case .impossible(let why): collections[collection].relations[relation].countBlocker = why
        case .tableIsGone:
            collections[collection].relations.remove(at: relation)
            if collections[collection].relations.isEmpty { collections.remove(at: collection) }
        }
    }
}

extension Relation {
    /// Takes over what an ANALYZE found: of what its indexes were built on the statistics that were read before it tell more.
    fileprivate mutating func take(_ analysis: TableAnalysis) {
        for index in indexes.indices {
            let baseline = Baseline.infer(for: indexes[index], on: self)
            indexes[index].baselineBeforeAnalysis = baseline.flatMap { $0.certainty == .guess ? nil : $0 }
        }
        // The row count of a partial index is compared with that of the table, of the same moment.
        if statistics.reltuples > 0 {
            for index in indexes.indices where indexes[index].predicate != nil && indexes[index].reltuples > 0 {
                indexes[index].reltuples *= analysis.rows / statistics.reltuples
            }
        }
        rows = analysis.rows(by: rows)
        nullFraction = analysis.nullFraction ?? nullFraction
        statistics.reltuples = analysis.rows
        statistics.relpages = analysis.pages
        statistics.modifiedSinceAnalyze = analysis.modified
    }
}

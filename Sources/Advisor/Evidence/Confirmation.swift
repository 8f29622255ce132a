/// What must be known about the rows of a table before a job starts.
public struct Confirmation: Sendable, Equatable {
    /// The collection.
    public var collection: CollectionName
    /// The object identifier of the table or partition in the snapshot.
    public var relationOID: UInt32
    /// Its schema.
    public var schema: String
    /// Its name.
    public var table: String
    /// The number of rows with a vector from which the job is worth it.
    public var needed: Int64
    /// Whether the queue has the job already, so that less depends on the rows.
    public var isQueued = false
}

/// The outcome of a confirmation.
public enum ConfirmationOutcome: Sendable, Equatable {
    /// The result of an ANALYZE.
    case analyzed(TableAnalysis)
    /// The rows could not be confirmed; the reason, in words.
    case impossible(String)
    /// The table was dropped or renamed meanwhile.
    case tableIsGone
}

extension Relation {
    /// Whether it is known, not only estimated, that so many rows have a vector.
    func isConfirmed(toHave needed: Int64) -> Bool {
        rows.isConfirmed && nullFraction != nil || analysis?.isAtLeast(needed) ?? false
    }
}

extension CatalogSnapshot {
    /// Replaces an estimate by the outcome of a confirmation.
    ///
    /// - Parameters:
    ///   - confirmation: What was in question.
    ///   - outcome: The result of ANALYZE, or why there is none.
    public mutating func apply(_ confirmation: Confirmation, _ outcome: ConfirmationOutcome) {
        guard let collection = collections.firstIndex(where: { $0.name == confirmation.collection }),
            let relation = collections[collection].relations.firstIndex(where: { $0.oid == confirmation.relationOID })
        else { return }
        switch outcome {
        case .analyzed(let analysis): collections[collection].relations[relation].apply(analysis)
        case .impossible(let why): collections[collection].relations[relation].countBlocker = why
        case .tableIsGone:
            collections[collection].relations.remove(at: relation)
            if collections[collection].relations.isEmpty { collections.remove(at: collection) }
        }
    }
}

extension Relation {
    /// Applies the result of an ANALYZE; the statistics from before it say more about the builds of the indexes.
    fileprivate mutating func apply(_ analysis: TableAnalysis) {
        for index in indexes.indices {
            let baseline = Baseline.infer(for: indexes[index], on: self)
            indexes[index].baselineBeforeAnalysis = baseline.flatMap { $0.certainty == .guess ? nil : $0 }
        }
        // The row count of a partial index is compared with that of the table from the same time.
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

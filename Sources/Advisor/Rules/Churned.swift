/// An HNSW index that is full of entries of deleted rows, or far larger than a new build would be.
///
/// Measured: with 80 of 100 rows deleted and not vacuumed, a search for 10 rows finds 7.6, and recall falls from .985
/// to .757.
///
/// The VACUUM that fixes this takes up to five times as long as a build, and never shrinks the file; a rebuild takes a
/// fraction of the time, and leaves VACUUM little to do.
///
/// A rebuild does not lower `n_dead_tup`, and an update that leaves the vector alone raises it without adding an entry.
///
/// So dead entries count only if the index is large enough to contain them.
struct Churned: Rule {
    static let deadShare = Threshold(name: "deadShare", defaultValue: 0.2, range: 0.01...1, isWhole: false)
    static let sizeFactor = Threshold(name: "sizeFactor", defaultValue: 1.5, range: 1.1...1_000, isWhole: false)
    static let minimumRows = Threshold(name: "minimumRows", defaultValue: 1_000, range: 0...1e12, isWhole: true)

    let name = "churned"
    let summary = "an HNSW index with many dead entries, or far larger than a new one"
    let defaultMode = RuleMode.warn
    let thresholds = [deadShare, sizeFactor, minimumRows]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = Double(context.settings.count(Self.minimumRows))
        return collection.relations.flatMap { relation in
            relation.indexes.compactMap { index in
                // How many of the rows, and of the dead ones, belong to a partial index is unknown.
                guard index.isUsable, index.method == .hnsw, index.predicate == nil,
                    !context.isBuilding(on: relation)
                else { return nil }
                let wear = Wear(of: index, on: relation, in: collection)
                guard wear.rows + wear.deadRows >= minimum else { return nil }
                let limit = context.settings[Self.deadShare]
                let isDead = wear.deadShare > limit && (wear.shareOfRoom.map { $0 > limit } ?? true)
                let isLarge = wear.sizeFactor.map { $0 > context.settings[Self.sizeFactor] } ?? false
                guard isDead || isLarge else { return nil }
                return finding(collection, relation, index, wear, isDead: isDead, isLarge: isLarge, context)
            }
        }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ index: VectorIndex,
        _ wear: Wear,
        isDead: Bool,
        isLarge: Bool,
        _ context: RuleContext
    ) -> Finding {
        var complaints: [String] = []
        if isDead {
            let dead = Numbers.grouped(max(0, relation.statistics.deadTuples))
            complaints.append(
                "\(dead) dead rows (\(Numbers.decimal(wear.deadShare * 100, digits: 0)) %) await a VACUUM"
            )
        }
        if isLarge, let factor = wear.sizeFactor {
            complaints.append("its index has \(Numbers.decimal(factor, digits: 1)) times the size of a new one")
        }
        var evidence = relation.rowEvidence
        evidence += [
            .count("deadRows", relation.statistics.deadTuples),
            .ratio("deadShare", wear.deadShare),
            .ratio("deadShareLimit", context.settings[Self.deadShare]),
            .count("sizeBytes", index.sizeBytes),
        ]
        if let expected = wear.expectedBytes, let factor = wear.sizeFactor {
            evidence += [
                .count("expectedSizeBytes", RowCount.whole(expected)),
                .ratio("sizeFactor", factor),
                .ratio("sizeFactorLimit", context.settings[Self.sizeFactor]),
            ]
        }
        return Finding(
            rule: name,
            // Dead entries cost recall; size only costs memory.
            severity: isDead ? .warning : .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: index.name,
            summary: complaints.joined(separator: ", and ") + collection.part(relation),
            advice: isDead
                ? "Rebuild the index, then VACUUM the table: VACUUM alone repairs an HNSW graph entry by entry, which takes "
                    + "longer than a build."
                : "Rebuild the index: VACUUM frees space in it for new rows, but never shrinks it.",
            evidence: evidence,
            remedy: .rebuildIndex,
            withheld: withheld(relation, index)
        )
    }

    private func withheld(_ relation: Relation, _ index: VectorIndex) -> String? {
        if !index.isSizeMeasured { return "the size of the index could not be measured" }
        switch relation.vectorRows.source {
        case .pages, .unknown: return "the row count is too rough an estimate to act on; run ANALYZE"
        case .atMost: return "the number of rows with a vector is unknown; run ANALYZE"
        case .analyzed, .statistics, .density: return nil
        }
    }
}

/// What deletes and updates have done to an index.
private struct Wear {
    /// Rows with a vector.
    var rows: Double
    /// Deleted rows with a vector that no VACUUM has removed.
    var deadRows: Double
    /// The size of the index in bytes, as far as known.
    private var sizeBytes: Double
    private var isSizeMeasured: Bool
    /// The size in bytes of a new build for today's rows.
    ///
    /// It is the prediction, or the size that the index's own recorded build suggests if that is more: an index that is
    /// larger than predicted but was just built needs no rebuild.
    var expectedBytes: Double?

    init(of index: VectorIndex, on relation: Relation, in collection: Collection) {
        rows = Double(relation.vectorRows.value)
        // The dead rows had vectors in the same proportion as the remaining ones.
        let share = 1 - min(max(relation.nullFraction ?? 0, 0), 1)
        deadRows = max(0, Double(relation.statistics.deadTuples)) * share
        sizeBytes = Double(index.sizeBytes)
        isSizeMeasured = index.isSizeMeasured
        let dimensions = index.indexedDimensions ?? collection.dimensions
        let predicted = dimensions.flatMap { dimensions in
            Prediction.hnsw(
                rows: relation.vectorRows.value,
                type: index.indexedType ?? collection.type,
                dimensions: dimensions,
                m: index.m ?? 16,
                efConstruction: index.efConstruction ?? 64,
                workers: 0,
                memoryLimit: .max
            )
        }
        var sizes = predicted.map { [Double($0.diskBytes)] } ?? []
        if let build = index.recorded, build.source == .built, build.rows > 0, let size = build.sizeBytes {
            sizes.append(Double(size) / Double(build.rows) * rows)
        }
        expectedBytes = sizes.max()
    }

    /// The dead share of all rows, including dead ones.
    var deadShare: Double { deadRows / max(rows + deadRows, 1) }

    /// The share of the index that today's rows do not need; `nil` if it is unknown.
    ///
    /// An estimate of the size may be older than the entries in question.
    var shareOfRoom: Double? {
        guard isSizeMeasured, let expectedBytes else { return nil }
        return 1 - expectedBytes / max(sizeBytes, 1)
    }

    /// How many times larger the index is than a new build.
    ///
    /// An index never shrinks, so an estimate that is too large already proves it.
    var sizeFactor: Double? { expectedBytes.map { sizeBytes / max($0, 1) } }
}

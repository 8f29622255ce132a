/// What the catalog and the cumulative statistics contain about one table.
///
/// Counters count since the last reset.
public struct TableStatistics: Sendable, Equatable {
    /// `pg_class.reltuples`: rows at the last VACUUM, ANALYZE or index build; -1 if there was none.
    public var reltuples: Double
    /// `pg_class.relpages`, from the same time.
    public var relpages: Int64
    /// The current pages; `nil` if they were not measured: measuring takes a lock and a system call, so it is done only
    /// in doubt.
    public var currentPages: Int64?
    /// Whether the table has another file than at its creation, as after TRUNCATE or a rewrite: then rows may be gone
    /// that `n_tup_del` does not count.
    public var isRewritten: Bool
    /// `n_live_tup`.
    public var liveTuples: Int64
    /// `n_dead_tup`.
    public var deadTuples: Int64
    /// `n_tup_ins`.
    public var inserted: Int64
    /// `n_tup_upd`.
    public var updated: Int64
    /// `n_tup_del`.
    public var deleted: Int64
    /// Rows that were inserted, updated and deleted.
    public var writes: Int64 { inserted + updated + deleted }
    /// `n_mod_since_analyze`.
    public var modifiedSinceAnalyze: Int64
    /// `analyze_count` and `autoanalyze_count`.
    public var analyzeCount: Int64
    /// Whether VACUUM or autovacuum has vacuumed it, as far back as the counters reach.
    public var isVacuumed: Bool
    /// The last ANALYZE or VACUUM of any kind, in seconds since 1970 UTC.
    public var lastMaintenanceAt: Double?
    /// `seq_scan`.
    ///
    /// It is not the number of searches: building an IVFFlat index counts one scan for every page that it samples.
    public var sequentialScans: Int64
    /// `seq_tup_read`.
    public var sequentialRowsRead: Int64

    /// Creates statistics.
    public init(
        reltuples: Double,
        relpages: Int64,
        currentPages: Int64? = nil,
        isRewritten: Bool = false,
        liveTuples: Int64,
        deadTuples: Int64 = 0,
        inserted: Int64,
        updated: Int64 = 0,
        deleted: Int64 = 0,
        modifiedSinceAnalyze: Int64 = 0,
        analyzeCount: Int64 = 0,
        isVacuumed: Bool = false,
        lastMaintenanceAt: Double? = nil,
        sequentialScans: Int64 = 0,
        sequentialRowsRead: Int64? = nil
    ) {
        self.reltuples = reltuples
        self.relpages = relpages
        self.currentPages = currentPages
        self.isRewritten = isRewritten
        self.liveTuples = liveTuples
        self.deadTuples = deadTuples
        self.inserted = inserted
        self.updated = updated
        self.deleted = deleted
        self.modifiedSinceAnalyze = modifiedSinceAnalyze
        self.analyzeCount = analyzeCount
        self.isVacuumed = isVacuumed
        self.lastMaintenanceAt = lastMaintenanceAt
        self.sequentialScans = sequentialScans
        self.sequentialRowsRead = sequentialRowsRead ?? sequentialScans * liveTuples
    }

    /// How many times the whole table was read, computed from the rows that scans have returned.
    public func fullScans(rows: Int64) -> Int64 { min(sequentialScans, sequentialRowsRead / max(rows, 1)) }

    /// Whether so many rows have changed since the last ANALYZE that autovacuum, with its default settings, would run
    /// another one.
    ///
    /// A session that loads a table and analyzes it reports its inserts after the ANALYZE, which has already seen them.
    /// If the counters know of no row beyond the analyzed ones, and of no update, these inserts are the only changes.
    ///
    /// Source: `autovacuum_analyze_threshold` (50) and `autovacuum_analyze_scale_factor` (0.1).
    public var isAnalysisOutdated: Bool {
        guard Double(modifiedSinceAnalyze) > 50 + 0.1 * max(reltuples, 0) else { return false }
        let ever = Double(inserted) - Double(deleted)
        // Far fewer means that the counters started after the rows.
        return updated > 0 || ever > reltuples || ever < 0.9 * reltuples
    }

    /// Whether the table was never analyzed, so the planner guesses.
    public var isNeverAnalyzed: Bool { reltuples < 0 }
}

extension TableStatistics {
    /// The factor between `n_live_tup` and `reltuples` from which they are in doubt; autovacuum corrects smaller
    /// differences.
    static let doubt = 1.2

    /// Whether `n_live_tup` may contain twice the rows that a session inserted just before its own ANALYZE or VACUUM.
    ///
    /// There are more rows than were ever inserted, or that is unknown. `poll_relations.sql` measures by the same rule.
    var mayCountInsertsTwice: Bool {
        reltuples > 0 && Double(liveTuples) > Self.doubt * reltuples
            && (isRewritten || liveTuples > inserted - deleted)
    }

    /// Whether `n_live_tup` may miss existing rows, because the deletes just before an ANALYZE count twice.
    ///
    /// There are fewer rows than were inserted and not deleted, in a table that was never emptied in another way.
    var mayCountDeletesTwice: Bool {
        Double(liveTuples) * Self.doubt < reltuples && !isRewritten
            && Double(inserted - deleted) > Self.doubt * Double(liveTuples) + 100
    }

    /// Whether the counted inserts account for at least nine tenths of so many rows: then the counters reach back to
    /// when the table was nearly empty.
    ///
    /// A crash, a reset and pg_upgrade set the counters to zero, and a standby has its own.
    func explains(_ rows: Int64) -> Bool {
        Double(inserted - min(inserted, deleted)) >= 0.9 * Double(rows)
    }

    /// The most rows that the table ever had: the inserted ones.
    ///
    /// - Parameter rows: The current rows.
    /// - Returns: `nil` if the counters do not reach back far enough.
    func mostEver(known rows: RowCount) -> Int64? {
        let known = rows.isConfirmed ? rows.value : RowCount.whole(reltuples)
        guard inserted > 0, explains(known) else { return nil }
        return max(inserted, known)
    }
}

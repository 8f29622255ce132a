internal import Advisor
internal import Postgres

/// Stores the findings of polls, and reports which are new, worse, gone, or due for a reminder.
struct FindingStore {
    private var known: [FindingKey: KnownFinding] = [:]
    private var isRead = false
    /// Stored findings that are unreadable.
    private(set) var unreadable: [UnreadableRow] = []
    private var hasReported = false
    private var nextPrune = ContinuousClock.now
    /// The day, counted from 1970 UTC, and the indexes whose use was sampled on it.
    private var sampled: (day: Int64, indexes: Set<IndexIdentity>) = (0, [])
    /// When this program reported each finding, if it may not store that.
    private var reportedAt: [FindingKey: ContinuousClock.Instant] = [:]

    /// Stores the findings of a poll, and returns what has changed.
    ///
    /// - Parameters:
    ///   - assessment: The assessment of the poll.
    ///   - busy: The tables of running jobs.
    ///   - isKeeping: Whether to store the findings, so that they are not new again after a restart.
    ///   - interval: The time after which an open finding is reported again; never if `nil`.
    ///   - session: An open connection.
    /// - Returns: The changes.
    /// - Throws: If the server rejects a statement or the connection is lost.
    mutating func update(
        _ assessment: Assessment,
        exceptOn busy: Set<RelationName>,
        keeping isKeeping: Bool,
        repeatingEvery interval: Duration?,
        on session: inout Connection
    ) async throws(PostgresError) -> FindingChanges {
        let reported = known
        if isKeeping, !isRead { try await read(on: &session) }
        // Before anything is stored that is reported at the end.
        var due: [FindingKey] = []
        if isKeeping, let interval { due = try await remind(after: interval, on: &session) }
        let busyParts = assessment.parts(among: busy)
        func isInFlux(_ key: FindingKey) -> Bool {
            guard let collection = key.collection else { return false }
            if let part = key.part { return busyParts.contains(PartKey(collection: collection, part: part)) }
            return busy.contains(RelationName(schema: collection.schema, name: collection.table))
        }
        let now = assessment.known(after: known, exceptWhere: isInFlux)
        let changes = FindingChanges(from: known, to: now)
        if isKeeping, !changes.isEmpty {
            let raised = changes.raised + changes.worsened
            var statements: [Statement] = []
            if !raised.isEmpty {
                let columns =
                    Self.columns(raised)
                    + [raised.map { $0.finding.severity.rawValue }, raised.map { $0.finding.summary }]
                statements.append(Statement(PackageResources.finding_raise_sql, columns))
            }
            if !changes.resolved.isEmpty {
                statements.append(Statement(PackageResources.finding_resolve_sql, Self.columns(changes.resolved)))
            }
            _ = try await session.queue(statements)
        }
        known = now
        defer { hasReported = true }
        // If this program takes over as the leader, findings that it has reported before are not new.
        var news = hasReported ? FindingChanges(from: reported, to: now) : changes
        if !isKeeping, let interval { due = remember(news, for: interval) }
        let isNews = Set((news.raised + news.worsened).map(\.key))
        news.repeated = due.compactMap { key in
            // What a job is working on needs no report.
            guard !isNews.contains(key), !isInFlux(key) else { return nil }
            return now[key].map { FindingChanges.Change(key: key, finding: $0) }
        }
        .sorted(by: FindingChanges.Change.isBefore)
        assessment.explain(&news)
        return news
    }

    /// The open findings that are due to be reported again; stores that they were reported.
    private func remind(
        after interval: Duration,
        on session: inout Connection
    ) async throws(PostgresError) -> [FindingKey] {
        let statement = Statement(PackageResources.finding_remind_sql, [interval / .seconds(1)])
        return try await session.queue(statement)
            .readable(of: .finding) { (row) throws(PostgresError) in try FindingKey(row) }.values
    }

    /// The same for a program that may not store it; it starts from scratch after a restart.
    private mutating func remember(_ news: FindingChanges, for interval: Duration) -> [FindingKey] {
        let moment = ContinuousClock.now
        for change in news.worsened { reportedAt[change.key] = nil }
        reportedAt = Dictionary(uniqueKeysWithValues: known.keys.map { ($0, reportedAt[$0] ?? moment) })
        let due = reportedAt.filter { $0.value.duration(to: moment) >= interval }.map(\.key)
        for key in due { reportedAt[key] = moment }
        return due
    }

    /// Records the counters of each index when it is first seen, and then once a day; deletes old samples.
    mutating func recordUse(of snapshot: CatalogSnapshot, on session: inout Connection) async throws(PostgresError) {
        let time = snapshot.server.observedAt
        let day = Int64(time / 86_400)
        if day != sampled.day {
            _ = try await session.queue(Statement(PackageResources.use_prune_sql, [time, UseSample.days]))
            sampled = (day, [])
        }
        var indexes: [IndexIdentity] = []
        var samples: [UseSample] = []
        for collection in snapshot.collections {
            for relation in collection.relations {
                for index in relation.indexes where index.isUsable {
                    guard sampled.indexes.insert(index.identity).inserted else { continue }
                    indexes.append(index.identity)
                    samples.append(UseSample(of: index, on: relation, at: time))
                }
            }
        }
        guard !indexes.isEmpty else { return }
        let columns: [any ParameterEncodable] = [
            time, indexes.map { Int64($0.oid) }, indexes.map { Int64($0.relfilenode) }, samples.map(\.scans),
            samples.map(\.sequentialScans), samples.map(\.sequentialRowsRead),
        ]
        _ = try await session.queue(Statement(PackageResources.use_record_sql, columns))
    }

    /// Deletes older rows once an hour; if that takes too long, the next poll continues.
    mutating func prune(keepingDays days: Int, on session: inout Connection) async throws(PostgresError) {
        guard .now >= nextPrune else { return }
        if try await JobHistory.prune(keepingDays: days, on: &session).isAll { nextPrune = .now + .seconds(3_600) }
    }

    private mutating func read(on session: inout Connection) async throws(PostgresError) {
        let rows = try await session.queue(Statement(PackageResources.finding_open_sql))
        known = [:]
        let (findings, unreadable) = try rows.readable(of: .finding) { (row) throws(PostgresError) in
            let finding = KnownFinding(
                severity: Severity(rawValue: try row["severity", as: String.self]) ?? .notice,
                summary: try row["summary", as: String.self]
            )
            return (try FindingKey(row), finding)
        }
        for (key, finding) in findings { known[key] = finding }
        self.unreadable = unreadable
        isRead = true
    }

    private static func columns(_ changes: [FindingChanges.Change]) -> [any ParameterEncodable] {
        [
            changes.map(\.key.rule), changes.map(\.key.collection?.schema), changes.map(\.key.collection?.table),
            changes.map(\.key.collection?.column), changes.map(\.key.part), changes.map(\.key.index),
        ]
    }
}

extension FindingKey {
    /// Reads the columns of a row that identify a finding.
    fileprivate init(_ row: Row) throws(PostgresError) {
        var collection: CollectionName?
        if let table = try row["table_name", as: String?.self] {
            collection = CollectionName(
                schema: try row["table_schema", as: String.self],
                table: table,
                column: try row["column_name", as: String.self]
            )
        }
        self.init(
            rule: try row["rule", as: String.self],
            collection: collection,
            part: try row["part_name", as: String?.self],
            index: try row["index_name", as: String?.self]
        )
    }
}

internal import Advisor
internal import Postgres

/// What a scheduler writes down of its looks: findings that come and go.
struct FindingStore {
    private var known: [FindingKey: KnownFinding] = [:]
    private var isRead = false
    /// Findings that are written down and cannot be read.
    private(set) var unreadable: [UnreadableRow] = []
    private var hasTold = false
    private var nextPrune = ContinuousClock.now
    /// The day, counted from 1970 UTC, and the indexes of whose use a sample was taken on it.
    private var sampled: (day: Int64, indexes: Set<IndexIdentity>) = (0, [])
    /// When this program has told of each finding, where it may not write that down.
    private var toldAt: [FindingKey: ContinuousClock.Instant] = [:]

    /// Takes note of the findings of a look.
    ///
    /// - Parameters:
    ///   - assessment: The look.
    ///   - busy: Tables on which jobs are at work.
    ///   - isKeeping: Whether to write them down, so that a restart does not make them news again.
    ///   - interval: After how long to tell of an open finding again; never where there is none.
    ///   - session: An open connection.
    /// - Returns: What is news.
    /// - Throws: When the server refuses or the connection is lost.
    mutating func update(
        _ assessment: Assessment,
        exceptOn busy: Set<RelationName>,
        keeping isKeeping: Bool,
        repeatingEvery interval: Duration?,
        on session: inout Connection
    ) async throws(PostgresError) -> FindingChanges {
        let told = known
        if isKeeping, !isRead { try await read(on: &session) }
        // Before anything is written down that is told at the end.
        var due: [FindingKey] = []
        if isKeeping, let interval { due = try await remind(after: interval, on: &session) }
        func isInFlux(_ key: FindingKey) -> Bool {
            guard let collection = key.collection else { return false }
            return busy.contains(RelationName(schema: collection.schema, name: key.part ?? collection.table))
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
        defer { hasTold = true }
        // What this program has told while another one kept the findings is no news when it takes that over.
        var news = hasTold ? FindingChanges(from: told, to: now) : changes
        if !isKeeping, let interval { due = remember(news, for: interval) }
        let isNews = Set((news.raised + news.worsened).map(\.key))
        news.repeated = due.compactMap { key in
            // What is worked on needs nobody's attention.
            guard !isNews.contains(key), !isInFlux(key) else { return nil }
            return now[key].map { FindingChanges.Change(key: key, finding: $0) }
        }
        .sorted(by: FindingChanges.Change.isBefore)
        assessment.explain(&news)
        return news
    }

    /// Open findings of which people have to be told again, with that written down.
    private func remind(
        after interval: Duration,
        on session: inout Connection
    ) async throws(PostgresError) -> [FindingKey] {
        let statement = Statement(PackageResources.finding_remind_sql, [interval / .seconds(1)])
        return try await session.queue(statement)
            .readable(of: .finding) { (row) throws(PostgresError) in try FindingKey(row) }.values
    }

    /// The same for a program that may not write it down, and begins anew when it is restarted.
    private mutating func remember(_ news: FindingChanges, for interval: Duration) -> [FindingKey] {
        let moment = ContinuousClock.now
        for change in news.worsened { toldAt[change.key] = nil }
        toldAt = Dictionary(uniqueKeysWithValues: known.keys.map { ($0, toldAt[$0] ?? moment) })
        let due = toldAt.filter { $0.value.duration(to: moment) >= interval }.map(\.key)
        for key in due { toldAt[key] = moment }
        return due
    }

    /// Writes down what the counters of each index say when it is first seen, and once a day; what is too old goes then.
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

    /// Deletes what is older than that, once an hour; what takes longer is gone on with at the next look.
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
    /// Reads the columns of a row that tell a finding from others.
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

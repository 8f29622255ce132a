internal import Advisor
internal import Postgres

/// What a steward writes down of its looks: findings that come and go, and what indexes of others were built on.
struct Ledger {
    private var known: [FindingKey: KnownFinding] = [:]
    private var tables: Set<TableName> = []
    private var isRead = false
    private var hasTold = false
    private var nextPrune = ContinuousClock.now

    /// Takes note of the findings of a look.
    ///
    /// - Parameters:
    ///   - assessment: The look.
    ///   - busy: Tables on which jobs are at work.
    ///   - isKeeping: Whether to write them down, so that a restart does not make them news again.
    ///   - session: An open connection.
    /// - Returns: What is news.
    /// - Throws: When the server refuses or the connection is lost.
    mutating func update(
        _ assessment: Assessment,
        exceptOn busy: Set<TableName>,
        keeping isKeeping: Bool,
        on session: inout Connection
    ) async throws(PostgresError) -> FindingChanges {
        let told = known
        if isKeeping, !isRead { try await read(on: &session) }
        let now = assessment.known(after: known) { key in
            guard let collection = key.collection else { return false }
            return busy.contains(TableName(schema: collection.schema, table: key.part ?? collection.table))
        }
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
        return hasTold ? FindingChanges(from: told, to: now) : changes
    }

    /// Writes down what indexes were built on that others have built since the last look.
    ///
    /// Of a table whose indexes are known, an index that was not there is new: it holds the rows of now. Of a table that is
    /// seen for the first time nothing is sure but what the index itself tells, if it does.
    mutating func recordBaselines(
        of observation: Observation,
        exceptOn busy: Set<TableName>,
        on session: inout Connection
    ) async throws(PostgresError) {
        var builds: [BuildRecord] = []
        for collection in observation.collections {
            for relation in collection.relations {
                let table = TableName(schema: relation.schema, table: relation.table)
                guard !busy.contains(table) else { continue }
                for index in relation.indexes where index.isUsable && index.recorded == nil {
                    let isNew = tables.contains(table)
                    guard let build = BuildRecord(of: index, on: relation, collection, isNew: isNew) else { continue }
                    builds.append(build)
                }
                if !relation.indexes.isEmpty { tables.insert(table) }
            }
        }
        // Thousands at the first look, which must not take the memory of all the looks after it.
        for start in stride(from: 0, to: builds.count, by: 500) {
            let columns = BuildRecord.columns(builds[start..<min(start + 500, builds.count)])
            _ = try await session.queue(Statement(PackageResources.build_observe_sql, columns))
        }
    }

    /// Deletes what is older than that, once an hour; what takes longer is gone on with at the next look.
    mutating func prune(keepingDays days: Int, on session: inout Connection) async throws(PostgresError) {
        guard .now >= nextPrune else { return }
        if try await JobQueue.prune(keepingDays: days, on: &session).isAll { nextPrune = .now + .seconds(3_600) }
    }

    private mutating func read(on session: inout Connection) async throws(PostgresError) {
        let results = try await session.queue([
            Statement(PackageResources.finding_open_sql), Statement(PackageResources.build_tables_sql),
        ])
        known = [:]
        for row in results[0] {
            var collection: CollectionName?
            if let table = try row["table_name", as: String?.self] {
                collection = CollectionName(
                    schema: try row["table_schema", as: String.self],
                    table: table,
                    column: try row["column_name", as: String.self]
                )
            }
            let key = FindingKey(
                rule: try row["rule", as: String.self],
                collection: collection,
                part: try row["part_name", as: String?.self],
                index: try row["index_name", as: String?.self]
            )
            known[key] = KnownFinding(
                severity: Severity(rawValue: try row["severity", as: String.self]) ?? .notice,
                summary: try row["summary", as: String.self]
            )
        }
        for row in results[1] {
            tables.insert(
                TableName(
                    schema: try row["table_schema", as: String.self],
                    table: try row["table_name", as: String.self]
                )
            )
        }
        isRead = true
    }

    private static func columns(_ changes: [FindingChanges.Change]) -> [any ParameterEncodable] {
        [
            changes.map(\.key.rule), changes.map(\.key.collection?.schema), changes.map(\.key.collection?.table),
            changes.map(\.key.collection?.column), changes.map(\.key.part), changes.map(\.key.index),
        ]
    }
}

extension BuildRecord {
    /// A build of somebody else; none where rows cannot be compared, or the method is not pgvector's.
    ///
    /// It is new when the table's indexes were known before and this one was not among them.
    fileprivate init?(of index: VectorIndex, on relation: Relation, _ collection: Collection, isNew: Bool) {
        guard let baseline = Baseline.infer(for: index, on: relation), let parameters = index.parameters else {
            return nil
        }
        // What the index itself tells is as of its build, what there is now may be a poll later.
        let isTold = baseline.certainty == .exact || (baseline.certainty == .likely && !isNew)
        self.init(
            schema: relation.schema,
            table: relation.table,
            column: collection.name.column,
            index: index.name,
            identity: IndexIdentity(oid: index.oid, relfilenode: index.relfilenode),
            rows: isTold ? baseline.rows : relation.rows.value,
            source: isTold || isNew ? .observed : .inferred,
            parameters: parameters,
            sizeBytes: index.sizeBytes
        )
    }

    /// The parameters of `build_observe.sql`.
    fileprivate static func columns(_ builds: ArraySlice<BuildRecord>) -> [any ParameterEncodable] {
        let parameters = builds.map { ParameterColumns($0.parameters) }
        return [
            builds.map(\.schema), builds.map(\.table), builds.map(\.column), builds.map(\.index),
            builds.map { Int64($0.identity.oid) }, builds.map { Int64($0.identity.relfilenode) },
            builds.map(\.rows), builds.map(\.source.rawValue),
            parameters.map(\.method), parameters.map(\.lists), parameters.map(\.m), parameters.map(\.efConstruction),
            builds.map(\.sizeBytes),
        ]
    }
}

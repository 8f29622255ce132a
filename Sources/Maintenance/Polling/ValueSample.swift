internal import Advisor
internal import Postgres
internal import Recall
internal import Synchronization

/// Reads vectors to see how many of them are equal, if an HNSW index will be built on them and the server's statistics
/// say nothing of it.
///
/// `COPY` of a table is not planned and runs nothing that the table carries. It reads from the beginning of the table, and
/// ends after so many bytes or so much time.
struct ValueSample {
    var connections: ConnectionPool
    var memory: ValueSampleMemory
    /// The most bytes of all tables of a collection.
    var mostBytes = 64 << 20
    /// The most time for a table, and for all: the leader waits for it.
    var mostTime = Duration.seconds(2)
    var mostTimeOfAll = Duration.seconds(10)

    /// The most tables of a collection that are read.
    private static let mostTables = 64

    /// Adds what the vectors of some collections show.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot.
    ///   - named: The collections on which an HNSW index will be built.
    /// - Returns: Whether there was anything to add.
    /// - Throws: When the connection is lost or the task is cancelled. A table that the server does not let us read stays
    ///   unknown.
    @discardableResult
    func complete(
        _ snapshot: inout CatalogSnapshot,
        of named: Set<CollectionName>
    ) async throws(PostgresError) -> Bool {
        var isAny = false
        let end = ContinuousClock.now + mostTimeOfAll
        for position in snapshot.collections.indices where named.contains(snapshot.collections[position].name) {
            let collection = snapshot.collections[position]
            let hidden = collection.relations.indices.filter { place in
                collection.hidesEqualRows && collection.relations[place].distinct == nil
            }
            for place in hidden.prefix(Self.mostTables) {
                let relation = collection.relations[place]
                // The rest stays unknown until a later poll.
                guard ContinuousClock.now < end else { return isAny }
                guard
                    let distinct = try await distinctValues(
                        in: relation,
                        column: collection.name.column,
                        bytes: mostBytes / min(hidden.count, Self.mostTables)
                    )
                else { continue }
                snapshot.collections[position].relations[place].distinct = distinct
                isAny = true
            }
        }
        return isAny
    }

    private func distinctValues(
        in relation: Relation,
        column: String,
        bytes: Int
    ) async throws(PostgresError) -> DistinctValues? {
        let rows = relation.vectorRows.value
        if let known = memory.answer(for: relation, column) { return known }
        let counts: ValueCounts?
        do throws(PostgresError) {
            counts = try await connections.use { (connection) async throws(PostgresError) in
                try await read(relation, column, bytes, on: &connection)
            }
        } catch {
            guard error.code == .server || error.code == .timedOut || error.code == .decoding else { throw error }
            counts = nil
        }
        let distinct = counts.flatMap { counts in
            DistinctValues.estimate(from: Array(counts.occurrences.values), of: rows, isWhole: counts.isWhole)
        }
        memory.remember(distinct, for: relation, column)
        return distinct
    }

    private func read(
        _ relation: Relation,
        _ column: String,
        _ bytes: Int,
        on connection: inout Connection
    ) async throws(PostgresError) -> ValueCounts {
        let transaction = ReadOnlyTransaction(statementTimeout: mostTime, isRepeatable: false)
        // A scan that joins another one would begin in the middle.
        let begin =
            transaction.opening
            + ["SELECT pg_catalog.set_config('synchronize_seqscans', 'off', TRUE)"]
        _ = try await connection.pipeline(begin, timeout: transaction.patience)
        let table = Identifier.qualified(relation.schema, relation.table)
        var counts = ValueCounts(mostBytes: bytes)
        do throws(PostgresError) {
            let isAtEnd = try await connection.copy(
                beginningOf: "COPY \(table.sql) (\(Identifier(column))) TO STDOUT (FORMAT binary)",
                timeout: transaction.patience
            ) { counts.add($0) }
            counts.isWhole = isAtEnd && counts.hasEnd
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
            // The time was up: what has arrived until then is a sample too.
            guard error.sqlState == .queryCanceled, counts.rows > 0 else { throw error }
            return counts
        }
        _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
        return counts
    }
}

/// How often values occur in what COPY sends.
private struct ValueCounts {
    /// How often each value occurs, by a hash of its bytes.
    private(set) var occurrences: [Int: Int] = [:]
    /// The values so far.
    private(set) var rows = 0
    /// Whether these are all rows.
    var isWhole = false
    /// Whether the end of COPY has arrived.
    var hasEnd: Bool { copy.isComplete }

    private let mostBytes: Int
    private var bytes = 0
    private var copy = BinaryCopy()

    init(mostBytes: Int) { self.mostBytes = mostBytes }

    /// Counts the values in some data.
    ///
    /// - Returns: Whether more is wanted.
    mutating func add(_ data: [UInt8]) -> Bool {
        guard bytes < mostBytes else { return false }
        bytes += data.count
        do throws(UnreadableVector) {
            try data.withUnsafeBufferPointer { data throws(UnreadableVector) in
                try copy.read(UnsafeRawBufferPointer(data)) { value throws(UnreadableVector) in
                    guard let value else { return }
                    var hasher = Hasher()
                    hasher.combine(bytes: value)
                    occurrences[hasher.finalize(), default: 0] += 1
                    rows += 1
                }
            }
        } catch {
            return false
        }
        return bytes < mostBytes
    }
}

/// What was seen of tables, so that polls do not read it again and again.
final class ValueSampleMemory: Sendable {
    private struct Key: Hashable {
        var table: UInt32
        var column: String
    }

    private struct Answer {
        var distinct: DistinctValues?
        var rows: Int64
        var end: ContinuousClock.Instant
    }

    private static let validity = Duration.seconds(3_600)
    private let answers = Mutex<[Key: Answer]>([:])

    /// What was seen within an hour, while the number of rows is about the same; the outer `nil` if nobody has read it.
    func answer(for relation: Relation, _ column: String) -> DistinctValues?? {
        answers.withLock { answers in
            answers = answers.filter { $0.value.end > .now }
            guard let answer = answers[Key(table: relation.oid, column: column)],
                (answer.rows - relation.vectorRows.value).magnitude <= answer.rows.magnitude / 10
            else { return nil }
            return .some(answer.distinct)
        }
    }

    func remember(_ distinct: DistinctValues?, for relation: Relation, _ column: String) {
        let answer = Answer(distinct: distinct, rows: relation.vectorRows.value, end: .now + Self.validity)
        answers.withLock { $0[Key(table: relation.oid, column: column)] = answer }
    }
}

package import Advisor
package import Postgres

/// How the queue stores the jobs of one kind.
///
/// `vecsteward.job` has the columns of every job. Columns that only jobs of this kind have are in a table of its own.
package protocol StoredJobSpec: JobSpec {
    /// The table in the schema `vecsteward` for jobs of this kind; `nil` if they need none.
    ///
    /// Its column `job_id` references `vecsteward.job`, with ON DELETE CASCADE. It shares no other name with that table.
    static var table: String? { get }

    /// Reads the specification from a row of `vecsteward.job`, joined with ``table``.
    ///
    /// - Throws: `.decoding` for a row that somebody has changed by hand.
    init(_ row: Row) throws(PostgresError)

    /// Reads further columns of a job of this kind, such as its progress; by default nothing.
    static func complete(_ record: inout JobRecord, by row: Row) throws(PostgresError)

    /// Writes the row of ``table`` for a job, in the transaction that queues it, unless that did not queue it.
    func insertion(of job: Job) -> Statement?

    /// Records the progress of a job that has not ended; by default nothing.
    func update(of record: JobRecord) -> Statement?
}

extension StoredJobSpec {
    package static var table: String? { nil }
    package static func complete(_ record: inout JobRecord, by row: Row) throws(PostgresError) {}
    package func insertion(of job: Job) -> Statement? { nil }
    package func update(of record: JobRecord) -> Statement? { nil }
}

extension JobKinds {
    /// The kinds that the queue can store.
    private var stored: [any StoredJobSpec.Type] { types.compactMap { $0 as? any StoredJobSpec.Type } }

    /// How the queue stores a kind.
    ///
    /// - Throws: `.decoding` for a kind that this program does not know, such as one of a later version.
    func stored(_ kind: String) throws(PostgresError) -> any StoredJobSpec.Type {
        guard let type = stored.first(where: { $0.kind == kind }) else {
            throw PostgresError(.decoding, "a job of the unknown kind \(kind)")
        }
        return type
    }

    /// A statement over `job_row`: the rows of `vecsteward.job`, each with the columns of its kind.
    func statement(_ query: [UInt8], _ parameters: [any ParameterEncodable] = []) -> Statement {
        let tables = Set(stored.compactMap { $0.table }).sorted().map { Identifier.qualified("vecsteward", $0) }
        let columns = tables.map { ", \($0).*" }.joined()
        let joins = tables.map { "\nLEFT JOIN \($0) ON \($0).job_id = job.id" }.joined()
        return Statement(
            "WITH job_row AS (\nSELECT job.*\(columns)\nFROM vecsteward.job AS job\(joins)\n)\n"
                + String(decoding: query, as: UTF8.self),
            parameters
        )
    }
}

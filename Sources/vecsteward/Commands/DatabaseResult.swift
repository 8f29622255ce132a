import Advisor
import Maintenance
import Postgres
import Reports

/// The outcome of polling one database.
struct DatabaseResult<Value: Sendable>: Sendable {
    /// Its name in the configuration.
    var name: String
    /// Its connection target, without secrets.
    var target: String
    /// The result of the poll, or why it failed.
    var result: Result<Value, PostgresError>
    /// The duration of the poll.
    var elapsed: Duration

    /// Polls all databases of a configuration, eight at a time.
    ///
    /// - Parameters:
    ///   - configuration: Names the databases.
    ///   - poll: Runs with the assessor of each database.
    /// - Returns: One result per database, in the order of the configuration.
    /// - Throws: A silent failure if the task was cancelled.
    static func all(
        of configuration: Configuration,
        _ poll: @escaping @Sendable (Assessor) async throws(PostgresError) -> Value
    ) async throws(ProgramFailure) -> [DatabaseResult] {
        let databases = configuration.databases
        let results = await withTaskGroup(of: (Int, DatabaseResult).self) { group in
            var results = [DatabaseResult?](repeating: nil, count: databases.count)
            for (index, database) in databases.enumerated() {
                if index >= 8, let (done, result) = await group.next() { results[done] = result }
                let assessor = configuration.assessor(for: database)
                group.addTask { (index, await DatabaseResult(of: database, with: assessor, poll)) }
            }
            for await (done, result) in group { results[done] = result }
            return results.compactMap { $0 }
        }
        if Task.isCancelled { throw .silent(.interrupted) }
        return results
    }

    private init(
        of database: DatabaseConfiguration,
        with assessor: Assessor,
        _ poll: @Sendable (Assessor) async throws(PostgresError) -> Value
    ) async {
        let start = ContinuousClock.now
        do throws(PostgresError) {
            result = .success(try await poll(assessor))
        } catch {
            result = .failure(error)
        }
        name = database.name
        target = "\(database.target)"
        elapsed = start.duration(to: .now)
    }

    /// Explains the failure; `nil` on success.
    var advice: ConnectionAdvice? {
        guard case .failure(let error) = result else { return nil }
        return ConnectionAdvice(error)
    }

    /// The complaint for standard error; `nil` on success.
    var complaint: ProgramFailure.Complaint? {
        advice.map { advice in
            ProgramFailure.Complaint(message: "database \(Quoted.name(name)): \(advice.message)", hint: advice.hint)
        }
    }
}

extension DatabaseResult<Assessment> {
    /// The section of this database in a report.
    var section: DatabaseSection {
        switch result {
        case .success(let assessment):
            DatabaseSection(
                name: name,
                target: target,
                outcome: .assessed(
                    assessment,
                    statements: assessment.plan.jobs.map { JobStatements.statements(for: $0) },
                    elapsedSeconds: elapsed / .seconds(1)
                )
            )
        case .failure(let error):
            DatabaseSection(name: name, target: target, outcome: .failed(Failure(ConnectionAdvice(error))))
        }
    }
}

extension Failure {
    /// What a report says of a connection that failed.
    init(_ advice: ConnectionAdvice) {
        self.init(message: advice.message, hint: advice.hint, sqlState: advice.sqlState)
    }
}

import Advisor
import Maintenance
import Postgres
import Reports

/// What came of looking at one database.
struct DatabaseResult<Value: Sendable>: Sendable {
    /// Its name in the configuration.
    var name: String
    /// Where it is, without anything secret.
    var target: String
    /// What was seen, or why nothing was.
    var result: Result<Value, PostgresError>
    /// How long it took.
    var elapsed: Duration

    /// Looks at all databases of a configuration, eight at a time.
    ///
    /// - Parameters:
    ///   - configuration: What names them.
    ///   - poll: What to do with each.
    /// - Returns: One for each database, in the order of the configuration.
    /// - Throws: A silent failure when the task was cancelled.
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

    /// Why nothing was seen, `nil` when all went well.
    var advice: ConnectionAdvice? {
        guard case .failure(let error) = result else { return nil }
        return ConnectionAdvice(error)
    }

    /// What standard error is told of it, `nil` when all went well.
    var complaint: ProgramFailure.Complaint? {
        advice.map { advice in
            ProgramFailure.Complaint(message: "database \(Quoted.name(name)): \(advice.message)", hint: advice.hint)
        }
    }
}

extension DatabaseResult<Assessment> {
    /// Its section in a report.
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
            DatabaseSection(name: name, target: target, outcome: .failed(Self.failure(ConnectionAdvice(error))))
        }
    }

    private static func failure(_ advice: ConnectionAdvice) -> Failure {
        Failure(message: advice.message, hint: advice.hint, sqlState: advice.sqlState)
    }
}

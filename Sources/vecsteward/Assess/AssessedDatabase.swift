import Advisor
import Maintenance
import Postgres
import Reports

/// What came of assessing one database.
struct AssessedDatabase: Sendable {
    /// Its name in the configuration.
    var name: String
    /// Where it is, without anything secret.
    var target: String
    /// What was found, or why nothing was.
    var result: Result<Assessment, PostgresError>
    /// How long it took.
    var elapsed: Duration

    /// So many databases are looked at at a time.
    static let concurrency = 8

    /// Assesses all databases of a configuration, several at a time.
    ///
    /// - Returns: One for each database, in the order of the configuration.
    /// - Throws: A silent failure when the task was cancelled.
    static func all(of configuration: Configuration) async throws(ProgramFailure) -> [AssessedDatabase] {
        let databases = configuration.databases
        let assessed = await withTaskGroup(of: (Int, AssessedDatabase).self) { group in
            var results = [AssessedDatabase?](repeating: nil, count: databases.count)
            for (index, database) in databases.enumerated() {
                if index >= concurrency, let (done, result) = await group.next() { results[done] = result }
                let assessor = configuration.assessor(for: database)
                group.addTask { (index, await assess(database, with: assessor)) }
            }
            for await (done, result) in group { results[done] = result }
            return results.compactMap { $0 }
        }
        if Task.isCancelled { throw .silent(.interrupted) }
        return assessed
    }

    private static func assess(_ database: DatabaseConfiguration, with assessor: Assessor) async -> AssessedDatabase {
        let start = ContinuousClock.now
        let result: Result<Assessment, PostgresError>
        do throws(PostgresError) {
            result = .success(try await assessor.assess())
        } catch {
            result = .failure(error)
        }
        return AssessedDatabase(
            name: database.name,
            target: "\(database.target)",
            result: result,
            elapsed: start.duration(to: .now)
        )
    }
}

extension AssessedDatabase {
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

    /// How the program ends because of it, `nil` when all went well.
    var failureStatus: ExitStatus? {
        guard case .failure(let error) = result else { return nil }
        return ConnectionAdvice(error).status
    }

    /// What standard error is told of it, `nil` when all went well.
    var complaint: ProgramFailure.Complaint? {
        guard case .failure(let error) = result else { return nil }
        let advice = ConnectionAdvice(error)
        return ProgramFailure.Complaint(
            message: "database \(Quoted.name(name)): \(advice.message)",
            hint: advice.hint
        )
    }

    private static func failure(_ advice: ConnectionAdvice) -> Failure {
        Failure(message: advice.message, hint: advice.hint, sqlState: advice.sqlState)
    }
}

internal import Advisor
internal import Postgres

extension Scheduler {
    /// Runs a job for a program that does nothing else meanwhile, and cancels it when a person does so elsewhere.
    ///
    /// - Throws: As ``JobExecutor/run(_:control:onEvent:)``.
    func run(
        _ record: JobRecord,
        in leaderSession: inout LeaderSession,
        onEvent: @escaping @Sendable (JobEvent) -> Void
    ) async throws(PostgresError) -> JobEnd {
        let runningJobs = RunningJobs()
        let job = runningJobs.join(record)
        let executor = leaderSession.executor
        let result = await withTaskGroup(of: Result<JobEnd, PostgresError>.self) { group in
            group.addTask {
                defer { runningJobs.leave(record.id) }
                do throws(PostgresError) {
                    return .success(try await executor.run(record, control: job.control, onEvent: onEvent))
                } catch {
                    return .failure(error)
                }
            }
            do throws(PostgresError) {
                while !runningJobs.isIdle {
                    _ = try await leaderSession.rest(.seconds(1), or: runningJobs.bell)
                    try await leaderSession.cancelWhatPeopleCancelled(in: runningJobs)
                }
            } catch {
                // If listening fails, the job continues.
            }
            return await group.next()
        }
        guard let result else { throw PostgresError(.cancelled, "stopped") }
        return try result.get()
    }
}

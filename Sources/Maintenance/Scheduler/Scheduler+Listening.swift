internal import Advisor
internal import Postgres

extension Scheduler {
    /// Carries out a job for a program that does nothing else meanwhile, and ends it when a person says so elsewhere.
    func take(
        _ executor: JobExecutor,
        _ record: JobRecord,
        onEvent: @escaping @Sendable (JobEvent) -> Void
    ) async throws(PostgresError) -> JobOutcome {
        let control = JobControl()
        let result = await withTaskGroup(of: Result<JobOutcome, PostgresError>?.self) { group in
            group.addTask {
                do throws(PostgresError) {
                    let end = try await executor.take(record, control: control) { event in
                        if case .news(_, let news) = event { onEvent(news) }
                    }
                    return .success(end)
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await listen(for: record.id, over: executor.connections, control)
                return nil
            }
            var result: Result<JobOutcome, PostgresError>?
            while result == nil, let next = await group.next() { result = next }
            group.cancelAll()
            return result
        }
        return try result?.get() ?? .cancelled("nothing was done")
    }

    /// Passes on that a person has cancelled a job; where that cannot be asked for the job goes on.
    private func listen(for id: Int64, over connections: ConnectionPool, _ control: JobControl) async {
        while true {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            do throws(PostgresError) {
                let cancelled = try await connections.use { (connection) async throws(PostgresError) in
                    try await JobQueue.cancelled(among: [id], on: &connection)
                }
                if cancelled.contains(id) { return control.cancel() }
            } catch {
                continue
            }
        }
    }
}

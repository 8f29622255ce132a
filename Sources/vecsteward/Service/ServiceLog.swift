import Advisor
import Logging
import Maintenance
import Postgres
import Reports

/// Turns the events of one database into log messages.
struct ServiceLog: Sendable {
    let database: String
    let output: ServiceOutput
    /// Whether this is `run --once`; then only jobs are logged, because a report shows the findings.
    var isOnce = false

    /// How many messages of a kind are logged one by one.
    ///
    /// If there are more, one message gives the number and the worst.
    static let listed = 20

    func write(_ event: Scheduler.Event) {
        for message in messages(of: event) { write(message) }
    }

    func write(_ message: ServiceMessage) { output.write(message.with(["DATABASE": database])) }

    /// Logs the error that keeps this program from its work, with a hint how to fix it.
    func complain(_ error: PostgresError) { write(ServiceMessage(.databaseUnreachable, of: database, error)) }

    /// The messages for an event; most events have none.
    func messages(of event: Scheduler.Event) -> [ServiceMessage] {
        switch event {
        case .leadershipChanged(.leads) where isOnce: []
        case .leadershipChanged(.isLeftToAnother) where isOnce:
            [message(.leadership, "another instance is the leader, so this one does nothing")]
        case .leadershipChanged(.isKeptOut(let holder)):
            [
                message(
                    .leadershipTaken,
                    Quoted.name(holder.complaint, limit: 500),
                    hint: Quoted.name(holder.hint, limit: 300)
                )
                .with(["PROCESS_ID": holder.processID.map { "\($0)" }])
            ]
        case .leadershipChanged(let leadership): [message(.leadership, leadership.words)]
        case .findings where isOnce: []
        case .findings(let changes): findings(changes)
        case .isOutOfReach(let error): [ServiceMessage(.databaseUnreachable, of: database, error)]
        case .isBack: [message(.databaseBack, "is reachable again")]
        case .polled, .turned, .isAlive, .isGone: []
        case .pollFailed(let error): [ServiceMessage(.pollFailed, of: database, error)]
        case .cannotAct(let error): [ServiceMessage(.actionRefused, of: database, error)]
        case .didNotHelp(let remedies): didNotHelp(remedies)
        case .unreadable(let rows):
            rows.prefix(Self.listed).map { row in
                message(.rowUnreadable, Quoted.name(row.words, limit: 300), hint: row.hint)
                    .with(row.table == .job ? ["JOB_ID": "\(row.id)"] : [:])
            }
        case .queued(let records): queued(records)
        case .waitsForWindow(let jobs, let opening):
            [
                message(
                    .windowAwaited,
                    "\(jobs) \(jobs == 1 ? "job waits" : "jobs wait") for the maintenance window, which opens on \(opening)"
                )
                .with(["COUNT": "\(jobs)"])
            ]
        case .waitsForTable(let jobs, let session): [waiting(jobs, for: session)]
        case .begins(let record), .news(let record, _), .rests(let record, _), .stops(let record, _),
            .ended(let record, _):
            job(event).map { [$0.with(ServiceMessage.fields(of: record))] } ?? []
        }
    }

    func message(
        _ kind: MessageKind,
        _ line: String,
        hint: String? = nil
    ) -> ServiceMessage {
        ServiceMessage(kind, "\(Quoted.name(database)): \(line)", hint: hint)
    }
}

// Findings: one message each, or one for many.
extension ServiceLog {
    private func findings(_ changes: FindingChanges) -> [ServiceMessage] {
        [
            ("found", changes.raised), ("worse", changes.worsened), ("still", changes.repeated),
            ("resolved", changes.resolved),
        ]
        .flatMap { alert, list in
            if list.count > Self.listed { return [many(list, alert)] }
            return list.map { change in
                let isResolved = alert == "resolved"
                let kind = isResolved ? .findingResolved : MessageKind(findingOf: change.key.rule) ?? .findingsAtOnce
                var message = message(kind, "\(alert): \(Self.words(change))", hint: Self.hint(change))
                if !isResolved { message.level = change.finding.severity.level }
                return message.with(ServiceMessage.fields(of: change)).with(["ALERT": alert])
            }
        }
    }

    /// One message in place of thousands.
    private func many(_ list: [FindingChanges.Change], _ alert: String) -> ServiceMessage {
        let counts = Dictionary(grouping: list, by: \.key.rule).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let rules = counts.map { "\(Numbers.grouped(Int64($0.value))) x \($0.key)" }.joined(separator: ", ")
        // The list starts with the worst.
        let worst = list.first
        var message = message(
            .findingsAtOnce,
            "\(alert): \(Numbers.grouped(Int64(list.count))) findings at once (\(rules))"
                + (worst.map { "; the worst: \(Self.words($0))" } ?? ""),
            hint: "Run vecsteward --dry-run to see all of them."
        )
        if let worst { message.level = alert == "resolved" ? .notice : worst.finding.severity.level }
        return message.with(["ALERT": alert, "COUNT": "\(list.count)"])
            .with(worst.map { ServiceMessage.fields(of: $0) } ?? [:])
    }

    private static func words(_ change: FindingChanges.Change) -> String {
        let place = [change.key.collection?.description, change.key.index.map { "index \($0)" }]
            .compactMap { $0 }
            .map { Quoted.name($0, limit: 200) + ": " }
            .joined()
        return "\(place)\(change.key.rule) (\(change.finding.severity.rawValue)): "
            + Quoted.name(change.finding.summary, limit: 300)
    }

    private static func hint(_ change: FindingChanges.Change) -> String? {
        change.advice.isEmpty ? nil : Quoted.name(change.advice, limit: 1_000)
    }
}

// Jobs, step by step.
extension ServiceLog {
    private func waiting(_ jobs: [Int64], for session: LockingSession) -> ServiceMessage {
        let first = jobs.prefix(5).map { "\($0)" }.joined(separator: ", ")
        let more = jobs.count > 5 ? " and \(jobs.count - 5) more" : ""
        let subject = jobs.count == 1 ? "job \(first) waits" : "jobs \(first)\(more) wait"
        let deed = session.awaitedLock == nil ? "has a lock on" : "waits for"
        let line = "\(subject) for \(session.words), which \(deed) \(jobs.count == 1 ? "its table" : "their tables")"
        return message(
            .jobWaitsForOthers,
            Quoted.name(line, limit: 500),
            hint: "Other jobs continue. To end the wait, run as a role that may: \(session.ending)"
        )
        .with(["PROCESS_ID": session.processID.map { "\($0)" }, "JOB_ID": jobs.first.map { "\($0)" }])
    }

    private func queued(_ records: [JobRecord]) -> [ServiceMessage] {
        if records.count > Self.listed, let first = records.first {
            let line =
                "\(Numbers.grouped(Int64(records.count))) jobs queued at once; "
                + "the first is job \(first.id): \(first.work)"
            return [
                message(.jobsQueuedAtOnce, line, hint: "Run vecsteward jobs list to see them.")
                    .with(["COUNT": "\(records.count)"]).with(ServiceMessage.fields(of: first))
            ]
        }
        return records.map { record in
            message(.jobQueued, "job \(record.id) queued: \(record.work)").with(ServiceMessage.fields(of: record))
        }
    }

    private func didNotHelp(_ remedies: [PastRemedy]) -> [ServiceMessage] {
        if remedies.count > Self.listed, let first = remedies.first {
            let line =
                "\(Numbers.grouped(Int64(remedies.count))) jobs did not resolve their findings; "
                + "the first: \(Self.words(first))"
            return [
                message(.remedyFailed, line, hint: "Run vecsteward --dry-run to see all of them.")
                    .with(["COUNT": "\(remedies.count)"])
            ]
        }
        return remedies.map { remedy in
            message(
                .remedyFailed,
                Self.words(remedy),
                hint: "To run a job now, use vecsteward create-index or vecsteward rebuild."
            )
            .with(["JOB_ID": "\(remedy.jobID)"])
        }
    }

    private static func words(_ remedy: PastRemedy) -> String {
        let place = Quoted.name("\(remedy.schema).\(remedy.table)", limit: 200)
        return "\(place): \(Quoted.name(remedy.words, limit: 500))"
    }

    private func job(_ event: Scheduler.Event) -> ServiceMessage? {
        switch event {
        case .begins(let record):
            record.state == .queued
                ? message(.jobBegins, "job \(record.id) begins: \(record.work)")
                : message(.jobResumes, "job \(record.id) resumes: \(record.work)")
        case .news(let record, let news): self.news(news, of: record)
        case .rests(let record, let error):
            message(
                .jobInterrupted,
                "job \(record.id) was interrupted and will be resumed: \(Quoted.name(error.message, limit: 300))"
            )
            .with(["SQLSTATE": error.sqlState?.rawValue])
        case .stops(let record, isLeft: true):
            message(
                .jobLeft,
                "job \(record.id) continues in the server; the next start finishes it"
            )
        case .stops(let record, isLeft: false):
            message(.jobPutBack, "job \(record.id) was cancelled and queued again")
        case .ended(let record, let end): ended(record, end)
        default: nil
        }
    }

    private func news(_ news: JobEvent, of record: JobRecord) -> ServiceMessage? {
        let kind: MessageKind
        var id = record.id
        var fields: [String: String?] = [:]
        switch news {
        case .progress: return nil
        case .enters(let state):
            kind = .jobStep
            fields["JOB_STATE"] = state.rawValue
        case .waitsFor(let sessions):
            kind = .jobWaitsForOthers
            fields["PROCESS_ID"] = sessions.first?.processID.map { "\($0)" }
        case .isQueuedBehind(let sessions):
            kind = .jobInTheWay
            fields["PROCESS_ID"] = sessions.first?.processID.map { "\($0)" }
        case .adopts(let processID):
            kind = .jobNote
            fields["PROCESS_ID"] = "\(processID)"
        case .rebuildMeasured(let rebuild, _):
            // The record is that of the job that measured, and the message is about the one that rebuilt.
            kind = .jobNote
            id = rebuild
            fields = ["JOB_ID": "\(rebuild)", "JOB_KIND": RebuildIndex.kind, "JOB_STATE": JobState.done.rawValue]
        case .note: kind = .jobNote
        }
        return message(kind, "job \(id): \(Quoted.name(news.words(of: record.job), limit: 500))").with(fields)
    }

    private func ended(_ record: JobRecord, _ end: JobEnd) -> ServiceMessage {
        switch end.outcome {
        case .done:
            message(
                .jobDone,
                "job \(record.id) done in \(Numbers.decimal(end.seconds, digits: end.seconds < 10 ? 1 : 0)) s"
            )
            .with(["SECONDS": Numbers.decimal(end.seconds, digits: 3), "JOB_STATE": JobState.done.rawValue])
        case .cancelled(let reason):
            message(.jobCancelled, "job \(record.id) cancelled: \(Quoted.name(reason, limit: 300))")
                .with(["JOB_STATE": JobState.cancelled.rawValue])
        case .yielded:
            message(.jobPostponed, "job \(record.id) gives way to a build and resumes after it")
                .with(["JOB_STATE": JobState.queued.rawValue])
        case .postponed(let reason): retried(record, end, because: PostgresError(.cancelled, reason))
        case .failed(let error) where end.retryAfterSeconds != nil: retried(record, end, because: error)
        case .failed(let error):
            message(
                .jobFailed,
                "job \(record.id) failed: \(Quoted.name(error.message, limit: 300))",
                hint: [
                    error.hint.map { Quoted.name($0, limit: 300) },
                    "Run vecsteward jobs retry \(record.id) to try again, or jobs cancel \(record.id) to dismiss it.",
                ]
                .compactMap { $0 }.joined(separator: " ")
            )
            .with(["SQLSTATE": error.sqlState?.rawValue, "JOB_STATE": JobState.failed.rawValue])
        }
    }

    private func retried(_ record: JobRecord, _ end: JobEnd, because error: PostgresError) -> ServiceMessage {
        message(
            .jobPostponed,
            "job \(record.id) will be tried again in \(Numbers.decimal((end.retryAfterSeconds ?? 0) / 60, digits: 0)) min: "
                + Quoted.name(error.message, limit: 300),
            hint: error.hint.map { Quoted.name($0, limit: 300) }
        )
        .with(["SQLSTATE": error.sqlState?.rawValue, "JOB_STATE": JobState.waiting.rawValue])
    }
}

extension Scheduler.LeadershipStatus {
    /// Whether a session that cannot be a vecsteward holds the leader lock.
    var isKeptOut: Bool { if case .isKeptOut = self { true } else { false } }

    /// The leadership status, as the rest of a sentence after the database's name.
    fileprivate var words: String {
        switch self {
        case .leads: "this instance is the leader"
        case .isLeftToAnother: "another instance is the leader; this one polls and takes over if that one stops"
        case .isKeptOut(let holder): holder.complaint
        case .isReadOnly(isStandby: true): "the server is a standby: no jobs run until it is promoted"
        case .isReadOnly(isStandby: false):
            "the database accepts no writes, so no jobs run: "
                + "transactions are read-only (default_transaction_read_only); "
                + "vecsteward --dry-run shows who set that"
        case .isRefused: "no jobs run here until this is fixed; polling continues"
        case .observes: "no jobs run here (mode observe)"
        }
    }
}

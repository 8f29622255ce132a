import Advisor
import Logging
import Maintenance
import Postgres
import Reports

/// What is said of what happens in one database.
struct ServiceLog: Sendable {
    let database: String
    let output: ServiceOutput
    /// Whether it is about one visit: then it is about what is done, and reports tell what was found.
    var isOnce = false

    /// How many messages of a kind are told one by one; of more, only the number and the worst.
    static let told = 20

    func write(_ event: Scheduler.Event) {
        for message in messages(of: event) { write(message) }
    }

    func write(_ message: ServiceMessage) { output.write(message.with(["DATABASE": database])) }

    /// Says what keeps this program from its work, with what mends it.
    func complain(_ error: PostgresError) { write(ServiceMessage(.databaseUnreachable, of: database, error)) }

    /// What is said of an event; nothing of most.
    func messages(of event: Scheduler.Event) -> [ServiceMessage] {
        switch event {
        case .leadershipChanged(.leads) where isOnce: []
        case .leadershipChanged(.isLeftToAnother) where isOnce:
            [message(.leadership, "another vecsteward is at work here, so this one does nothing")]
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
        case .isBack: [message(.databaseBack, "is looked after again")]
        case .polled, .turned, .isAlive, .isGone: []
        case .pollFailed(let error): [ServiceMessage(.pollFailed, of: database, error)]
        case .cannotAct(let error): [ServiceMessage(.actionRefused, of: database, error)]
        case .didNotHelp(let remedies): didNotHelp(remedies)
        case .unreadable(let rows):
            rows.prefix(Self.told).map { row in
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

// Findings: one by one, or as many at once.
extension ServiceLog {
    private func findings(_ changes: FindingChanges) -> [ServiceMessage] {
        [
            ("found", changes.raised), ("worse", changes.worsened), ("still", changes.repeated),
            ("resolved", changes.resolved),
        ]
        .flatMap { alert, list in
            if list.count > Self.told { return [many(list, alert)] }
            return list.map { change in
                let isResolved = alert == "resolved"
                let kind = isResolved ? .findingResolved : MessageKind(findingOf: change.key.rule) ?? .findingsAtOnce
                var message = message(kind, "\(alert): \(Self.words(change))", hint: Self.hint(change))
                if !isResolved { message.level = change.finding.severity.level }
                return message.with(ServiceMessage.fields(of: change)).with(["ALERT": alert])
            }
        }
    }

    /// A message for what would be thousands.
    private func many(_ list: [FindingChanges.Change], _ alert: String) -> ServiceMessage {
        let counts = Dictionary(grouping: list, by: \.key.rule).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let rules = counts.map { "\(Numbers.grouped(Int64($0.value))) x \($0.key)" }.joined(separator: ", ")
        // The list begins with the worst.
        let worst = list.first
        var message = message(
            .findingsAtOnce,
            "\(alert): \(Numbers.grouped(Int64(list.count))) findings at once (\(rules))"
                + (worst.map { ", the worst of them \(Self.words($0))" } ?? ""),
            hint: "vecsteward --dry-run shows all there are."
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
            hint: "Other jobs go on. To end the wait, as somebody who may: \(session.ending)"
        )
        .with(["PROCESS_ID": session.processID.map { "\($0)" }, "JOB_ID": jobs.first.map { "\($0)" }])
    }

    private func queued(_ records: [JobRecord]) -> [ServiceMessage] {
        if records.count > Self.told, let first = records.first {
            let line =
                "\(Numbers.grouped(Int64(records.count))) jobs queued at once, the first of them job \(first.id): \(first.work)"
            return [
                message(.jobsQueuedAtOnce, line, hint: "vecsteward jobs list shows them.")
                    .with(["COUNT": "\(records.count)"]).with(ServiceMessage.fields(of: first))
            ]
        }
        return records.map { record in
            message(.jobQueued, "job \(record.id) queued: \(record.work)").with(ServiceMessage.fields(of: record))
        }
    }

    private func didNotHelp(_ remedies: [PastRemedy]) -> [ServiceMessage] {
        if remedies.count > Self.told, let first = remedies.first {
            let line =
                "\(Numbers.grouped(Int64(remedies.count))) remedies did not help, the first of them: \(Self.words(first))"
            return [
                message(.remedyFailed, line, hint: "vecsteward --dry-run shows all there are.")
                    .with(["COUNT": "\(remedies.count)"])
            ]
        }
        return remedies.map { remedy in
            message(
                .remedyFailed,
                Self.words(remedy),
                hint: "What a person asks for with vecsteward create-index or rebuild is done at once."
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
                : message(.jobGoesOn, "job \(record.id) goes on: \(record.work)")
        case .news(let record, let news): self.news(news, of: record)
        case .rests(let record, let error):
            message(
                .jobInterrupted,
                "job \(record.id) cannot be gone on with now: \(Quoted.name(error.message, limit: 300))"
            )
            .with(["SQLSTATE": error.sqlState?.rawValue])
        case .stops(let record, isLeft: true):
            message(
                .jobLeft,
                "job \(record.id) is left to the server, which goes on with it; the next start finishes it"
            )
        case .stops(let record, isLeft: false):
            message(.jobPutBack, "job \(record.id) is cancelled and queued again")
        case .ended(let record, let end): ended(record, end)
        default: nil
        }
    }

    private func news(_ news: JobEvent, of record: JobRecord) -> ServiceMessage? {
        let kind: MessageKind
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
        case .note: kind = .jobNote
        }
        return message(kind, "job \(record.id): \(Quoted.name(news.words, limit: 500))").with(fields)
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
            message(.jobCancelled, "job \(record.id) called off: \(Quoted.name(reason, limit: 300))")
                .with(["JOB_STATE": JobState.cancelled.rawValue])
        case .yielded:
            message(.jobPostponed, "job \(record.id) gives way to a build, and is resumed after it")
                .with(["JOB_STATE": JobState.queued.rawValue])
        case .postponed(let reason): retried(record, end, because: PostgresError(.cancelled, reason))
        case .failed(let error) where end.retryAfterSeconds != nil: retried(record, end, because: error)
        case .failed(let error):
            message(
                .jobFailed,
                "job \(record.id) failed: \(Quoted.name(error.message, limit: 300))",
                hint: [
                    error.hint.map { Quoted.name($0, limit: 300) },
                    "vecsteward jobs retry \(record.id) tries it again, jobs cancel \(record.id) puts it away.",
                ]
                .compactMap { $0 }.joined(separator: " ")
            )
            .with(["SQLSTATE": error.sqlState?.rawValue, "JOB_STATE": JobState.failed.rawValue])
        }
    }

    private func retried(_ record: JobRecord, _ end: JobEnd, because error: PostgresError) -> ServiceMessage {
        message(
            .jobPostponed,
            "job \(record.id) is tried again in \(Numbers.decimal((end.retryAfterSeconds ?? 0) / 60, digits: 0)) min: "
                + Quoted.name(error.message, limit: 300),
            hint: error.hint.map { Quoted.name($0, limit: 300) }
        )
        .with(["SQLSTATE": error.sqlState?.rawValue, "JOB_STATE": JobState.waiting.rawValue])
    }
}

extension Scheduler.LeadershipStatus {
    /// Whether a session that can be no vecsteward keeps this program from its work.
    var isKeptOut: Bool { if case .isKeptOut = self { true } else { false } }

    /// What a program may do in a database, as the rest of a sentence.
    fileprivate var words: String {
        switch self {
        case .leads: "this vecsteward does the work here"
        case .isLeftToAnother: "another vecsteward does the work here; this one looks, and takes over when it goes"
        case .isKeptOut(let holder): holder.complaint
        case .isReadOnly(isStandby: true): "the server is a standby: nothing is done until it is promoted"
        case .isReadOnly(isStandby: false):
            "the database takes no writes, so nothing is done: transactions are read-only (default_transaction_read_only), and "
                + "vecsteward --dry-run says by whose setting"
        case .isRefused: "nothing is done here until that is mended; looking goes on"
        case .observes: "nothing is done here (mode observe)"
        }
    }
}

internal import Advisor

/// The queue in a text report: running jobs, failed jobs, and the next ones.
struct QueueText {
    private let queue: QueueSnapshot
    /// Whether vecsteward may see the sessions of all roles.
    private let seesAllActivity: Bool

    /// The queue of an assessment; `nil` if it has none.
    init?(_ assessment: Assessment) {
        guard let queue = assessment.queue else { return nil }
        self.queue = queue
        seesAllActivity = assessment.snapshot.server.seesAllActivity
    }

    /// The most jobs that a text report shows; the JSON report has all that were read.
    static let shown = 20
    /// The most sessions shown for each job; the JSON report has all.
    private static let sessionsShown = 3
    private static let indent = "     "

    func write(to page: inout Page) {
        guard queue.total > 0 else { return }
        page.blank()
        page.paragraph(heading, color: .heading)
        let activities = Dictionary(queue.activities.map { ($0.jobID, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in queue.entries.prefix(Self.shown) {
            write(entry, activities[entry.record.id], to: &page)
        }
        let rest = queue.total - Int64(min(queue.entries.count, Self.shown))
        if rest > 0 {
            let known = queue.total > Int64(queue.entries.count) ? Numbers.grouped(Int64(queue.entries.count)) : "all"
            page.line("... and \(Numbers.grouped(rest)) more in the queue; --format json has \(known)")
        }
    }

    private var heading: String {
        let failed =
            queue.failed == 0
            ? ""
            : ", of which \(Numbers.grouped(queue.failed)) failed and \(queue.failed == 1 ? "waits" : "wait") for a person"
        let noun = queue.total == 1 ? "job" : "jobs"
        return "The queue has \(Numbers.grouped(queue.total)) \(noun)\(failed):"
    }

    private func write(_ entry: QueueEntry, _ activity: JobActivity?, to page: inout Page) {
        let record = entry.record
        page.paragraph(
            "job \(record.id) \(entry.stateWords): \(record.job.queueTitle)",
            indent: "  ",
            hanging: Self.indent,
            color: record.state == .failed ? .warning : nil
        )
        func line(_ sentence: String) { page.paragraph(sentence, indent: Self.indent, hanging: Self.indent + "  ") }
        line(reason(of: record.job))
        if record.isCancelRequested { line("a person has cancelled it") }
        if record.state.isBegun { line(begun(entry)) }
        if let activity {
            for sentence in sentences(of: activity) { line(sentence) }
        } else if record.state.isBegun, seesAllActivity {
            line("no session is running it at this moment; the active instance will resume it")
        }
        if let wait = entry.waitWords { line(wait) }
        if record.state == .waiting { line(waiting(entry)) }
        if let failure = entry.failureText, !entry.isPutOff, record.state == .waiting || record.state == .failed {
            line("failed: \(failure)")
            if let hint = entry.failure?.hint { line("HINT: \(hint)") }
        }
        if record.state == .failed { line(entry.wayOut) }
    }

    private func reason(of job: Job) -> String {
        guard job.origin == .rule else { return "asked for by a person" }
        return "because \(job.reasons.map(\.summary).joined(separator: "; "))"
    }

    private func begun(_ entry: QueueEntry) -> String {
        (entry.startedAt.map { "begun \(Moment.text(secondsSince1970: $0))" } ?? "begun")
            + (entry.record.attempts > 1 ? ", try \(entry.record.attempts)" : "")
    }

    private func waiting(_ entry: QueueEntry) -> String {
        let (verb, times) = entry.putOff.map { ("put off", $0.times) } ?? ("tried", entry.record.attempts)
        return "\(verb) \(times) \(times == 1 ? "time" : "times"), "
            + (entry.notBefore.map { "and again at \(Moment.text(secondsSince1970: $0))" } ?? "and again at once")
    }

    private func sentences(of activity: JobActivity) -> [String] {
        var sentences: [String] = []
        if let progress = activity.progress { sentences.append(progress.words) }
        sentences += described(activity.waitsFor) { "held up by \($0)" }
        sentences += described(activity.queue) {
            "blocked behind it; PostgreSQL may end either with a deadlock: \($0)"
        }
        return sentences
    }

    private func described(_ sessions: [LockingSession], _ sentence: (String) -> String) -> [String] {
        let rest = sessions.count - Self.sessionsShown
        return sessions.prefix(Self.sessionsShown).map { sentence($0.words) }
            + (rest > 0 ? [sentence("\(rest) more; --format json has all")] : [])
    }
}

extension Job {
    /// The title of a job with its table.
    fileprivate var queueTitle: String {
        let table = targets.first.map { "\($0.schema).\($0.table)" } ?? collection.description
        return spec.title(on: table)
    }
}

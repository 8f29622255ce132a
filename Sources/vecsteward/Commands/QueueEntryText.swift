import Advisor
import Maintenance
import Postgres
import Reports

/// One job of the queue, as text for people.
struct QueueEntryText {
    var entry: QueueEntry
    /// What it is doing now, if a session is running it.
    var activity: JobActivity?
    /// Which findings it left unresolved, if it has ended and that is known.
    var remedy: PastRemedy?
    /// What the index found before and after its rebuild, if both were measured.
    var recall: RebuildRecall?

    /// The job, its progress and what blocks it, or why it failed; each line ends with a line break.
    var lines: String {
        let record = entry.record
        var lines = ["job \(record.id)  \(state)  \(record.work)"]
        if let activity { lines += Self.lines(of: activity) }
        if let holder = entry.heldBy {
            lines.append("  waits for \(Quoted.name(holder.words, limit: 400)), which has a lock on its table")
        }
        if let notBefore = entry.notBefore, record.state == .waiting {
            let tries =
                entry.putOff.map { putOff in
                    "others have been in its way since \(Moment.text(secondsSince1970: putOff.since)); put off "
                        + "\(putOff.times) \(putOff.times == 1 ? "time" : "times")"
                } ?? "tried \(record.attempts) times"
            lines.append("  \(tries); next try at \(Moment.text(secondsSince1970: notBefore))")
        }
        if let failure = entry.failure {
            lines.append(
                "  \(entry.isPutOff ? "last time" : "failed"): \(Quoted.name(failure.message, limit: 400))"
                    + (failure.sqlState.map { " (\($0))" } ?? "")
            )
            if let hint = failure.hint { lines.append("  HINT: \(Quoted.name(hint, limit: 400))") }
        }
        if let recall { lines.append("  \(Quoted.name(recall.words, limit: 200))") }
        if let remedy, remedy.isHeld { lines.append("  \(Quoted.name(remedy.words, limit: 500))") }
        return lines.map { $0 + "\n" }.joined()
    }

    private var state: String {
        let state = entry.record.state
        return entry.record.isCancelRequested && !state.isFinal ? "\(state.rawValue), being cancelled" : state.rawValue
    }

    private static func lines(of activity: JobActivity) -> [String] {
        let time = Numbers.roughDuration(seconds: activity.seconds)
        let doing = activity.progress.map { JobEvent.progress($0).words } ?? "running"
        var lines = ["  \(Quoted.name(doing, limit: 200)); its statement has been running for \(time)"]
        if !activity.waitsFor.isEmpty { lines += [words(.waitsFor(activity.waitsFor))] }
        if !activity.queue.isEmpty { lines += [words(.isQueuedBehind(activity.queue))] }
        return lines
    }

    private static func words(_ news: JobEvent) -> String { "  \(Quoted.name(news.words, limit: 500))" }
}

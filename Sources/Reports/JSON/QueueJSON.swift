internal import Advisor

/// The queue in a JSON report.
enum QueueJSON {
    static func value(_ queue: QueueSnapshot) -> JSONValue {
        let activities = Dictionary(queue.activities.map { ($0.jobID, $0) }, uniquingKeysWith: { first, _ in first })
        return .object([
            ("total", .integer(queue.total)), ("failed", .integer(queue.failed)),
            ("entries", .array(queue.entries.map { entry($0, activities[$0.record.id]) })),
        ])
    }

    private static func entry(_ entry: QueueEntry, _ activity: JobActivity?) -> JSONValue {
        let record = entry.record
        let target = record.job.targets.first
        return .object([
            ("id", .integer(record.id)), ("state", .string(record.state.rawValue)), ("kind", .string(record.job.kind)),
            ("collection", .string(record.job.collection.description)), ("schema", JSONValue(target?.schema)),
            ("table", JSONValue(target?.table)), ("index", JSONValue(record.job.spec.existingIndex)),
            ("origin", .string(record.job.origin.rawValue)),
            ("reasons", .array(record.job.reasons.map(JSONReport.reason))),
            ("attempts", .integer(Int64(record.attempts))), ("isCancelRequested", .bool(record.isCancelRequested)),
            ("queuedAtUnixSeconds", .number(entry.createdAt)), ("begunAtUnixSeconds", JSONValue(entry.startedAt)),
            ("failedAtUnixSeconds", JSONValue(entry.finishedAt)), ("retryAtUnixSeconds", JSONValue(entry.notBefore)),
            ("failure", entry.failure.map(failure) ?? .null), ("putOff", entry.putOff.map(putOff) ?? .null),
            ("heldBy", entry.heldBy.map(session) ?? .null), ("activity", activity.map(self.activity) ?? .null),
        ])
    }

    private static func putOff(_ putOff: QueueEntry.PutOff) -> JSONValue {
        .object([("times", .integer(Int64(putOff.times))), ("sinceUnixSeconds", .number(putOff.since))])
    }

    private static func failure(_ failure: QueueEntry.Failure) -> JSONValue {
        .object([
            ("message", .string(failure.message)), ("hint", JSONValue(failure.hint)),
            ("sqlState", JSONValue(failure.sqlState)),
        ])
    }

    private static func activity(_ activity: JobActivity) -> JSONValue {
        .object([
            ("processID", .integer(Int64(activity.processID))), ("elapsedSeconds", .number(activity.seconds)),
            ("phase", JSONValue(activity.progress?.phase)), ("fraction", JSONValue(activity.progress?.fraction)),
            ("secondsLeft", JSONValue(activity.progress?.secondsLeft)),
            ("waitsFor", .array(activity.waitsFor.map(session))),
            ("queuedBehind", .array(activity.queue.map(session))),
        ])
    }

    private static func session(_ session: LockingSession) -> JSONValue {
        .object([
            ("processID", JSONValue(session.processID)), ("role", JSONValue(session.role)),
            ("application", JSONValue(session.application)), ("state", JSONValue(session.state)),
            ("transactionAgeSeconds", JSONValue(session.transactionAgeSeconds)),
            ("awaitedLock", JSONValue(session.awaitedLock)),
        ])
    }
}

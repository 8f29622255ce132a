/// A job that has ended, and that no poll has found to help; or the latest of many for the same work.
///
/// A rule that asks for the same work again while nothing has changed would never stop, whatever the reason. So the same
/// work waits: 5 minutes after the first job, then 15 minutes, 1 hour, 4 hours and a day. A change of the table or its
/// indexes ends the wait at once, unless five such jobs have ended within an hour.
///
/// A job that was cancelled has only shown that the reason of its rule was gone. Another rule, which has another reason, may
/// ask for the same work at once, but each rule only once: then the pauses hold for all of them.
public struct PastRemedy: Sendable, Equatable {
    /// The number of the job.
    public var jobID: Int64
    /// ``Job/kind``.
    public var kind: String
    /// ``JobSpec/command``.
    public var command: String
    /// The schema of the table.
    public var schema: String
    /// The table or partition.
    public var table: String
    /// Distinguishes the work from other work of its kind on the table: ``Job/subject``.
    public var subject: String
    /// The rules that asked for it, and for the same work before it since that last helped or was asked for anew; empty if
    /// unknown.
    public var rules: Set<String>
    /// The name of the index that it built to replace another; the next job would replace the index of this name.
    public var finishedName: String?
    /// Whether it was cancelled because there was nothing to do.
    public var isCancelled: Bool
    /// Why it was cancelled, in words.
    public var reason: String?
    /// How many consecutive jobs before it had left the finding unchanged.
    public var repeats: Int
    /// How long ago it ended, in seconds.
    public var ageSeconds: Double
    /// Whether the table, its indexes and (within a tenth) its number of rows are as they were.
    public var isUnchanged: Bool
    /// How many jobs of this kind on the table's column ended within an hour, if they were many; otherwise 0.
    public var recent: Int

    /// A job that ended this long ago.
    public init(
        jobID: Int64,
        kind: String,
        command: String? = nil,
        schema: String,
        table: String,
        subject: String,
        rules: Set<String> = [],
        finishedName: String? = nil,
        isCancelled: Bool = false,
        reason: String? = nil,
        repeats: Int = 0,
        ageSeconds: Double,
        isUnchanged: Bool = true,
        recent: Int = 0
    ) {
        self.jobID = jobID
        self.kind = kind
        self.command = command ?? JobKinds.standard[kind]?.command ?? kind
        self.schema = schema
        self.table = table
        self.subject = subject
        self.rules = rules
        self.finishedName = finishedName
        self.isCancelled = isCancelled
        self.reason = reason
        self.repeats = repeats
        self.ageSeconds = ageSeconds
        self.isUnchanged = isUnchanged
        self.recent = recent
    }

    /// Pauses in seconds after the first job, the second and so on; the last one repeats.
    private static let pauses: [Double] = [300, 900, 3_600, 14_400, 86_400]

    /// How long the same work waits after the end of the job, in seconds.
    public var pauseSeconds: Double { Self.pauses[min(max(repeats, 0), Self.pauses.count - 1)] }

    /// Whether the same work would probably not help either.
    public var isFutile: Bool { isUnchanged || recent > 0 }

    /// Whether the same work still waits, if a rule asks for it that has asked before.
    public var isHeld: Bool { isFutile && ageSeconds < pauseSeconds }

    /// Whether it shows anything about the same work for these rules.
    ///
    /// - Parameter rules: The rules that ask for the work now.
    /// - Returns: False if the job was cancelled, and one of them has not asked for it before.
    public func concerns(_ rules: some Sequence<String>) -> Bool {
        if !isCancelled || self.rules.isEmpty || recent > 0 { return true }
        // Evidence is the same whoever asks for it.
        if JobKinds.standard[kind] is any EvidenceJobSpec.Type { return true }
        return self.rules.isSuperset(of: rules)
    }

    /// Whether the same work still waits, if these rules ask for it.
    public func holds(_ rules: some Sequence<String>) -> Bool { isHeld && concerns(rules) }

    /// Says that the finding is still there after the job, why, and when vecsteward retries.
    public var words: String {
        let age = Numbers.roughDuration(seconds: ageSeconds)
        let left = Numbers.roughDuration(seconds: pauseSeconds - ageSeconds)
        let because = reason.map { ", because \($0)," } ?? ""
        let end = "job \(jobID) (\(command)) \(isCancelled ? "was cancelled\(because)" : "ended") \(age) ago"
        if JobKinds.standard[kind] is any EvidenceJobSpec.Type {
            return
                "\(end), and what it was to find out is not known. vecsteward retries in \(left), or as soon as a tenth of the "
                + "rows or an index changes"
        }
        guard isUnchanged else {
            return
                "\(end), the last of \(recent) within an hour, and the finding is back: the remedy does not last. vecsteward "
                + "retries in \(left)"
        }
        return
            "\(end) and the finding is unchanged: the remedy did not help; the table and its indexes are as they were "
            + "then. vecsteward retries in \(left), or as soon as a tenth of the rows or an index changes"
    }
}

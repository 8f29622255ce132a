import Advisor
import Logging
import Postgres

/// One message of the service: a line for people, and fields for those who search the journal.
struct ServiceMessage: Sendable {
    /// What it is about.
    var kind: MessageKind
    /// How bad it is.
    var level: Logger.Level
    /// What happened, on one line that no name can break.
    var text: String
    /// What to do, as sentences.
    var hint: String?
    /// The fields, each under its name in the journal.
    ///
    /// Names in them are as the database spells them: the journal takes a value for what it is, whatever it holds.
    var fields: [String: String] = [:]

    init(_ kind: MessageKind, _ text: String, hint: String? = nil, level: Logger.Level? = nil) {
        self.kind = kind
        self.text = text
        self.hint = hint
        self.level = level ?? kind.level
    }

    /// The message about an error that keeps a program from its work, with what mends it.
    init(_ kind: MessageKind, of database: String, _ error: PostgresError) {
        let advice = ConnectionAdvice(error)
        self.init(kind, "database \(Quoted.name(database)): \(advice.message)", hint: advice.hint)
        fields["SQLSTATE"] = advice.sqlState
    }

    /// The message with more fields.
    func with(_ more: [String: String?]) -> ServiceMessage {
        var message = self
        message.fields.merge(more.compactMapValues { $0 }) { own, _ in own }
        return message
    }
}

// What the fields of the journal are called.
extension ServiceMessage {
    /// The fields that tell a finding.
    static func fields(of change: FindingChanges.Change) -> [String: String?] {
        var fields: [String: String?] = [
            "COLLECTION": change.key.collection?.description,
            "PARTITION": change.key.part,
            "INDEX": change.key.index,
            "RULE": change.key.rule,
            "SEVERITY": change.finding.severity.rawValue,
            "ADVICE": change.advice.isEmpty ? nil : change.advice,
            "STATEMENTS": change.statements.isEmpty
                ? nil : change.statements.prefix(20).map { "\($0);" }.joined(separator: "\n"),
        ]
        for evidence in change.evidence where fields[fieldName(evidence.key)] == nil {
            fields[fieldName(evidence.key)] =
                switch evidence.value {
                case .count(let count): "\(count)"
                case .ratio(let ratio): Numbers.decimal(ratio, digits: 6)
                case .text(let text): text
                }
        }
        return fields
    }

    /// The fields that tell a job.
    static func fields(of record: JobRecord) -> [String: String?] {
        [
            "JOB_ID": "\(record.id)",
            "JOB_KIND": record.job.kind,
            "JOB_STATE": record.state.rawValue,
            "ATTEMPT": record.attempts > 0 ? "\(record.attempts)" : nil,
            "COLLECTION": record.job.collection.description,
            "RELATION": record.job.targets.first.map { "\($0.schema).\($0.table)" },
            "INDEX": record.job.spec.indexName(at: record.job.targets.first),
            "RULE": record.job.reasons.first?.rule,
        ]
    }

    /// `baselineRows` as the journal spells it: `BASELINE_ROWS`.
    static func fieldName(_ key: String) -> String {
        key.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined()
    }
}

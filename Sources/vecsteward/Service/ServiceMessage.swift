import Advisor
import Logging
import Postgres

/// One message of the service: a line for people, and fields for searching the journal.
struct ServiceMessage: Sendable {
    var kind: MessageKind
    var level: Logger.Level
    /// What happened, as one line; no name can break it.
    var text: String
    /// What to do, as sentences.
    var hint: String?
    /// The journal fields by name.
    ///
    /// Names in the values are spelled as the database spells them: the journal accepts any bytes in a value.
    var fields: [String: String] = [:]

    init(_ kind: MessageKind, _ text: String, hint: String? = nil, level: Logger.Level? = nil) {
        self.kind = kind
        self.text = text
        self.hint = hint
        self.level = level ?? kind.level
    }

    /// The message about an error that keeps a program from its work, with a hint how to fix it.
    init(_ kind: MessageKind, of database: String, _ error: PostgresError) {
        let advice = ConnectionAdvice(error)
        self.init(kind, "database \(Quoted.name(database)): \(advice.message)", hint: advice.hint)
        fields["SQLSTATE"] = advice.sqlState
    }

    /// The message with more fields; a field that it has already wins.
    func with(_ more: [String: String?]) -> ServiceMessage {
        var message = self
        message.fields.merge(more.compactMapValues { $0 }) { own, _ in own }
        return message
    }
}

// The names of the journal fields.
extension ServiceMessage {
    /// The fields of a finding.
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

    /// The fields of a job.
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

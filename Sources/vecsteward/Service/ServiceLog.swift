import Advisor
import Maintenance
import Postgres
import Reports

/// Lines on standard error about what happens in one database.
struct ServiceLog: Sendable {
    let database: String
    /// Whether it is about one visit: then it is about what is done, and reports tell what was found.
    var isOnce = false

    /// How many findings of a kind are told one by one; of more, only the number and the worst.
    private static let told = 20

    func write(_ event: Steward.Event) {
        switch event {
        case .stands(.leads) where isOnce: break
        case .stands(.isLeftToAnother) where isOnce:
            write("another vecsteward is at work here, so this one does nothing")
        case .stands(let standing): write(Self.words(standing))
        case .findings where isOnce: break
        case .isOutOfReach(let error): complain(error)
        case .isBack: write("is looked after again")
        case .looked, .turned: break
        case .cannotLook(let error): complain(error)
        case .cannotAct(let error): complain(error)
        case .findings(let changes): write(changes)
        case .queued(let record): write("job \(record.id) queued: \(record.work)")
        case .waitsForWindow(let jobs, let opening):
            write(
                "\(jobs) \(jobs == 1 ? "job waits" : "jobs wait") for the maintenance window, which opens on \(opening)"
            )
        case .begins(let record):
            write("job \(record.id) \(record.state == .queued ? "begins" : "goes on"): \(record.work)")
        case .news(_, .progress): break
        case .news(let record, let news): write("job \(record.id): \(Quoted.name(news.words, limit: 500))")
        case .rests(let record, let error):
            write("job \(record.id) cannot be gone on with now: \(Quoted.name(error.message, limit: 300))")
        case .stops(let record, isLeft: true):
            write("job \(record.id) is left to the server, which goes on with it; the next start finishes it")
        case .stops(let record, isLeft: false): write("job \(record.id) is cancelled and queued again")
        case .ended(let record, let end): write("job \(record.id) \(Self.words(end))")
        }
    }

    /// Writes an error that keeps this program from its work, with what mends it.
    func complain(_ error: PostgresError) {
        let advice = ConnectionAdvice(error)
        FileDescriptor.complain(
            ProgramFailure.Complaint(
                message: "database \(Quoted.name(database)): \(advice.message)",
                hint: advice.hint
            )
            .text
        )
    }

    func write(_ line: String) {
        Self.write("\(Quoted.name(database)): \(line)")
    }

    static func write(_ line: String) {
        FileDescriptor.complain("vecsteward: \(line)\n")
    }

    /// Says what is looked after, and how often.
    static func announce(_ configuration: Configuration) {
        let names = configuration.databases.map { Quoted.name($0.name) }.joined(separator: ", ")
        write("\(programVersion) looks after \(names)")
    }

    private func write(_ changes: FindingChanges) {
        for (verb, list) in [("found", changes.raised), ("worse", changes.worsened), ("resolved", changes.resolved)] {
            for change in list.prefix(list.count > Self.told ? 1 : Self.told) {
                write("\(verb): \(Self.words(change))")
            }
            if list.count > Self.told {
                write("\(verb): \(list.count - 1) more; vecsteward --dry-run shows all there are")
            }
        }
    }

    private static func words(_ change: FindingChanges.Change) -> String {
        let place = [change.key.collection?.description, change.key.index.map { "index \($0)" }]
            .compactMap { $0 }
            .map { Quoted.name($0, limit: 200) + ": " }
            .joined()
        return "\(place)\(change.key.rule) (\(change.finding.severity.rawValue)): "
            + Quoted.name(change.finding.summary, limit: 300)
    }

    private static func words(_ standing: Steward.Standing) -> String {
        switch standing {
        case .leads: "this vecsteward does the work here"
        case .isLeftToAnother: "another vecsteward does the work here; this one looks, and takes over when it goes"
        case .isReadOnly(isStandby: true): "the server is a standby: nothing is done until it is promoted"
        case .isReadOnly(isStandby: false): "the database takes no writes, so nothing is done"
        case .isRefused: "nothing is done here until that is mended; looking goes on"
        case .observes: "nothing is done here (mode observe)"
        }
    }

    private static func words(_ end: Steward.End) -> String {
        switch end {
        case .done(let seconds): "done in \(Numbers.decimal(seconds, digits: seconds < 10 ? 1 : 0)) s"
        case .calledOff(let reason): "called off: \(Quoted.name(reason, limit: 300))"
        case .waits(let seconds, let error):
            "is tried again in \(Numbers.decimal(seconds / 60, digits: 0)) min: \(words(error))"
        case .failed(let error):
            "failed: \(words(error)); vecsteward jobs retry tries it again, jobs cancel puts it away"
        }
    }

    private static func words(_ error: PostgresError) -> String {
        Quoted.name(error.message, limit: 300) + (error.hint.map { " HINT: " + Quoted.name($0, limit: 300) } ?? "")
    }
}

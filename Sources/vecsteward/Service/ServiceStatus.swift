import Advisor
import Maintenance
import Synchronization

/// What the service is doing, as a sentence for `systemctl status`.
final class ServiceStatus: Sendable {
    private struct Database {
        var collections: Int?
        var findings = 0
        var leadership: Scheduler.LeadershipStatus?
        var isOutOfReach = false
        /// The jobs at work, and how far they are.
        var jobs: [Int64: Work] = [:]
    }

    private struct Work {
        var title: String
        var progress: JobProgress?
    }

    private struct State {
        var order: [String] = []
        var databases: [String: Database] = [:]
        /// What is wrong with the configuration file, while an earlier one holds.
        var refusal: String?
    }

    private let state = Mutex(State())

    /// Looks after these databases from now on, in this order; what is known of those that stay is kept.
    func expect(_ names: [String]) {
        state.withLock { state in
            state.order = names
            let known = state.databases
            state.databases = Dictionary(
                names.map { ($0, known[$0] ?? Database()) },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    /// Says that the configuration file is wrong, until it says something else.
    func refuse(_ refusal: String?) { state.withLock { $0.refusal = refusal } }

    /// Whether each database has been looked at, or is known to be out of reach.
    var isComplete: Bool {
        state.withLock { $0.databases.values.allSatisfy { $0.collections != nil || $0.isOutOfReach } }
    }

    /// Takes an event of a database into account.
    func take(_ event: Scheduler.Event, of name: String) {
        state.withLock { state in
            guard var database = state.databases[name] else { return }
            switch event {
            case .leadershipChanged(let leadership): database.leadership = leadership
            case .isOutOfReach: database.isOutOfReach = true
            case .isBack: database.isOutOfReach = false
            case .pollFailed: database.collections = database.collections ?? 0
            case .polled(let poll):
                database.isOutOfReach = false
                database.collections = poll.assessment.snapshot.collections.count
                database.findings = poll.assessment.findings.count
            case .begins(let record): database.jobs[record.id] = Work(title: record.deed)
            case .news(let record, .progress(let progress)): database.jobs[record.id]?.progress = progress
            case .rests(let record, _), .stops(let record, _), .ended(let record, _): database.jobs[record.id] = nil
            default: break
            }
            state.databases[name] = database
        }
    }

    /// The sentence.
    var sentence: String {
        state.withLock { state in
            let databases = state.order.compactMap { name in state.databases[name].map { (name, $0) } }
            let collections = databases.compactMap(\.1.collections).reduce(0, +)
            var parts = [
                "\(Self.count(databases.count, "database")), \(Self.count(collections, "collection"))"
            ]
            let away = databases.filter(\.1.isOutOfReach).map { Quoted.name($0.0, limit: 40) }
            if !away.isEmpty { parts.append("out of reach: \(Self.first(away))") }
            let work = databases.flatMap { $0.1.jobs.sorted { $0.key < $1.key }.map(\.value) }
            let findings = databases.map(\.1.findings).reduce(0, +)
            if let first = work.first {
                parts.append(Self.words(first) + (work.count > 1 ? " (and \(work.count - 1) more)" : ""))
            } else if databases.allSatisfy({ $0.1.collections == nil && !$0.1.isOutOfReach }) {
                parts.append("looking for the first time")
            } else {
                parts.append(findings == 0 ? "nothing to do" : Self.count(findings, "finding"))
            }
            let idle = databases.filter { $0.1.leadership != .leads && $0.1.leadership != nil && !$0.1.isOutOfReach }
            let kept = databases.filter { $0.1.leadership?.isKeptOut == true && !$0.1.isOutOfReach }
            if !kept.isEmpty {
                parts.append(
                    "kept out by a session that can be no vecsteward: \(Self.first(kept.map { Quoted.name($0.0, limit: 40) }))"
                )
            }
            if !idle.isEmpty {
                parts.append("only looking at \(Self.first(idle.map { Quoted.name($0.0, limit: 40) }))")
            }
            if let refusal = state.refusal { parts.append("the configuration file is refused: \(refusal)") }
            return parts.joined(separator: "; ")
        }
    }

    private static func words(_ work: Work) -> String {
        guard let progress = work.progress else { return work.title }
        let phase = progress.phase.replacing("building index: ", with: "").replacing("index validation: ", with: "")
        let share = progress.fraction.map { " \(Numbers.decimal($0 * 100, digits: 0)) %" } ?? ""
        let left = progress.secondsLeft.map { ", \(Numbers.roughDuration(seconds: $0)) left" } ?? ""
        return "\(work.title): \(phase)\(share)\(left)"
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Numbers.grouped(Int64(number))) \(noun)\(number == 1 ? "" : "s")"
    }

    private static func first(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}

extension JobRecord {
    /// What is being done, in a few words: `rebuilding vecs.docs`.
    fileprivate var deed: String {
        let table = job.targets.first.map { "\($0.schema).\($0.table)" } ?? job.collection.description
        return "\(type(of: job.spec).activity) \(Quoted.name(table))"
    }
}

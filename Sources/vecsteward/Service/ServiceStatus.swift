import Advisor
import Maintenance
import Synchronization

/// Describes what the service is doing, in one sentence for `systemctl status`.
final class ServiceStatus: Sendable {
    private struct Database {
        var collections: Int?
        var findings = 0
        var leadership: Scheduler.LeadershipStatus?
        var isOutOfReach = false
        /// The running jobs and their progress.
        var jobs: [Int64: Work] = [:]
    }

    private struct Work {
        var title: String
        var progress: JobProgress?
    }

    private struct State {
        var order: [String] = []
        var databases: [String: Database] = [:]
        /// The problem of the configuration file, while an earlier configuration is in effect.
        var refusal: String?
    }

    private let state = Mutex(State())

    /// Sets the managed databases, in this order; keeps the state of those that stay.
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

    /// Sets the problem of the configuration file; `nil` if it is valid.
    func refuse(_ refusal: String?) { state.withLock { $0.refusal = refusal } }

    /// Whether each database has been polled, or is known to be out of reach.
    var isComplete: Bool {
        state.withLock { $0.databases.values.allSatisfy { $0.collections != nil || $0.isOutOfReach } }
    }

    /// Updates the status by an event of a database.
    func record(_ event: Scheduler.Event, of name: String) {
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
                parts.append("first poll running")
            } else {
                parts.append(findings == 0 ? "nothing to do" : Self.count(findings, "finding"))
            }
            let idle = databases.filter { $0.1.leadership != .leads && $0.1.leadership != nil && !$0.1.isOutOfReach }
            let kept = databases.filter { $0.1.leadership?.isKeptOut == true && !$0.1.isOutOfReach }
            if !kept.isEmpty {
                parts.append(
                    "leader lock held by a session that cannot be a vecsteward: "
                        + "\(Self.first(kept.map { Quoted.name($0.0, limit: 40) }))"
                )
            }
            if !idle.isEmpty {
                parts.append("monitoring only: \(Self.first(idle.map { Quoted.name($0.0, limit: 40) }))")
            }
            if let refusal = state.refusal { parts.append("the configuration file is invalid: \(refusal)") }
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
    /// The job in a few words: `rebuilding vecs.docs`.
    fileprivate var deed: String {
        let table = job.targets.first.map { "\($0.schema).\($0.table)" } ?? job.collection.description
        return "\(type(of: job.spec).activity) \(Quoted.name(table))"
    }
}

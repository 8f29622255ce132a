/// The session settings of several jobs, so that a report gives those that all of them need only once.
///
/// Whoever runs the shared settings and then the statements of any one job, or of all jobs from top to bottom, has for each build
/// exactly the settings that its job has by itself.
struct SharedSettings {
    /// The settings that all builds need; empty for fewer than two builds.
    let statements: [String]
    /// The statements of each job without those that it needs no more.
    let jobs: [[String]]

    private struct Setting: Equatable {
        let name: String
        let statement: String

        init?(_ statement: String) {
            guard statement.hasPrefix("SET "), let equals = statement.firstRange(of: " = ") else { return nil }
            name = String(statement[..<equals.lowerBound].dropFirst(4))
            self.statement = statement
        }
    }

    /// Takes the complete statements of each job, in the order in which a report gives the jobs.
    init(of jobs: [[String]]) {
        let heads = jobs.map(Self.head)
        let builds = heads.filter { !$0.isEmpty }
        let shared = builds.count < 2 ? [] : builds[0].filter { setting in builds.allSatisfy { $0.contains(setting) } }
        var inForce: [Setting] = shared
        var shortened: [[String]] = []
        for (statements, head) in zip(jobs, heads) {
            // What sets nothing, such as ANALYZE, runs with any settings.
            let leftovers = head.isEmpty ? [] : inForce.filter { other in !head.contains { $0.name == other.name } }
            let own = head.filter { !shared.contains($0) || !inForce.contains($0) }
            shortened.append(
                leftovers.map { "RESET \($0.name)" } + own.map(\.statement) + statements.dropFirst(head.count)
            )
            inForce.removeAll { leftovers.contains($0) }
            for setting in statements.compactMap(Setting.init) {
                inForce.removeAll { $0.name == setting.name }
                inForce.append(setting)
            }
        }
        self.statements = shared.map(\.statement)
        self.jobs = shortened
    }

    /// The settings that a job begins with; a second value for a name belongs to what follows.
    private static func head(of statements: [String]) -> [Setting] {
        var head: [Setting] = []
        for statement in statements {
            guard let setting = Setting(statement), !head.contains(where: { $0.name == setting.name }) else { break }
            head.append(setting)
        }
        return head
    }
}

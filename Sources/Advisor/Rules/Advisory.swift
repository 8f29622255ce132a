/// A version of PostgreSQL or pgvector with a known bug in the indexes.
struct Advisory: Rule {
    let name = "advisory"
    let summary = "a version of pgvector or PostgreSQL with a known index bug"
    let defaultMode = RuleMode.warn

    func findings(for database: Observation, in context: RuleContext) -> [Finding] {
        // A set is all that is made of thousands of indexes.
        let methods = Set(database.collections.lazy.flatMap(\.relations).flatMap(\.indexes).map(\.method))
        return KnownBug.affecting(database.server).filter { bug in
            bug.method.map { methods.contains($0) } ?? !methods.isEmpty
        }
        .map { bug in
            Finding(
                rule: name,
                severity: bug.severity,
                mode: .warn,
                collection: nil,
                summary: "\(bug.product) \(bug.installed(on: database.server)): \(bug.description)",
                advice: bug.advice,
                evidence: [
                    .text("product", bug.product), .text("installedVersion", bug.installed(on: database.server)),
                    .text("fixedIn", bug.fixedIn),
                ]
            )
        }
    }
}

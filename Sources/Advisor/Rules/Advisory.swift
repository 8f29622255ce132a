/// A version of PostgreSQL or pgvector with a known bug in the indexes.
struct Advisory: Rule {
    let name = "advisory"
    let summary = "a version of pgvector or PostgreSQL with a known index bug"
    let defaultMode = RuleMode.warn

    func findings(for database: CatalogSnapshot, in context: RuleContext) -> [Finding] {
        // Thousands of indexes are reduced to a set.
        let methods = Set(database.collections.lazy.flatMap(\.relations).flatMap(\.indexes).map(\.method))
        return KnownBug.affecting(database.server).filter { bug in
            bug.method.map { methods.contains($0) } ?? !methods.isEmpty
        }
        .map { bug in
            // Rebuilding comes after the upgrade, so it is advised last.
            let rebuilds = bug.wantsRebuilds ? Self.rebuilds(of: bug, in: database) : []
            return Finding(
                rule: name,
                severity: bug.severity,
                mode: .warn,
                collection: nil,
                summary: "\(bug.product) \(bug.installed(on: database.server)): \(bug.title). \(bug.effect)",
                advice: bug.remedy,
                evidence: [
                    .text("product", bug.product), .text("installedVersion", bug.installed(on: database.server)),
                    .text("fixedIn", bug.fixedIn),
                ] + (bug.cve.map { [.text("cve", $0)] } ?? []),
                advised: (bug.product == "pgvector" ? [.updateExtension] : []) + rebuilds
            )
        }
    }

    /// The most statements of a finding, because people read the report.
    private static let most = 1_000

    /// The statements that rebuild every index that the bug affects.
    private static func rebuilds(of bug: KnownBug, in database: CatalogSnapshot) -> [AdvisedStatement] {
        let indexes = database.collections.lazy.flatMap(\.relations).flatMap { relation in
            relation.indexes.lazy.filter { bug.method == nil || $0.method == bug.method }
                .map { AdvisedStatement.reindex(schema: relation.schema, index: $0.name) }
        }
        return Array(indexes.prefix(most))
    }
}

import AdvisorFixture
import Testing

@testable import Advisor

@Suite("Patterns of names")
struct NamePatternTests {
    @Test(
        "what fits",
        arguments: [
            ("*", true), ("vecs.*", true), ("vecs.docs", true), ("vecs.docs.vec", true), ("*.docs", true),
            ("vecs.d??s", true), ("vecs", false), ("docs", false), ("vecs.docs.other", false), ("vecs.d", false),
            ("VECS.docs", false), (#"vecs\.docs"#, true), (#"vecs.\*"#, false), ("", false), ("**", true),
            ("*.*.*", true), ("v*s.d*s", true),
        ]
    )
    func matches(pattern: String, fits: Bool) {
        #expect(NamePattern(pattern).matches(docs) == fits)
    }

    @Test("a name with dots, stars or backslashes can be meant exactly")
    func escapes() {
        let odd = CollectionName(schema: "a.b", table: #"c*\d"#, column: "vec")
        #expect(NamePattern(#"a.b.c\*\\d"#).matches(odd))
        #expect(!NamePattern(#"a.b.c\*\\d"#).matches(CollectionName(schema: "a.b", table: "cx", column: "vec")))
    }

    @Test("a hostile pattern takes no exponential time", .timeLimit(.minutes(1)))
    func backtracking() {
        let name = CollectionName(schema: "s", table: String(repeating: "a", count: 63), column: "b")
        #expect(!NamePattern(String(repeating: "*a", count: 40) + "c").matches(name))
    }
}

@Suite("Levels of a configuration")
struct PolicyTests {
    private func mode(_ layers: [PolicyLayer]) -> RuleMode {
        PolicyBook(layers: layers).policy(for: docs).settings(for: Outgrown()).mode
    }

    private func layer(_ mode: RuleMode, for pattern: String? = nil) -> PolicyLayer {
        PolicyLayer(pattern: pattern.map { NamePattern($0) }, rules: ["outgrown": RuleOverride(mode: mode)])
    }

    @Test("without any, the rule's default holds")
    func defaults() {
        #expect(mode([]) == .act)
        #expect(PolicyBook().databasePolicy.settings(for: Unindexed()).mode == .warn)
        #expect(PolicyBook().databasePolicy.settings(for: Outgrown())[Outgrown.growthFactor] == 2)
    }

    @Test("the database goes before all, a pattern before the database, the more specific pattern before the other")
    func precedence() {
        #expect(mode([layer(.off), layer(.warn)]) == .warn)
        #expect(mode([layer(.off, for: "vecs.*"), layer(.warn)]) == .off)
        #expect(mode([layer(.off, for: "vecs.docs"), layer(.warn, for: "vecs.*")]) == .off)
        #expect(mode([layer(.off, for: "vecs.d*"), layer(.warn, for: "*.docs")]) == .off)
        #expect(mode([layer(.off, for: "vecs.*"), layer(.warn, for: "*.docs")]) == .warn, "equals: the later one")
        #expect(mode([layer(.off, for: "other.*")]) == .act)
    }

    @Test("what a level leaves out is inherited")
    func inheritance() {
        let book = PolicyBook(layers: [
            PolicyLayer(
                rules: ["outgrown": RuleOverride(values: ["growthFactor": 3])],
                index: IndexOverride(distanceMetric: .l2Distance)
            ),
            PolicyLayer(
                pattern: NamePattern("vecs.*"),
                rules: ["outgrown": RuleOverride(mode: .warn)],
                index: IndexOverride(method: .some(.hnsw), m: 24)
            ),
        ])
        let policy = book.policy(for: docs)
        #expect(policy.settings(for: Outgrown()).mode == .warn)
        #expect(policy.settings(for: Outgrown())[Outgrown.growthFactor] == 3)
        #expect(
            policy.index
                == IndexPreferences(
                    method: .hnsw,
                    distanceMetric: .l2Distance,
                    isDistanceMetricConfigured: true,
                    m: 24,
                    efConstruction: 64
                )
        )
        #expect(book.databasePolicy.index.m == 16)
    }
}

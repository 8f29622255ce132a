import Advisor
import Testing

@testable import vecsteward

@Suite("What a configuration means")
struct ConfigurationPrecedenceTests {
    private static let layered = """
        {
          "rules": {"unindexed": {"mode": "off", "minimumRows": 10}, "outgrown": {"growthFactor": 3}},
          "index": {"method": "ivfflat", "m": 20},
          "collections": [
            {"match": "vecs.*", "rules": {"outgrown": {"growthFactor": 4}}},
            {"match": "*.c_special", "rules": {"outgrown": {"growthFactor": 5}}, "index": {"method": "auto"}}
          ],
          "databases": [
            {
              "connection": "dbname=app",
              "rules": {"unindexed": {"mode": "act"}, "outgrown": {"growthFactor": 6, "mode": "warn"}},
              "index": {"efConstruction": 100},
              "collections": [{"match": "vecs.?", "rules": {"outgrown": {"growthFactor": 7}}}]
            },
            {"name": "second", "connection": "dbname=app"}
          ]
        }
        """

    private func policy(_ table: String, schema: String = "vecs", database: Int = 0) throws -> Policy {
        let configuration = try configuration(Self.layered)
        return configuration.policies(for: configuration.databases[database])
            .policy(for: CollectionName(schema: schema, table: table, column: "vec"))
    }

    private func settings(_ rule: String, _ policy: Policy) throws -> (mode: RuleMode, values: [Double]) {
        let rule = try #require(RuleBook.rule(named: rule))
        let settings = policy.settings(for: rule)
        return (settings.mode, rule.thresholds.map { settings[$0] })
    }

    @Test("a database wins over all, key by key")
    func database() throws {
        let policy = try policy("t", schema: "other")
        #expect(try settings("unindexed", policy) == (.act, [10, 10]))
        #expect(try settings("outgrown", policy) == (.warn, [6]))
        #expect(policy.index == IndexPreferences(method: .ivfflat, m: 20, efConstruction: 100))
        #expect(try settings("outgrown", try self.policy("t", schema: "other", database: 1)) == (.act, [3]))
    }

    @Test("a pattern of the file wins over a database, and the more specific pattern over the other")
    func patterns() throws {
        #expect(try settings("outgrown", try policy("docs")) == (.warn, [4]))
        #expect(try settings("outgrown", try policy("c_special")) == (.warn, [5]))
        #expect(try policy("c_special").index.method == nil)
        #expect(try policy("docs").index.method == .ivfflat)
    }

    @Test("of patterns that fix as much, that of the database wins")
    func equalPatterns() throws {
        #expect(try settings("outgrown", try policy("t")) == (.warn, [7]))
        #expect(try settings("outgrown", try policy("t", database: 1)) == (.act, [4]))
    }

    @Test("a database is named by itself, by its database, or by its service")
    func names() throws {
        let configuration = try configuration(
            #"{"databases": [{"connection": "host=h"}, {"connection": "service=s"}, "#
                + #"{"connection": "postgresql://h/app"}, {"connection": "dbname=app", "name": "mine"}]}"#
        )
        #expect(configuration.databases.map(\.name) == ["default", "s", "app", "mine"])
    }

    @Test("what is not said has its default")
    func defaults() throws {
        let configuration = try configuration(#"{"databases": [{"connection": "dbname=app"}]}"#)
        #expect(configuration.connectTimeout == .seconds(5))
        #expect(configuration.statementTimeout == .seconds(30))
        #expect(configuration.limits == ResourceLimits())
        #expect(
            configuration.policies(for: configuration.databases[0])
                == PolicyBook(layers: [PolicyLayer(), PolicyLayer()])
        )
        #expect(configuration.databases[0].include == [NamePattern("*")])
        #expect(configuration.databases[0].exclude.isEmpty)
    }

    @Test("what is said is read")
    func values() throws {
        let configuration = try configuration(
            #"{"databases": [{"connection": "dbname=app", "include": ["vecs.*"], "exclude": ["*.tmp"]}], "#
                + #""connectTimeout": "2min", "statementTimeout": "90", "#
                + #""maintenance": {"memory": "2GB", "parallelWorkers": 0}}"#
        )
        #expect(configuration.connectTimeout == .seconds(120))
        #expect(configuration.statementTimeout == .seconds(90))
        #expect(configuration.limits == ResourceLimits(memoryBytes: 2 << 30, parallelWorkers: 0))
        #expect(configuration.databases[0].include == [NamePattern("vecs.*")])
        #expect(configuration.databases[0].exclude == [NamePattern("*.tmp")])
    }
}

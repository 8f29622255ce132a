import Advisor
import Testing

@testable import vecsteward

/// One wrong configuration: what it says, and what is said of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var json: String
    /// The path and what stood there.
    var message: String
    /// A part of the hint.
    var hint: String

    init(_ json: String, _ message: String, hint: String) {
        (self.json, self.message, self.hint) = (json, message, hint)
    }

    var testDescription: String { message }
}

@Suite("Mistakes in a configuration")
struct ConfigurationMistakeTests {
    static let keys = [
        Mistake("[]", "the configuration is a list", hint: "Write an object here"),
        Mistake("{}", "the configuration has no \"databases\"", hint: "Name at least one"),
        Mistake(#"{"databases": []}"#, "databases is empty", hint: "Name at least one"),
        Mistake(#"{"databases": {}}"#, "databases is an object", hint: "Write a list of objects"),
        Mistake(#"{"databases": ["dbname=x"]}"#, "databases[0] is a text", hint: "Write an object"),
        Mistake(#"{"databases": [{}]}"#, "databases[0] has no \"connection\"", hint: "postgresql://host/database"),
        Mistake(
            withDatabase(#""conectTimeout": "5s""#),
            "the configuration has the unknown key \"conectTimeout\"",
            hint: "The nearest known one is \"connectTimeout\"."
        ),
        Mistake(
            withDatabase(#""shoeSize": 44"#),
            "the configuration has the unknown key \"shoeSize\"",
            hint: "Known here: \"databases\", \"connectTimeout\""
        ),
        Mistake(
            withDatabase(having: #""inclde": []"#),
            "databases[0] has the unknown key \"inclde\"",
            hint: "\"include\""
        ),
        Mistake(
            withDatabase(#""rules": {"outgrwon": {}}"#),
            "rules has the unknown rule \"outgrwon\"",
            hint: "The nearest known one is \"outgrown\"."
        ),
        Mistake(
            withDatabase(#""rules": {"outgrown": {"growthfactr": 2}}"#),
            "rules.outgrown has the unknown key \"growthfactr\"",
            hint: "\"growthFactor\""
        ),
        Mistake(
            withDatabase(#""rules": {"invalid": {"minimumRows": 2}}"#),
            "rules.invalid has the unknown key \"minimumRows\"",
            hint: "Known here: \"mode\"."
        ),
        Mistake(
            withDatabase(#""connectTimeout": "5s", "connectTimeout": "6s""#),
            "connectTimeout is here a second time",
            hint: "Remove one"
        ),
        Mistake(
            withDatabase(#""rules": {"invalid": {"mode": "off", "mode": "act"}}"#),
            "rules.invalid.mode is here a second time",
            hint: "Remove one"
        ),
        Mistake(withDatabase(#""collections": [{}]"#), "collections[0] has no \"match\"", hint: "vecs.*"),
    ]

    static let values = [
        Mistake(
            withDatabase(having: #""rules": {"outgrown": {"growthFactor": 0.5}}"#),
            "databases[0].rules.outgrown.growthFactor is 0.5",
            hint: "Give a number from 1 to 1000."
        ),
        Mistake(
            withDatabase(having: #""collections": [{"match": "a.b", "rules": {"unindexed": {"minimumRows": 1.5}}}]"#),
            "databases[0].collections[0].rules.unindexed.minimumRows is 1.5",
            hint: "Give a whole number from 0 to 1000000000000."
        ),
        Mistake(
            withDatabase(#""rules": {"unindexed": {"minimumRows": -1}}"#),
            "rules.unindexed.minimumRows is -1",
            hint: "from 0"
        ),
        Mistake(
            withDatabase(#""rules": {"unindexed": {"minimumRows": 1e999}}"#),
            "rules.unindexed.minimumRows is 1e999",
            hint: "from 0"
        ),
        Mistake(
            withDatabase(#""rules": {"unindexed": {"minimumRows": 99999999999999999999999}}"#),
            "rules.unindexed.minimumRows is 99999999999999999999999",
            hint: "from 0"
        ),
        Mistake(
            withDatabase(#""rules": {"unindexed": {"minimumRows": "1000"}}"#),
            "rules.unindexed.minimumRows is a text",
            hint: "Give a whole number"
        ),
        Mistake(
            withDatabase(#""rules": {"unindexed": {"mode": "akt"}}"#),
            "rules.unindexed.mode is \"akt\"",
            hint: "Give one of \"off\", \"warn\", \"act\"; the nearest one is \"act\"."
        ),
        Mistake(withDatabase(#""rules": {"invalid": "off"}"#), "rules.invalid is a text", hint: "{\"mode\": ...}"),
        Mistake(withDatabase(#""rules": {"invalid": {"mode": null}}"#), "rules.invalid.mode is null", hint: "\"off\""),
        Mistake(withDatabase(#""connectTimeout": 5"#), "connectTimeout is 5", hint: "a duration like \"30s\""),
        Mistake(
            withDatabase(#""connectTimeout": "0s""#),
            "connectTimeout is \"0s\"",
            hint: "from \"100ms\" to \"10min\""
        ),
        Mistake(withDatabase(#""statementTimeout": "2d""#), "statementTimeout is \"2d\"", hint: "to \"1d\""),
        Mistake(withDatabase(#""maintenance": []"#), "maintenance is a list", hint: "Write an object"),
        Mistake(
            withDatabase(#""maintenance": {"memory": 1073741824}"#),
            "maintenance.memory is 1073741824",
            hint: "kB, MB, GB and TB"
        ),
        Mistake(
            withDatabase(#""maintenance": {"memory": "64mb"}"#),
            "maintenance.memory is \"64mb\"",
            hint: "kB, MB, GB and TB"
        ),
        Mistake(
            withDatabase(#""maintenance": {"memory": "512kB"}"#),
            "maintenance.memory is \"512kB\"",
            hint: "\"1MB\""
        ),
        Mistake(
            withDatabase(#""maintenance": {"parallelWorkers": -1}"#),
            "maintenance.parallelWorkers is -1",
            hint: "from 0 to 1024"
        ),
        Mistake(
            withDatabase(#""collections": [{"match": "docs"}]"#),
            "collections[0].match is \"docs\", which matches no collection",
            hint: "schema.table"
        ),
        Mistake(
            withDatabase(having: #""include": []"#),
            "databases[0].include is empty, which excludes every collection",
            hint: "[\"*\"]"
        ),
        Mistake(
            withDatabase(having: #""include": [""]"#),
            "databases[0].include[0] is an empty text",
            hint: "\"vecs.*\""
        ),
        Mistake(
            withDatabase(having: #""exclude": "vecs.*""#),
            "databases[0].exclude is a text",
            hint: "a list of patterns"
        ),
        Mistake(withDatabase(having: #""name": """#), "databases[0].name is an empty text", hint: "Give a name"),
        Mistake(
            #"{"databases": [{"connection": "dbname=a"}, {"connection": "dbname=b"}, {"connection": "host=h dbname=a"}]}"#,
            "databases[2] has the same name as databases[0]: a",
            hint: "Give each its own \"name\""
        ),
    ]

    static let indexes = [
        Mistake(
            withDatabase(#""index": {"method": "diskann"}"#),
            "index.method is \"diskann\"",
            hint: "\"auto\", \"hnsw\", \"ivfflat\""
        ),
        Mistake(
            withDatabase(#""index": {"measure": "cosine"}"#),
            "index.measure is \"cosine\"",
            hint: "\"cosine_distance\", \"l2_distance\""
        ),
        Mistake(withDatabase(#""index": {"m": 1}"#), "index.m is 1", hint: "Give a whole number from 2 to 100."),
        Mistake(withDatabase(#""index": {"m": 16.5}"#), "index.m is 16.5", hint: "whole number"),
        Mistake(
            withDatabase(#""index": {"efConstruction": 1001}"#),
            "index.efConstruction is 1001",
            hint: "from 4 to 1000"
        ),
        Mistake(
            withDatabase(#""index": {"m": 40}"#),
            "index results in m 40 and efConstruction 64",
            hint: "Give an efConstruction of 80 or more"
        ),
        Mistake(
            withDatabase(having: #""index": {"efConstruction": 31}"#),
            "databases[0].index results in m 16 and efConstruction 31",
            hint: "Give an efConstruction of 32 or more"
        ),
        Mistake(
            withDatabase(
                having: #""index": {"efConstruction": 40}, "collections": [{"match": "a.*", "index": {"m": 21}}]"#
            ),
            "databases[0].collections[0].index results in m 21 and efConstruction 40",
            hint: "42 or more"
        ),
        Mistake(
            #"{"databases": [{"connection": "dbname=a", "index": {"efConstruction": 40}}], "#
                + #""collections": [{"match": "a.*", "index": {"m": 21}}]}"#,
            "databases[0].index results in m 21 and efConstruction 40 for \"a.*\", "
                + "which is in the collections of all databases",
            hint: "42 or more"
        ),
        Mistake(
            withDatabase(
                #""index": {"efConstruction": 200}, "collections": [{"match": "vecs.*", "index": {"m": 60}}, "#
                    + #"{"match": "*.archive", "index": {"efConstruction": 100}}]"#
            ),
            "collections has m 60 for \"vecs.*\" and efConstruction 100 for \"*.archive\", and a collection can match both",
            hint: "120 or more"
        ),
    ]

    @Test(
        "each is reported by its path, with what stood there and what would be right",
        arguments: keys + values + indexes
    )
    func reported(mistake: Mistake) {
        let found = complaints(mistake.json)
        #expect(found.map(\.message) == [mistake.message])
        #expect(found.first?.hint?.contains(mistake.hint) == true, "\(found)")
    }

    @Test("all mistakes are reported at once, in the order of the file, each with its line")
    func allAtOnce() {
        let json = """
            {
              "databases": [{"connection": 7}],
              "rules": {"outgrown": {"growthFactor": 0}},
              "index": {"m": 0},
              "x": 1
            }
            """
        let failure = #expect(throws: ProgramFailure.self) { try configuration(json) }
        #expect(failure?.status == .configuration)
        let places = failure?.complaints.compactMap { $0.message.split(separator: ": ").first }
        #expect(places == ["test.json:2:32", "test.json:3:42", "test.json:4:18", "test.json:5:3"])
    }

    @Test("of very many mistakes only the first twenty are reported")
    func tooMany() {
        let json = withDatabase((0..<1_000).map { "\"x\($0)\": 1" }.joined(separator: ","))
        let found = complaints(json)
        #expect(found.count == 21)
        #expect(found.last?.message.hasSuffix("has 980 more mistakes") == true)
    }

    @Test(
        "patterns that cannot split the numbers of an index between them do not limit each other",
        arguments: [
            // No collection fits both.
            #"{"match": "vecs.*", "index": {"m": 60}}, {"match": "public.*", "index": {"efConstruction": 100}}"#,
            // The more specific one gives both.
            #"{"match": "vecs.*", "index": {"m": 60}}, {"match": "vecs.a*", "index": {"m": 8, "efConstruction": 20}}"#,
            // Of two that are as specific, the later one gives both.
            #"{"match": "vecs.*", "index": {"m": 60}}, {"match": "vecs.*", "index": {"m": 8, "efConstruction": 20}}"#,
            // Together they are right.
            #"{"match": "vecs.*", "index": {"m": 60}}, {"match": "*.a", "index": {"efConstruction": 120}}"#,
        ]
    )
    func unrelatedPatterns(collections: String) throws {
        _ = try configuration(withDatabase("\"index\": {\"efConstruction\": 200}, \"collections\": [\(collections)]"))
    }

    @Test(
        "patterns overlap when a collection can fit both",
        arguments: [
            ("vecs.*", "*.docs", true), ("vecs.*", "public.*", false), ("vecs.??", "vecs.ab", true),
            ("a.?", "a.bc", false),
            ("a.b", "a.b.c", true), ("*", "a.b", true), ("a.*.c", "a.b", true), ("a*.b", "?b.b", true),
            (#"a\*.b"#, "ab.b", false), ("**.x", "y.*", true),
        ]
    )
    func overlap(left: String, right: String, doesOverlap: Bool) {
        #expect(NamePattern(left).overlaps(NamePattern(right)) == doesOverlap)
        #expect(NamePattern(right).overlaps(NamePattern(left)) == doesOverlap)
    }
}

import Advisor
import Testing

@testable import vecsteward

@Suite("Searches in a configuration")
struct ConfigurationSearchTests {
    /// A configuration with searches of one pattern.
    private static func stating(_ searches: String) -> String {
        withDatabase("\"collections\": [{\"match\": \"public.docs\", \"searches\": \(searches)}]")
    }

    static let mistakes: [Mistake] = {
        let path = "collections[0].searches"
        func one(_ members: String) -> String { stating("[{\"measure\": \"l2_distance\", \(members)}]") }
        return [
            Mistake(stating("{}"), "\(path) is an object", hint: "Write a list of objects here"),
            Mistake(stating("[\"l2_distance\"]"), "\(path)[0] is a text", hint: "{\"measure\": ...}"),
            Mistake(stating("[{\"limit\": 10}]"), "\(path)[0] has no \"measure\"", hint: "\"cosine_distance\""),
            Mistake(
                stating("[{\"measure\": \"l2_distanc\"}]"),
                "\(path)[0].measure is \"l2_distanc\"",
                hint: "the nearest one is \"l2_distance\""
            ),
            Mistake(
                one("\"filter\": [\"a\"]"),
                "\(path)[0] has the unknown key \"filter\"",
                hint: "The nearest known one is \"filters\"."
            ),
            Mistake(one("\"cast\": \"halfvec\""), "\(path)[0] has the unknown key \"cast\"", hint: "\"searched\""),
            Mistake(one("\"filters\": \"a\""), "\(path)[0].filters is a text", hint: "a list of columns"),
            Mistake(one("\"filters\": [\"a\", 7]"), "\(path)[0].filters[1] is 7", hint: "\"tenant_id\""),
            Mistake(
                one("\"filters\": [\"a\", \"a\"]"),
                "\(path)[0].filters[1] is here a second time",
                hint: "Name each column once."
            ),
            Mistake(one("\"limit\": 0"), "\(path)[0].limit is 0", hint: "Give a whole number from 1"),
            Mistake(one("\"limit\": 1.5"), "\(path)[0].limit is 1.5", hint: "whole number"),
            Mistake(one("\"perHour\": 0"), "\(path)[0].perHour is 0", hint: "from 0.001 to 1000000000"),
            Mistake(one("\"probes\": 40000"), "\(path)[0].probes is 40000", hint: "from 1 to 32768"),
            Mistake(one("\"efSearch\": 1001"), "\(path)[0].efSearch is 1001", hint: "from 1 to 1000"),
            Mistake(
                one("\"iterativeScan\": \"relaxed\""),
                "\(path)[0].iterativeScan is \"relaxed\"",
                hint: "\"off\", \"relaxed_order\", \"strict_order\""
            ),
            Mistake(
                one("\"searched\": \"embedding::\""),
                "\(path)[0].searched is no SQL expression over one column",
                hint: "\"embedding::halfvec(768)\""
            ),
            Mistake(
                one("\"searched\": \"a || b\""),
                "\(path)[0].searched is no SQL expression over one column",
                hint: "the one column in it"
            ),
            Mistake(
                one("\"searched\": \"embedding), (SELECT 1\""),
                "\(path)[0].searched is no SQL expression over one column",
                hint: "in SQL"
            ),
            Mistake(
                withDatabase("\"searches\": []"),
                "the configuration has the unknown key \"searches\"",
                hint: "Known here"
            ),
        ]
    }()

    @Test("are refused with their place and what would be right", arguments: mistakes)
    func refused(mistake: Mistake) {
        let found = complaints(mistake.json)
        #expect(found.map(\.message) == [mistake.message])
        #expect(found.first?.hint?.contains(mistake.hint) == true, "\(found)")
    }

    @Test("are read for the collections of their pattern alone, and the most specific pattern has all of them")
    func read() throws {
        let json = withDatabase(
            """
            "collections": [
                {"match": "public.*", "searches": [{"measure": "cosine_distance"}]},
                {"match": "public.docs", "searches": [
                    {"measure": "l2_distance", "searched": "embedding::halfvec(768)", "filters": ["tenant_id", "kind"],
                     "limit": 10, "perHour": 5000, "probes": 20, "efSearch": 100, "iterativeScan": "strict_order"},
                    {"measure": "hamming_distance", "searched": "binary_quantize(embedding)::bit(768)", "filters": []}
                ]},
                {"match": "public.d*", "searches": []}
            ]
            """
        )
        let configuration = try configuration(json)
        let book = configuration.policies(for: configuration.databases[0])
        func searches(_ table: String, schema: String = "public") -> [ConfiguredSearch] {
            book.policy(for: CollectionName(schema: schema, table: table, column: "embedding")).searches
        }
        #expect(
            searches("docs") == [
                ConfiguredSearch(
                    distanceMetric: .l2Distance,
                    searched: .cast(.halfvec, dimensions: 768),
                    searchedColumn: "embedding",
                    filters: ["tenant_id", "kind"],
                    limit: 10,
                    perHour: 5_000,
                    settings: [
                        "ivfflat.probes": "20", "hnsw.ef_search": "100", "hnsw.iterative_scan": "strict_order",
                    ]
                ),
                ConfiguredSearch(
                    distanceMetric: .hammingDistance,
                    searched: .other("binary_quantize(embedding)::bit(768)"),
                    searchedColumn: "embedding",
                    filters: []
                ),
            ]
        )
        #expect(searches("items") == [ConfiguredSearch(distanceMetric: .cosineDistance)])
        #expect(searches("dogs") == [] && searches("docs", schema: "vecs") == [])
    }
}

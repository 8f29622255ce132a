import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("What could not be read of the searches")
struct SearchSourceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var statements: SearchSources.Statements
        var sentence: String
        var testDescription: String { "\(statements)" }
    }

    private static let cases = [
        Case(
            statements: .notInstalled(isLoaded: true),
            sentence: "pg_stat_statements is not installed in this database. To fix this: CREATE EXTENSION "
                + "pg_stat_statements;"
        ),
        Case(
            statements: .notInstalled(isLoaded: false),
            sentence:
                "pg_stat_statements is not installed in this database, and the server has not loaded it. To fix this: "
                + "add pg_stat_statements to shared_preload_libraries and restart the server, then CREATE EXTENSION "
                + "pg_stat_statements;"
        ),
        Case(
            statements: .notInstalled(isLoaded: nil),
            sentence: "pg_stat_statements is not installed in this database. To fix this: CREATE EXTENSION "
                + "pg_stat_statements; it counts once shared_preload_libraries names it"
        ),
        Case(
            statements: .notLoaded,
            sentence: "the server has not loaded pg_stat_statements. To fix this: add pg_stat_statements to "
                + "shared_preload_libraries and restart the server"
        ),
        Case(
            statements: .notPermitted,
            sentence:
                "role steward may not read what other roles run. To fix this: GRANT pg_read_all_stats TO \"steward\";"
        ),
        Case(
            statements: .notCounting(setting: "pg_stat_statements.track", value: "none"),
            sentence: "pg_stat_statements.track is none, so that nothing counts them. To fix this: ALTER SYSTEM SET "
                + "pg_stat_statements.track = 'top'; SELECT pg_reload_conf();"
        ),
        Case(
            statements: .notCounting(setting: "compute_query_id", value: "off"),
            sentence:
                "compute_query_id is off, so that nothing counts them. To fix this: ALTER SYSTEM SET compute_query_id = "
                + "'auto'; SELECT pg_reload_conf();"
        ),
        Case(
            statements: .refused("permission denied"),
            sentence: "the server refused to show pg_stat_statements (permission denied)."
        ),
    ]

    @Test("is in the report once, in one sentence that says how to fix it", arguments: cases)
    func sentence(_ item: Case) {
        let collections = [collection("a"), collection("b", oid: 2)]
        let report = text(
            section(collections, searchSources: SearchSources(statements: item.statements)),
            width: 400
        )
        let found = lines(report).filter { $0.contains("searches are") }
        #expect(found == ["  ! The searches are not known: \(item.sentence)"])
        let some = [searched(collections[0], by: search(source: .activity, calls: nil, rowsEach: nil)), collections[1]]
        let partly = text(section(some, searchSources: SearchSources(statements: item.statements)), width: 400)
        #expect(lines(partly).contains("  ! Not all searches are known: \(item.sentence)"))
    }

    @Test("is nothing where all was read, and where there is no collection")
    func nothing() {
        let read = SearchSources(statements: .read(statements: 0, since: nil))
        #expect(!text(section([collection("a")], searchSources: read)).contains("searches are"))
        #expect(!text(section([], searchSources: SearchSources(statements: .notLoaded))).contains("searches are"))
    }

    @Test("is in the JSON with each statement by itself", arguments: cases)
    func json(_ item: Case) throws {
        let section = section([collection("a")], searchSources: SearchSources(statements: item.statements))
        let database = try #require(try databases(JSONReport.render(report(section))).first)
        let sources = try #require(database["searchSources"] as? [String: Any])
        let statements = try #require(sources["statements"] as? [String])
        #expect(sources["status"] as? String != "read" && sources["obstacle"] is String)
        #expect(statements.allSatisfy { !$0.contains(";") && item.sentence.contains("\($0);") })
    }

    @Test("names a role in SQL as SQL needs it")
    func role() {
        var server = facts()
        server.role = "a \"b\""
        let sources = SearchSources(statements: .notPermitted)
        let text = text(section([collection("a")], server: server, searchSources: sources), width: 200)
        #expect(text.contains("GRANT pg_read_all_stats TO \"a \"\"b\"\"\";"))
    }
}

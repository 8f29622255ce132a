import DatabaseFixture
import Postgres
import Testing

@Suite("Statements and their parameters", .timeLimit(.minutes(2)))
struct StatementTests {
    @Test("interpolated values are bound, names are quoted")
    func interpolation() {
        let (name, count, missing) = ("x'; DROP TABLE t; --", 3, String?.none)
        let table = Identifier.qualified("my schema", "ta\"ble")
        let statement: Statement = """
            SELECT \(Identifier("N")) FROM \(table) WHERE a = \(name) AND b > \(count) AND c IS \(missing) \
            \(unescaped: "LIMIT 1")
            """
        let sql = #"SELECT "N" FROM "my schema"."ta""ble" WHERE a = $1 AND b > $2 AND c IS $3 LIMIT 1"#
        #expect(statement.sql == sql)
        #expect(Statement("SELECT \(name)").sql == "SELECT $1")
        #expect(Statement(Array("SELECT $1".utf8), [name]).sql == "SELECT $1")
    }

    @Test("parameters are shown by nothing")
    func parametersAreSecret() {
        #expect(!everythingShown(by: "SELECT \("zebra")" as Statement).contains("zebra"))
    }

    private static let strings = [
        "", " ", "plain", "it's", "\"quoted\"", #"back\slash\"#, "comma,brace{}", "NULL", "null", "line\nbreak\ttab",
        "\u{1}\u{1B}[31m", "emoji 🐘👩‍👩‍👧", "e\u{301} combined", "$1 %s %%", "\u{202E}right to left",
    ]

    @Test("values of every type come back as they went", arguments: TestServer.all)
    func roundTrip(server: TestServer) async throws {
        var connection = try await open(server.target())
        func check<Value: ParameterEncodable & ColumnDecodable & Equatable & Sendable>(
            _ value: Value,
            _ type: String
        ) async throws {
            let rows = try await connection.query("SELECT \(value)::\(unescaped: type) AS v")
            #expect(try rows.one()["v", as: Value.self] == value, "\(type)")
        }
        for text in Self.strings { try await check(text, "text") }
        for number in [0, 1, -1, Int.max, Int.min] { try await check(number, "int8") }
        for number in [0, Int32.max, Int32.min] { try await check(number, "int4") }
        for number in [0, Int64.max, Int64.min] { try await check(number, "int8") }
        for number in [0, 0.1, -1e-300, 1.7976931348623157e308, .infinity, -.infinity, .leastNormalMagnitude] {
            try await check(number, "float8")
        }
        try await check(true, "bool")
        try await check(false, "bool")
        try await check(String?.none, "text")
        try await check(String?.some("x"), "text")
        try await check(Int64?.none, "int8")
        try await check(Self.strings, "text[]")
        try await check([String](), "text[]")
        try await check([nil, "NULL", "", nil] as [String?], "text[]")
        try await check([1, -2, Int64.max, Int64.min], "int8[]")
        try await check([1.5, -.infinity], "float8[]")
        try await check([true, false], "bool[]")
        #expect(try await connection.query("SELECT \(Double.nan)::float8 AS v").one()["v", as: Double.self].isNaN)
    }

    @Test("a NUL character is refused before anything is sent", arguments: TestServer.all)
    func nul(server: TestServer) async throws {
        var connection = try await open(server.target())
        for statement in [
            "SELECT \("a\0b")::text", Statement("SELECT 1\0; DROP TABLE t"), "SELECT \(["a\0b"])::text[]",
        ] {
            let failure = try await error { () async throws(PostgresError) in _ = try await connection.query(statement)
            }
            #expect(failure.code == .invalidStatement)
        }
        #expect(try await connection.query("SELECT 1").one()[0, as: Int.self] == 1)
    }

    @Test("errors have the server's fields, and of the statement only its text", arguments: TestServer.all)
    func errors(server: TestServer) async throws {
        var connection = try await open(server.target())
        let failure = try await error { () async throws(PostgresError) in
            _ = try await connection.query("SELECT \("zebra")::text FROM no_such_table")
        }
        #expect(failure.code == .server)
        #expect(failure.sqlState == .undefinedTable)
        #expect(failure.severity == "ERROR")
        #expect(failure.description == "relation \"no_such_table\" does not exist (SQLSTATE 42P01)")
        #expect(failure.statement == "SELECT $1::text FROM no_such_table")
        #expect(failure.position == 22)
        #expect(failure.debugDescription.contains("STATEMENT: SELECT $1"))
        #expect(!everythingShown(by: failure).contains("zebra"))
    }

    @Test("COPY to or from the client is refused", arguments: TestServer.all)
    func copy(server: TestServer) async throws {
        for sql in ["COPY (SELECT 1) TO STDOUT", "COPY pg_temp.t FROM STDIN"] {
            var connection = try await open(server.target())
            try await connection.run(script: "CREATE TEMPORARY TABLE t (n int)")
            let failure = try await error { () async throws(PostgresError) in
                _ = try await connection.query(Statement(sql), timeout: .seconds(20))
            }
            #expect(failure.code == .unsupported)
        }
    }
}

@Suite("Identifiers", .timeLimit(.minutes(2)))
struct IdentifierTests {
    private static let names = [
        "plain", "Upper Case", "select", #"with "quotes""#, #"back\slash"#, #"back\slash "and"\#n newline\"#,
        "per%cent %s",
        "emoji 🐘", "family 👩‍👩‍👧", "line\nbreak", "bell\u{7}escape\u{1B}[2J", "right\u{202E}left", "tab\there",
        "c1 \u{9B}31m",
        "tag \u{E0041}", "it's; DROP TABLE t; --", "$1", " ", "a.b", String(repeating: "é", count: 31) + "x",
    ]

    @Test("of any name name just that table", arguments: TestServer.all)
    func roundTrip(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            var connection = try await database.connect()
            for (number, name) in Self.names.enumerated() {
                let table = Identifier.qualified("public", name)
                try await connection.run(script: "CREATE TABLE \(table) (\(Identifier(name)) int)")
                _ = try await connection.query("INSERT INTO \(table) VALUES (\(number))")
                let rows = try await connection.query("SELECT \(Identifier(name)) FROM \(table)")
                #expect(try rows.one()[name, as: Int.self] == number)
                let found = try await connection.query("SELECT count(*) FROM pg_class WHERE relname = \(name)")
                #expect(try found.one()[0, as: Int.self] == 1, "\(table)")
                let isPrintable = table.sql.unicodeScalars.allSatisfy { scalar in
                    ![.control, .format].contains(scalar.properties.generalCategory)
                }
                #expect(isPrintable, "\(table)")
            }
        }
    }

    @Test("are quoted as PostgreSQL reads them")
    func quoting() {
        #expect(Identifier("a\"b\\c").sql == #""a""b\c""#)
        #expect(Identifier("a\nb\\c\"d").sql == #"U&"a\000Ab\\c""d""#)
        #expect(Identifier("\u{E0041}").sql == #"U&"\+0E0041""#)
        #expect(Identifier("").description == "\"\"")
    }

    @Test("with a NUL character are refused by the server, and name no other table", arguments: TestServer.all)
    func nul(server: TestServer) async throws {
        var connection = try await open(server.target())
        let failure = try await error { () async throws(PostgresError) in
            _ = try await connection.query("SELECT 1 AS \(Identifier("a\0b"))")
        }
        #expect(failure.sqlState == .syntaxError)
    }
}

@Suite("Literals", .timeLimit(.minutes(2)))
struct LiteralTests {
    @Test(
        "read as the text that they were made of, whatever standard_conforming_strings says",
        arguments: TestServer.all,
        [
            "", "o'neill", "back\\slash \\' '", "line\nbreak\t\u{1B}[31m", "\u{202E}reversed", "😀 \u{E0041} é",
            "E'\\u0041'",
        ]
    )
    func roundTrip(server: TestServer, text: String) async throws {
        var connection = try await open(server.target())
        for setting in ["on", "off"] {
            try await connection.run(script: "SET standard_conforming_strings = \(setting)")
            let rows = try await connection.query("SELECT \(unescaped: Literal(text).sql)::text AS text")
            #expect(try rows.one()["text", as: String.self] == text)
        }
    }

    @Test("show nothing that steers a terminal")
    func legible() {
        #expect(Literal("a'b").sql == "'a''b'")
        #expect(Literal("a\nb").sql == #"E'a\u000Ab'"#)
        #expect(Literal("\u{E0041}").sql == #"E'\U000E0041'"#)
    }
}

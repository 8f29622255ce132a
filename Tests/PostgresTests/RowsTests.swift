import DatabaseFixture
import Postgres
import Testing

@Suite("Rows", .timeLimit(.minutes(2)))
struct RowsTests {
    private func row(_ statement: Statement, on server: TestServer) async throws -> Row {
        var connection = try await open(server.target())
        return try await connection.query(statement).one()
    }

    @Test("outlive their connection and are a collection", arguments: TestServer.all)
    func collection(server: TestServer) async throws {
        let rows: Rows
        do {
            var connection = try await open(server.target())
            rows = try await connection.query("SELECT n, n * 2 AS double FROM generate_series(1, 1000) AS n")
            connection.close()
        }
        #expect(rows.count == 1000)
        #expect(rows.columnNames == ["n", "double"])
        #expect(try rows.map { row in try row["double", as: Int.self] }.reduce(0, +) == 1_001_000)
        #expect(try rows[998]["n", as: Int64.self] == 999)
        #expect(try rows.last?["n", as: Int32.self] == 1000)
    }

    @Test("errors of decoding name the column and not the value", arguments: TestServer.all)
    func errors(server: TestServer) async throws {
        let row = try await row(
            "SELECT NULL::int AS nothing, 'zebra' AS word, 99999999999 AS big, '{1,NULL}'::int[] AS list",
            on: server
        )
        func message(_ read: () throws(PostgresError) -> Void) async throws -> String {
            let failure = try await error { () async throws(PostgresError) in try read() }
            #expect(failure.code == .decoding)
            return failure.message
        }
        #expect(
            try await message { () throws(PostgresError) in _ = try row["nothing", as: Int.self] }
                == "column \"nothing\" is NULL"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row["word", as: Int64.self] }
                == "column \"word\" cannot be read as Int64"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row["word", as: Int64?.self] }
                == "column \"word\" cannot be read as Optional<Int64>"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row["big", as: Int32.self] }
                == "column \"big\" cannot be read as Int32"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row["list", as: [Int].self] }
                == "column \"list\" cannot be read as Array<Int>"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row["other", as: Int.self] }
                == "no column \"other\" in the result"
        )
        #expect(
            try await message { () throws(PostgresError) in _ = try row[9, as: Int.self] }
                == "no column at position 9 in the result"
        )
    }

    @Test("arrays are read with quotes, bounds and NULLs, one dimension of them", arguments: TestServer.all)
    func arrays(server: TestServer) async throws {
        let row = try await row(
            #"""
            SELECT ARRAY['a', NULL, 'NULL', '', 'q"\,{}'] AS texts, '[0:1]={5,-6}'::int[] AS bounded, '{}'::text[] AS empty,
                '{{1,2},{3,4}}'::int[] AS square, ARRAY['m=16', 'ef_construction=64'] AS options, NULL::text[] AS nothing
            """#,
            on: server
        )
        #expect(try row["texts", as: [String?].self] == ["a", nil, "NULL", "", #"q"\,{}"#])
        #expect(try row["bounded", as: [Int64].self] == [5, -6])
        #expect(try row["empty", as: [String].self] == [])
        #expect(try row["options", as: [String].self] == ["m=16", "ef_construction=64"])
        #expect(try row["nothing", as: [String]?.self] == nil)
        let failure = try await error { () async throws(PostgresError) in _ = try row["square", as: [Int].self] }
        #expect(failure.code == .decoding)
    }

    @Test("a command says how many rows it has changed", arguments: TestServer.all)
    func affectedRows(server: TestServer) async throws {
        var connection = try await open(server.target())
        _ = try await connection.query("CREATE TEMPORARY TABLE t (n int)")
        let rows = try await connection.query("INSERT INTO t SELECT generate_series(1, 17)")
        #expect(rows.isEmpty)
        #expect(rows.affectedRows == 17)
        let failure = try await error { () async throws(PostgresError) in _ = try rows.one() }
        #expect(failure.message == "expected one row but got 0")
    }

    @Test("enumerations with text values decode without more code", arguments: TestServer.all)
    func enumerations(server: TestServer) async throws {
        enum Method: String, ColumnDecodable { case hnsw, ivfflat }
        let row = try await row("SELECT 'hnsw' AS method, 'btree' AS other", on: server)
        #expect(try row["method", as: Method.self] == .hnsw)
        let failure = try await error { () async throws(PostgresError) in _ = try row["other", as: Method.self] }
        #expect(failure.message == "column \"other\" cannot be read as Method")
    }
}

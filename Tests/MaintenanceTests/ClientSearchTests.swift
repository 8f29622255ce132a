import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

/// Real clients search, and what is read of it is compared with what people know of them.
@Suite(
    "The searches of real clients",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root"),
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long")
)
struct ClientSearchTests {
    static let clients = [
        "vecs", "langchain_pgvector", "langchain_pgvectorstore", "llama_index", "django", "sqlalchemy", "haystack",
        "mem0",
        "psycopg", "psycopg2", "asyncpg", "postgrest",
    ]

    @Test("are read as they are, and take the index that is advised for them", arguments: clients)
    func advice(client: String) async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await ClientProgram.run(client, in: database) { program in
                let readings = try await ClientTrial(client: client, database: database, program: program).readings()
                if ProcessInfo.processInfo.environment["VECSTEWARD_WRITE_READING"] != nil {
                    try SearchReading.write(readings, of: client)
                }
                #expect(
                    try SearchReading.written(of: client) == readings,
                    "VECSTEWARD_WRITE_READING=1 writes Tests/Clients/reading.json anew, and docs/clients.md is made of it"
                )
            }
        }
    }

    @Test(
        "are also read where only open sessions show them",
        arguments: TestServer.all,
        clients
    )
    func samples(server: TestServer, client: String) async throws {
        try await withDatabase(on: server) { database in
            try await ClientProgram.run(client, in: database) { program in
                _ = try await ClientTrial(client: client, database: database, program: program).readings()
            }
        }
    }

    @Test("are all those that there are")
    func all() async throws {
        let ended = try await Command.run(try ClientProgram.python(), [ClientProgram.program, "list"])
        let names = ended.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(names == Self.clients)
    }
}

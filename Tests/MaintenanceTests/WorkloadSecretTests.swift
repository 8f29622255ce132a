import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite(
    "No secret of a search in an assessment",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadSecretTests {
    private let secret = PlantedSecrets.secret

    @Test("wherever it stands in a search")
    func assessment() async throws {
        try await withCountedStatements { database in
            try await database.execute("DROP TABLE items")
            try await PlantedSecrets.plant(in: database)
            #expect(try await database.textsWithSecrets() > 5, "the server keeps no secret that could leave")
            let assessor = try await database.assessor()
            for _ in 1...2 {
                let assessment = try await assessor.assess()
                let sources = Set(try assessment.searches().map(\.source))
                #expect(sources.isSuperset(of: [.statements, .view("near"), .function("matching")]))
                var dumped = ""
                dump(assessment, to: &dumped)
                // The test must be able to find something.
                #expect(dumped.contains("matching"))
                #expect(!dumped.contains(secret))
                #expect(!String(describing: assessment).contains(secret))
                #expect(!String(reflecting: assessment).contains(secret))
            }
            // What the assessor keeps until the next poll holds none either.
            var kept = ""
            dump(assessor.workload.current, to: &kept)
            #expect(kept.contains("matching"))
            #expect(!kept.contains(secret))
        }
    }
}

extension TestDatabase {
    /// The number of texts with a secret in pg_stat_statements.
    fileprivate func textsWithSecrets() async throws -> Int64 {
        let sql =
            "SELECT count(*) AS number FROM pg_stat_statements WHERE strpos(query, '\(PlantedSecrets.secret)') > 0"
        return try await query(Statement(sql)).one()["number", as: Int64.self]
    }
}

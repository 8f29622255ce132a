import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("The settings of several jobs")
struct SharedSettingsTests {
    private static let create = [
        "SET statement_timeout = 0", "SET lock_timeout = 0", "SET maintenance_work_mem = '64MB'", "CREATE INDEX a",
    ]
    private static let rebuild = [
        "SET statement_timeout = 0", "SET lock_timeout = 0", "SET default_tablespace = ''",
        "SET maintenance_work_mem = '1GB'", "CREATE INDEX b", "DROP INDEX c",
    ]
    private static let partitioned = [
        "SET statement_timeout = 0", "SET lock_timeout = 0", "SET maintenance_work_mem = '64MB'",
        "SET lock_timeout = '2s'", "CREATE INDEX d", "SET lock_timeout = 0", "CREATE INDEX e",
    ]
    private static let analyze = ["ANALYZE docs"]

    @Test("stand once, and each job has the others, in the order in which it has them")
    func once() {
        let settings = SharedSettings(of: [Self.create, Self.rebuild, Self.analyze, Self.partitioned])
        #expect(settings.statements == ["SET statement_timeout = 0", "SET lock_timeout = 0"])
        #expect(
            settings.jobs == [
                ["SET maintenance_work_mem = '64MB'", "CREATE INDEX a"],
                ["SET default_tablespace = ''", "SET maintenance_work_mem = '1GB'", "CREATE INDEX b", "DROP INDEX c"],
                ["ANALYZE docs"],
                [
                    "RESET default_tablespace", "SET maintenance_work_mem = '64MB'", "SET lock_timeout = '2s'",
                    "CREATE INDEX d", "SET lock_timeout = 0", "CREATE INDEX e",
                ],
            ]
        )
    }

    @Test("stay with a job that is the only one to have any")
    func alone() {
        let settings = SharedSettings(of: [Self.analyze, Self.create])
        #expect(settings.statements == [])
        #expect(settings.jobs == [Self.analyze, Self.create])
    }

    @Test("are set again where a job leaves another value")
    func changed() {
        let leaving = Self.create + ["SET lock_timeout = '5s'", "CREATE INDEX f"]
        let settings = SharedSettings(of: [leaving, Self.create])
        #expect(settings.jobs[1] == ["SET lock_timeout = 0", "CREATE INDEX a"])
    }

    @Test("are for every statement what they are in its job alone, from top to bottom and for one job by itself")
    func sameSession() {
        let kinds = [
            Self.create, Self.rebuild, Self.partitioned, Self.analyze, Self.create + ["SET lock_timeout = '5s'"],
        ]
        for _ in 0..<500 {
            let jobs = (0..<Int.random(in: 1...6)).compactMap { _ in kinds.randomElement() }
            let settings = SharedSettings(of: jobs)
            let together = SessionStatement.run(settings.statements + settings.jobs.flatMap { $0 })
            let alone = jobs.flatMap { SessionStatement.run($0) }
            #expect(together.map(\.sql) == alone.map(\.sql))
            for (one, other) in zip(together, alone) where !other.settings.isEmpty {
                #expect(one == other, "\(settings.statements + settings.jobs.flatMap { $0 })")
            }
            for (job, shortened) in zip(jobs, settings.jobs) {
                let one = SessionStatement.run(settings.statements + shortened)
                #expect(zip(one, SessionStatement.run(job)).allSatisfy { $1.settings.isEmpty || $0 == $1 })
            }
        }
    }

    @Test("stand ahead of the first job of a report, and each job says that it needs them")
    func report() {
        let collections = ["a", "b"].map { collection($0, indexes: [], oid: UInt32($0.utf8.first ?? 1)) }
        guard case .assessed(let assessment, _, _) = section(collections).outcome else {
            Issue.record("the database was not polled")
            return
        }
        let build = ["SET statement_timeout = 0", "SET lock_timeout = 0", "CREATE INDEX x"]
        let seen = DatabaseSection(
            name: "app",
            target: "db1",
            outcome: .assessed(assessment, statements: [build, build], elapsedSeconds: nil)
        )
        let blocks = blocks(text(seen))
        #expect(
            blocks[2] == [
                "Settings that every index build below needs; run them first, in the same session:",
                "     SET statement_timeout = 0; SET lock_timeout = 0;",
            ]
        )
        for block in blocks[3...4] {
            #expect(block.suffix(2) == ["     -- after the settings above", "     CREATE INDEX x;"])
        }
    }
}

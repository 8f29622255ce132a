import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("A server that crashes, and one that takes over", .timeLimit(.minutes(15)))
struct CrashedServerTests {
    @Test("in the middle of a build is waited for, and then the build begins anew", arguments: TestServer.all)
    func crash(server: TestServer) async throws {
        // A server that may forget what it has committed would forget the job.
        try await withPrivateServer(version: server.version, settings: ["synchronous_commit=on"]) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await DaemonTests.fill(database, grownTo: 3_001)
            let holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            try await own.crash()
            holder.close()
            try await daemon.wait(for: "database \(database.name): ")
            try await own.start()
            try await daemon.wait(for: "is reachable again")
            try await database.waitForEmptyQueue()
            #expect(try await database.isRebuilt())
            #expect(try await DaemonTests.indexes(database) == 1, "nothing is left of the build that died")
            #expect(await daemon.end() == 0)
            #expect(daemon.text.components(separatedBy: "database \(database.name): ").count == 2, "\(daemon.text)")
        }
    }

    @Test("after a promotion the daemon of the standby goes on where the other was", arguments: TestServer.all)
    func promotion(server: TestServer) async throws {
        try await withPrivateServer(version: server.version) { primary in
            let database = try await TestDatabase.create(on: primary.server)
            try await DaemonTests.fill(database, grownTo: 3_000)
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            try await database.wait(until: "SELECT count(*) AS number FROM vecsteward.build")
            let standby = try await primary.standby()
            do {
                try await goOn(from: database, first, primary, on: standby)
                await standby.remove()
            } catch {
                await standby.remove()
                throw error
            }
        }
    }

    private func goOn(
        from database: TestDatabase,
        _ first: Daemon,
        _ primary: PrivateServer,
        on standby: PrivateServer
    ) async throws {
        let copy = try TestDatabase(named: database.name, on: standby.server)
        let second = try await Daemon.start(on: [copy])
        try await second.wait(for: "the server is a standby: no jobs run until it is promoted")

        // ANALYZE takes from the catalog what the index was built on; the baseline that is written down comes along.
        try await database.execute("ANALYZE docs")
        try await copy.wait(
            until: "SELECT count(*) AS number FROM pg_class WHERE relname = 'docs' AND reltuples = 3000"
        )
        try await primary.stop()
        try await standby.promote()
        try await second.wait(for: "this instance is the leader")
        // The counters of a promoted server begin anew, so that a few rows more are seen only by the size of the table.
        try await copy.execute("INSERT INTO docs SELECT id + 3000, vec FROM docs LIMIT 1000")
        try await copy.wait(
            until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
        )
        #expect(try await copy.isRebuilt())

        // The old primary comes back as a standby of the new one, and its daemon acts no more.
        try await primary.follow(standby)
        try await primary.start()
        try await first.wait(for: "the server is a standby: no jobs run until it is promoted")
        #expect(!first.text.contains("begins: public.docs.vec: rebuild"))
        #expect(await first.end() == 0)
        #expect(await second.end() == 0)
    }
}

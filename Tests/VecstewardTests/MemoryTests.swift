import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

@Suite(
    "The memory of the daemon",
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long"),
    .timeLimit(.minutes(30))
)
struct MemoryTests {
    /// Resident memory of a process in bytes.
    private func residentBytes(_ process: pid_t) throws -> Int {
        let pages = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8).split(separator: " ")[1]
        return (Int(pages) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// As many polls as there are in five minutes, one every ten seconds, but without the pauses.
    @Test("does not grow in thirty polls of five thousand collections with a finding each")
    func polls() async throws {
        try await withPrivateServer(version: "18", settings: ["max_locks_per_transaction=1024"]) { own in
            let database = try await TestDatabase.create(on: own.server)
            try await database.execute(
                """
                DO $$ BEGIN
                    FOR number IN 1..5000 LOOP
                        EXECUTE format('CREATE TABLE docs_%s (id bigint, vec vector(8))', number);
                        EXECUTE format('INSERT INTO docs_%s VALUES (1, ''[1,2,3,4,5,6,7,8]'')', number);
                    END LOOP;
                END $$
                """
            )
            let daemon = try await Daemon.start(on: [database], rules: "\"unindexed\": {\"minimumRows\": 0}")
            try await daemon.wait(for: "5,000 findings at once (5,000 x unindexed)")
            // What a poll takes comes and goes: the least from one poll to the next is what the daemon keeps.
            let least = Mutex(Int.max)
            let process = daemon.processID
            let sampling = Task {
                while !Task.isCancelled {
                    let bytes = try residentBytes(process)
                    least.withLock { $0 = min($0, bytes) }
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            defer { sampling.cancel() }
            var resident: [Int] = []
            for _ in 1...30 {
                try await daemon.waitForNextPoll(database)
                resident.append(
                    least.withLock { least in
                        defer { least = .max }
                        return least
                    }
                )
            }
            // A leak of four words for each collection at each poll would be 2.9 MB.
            let (before, after) = (resident[3..<12].min() ?? 0, resident[21..<30].min() ?? 0)
            #expect(after - before < 2 << 20, "in kB: \(resident.map { $0 >> 10 })")
            #expect(await daemon.end() == 0)
        }
    }
}

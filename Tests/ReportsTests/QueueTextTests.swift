import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("The queue in a text report")
struct QueueTextTests {
    private static func text(_ entries: [QueueEntry], activities: [JobActivity] = [], width: Int = 100) -> String {
        ReportsTests.text(
            section([collection("docs")], queue: QueueSnapshot(entries: entries, activities: activities)),
            width: width
        )
    }

    @Test("is left out where it is empty, and shown where there is no collection")
    func empty() {
        #expect(!Self.text([]).contains("queue"))
        let alone = ReportsTests.text(section([], queue: QueueSnapshot(entries: [entry(1, Analyze(), .queued)])))
        #expect(lines(alone).contains("The queue has 1 job:"))
        #expect(lines(alone).contains("  job 1 is queued: ANALYZE vecs.docs"))
    }

    @Test("names 20 jobs, and says how many more there are")
    func limit() {
        let lines = lines(Self.text((1...23).map { entry($0, Analyze(), .queued) }))
        #expect(lines.count { $0.contains(" is queued: ANALYZE") } == 20)
        #expect(lines.contains("... and 3 more in the queue; --format json has all"))
    }

    @Test("names three of those who hold a job up")
    func sessions() {
        let sessions = (1...5).map { LockingSession(processID: $0) }
        let activity = JobActivity(jobID: 1, processID: 9, seconds: 1, waitsFor: sessions, queue: sessions)
        let lines = lines(Self.text([entry(1, rebuild("ix"), .running)], activities: [activity]))
        #expect(lines.count { $0.hasPrefix("     held up by process ") } == 3)
        #expect(lines.contains("     held up by 2 more; --format json has all"))
        #expect(lines.count { $0.hasPrefix("     blocked behind it") } == 4)
    }

    @Test("says for whom a job waits, since when, and that this is no failure")
    func putOff() {
        let message = "process 7 holds a lock on the table"
        func job(_ state: JobState, heldBy: LockingSession? = nil) -> QueueEntry {
            entry(
                1,
                Analyze(),
                state,
                notBefore: 1_790_000_300,
                failure: QueueEntry.Failure(message: message),
                putOff: QueueEntry.PutOff(times: 3, since: 1_790_000_000),
                heldBy: heldBy
            )
        }
        let since = "kept from its table since 2026-09-21 14:13:20 UTC"
        let text = lines(Self.text([job(.waiting)], width: 200))
        #expect(text.contains("  job 1 waits for others: ANALYZE vecs.docs"))
        #expect(text.contains("     \(since): \(message)"))
        #expect(text.contains("     put off 3 times, and again at 2026-09-21 14:18:20 UTC"))
        #expect(!text.contains { $0.contains("failed") })
        let holder = LockingSession(processID: 7, role: "app", state: "active", transactionAgeSeconds: 7_200)
        let held = lines(Self.text([job(.waiting, heldBy: holder)], width: 200))
        #expect(held.contains("     \(since) by process 7 of role app, active, for 2 h"), "\(held)")
        let queued = lines(Self.text([entry(1, Analyze(), .queued, heldBy: holder)], width: 200))
        #expect(queued.contains("     kept from its table by process 7 of role app, active, for 2 h"), "\(queued)")
        let failed = lines(Self.text([job(.failed)], width: 200))
        #expect(failed.contains("     failed: \(message)"))
    }

    @Test("says when no session runs a job that has begun")
    func idle() {
        #expect(Self.text([entry(1, rebuild("ix"), .swapping)]).contains("no session is running it"))
        #expect(!Self.text([entry(1, rebuild("ix"), .queued)]).contains("no session is running it"))
    }

    @Test("shows its own build once")
    func build() {
        let build = ActiveBuild(
            processID: 9,
            tableOID: 1,
            indexOID: nil,
            phase: "sorting",
            phaseFraction: nil,
            elapsedSeconds: nil
        )
        let queue = QueueSnapshot(
            entries: [entry(1, rebuild("ix"), .running)],
            activities: [JobActivity(jobID: 1, processID: 9, seconds: 1)]
        )
        let text = ReportsTests.text(section([collection("docs")], builds: [build], queue: queue))
        #expect(!text.contains("Process 9 is building"))
    }

    @Test("is never wider than asked for but for names", arguments: [60, 80, 120])
    func width(width: Int) {
        let failure = QueueEntry.Failure(message: String(repeating: "so it goes ", count: 30), hint: "Do it again.")
        let entries = [entry(1, Analyze(), .failed, attempts: 3, failure: failure)]
        for line in lines(Self.text(entries, width: width)) { #expect(terminalWidth(line) <= width, "\(line)") }
    }
}

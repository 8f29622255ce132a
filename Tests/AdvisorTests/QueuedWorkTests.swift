import Advisor
import AdvisorFixture
import Testing

@Suite("A job of the plan")
struct QueuedWorkTests {
    private static let identity = IndexIdentity(oid: 10, relfilenode: 7)

    /// A collection whose index is outgrown, and what the plan and the queue have of it.
    private static func work(
        _ states: [JobState],
        identity: IndexIdentity? = identity,
        change: (inout Job) -> Void = { _ in }
    ) throws -> (job: Job, queued: [QueueEntry]?) {
        var index = ivfflat(builtAt: 80_000, lists: 80)
        index.relfilenode = 7
        let seen = snapshot(rows: 200_000, indexes: [index])
        let job = try #require(assess(seen).plan.jobs.first { $0.kind == "rebuild_index" })
        var queued = job
        change(&queued)
        let entries = states.enumerated().map { number, state in
            QueueEntry(
                record: JobRecord(id: Int64(number + 1), job: queued, state: state, oldIndex: identity),
                createdAt: 0
            )
        }
        return (job, assess(seen, queue: QueueSnapshot(entries: entries)).queuedWork.entries(for: job))
    }

    @Test(
        "is in the queue for as long as that holds the same work unfinished",
        arguments: [JobState.queued, .running, .proving, .swapping, .cleaning, .waiting]
    )
    func unfinished(state: JobState) throws {
        #expect(try Self.work([state]).queued?.map(\.record.id) == [1])
        #expect(try Self.work([state], identity: IndexIdentity(oid: 99, relfilenode: 99)).queued?.count == 1)
    }

    @Test("has failed for as long as the index is the build that it failed for")
    func failed() throws {
        #expect(try Self.work([.failed]).queued?.map(\.record.state) == [.failed])
        #expect(try Self.work([.failed], identity: IndexIdentity(oid: 10, relfilenode: 8)).queued == nil)
        #expect(try Self.work([.failed], identity: IndexIdentity(oid: 99, relfilenode: 7)).queued == nil)
        #expect(try Self.work([.failed, .queued]).queued?.map(\.record.id) == [2])
    }

    @Test("is not the work on another table, of another kind, or on another index")
    func other() throws {
        #expect(try Self.work([.queued]) { $0.targets[0].table = "other" }.queued == nil)
        #expect(try Self.work([.queued]) { $0.targets[0].schema = "other" }.queued == nil)
        #expect(try Self.work([.queued]) { $0.spec = Analyze() }.queued == nil)
        #expect(try Self.work([.queued]) { $0.spec = DropIndex(name: "other") }.queued == nil)
    }

    @Test("on several partitions is in the queue when each of them is")
    func partitions() throws {
        let (job, _) = try Self.work([])
        var both = job
        var second = job.targets[0]
        second.table = "second"
        both.targets.append(second)
        var other = job
        other.targets = [second]
        let records = [job, other].enumerated().map { JobRecord(id: Int64($0 + 1), job: $1) }
        let entries = records.map { QueueEntry(record: $0, createdAt: 0) }
        func queued(_ entries: [QueueEntry]) -> [Int64]? {
            assess(snapshot(), queue: QueueSnapshot(entries: entries)).queuedWork.entries(for: both)?
                .map(\.record.id)
        }
        #expect(queued(entries) == [1, 2])
        #expect(queued([entries[0]]) == nil)
    }

    @Test("is the same with a queue and without one: no rule goes by it")
    func rules() throws {
        let seen = snapshot(rows: 200_000, indexes: [ivfflat(builtAt: 80_000, lists: 80)])
        let plain = assess(seen)
        let record = JobRecord(id: 1, job: plain.plan.jobs[0])
        let queued = assess(seen, queue: QueueSnapshot(entries: [QueueEntry(record: record, createdAt: 0)]))
        #expect(queued.findings == plain.findings && queued.plan == plain.plan)
    }
}

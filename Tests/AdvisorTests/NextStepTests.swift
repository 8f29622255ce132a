import Advisor
import AdvisorFixture
import Testing

/// A moment in the life of a job: what the catalog shows, and the one thing to do.
struct Moment: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var context: IndexJobContext
    var step: NextStep
    var change: @Sendable (inout JobRecord) -> Void = { _ in }

    init(
        _ description: String,
        _ context: IndexJobContext,
        _ step: NextStep,
        when change: @escaping @Sendable (inout JobRecord) -> Void = { _ in }
    ) {
        testDescription = description
        self.context = context
        self.step = step
        self.change = change
    }
}

private let old = IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 10, relfilenode: 100), fits: false)
private let new = IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 20, relfilenode: 200))
private let broken = IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 20, relfilenode: 200), isUsable: false)
private let other = IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 30, relfilenode: 300), fits: false)

/// Records of the jobs that the planner makes, and what is done at each moment of their lives.
@Suite("The next step of a job")
struct NextStepTests {
    /// A record of the first job of this kind that the rules ask for.
    private func record(_ kind: String, of snapshot: CatalogSnapshot) throws -> JobRecord {
        let job = try #require(assess(snapshot, layers: [everythingActs]).plan.jobs.first { $0.kind == kind })
        return JobRecord(id: 1, job: job, oldIndex: kind == "create_index" ? nil : old.identity)
    }

    private func check(_ moment: Moment, _ record: JobRecord) {
        var record = record
        moment.change(&record)
        #expect(record.nextStep(at: moment.context) == moment.step)
    }

    @Test(
        "of any kind, whatever else there is to see",
        arguments: [
            Moment("nothing on a standby", IndexJobContext(isPrimary: false), .postpone("this server is a standby")),
            Moment(
                "nothing without a table",
                IndexJobContext(hasTable: false),
                .cancel("the table no longer exists")
            ),
            Moment(
                "wait for whoever works on the table",
                IndexJobContext(building: broken, old: old, worker: IndexJobContext.Worker(processID: 7, isOwn: true)),
                .await(IndexJobContext.Worker(processID: 7, isOwn: true))
            ),
        ]
    )
    func any(moment: Moment) throws {
        check(moment, try record("create_index", of: snapshot(rows: 5_000)))
        check(moment, try record("rebuild_index", of: grown(name: nil)))
        check(moment, try record("drop_index", of: snapshot(rows: 5_000, indexes: [leftover])))
    }

    private static let dropped = NextStep.dropOld(name: "vecsteward_build_1")

    private let leftover = hnsw(name: "vecsteward_build_1", isValid: false)

    private func grown(name: String?) -> CatalogSnapshot {
        snapshot(rows: 90_000, indexes: [ivfflat(builtAt: 2_000, name: name)], statistics: untouched(90_000))
    }

    @Test(
        "that creates an index",
        arguments: [
            Moment("build it", IndexJobContext(), .build),
            Moment("drop what a failed build left, and look again", IndexJobContext(building: broken), .dropLeftover),
            Moment("drop what is not as it was to be", IndexJobContext(building: other), .dropLeftover),
            Moment("a build that outlived its client is adopted", IndexJobContext(building: new), .proveAndSwap),
            Moment("it has its name: done", IndexJobContext(finished: new, hasEquivalentIndex: true), .finish),
            Moment("two builds are one too many", IndexJobContext(building: new, finished: new), .dropLeftover),
            Moment(
                "what was built goes before the job does where its name is another's",
                IndexJobContext(building: new, finished: other),
                .dropLeftover
            ),
            Moment(
                "somebody else made one before we began",
                IndexJobContext(hasEquivalentIndex: true),
                .cancel("the collection already has an index")
            ),
            Moment(
                "somebody else made one meanwhile",
                IndexJobContext(building: new, hasEquivalentIndex: true),
                .dropLeftover
            ),
            Moment("cancelled before it began", IndexJobContext(), .cancel("a person cancelled it")) {
                $0.isCancelRequested = true
            },
            Moment("cancelled after the build", IndexJobContext(building: new), .dropLeftover) {
                $0.isCancelRequested = true
            },
            Moment("cancelled too late", IndexJobContext(finished: new), .finish) { $0.isCancelRequested = true },
        ]
    )
    func creating(moment: Moment) throws {
        check(moment, try record("create_index", of: snapshot(rows: 5_000)))
    }

    @Test(
        "that rebuilds an index of vecs for more lists, whose new name tells it from the old one",
        arguments: [
            Moment("build beside the old one", IndexJobContext(old: old), .build),
            Moment("drop a failed build", IndexJobContext(building: broken, old: old), .dropLeftover),
            Moment("swap", IndexJobContext(building: new, old: old), .proveAndSwap),
            Moment(
                "both are there after the swap",
                IndexJobContext(finished: new, old: old),
                .dropOld(name: "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3")
            ),
            Moment("only the new one is left", IndexJobContext(finished: new), .finish),
            Moment(
                "what was built goes before the job does where its name is another's",
                IndexJobContext(building: new, finished: other, old: old),
                .dropLeftover
            ),
            Moment(
                "somebody reindexed the old one before we began",
                IndexJobContext(old: other),
                .cancel("somebody rebuilt the index meanwhile")
            ),
            Moment("somebody reindexed it while we built", IndexJobContext(building: new, old: other), .proveAndSwap),
            Moment(
                "somebody dropped it before we began",
                IndexJobContext(),
                .cancel("the index that it was to replace no longer exists")
            ),
            Moment(
                "somebody dropped it while we built, and ours is all there is",
                IndexJobContext(building: new),
                .proveAndSwap
            ),
            Moment(
                "vecs replaced it while we built",
                IndexJobContext(building: new, hasEquivalentIndex: true),
                .dropLeftover
            ),
            Moment(
                "cancelled when somebody dropped it, and ours is all there is",
                IndexJobContext(building: new),
                .proveAndSwap
            ) {
                $0.isCancelRequested = true
            },
            Moment("cancelled during the build", IndexJobContext(building: new, old: old), .dropLeftover) {
                $0.isCancelRequested = true
            },
            Moment(
                "cancelled after the swap",
                IndexJobContext(finished: new, old: old),
                .dropOld(name: "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3")
            ) {
                $0.isCancelRequested = true
            },
        ]
    )
    func replacing(moment: Moment) throws {
        check(moment, try record("rebuild_index", of: grown(name: nil)))
    }

    @Test("that rebuilds an index which a person named, so that the old one steps aside first")
    func stepping() throws {
        let record = try record("rebuild_index", of: grown(name: "by_hand"))
        guard let rebuild = record.job.spec as? RebuildIndex, let retired = rebuild.retiredName else {
            Issue.record("no name to retire under")
            return
        }
        var swapped = record
        swapped.newIndex = new.identity
        let moments =
            [
                (record, IndexJobContext(finished: old, old: old), .build),
                (record, IndexJobContext(building: new, finished: old, old: old), .proveAndSwap),
                (swapped, IndexJobContext(building: new, finished: old, old: old), .proveAndSwap),
                (swapped, IndexJobContext(finished: new, old: new, retired: old), .dropOld(name: retired)),
                // Reindexed by somebody right after the swap.
                (swapped, IndexJobContext(finished: other, old: other, retired: old), .dropOld(name: retired)),
                (swapped, IndexJobContext(finished: new, old: new), .finish),
                (swapped, IndexJobContext(retired: old), .giveBack(name: retired, former: "by_hand")),
                (
                    swapped, IndexJobContext(finished: broken, retired: old),
                    .cancel("somebody dropped the new index; the old one is kept as \(retired)")
                ),
            ] as [(JobRecord, IndexJobContext, NextStep)]
        for (record, context, step) in moments { #expect(record.nextStep(at: context) == step) }
    }

    @Test(
        "that drops a leftover",
        arguments: [
            Moment(
                "drop it",
                IndexJobContext(old: IndexJobContext.CatalogIndex(identity: old.identity, isUsable: false)),
                dropped
            ),
            Moment("it is gone before we began", IndexJobContext(), .cancel("the index no longer exists")),
            Moment("it is gone", IndexJobContext(), .finish) { $0.state = .cleaning },
            Moment(
                "a build that had not ended when it was taken for a leftover",
                IndexJobContext(old: old, hasEquivalentIndex: true),
                .cancel("the index has become valid")
            ),
            Moment(
                "it lost its job, and another one serves its queries",
                IndexJobContext(old: old, hasEquivalentIndex: true),
                dropped
            ) {
                $0.becomeOrphaned()
            },
            Moment(
                "it lost its job, and somebody dropped the one that served its queries",
                IndexJobContext(old: old),
                .cancel("the index has become the only one for its queries")
            ) { $0.becomeOrphaned() },
            Moment(
                "somebody repaired it",
                IndexJobContext(old: IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 10, relfilenode: 101))),
                .cancel("the index has become valid")
            ),
            Moment(
                "another one has its name",
                IndexJobContext(old: broken),
                .cancel("another index has taken the name")
            ),
        ]
    )
    func dropping(moment: Moment) throws {
        check(moment, try record("drop_index", of: snapshot(rows: 5_000, indexes: [leftover])))
    }

    @Test("that reindexes an attached index in place")
    func reindexing() throws {
        var index = ivfflat(builtAt: 2_000)
        index.attachedTo = 5
        let seen = snapshot(rows: 9_000, indexes: [index], statistics: untouched(9_000))
        let record = try record("rebuild_index", of: seen)
        var begun = record
        begun.state = .running
        let moments =
            [
                (record, IndexJobContext(old: old), .build),
                (record, IndexJobContext(building: broken, old: old), .dropLeftover),
                (record, IndexJobContext(old: other), .cancel("somebody rebuilt the index meanwhile")),
                (begun, IndexJobContext(old: other), .finish),
                (begun, IndexJobContext(old: other, retired: broken), .dropOld(name: index.name + "_ccold")),
            ] as [(JobRecord, IndexJobContext, NextStep)]
        for (record, context, step) in moments { #expect(record.nextStep(at: context) == step) }
    }

    private static let parent = IndexJobContext.Ancestor(
        schema: "vecs",
        table: "docs",
        index: .init(oid: 90, name: "ix_parent")
    )
    private static let bare = IndexJobContext.Ancestor(schema: "vecs", table: "docs")
    private static let middle = IndexJobContext.Ancestor(schema: "parts", table: "docs_2026")
    private static let loose = IndexJobContext.Ancestor(
        schema: "parts",
        table: "docs_2026",
        index: .init(oid: 91, name: "docs_2026_vec_idx", isAttached: false)
    )
    private static let tied = IndexJobContext.Ancestor(
        schema: "parts",
        table: "docs_2026",
        index: .init(oid: 91, name: "docs_2026_vec_idx")
    )
    private static let useless = IndexJobContext.Ancestor(
        schema: "vecs",
        table: "docs",
        index: .init(oid: 90, name: "ix_parent", fits: false)
    )
    private static func attached(to oid: UInt32?) -> IndexJobContext.CatalogIndex {
        IndexJobContext.CatalogIndex(identity: new.identity, attachedTo: oid)
    }
    private static let toParent = NextStep.attach(
        schema: "vecs",
        index: "ix_new",
        parentSchema: "vecs",
        parent: "ix_parent"
    )

    @Test(
        "that creates the index of a partition and attaches it",
        arguments: [
            Moment(
                "the parent's index comes first, so that new partitions get theirs by themselves",
                IndexJobContext(ancestors: [bare]),
                .makeParent(schema: "vecs", table: "docs", name: "ix_parent")
            ),
            Moment("then the partition's is built", IndexJobContext(ancestors: [parent]), .build),
            Moment("and gets its name", IndexJobContext(building: new, ancestors: [parent]), .proveAndSwap),
            Moment(
                "and is attached",
                IndexJobContext(finished: attached(to: nil), ancestors: [parent]),
                toParent
            ),
            Moment("and that was all", IndexJobContext(finished: attached(to: 90), ancestors: [parent]), .finish),
            Moment(
                "somebody dropped the parent's index meanwhile",
                IndexJobContext(finished: attached(to: nil), ancestors: [bare]),
                .makeParent(schema: "vecs", table: "docs", name: "ix_parent")
            ),
            Moment(
                "the parent's name is taken by an index of another kind",
                IndexJobContext(ancestors: [useless]),
                .cancel("another index has taken the name of the parent index")
            ),
            Moment(
                "detached before we began",
                IndexJobContext(),
                .cancel("the table is no longer a partition of the collection")
            ),
            Moment("detached while we built", IndexJobContext(building: new), .dropLeftover),
            Moment(
                "detached when the index has its name: it is as good as it can be",
                IndexJobContext(finished: new),
                .finish
            ),
            Moment(
                "with two levels, that of the table between is the server's to name",
                IndexJobContext(ancestors: [parent, middle]),
                .makeParent(schema: "parts", table: "docs_2026", name: nil)
            ),
            Moment(
                "and is attached to the uppermost",
                IndexJobContext(ancestors: [parent, loose]),
                .attach(schema: "parts", index: "docs_2026_vec_idx", parentSchema: "vecs", parent: "ix_parent")
            ),
            Moment("before the build", IndexJobContext(ancestors: [parent, tied]), .build),
            Moment(
                "and takes the partition's",
                IndexJobContext(finished: attached(to: nil), ancestors: [parent, tied]),
                .attach(schema: "vecs", index: "ix_new", parentSchema: "parts", parent: "docs_2026_vec_idx")
            ),
            Moment(
                "cancelled before anything was made",
                IndexJobContext(ancestors: [bare]),
                .cancel("a person cancelled it")
            ) { $0.isCancelRequested = true },
            Moment(
                "cancelled too late",
                IndexJobContext(finished: attached(to: nil), ancestors: [parent]),
                toParent
            ) { $0.isCancelRequested = true },
        ]
    )
    func attaching(moment: Moment) throws {
        var record = try record("create_index", of: snapshot(rows: 5_000))
        guard var creation = record.job.spec as? CreateIndex else { return }
        creation.parent = CreateIndex.Parent(name: "ix_parent", exists: false)
        record.job.spec = creation
        record.job.targets[0].finishedName = "ix_new"
        check(moment, record)
    }

    @Test("cancelled while somebody else works on the table: there is nothing to wait for")
    func cancelledInFrontOfOthers() throws {
        var record = try record("create_index", of: snapshot(rows: 5_000))
        record.isCancelRequested = true
        let stranger = IndexJobContext.Worker(processID: 7, isOwn: false)
        let own = IndexJobContext.Worker(processID: 7, isOwn: true)
        #expect(record.nextStep(at: IndexJobContext(worker: stranger)) == .cancel("a person cancelled it"))
        #expect(record.nextStep(at: IndexJobContext(building: broken, worker: stranger)) == .await(stranger))
        #expect(record.nextStep(at: IndexJobContext(worker: own)) == .await(own))
        record.state = .running
        #expect(record.nextStep(at: IndexJobContext(worker: stranger)) == .await(stranger))
    }

    @Test("that analyzes: once")
    func analyzing() throws {
        var record = try record("analyze", of: snapshot(rows: 5_000, statistics: untouched(5_000)))
        #expect(record.nextStep(at: IndexJobContext()) == .build)
        record.state = .proving
        #expect(record.nextStep(at: IndexJobContext()) == .finish)
    }
}

extension JobRecord {
    /// Makes it the drop of a valid index that a job has built and that no job is going to use.
    fileprivate mutating func becomeOrphaned() {
        job.reasons = [Job.Reason(rule: "redundant", summary: "it lost its job")]
    }
}

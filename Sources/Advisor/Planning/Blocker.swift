/// Why a job cannot be done as things are.
public struct Blocker: Error, Sendable, Equatable {
    /// What kind of thing stands in the way, which decides who can mend it.
    public var kind: Kind
    /// What stands in the way, in a phrase.
    public var reason: String
    /// What would help.
    public var advice: String

    /// Kinds of obstacles.
    public enum Kind: String, Sendable, CaseIterable {
        /// The server is a standby.
        case standby
        /// Transactions are read-only by default, though the server is no standby.
        case readOnly
        /// Somebody holds a lock on the table.
        case locked
        /// The role may not do it.
        case privilege
        /// The rows are an estimate that could not be confirmed.
        case uncounted
        /// This version of PostgreSQL or pgvector builds broken indexes.
        case knownBug
        /// The build needs more memory than it may take.
        case memory
        /// There are too few rows to train an IVFFlat index on.
        case tooFewRows
        /// What is asked for is nothing that pgvector can build here.
        case unbuildable
        /// What is asked for contradicts itself, or what is there.
        case contradiction
    }

    /// Describes an obstacle.
    public init(_ kind: Kind, _ reason: String, advice: String) {
        self.kind = kind
        self.reason = reason
        self.advice = advice
    }

    /// A rebuild whose statement would run code of others while it is read.
    static let foreignValue = Blocker(
        .unbuildable,
        "its key or predicate holds a value of a type that is not PostgreSQL's own, and to read it can run code of others "
            + "with the rights of vecsteward",
        advice: "As the owner of the table, REINDEX INDEX CONCURRENTLY rebuilds the index as it is."
    )

    /// All of it in one sentence, as reports and the queue have it.
    var words: String {
        // Where there are too few rows the rules wait for more, and choose the method themselves.
        kind == .tooFewRows || advice.isEmpty ? reason : "\(reason); \(advice)"
    }
}

extension Planner {
    /// What keeps any job of a draft from being done.
    func blocker(to candidate: PlanCandidate) -> Blocker? {
        if server.isInRecovery { return Blocker(.standby, "this server is a standby", advice: "the primary does it") }
        if let readOnly = server.readOnly {
            return Blocker(
                .readOnly,
                "transactions are read-only here: \(readOnly.setBy) sets default_transaction_read_only",
                advice: readOnly.cure
            )
        }
        if let holder = candidate.relations.lazy.compactMap(\.lockedBy).first {
            return Blocker(.locked, "the table is locked by \(holder)", advice: "it is done when the lock is gone")
        }
        guard candidate.collection.access.isOwner else {
            return Blocker(
                .privilege,
                "role \(server.role) is no member of \(candidate.collection.owner), who owns the table, and only an owner may "
                    + "build an index",
                advice: "`vecsteward grants --for maintain` prints the GRANT"
            )
        }
        // Nothing acts on an estimate.
        let acting = candidate.findings.filter { $0.asksToAct && $0.neededRows != nil }
        let estimated = candidate.relations.filter { relation in acting.contains { $0.relationOID == relation.oid } }
        return estimated.lazy.compactMap(\.countBlocker).first.map { blocker in
            Blocker(.uncounted, "the rows are an estimate that could not be confirmed: \(blocker)", advice: "")
        }
    }

    /// What keeps a build from being begun.
    ///
    /// - Parameters:
    ///   - build: The build.
    ///   - prediction: What it is going to take.
    ///   - collection: The collection.
    ///   - bugs: The known bugs of this server that touch the build.
    /// - Returns: `nil` where nothing does.
    func blocker(
        to build: BuildPlan,
        prediction: Prediction?,
        collection: Collection,
        bugs: [KnownBug]
    ) -> Blocker? {
        if let bug = bugs.first(where: { $0.consequence == .refusesBuilds }) {
            return Blocker(
                .knownBug,
                "\(bug.product) \(bug.installed(on: server)): \(bug.title)",
                advice: bug.remedy
            )
        }
        if let right = missingRight(to: build, collection) {
            let reason = "role \(server.role) may not \(right)"
            return Blocker(.privilege, reason, advice: "`vecsteward grants --for maintain` prints the GRANT")
        }
        guard case .ivfflat(let lists) = build.definition.parameters else { return nil }
        if let prediction {
            let sufficient = build.definition.sufficientBytes(for: prediction.memoryBytes, workers: 0)
            let enough = MemorySetting.enough(sufficient)
            if sufficient > limits.memoryBytes {
                return Blocker(
                    .memory,
                    "IVFFlat needs \(MemorySetting.words(enough)) of memory and maintenance.memory is "
                        + MemorySetting.words(limits.memoryBytes),
                    advice: "maintenance.memory = \"\(MemorySetting.spelled(enough))\" would do"
                )
            }
        }
        if let fewest = build.places.map(\.rows).min(), fewest < Int64(lists * Lists.trainingRows) {
            let needed = Numbers.grouped(Int64(lists * Lists.trainingRows))
            return Blocker(
                .tooFewRows,
                "\(lists) lists need \(needed) rows to be trained on, there are \(Numbers.grouped(fewest))",
                advice: "Method hnsw can be built at any time; ivfflat with fewer lists needs fewer rows, 50 for each."
            )
        }
        return nil
    }

    /// What an owner of the table may not do beside it, and has to.
    private func missingRight(to build: BuildPlan, _ collection: Collection) -> String? {
        guard collection.access.canCreateInSchema else {
            return "create in schema \(collection.name.schema), which an index needs"
        }
        if let pgvector = server.pgvector, !pgvector.isUsable {
            return "use schema \(pgvector.schema), where the operator classes of pgvector are"
        }
        guard let tablespace = build.definition.tablespace else { return nil }
        let isClosed = collection.relations.contains { relation in
            relation.indexes.contains { $0.tablespace == tablespace && !$0.canCreateInTablespace }
        }
        return isClosed ? "create in tablespace \(tablespace), where the index is kept" : nil
    }
}

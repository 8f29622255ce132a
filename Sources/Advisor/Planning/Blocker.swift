/// Why a job cannot run at present.
public struct Blocker: Error, Sendable, Equatable {
    /// The kind of blocker, which decides who can fix it.
    public var kind: Kind
    /// What blocks the job, as a phrase.
    public var reason: String
    /// What would help; empty if nothing is known.
    public var advice: String

    /// The kinds of blockers.
    public enum Kind: String, Sendable, CaseIterable {
        /// The server is a standby.
        case standby
        /// Transactions are read-only by default, though the server is no standby.
        case readOnly
        /// Another session holds a lock on the table.
        case locked
        /// The role lacks a privilege.
        case privilege
        /// The number of rows is an estimate that could not be confirmed.
        case uncounted
        /// This version of PostgreSQL or pgvector builds broken indexes.
        case knownBug
        /// The build needs more memory than the configuration allows.
        case memory
        /// There are too few rows to train an IVFFlat index on.
        case tooFewRows
        /// pgvector cannot build the requested index here.
        case unbuildable
        /// The request contradicts itself, or what exists.
        case contradiction
    }

    /// A blocker with the advice for a person.
    public init(_ kind: Kind, _ reason: String, advice: String) {
        self.kind = kind
        self.reason = reason
        self.advice = advice
    }

    /// The blocker of a rebuild whose statement, when it is parsed, could run code of others.
    static let foreignValue = Blocker(
        .unbuildable,
        "its key or predicate contains a value of a type that is not PostgreSQL's own; parsing it could run code of others "
            + "with vecsteward's privileges",
        advice: "As the owner of the table, REINDEX INDEX CONCURRENTLY rebuilds the index as it is."
    )

    /// The reason and the advice as one sentence, for reports and the queue.
    var words: String {
        // With too few rows, the rules wait for more and choose the method themselves.
        kind == .tooFewRows || advice.isEmpty ? reason : "\(reason); \(advice)"
    }
}

extension Planner {
    /// What blocks every job of a candidate; `nil` if nothing does.
    func blocker(to candidate: PlanCandidate) -> Blocker? {
        if server.isInRecovery { return Blocker(.standby, "this server is a standby", advice: "run it on the primary") }
        if let readOnly = server.readOnly {
            return Blocker(
                .readOnly,
                "transactions are read-only here: \(readOnly.setBy) sets default_transaction_read_only",
                advice: readOnly.cure
            )
        }
        if let holder = candidate.relations.lazy.compactMap(\.lockedBy).first {
            return Blocker(
                .locked,
                "the table is locked by \(holder)",
                advice: "vecsteward does it once the lock is released"
            )
        }
        guard candidate.collection.access.isOwner else {
            return Blocker(
                .privilege,
                "role \(server.role) is not a member of \(candidate.collection.owner), the owner of the table, and only an "
                    + "owner may build an index",
                advice: "`vecsteward grants --for maintain` prints the GRANT"
            )
        }
        // vecsteward does not act on an estimate.
        let acting = candidate.findings.filter { $0.asksToAct && $0.neededRows != nil }
        let estimated = candidate.relations.filter { relation in acting.contains { $0.relationOID == relation.oid } }
        return estimated.lazy.compactMap(\.countBlocker).first.map { blocker in
            Blocker(.uncounted, "the rows are an estimate that could not be confirmed: \(blocker)", advice: "")
        }
    }

    /// What blocks the start of a build.
    ///
    /// - Parameters:
    ///   - build: The build.
    ///   - prediction: Its predicted memory, disk and time.
    ///   - collection: The collection.
    ///   - bugs: The known bugs of this server that affect the build.
    /// - Returns: The first blocker; `nil` if there is none.
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
                    advice: "set maintenance.memory = \"\(MemorySetting.spelled(enough))\""
                )
            }
        }
        if let fewest = build.places.map(\.rows).min(), fewest < Int64(lists * Lists.trainingRows) {
            let needed = Numbers.grouped(Int64(lists * Lists.trainingRows))
            return Blocker(
                .tooFewRows,
                "training \(lists) lists needs \(needed) rows, and there are \(Numbers.grouped(fewest))",
                advice: "Method hnsw can be built at any time; ivfflat with fewer lists needs fewer rows, 50 for each."
            )
        }
        return nil
    }

    /// A privilege that the build needs besides ownership of the table, and that the role lacks; `nil` if it lacks none.
    private func missingRight(to build: BuildPlan, _ collection: Collection) -> String? {
        guard collection.access.canCreateInSchema else {
            return "create in schema \(collection.name.schema), which an index requires"
        }
        if let pgvector = server.pgvector, !pgvector.isUsable {
            return "use schema \(pgvector.schema), which contains pgvector's operator classes"
        }
        guard let tablespace = build.definition.tablespace else { return nil }
        let isClosed = collection.relations.contains { relation in
            relation.indexes.contains { $0.tablespace == tablespace && !$0.canCreateInTablespace }
        }
        return isClosed ? "create in tablespace \(tablespace), where the index is kept" : nil
    }
}

/// Work on the tables of a collection, who asked for it, and its place in the order of work.
public struct Job: Sendable, Equatable {
    /// The work to do.
    public var spec: any JobSpec
    /// The collection that the tables belong to.
    public var collection: CollectionName
    /// The tables or partitions that it touches, ordered by name.
    public var targets: [Target]
    /// Whether the job runs, is only suggested, or is refused.
    public var disposition: Disposition
    /// The rules that ask for it, each with its finding in words.
    public var reasons: [Reason]
    /// The predicted memory, disk and time; `nil` if it builds nothing, or the size of a value is unknown.
    public var prediction: Prediction?
    /// The session settings of its build; `nil` if it builds nothing.
    public var settings: BuildSessionSettings?
    /// Its place in the order of work.
    public var priority: Priority
    /// Who asked for it.
    public var origin: Origin

    /// A job; by default a rule's, with the lowest priority.
    public init(
        spec: any JobSpec,
        collection: CollectionName,
        targets: [Target],
        disposition: Disposition,
        reasons: [Reason],
        prediction: Prediction? = nil,
        settings: BuildSessionSettings? = nil,
        priority: Priority = Priority(),
        origin: Origin = .rule
    ) {
        self.spec = spec
        self.collection = collection
        self.targets = targets
        self.disposition = disposition
        self.reasons = reasons
        self.prediction = prediction
        self.settings = settings
        self.priority = priority
        self.origin = origin
    }

    /// Who asked for a job.
    public enum Origin: String, Sendable {
        /// A rule; such jobs start only in the configured windows.
        case rule
        /// A person; such jobs do not wait for a window.
        case person
    }

    /// The place of a job in the order of work: the lower rank first, then the greater urgency.
    public struct Priority: Sendable, Equatable {
        /// The kind of work: 0 for statistics, 1 for leftovers, 2 for missing indexes, 3 for rebuilds.
        public var rank: Int
        /// The order within a rank: searches that scanned the table for a missing index, growth for a rebuild, bytes for a
        /// leftover.
        public var urgency: Double

        /// A place in the order; by default the last.
        public init(rank: Int = 4, urgency: Double = 0) {
            self.rank = rank
            self.urgency = urgency
        }
    }

    /// Whether a job runs.
    public enum Disposition: Sendable, Equatable {
        /// It runs: the rules may act.
        case act
        /// A person may want to do it; the text says why vecsteward does not, if it otherwise would.
        case suggest(String?)
        /// It cannot run at present; the text says what would make it possible.
        case refused(String)
    }

    /// A table or partition that a job touches.
    public struct Target: Sendable, Equatable {
        /// The schema of the table.
        public var schema: String
        /// The name of the table.
        public var table: String
        /// The name of the new index while it is built.
        public var buildingName: String
        /// The final name of the new index.
        public var finishedName: String
        /// The rows and values that the index will hold; `nil` if none is built.
        public var shape: BuildShape?
        /// The prediction for this target alone; `nil` if the job has only one target, or nothing is known.
        public var prediction: Prediction?

        /// A table or partition with the names of the index that it gets.
        public init(
            schema: String,
            table: String,
            buildingName: String = "",
            finishedName: String = "",
            shape: BuildShape? = nil,
            prediction: Prediction? = nil
        ) {
            self.shape = shape
            self.prediction = prediction
            self.schema = schema
            self.table = table
            self.buildingName = buildingName
            self.finishedName = finishedName
        }
    }

    /// A rule that asks for a job.
    public struct Reason: Sendable, Equatable {
        /// The rule's name.
        public var rule: String
        /// The summary of its finding.
        public var summary: String

        /// A rule with its finding.
        public init(rule: String, summary: String) {
            self.rule = rule
            self.summary = summary
        }
    }

    /// Whether it drops a valid index: an orphaned one that a job built, while another index serves its queries.
    ///
    /// Otherwise the rule drops nothing: vecsteward does not choose between two valid indexes.
    public var dropsOrphanedIndex: Bool {
        guard let name = (spec as? DropIndex)?.name else { return false }
        return IndexName.isBuild(name) && reasons.contains { $0.rule == Redundant().name }
    }

    /// The index that it builds; `nil` if it builds none.
    public var definition: IndexDefinition? { spec.builtIndex }

    /// The jobs to queue: one for each target, with the prediction of that target.
    public var singles: [Job] {
        targets.map { target in
            var single = self
            single.prediction = target.prediction ?? prediction
            single.targets = [target]
            single.targets[0].prediction = nil
            return single
        }
    }

    /// The memory in bytes with which its build certainly stays fast (HNSW) or succeeds (IVFFlat); `nil` if unknown.
    public var sufficientMemoryBytes: Int64? {
        guard let definition, let prediction else { return nil }
        return definition.sufficientBytes(for: prediction.memoryBytes, workers: settings?.parallelWorkers ?? 0)
    }

    /// The times of the parts of its build, which add up to the predicted time; `nil` if there is no prediction.
    public var parts: BuildParts? {
        guard let prediction, let settings, let definition, let shape = targets.first?.shape,
            let parts = definition.parts(
                of: shape,
                workers: settings.parallelWorkers,
                memoryLimit: settings.maintenanceWorkMemoryBytes
            ), parts.total > 0
        else { return nil }
        if let phases = prediction.phases { return parts.with(phases, within: prediction.seconds) }
        return parts.scaled(by: prediction.seconds / parts.total)
    }

    /// ``JobSpec/kind``.
    public var kind: String { type(of: spec).kind }

    /// ``JobSpec/lane``.
    public var lane: JobLane { type(of: spec).lane }

    /// ``JobSpec/tableUse``.
    public var tableUse: TableUse { type(of: spec).tableUse }

    /// ``JobSpec/waitsForReaders``.
    public var waitsForReaders: Bool { type(of: spec).waitsForReaders }

    /// Distinguishes the work from other work of its kind on the same table: the queue holds at most one of each.
    public var subject: String { spec.subject(in: collection) }

    /// Whether two jobs are equal in every property, including the type of their specifications.
    public static func == (one: Job, other: Job) -> Bool {
        one.spec.equals(other.spec) && one.collection == other.collection && one.targets == other.targets
            && one.disposition == other.disposition && one.reasons == other.reasons
            && one.prediction == other.prediction && one.settings == other.settings && one.priority == other.priority
            && one.origin == other.origin
    }
}

/// The session settings that make a build fast; any role may set them for its own session.
public struct BuildSessionSettings: Sendable, Equatable {
    /// The value of `maintenance_work_mem`, in bytes.
    public var maintenanceWorkMemoryBytes: Int64
    /// The value of `max_parallel_maintenance_workers`; 0 for a serial build.
    public var parallelWorkers: Int

    /// Settings for one build.
    public init(maintenanceWorkMemoryBytes: Int64, parallelWorkers: Int) {
        self.maintenanceWorkMemoryBytes = maintenanceWorkMemoryBytes
        self.parallelWorkers = parallelWorkers
    }
}

extension RelationName {
    /// The name of the table that a job works on.
    public init(_ target: Job.Target) { self.init(schema: target.schema, name: target.table) }
}

/// What is to be done on the tables of a collection, who asks for it, and its place in the order of work.
public struct Job: Sendable, Equatable {
    /// What is to be done.
    public var spec: any JobSpec
    /// The collection.
    public var collection: CollectionName
    /// Where: the tables or partitions that it touches, ordered by name.
    public var targets: [Target]
    /// Whether it is done, only suggested, or refused.
    public var disposition: Disposition
    /// The rules that ask for it, each with its finding in words.
    public var reasons: [Reason]
    /// What it takes; `nil` where nothing is built, or the size of a value is not known.
    public var prediction: Prediction?
    /// The session settings of its build, `nil` where nothing is built.
    public var settings: BuildSessionSettings?
    /// Its place in the order of work.
    public var priority: Priority
    /// Who asked for it.
    public var origin: Origin

    /// Puts a job together.
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
        /// A rule, in the windows that are configured.
        case rule
        /// A person, who does not want to wait for a window.
        case person
    }

    /// The place of a job in the order of work: the lower rank first, then the greater urgency.
    public struct Priority: Sendable, Equatable {
        /// The kind of work: 0 for statistics, 1 for leftovers, 2 for missing indexes, 3 for rebuilds.
        public var rank: Int
        /// Within one rank: searches that scanned the table for a missing index, growth for a rebuild, bytes for a leftover.
        public var urgency: Double

        /// A place in the order; one that nobody has reckoned comes last.
        public init(rank: Int = 4, urgency: Double = 0) {
            self.rank = rank
            self.urgency = urgency
        }
    }

    /// Whether a job is carried out.
    public enum Disposition: Sendable, Equatable {
        /// The rules may act.
        case act
        /// A person may want to do it; the words say why vecsteward does not, where it otherwise would.
        case suggest(String?)
        /// It cannot be done as things are; the words say what would make it possible.
        case refused(String)
    }

    /// A table or partition that a job touches.
    public struct Target: Sendable, Equatable {
        /// The schema.
        public var schema: String
        /// The table.
        public var table: String
        /// The name of the new index while it is built.
        public var buildingName: String
        /// The name of the new index when it is done.
        public var finishedName: String
        /// What is put into the index, where one is built.
        public var shape: BuildShape?
        /// What its build takes by itself; `nil` where the job has one target, or nothing is known.
        public var prediction: Prediction?

        /// Names a table or partition and the index that it gets.
        public init(
            schema: String,
            table: String,
            buildingName: String,
            finishedName: String,
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
        /// The rule.
        public var rule: String
        /// Its finding.
        public var summary: String

        /// A rule with its finding.
        public init(rule: String, summary: String) {
            self.rule = rule
            self.summary = summary
        }
    }

    /// Whether it drops a valid index: one that a job built and that lost its job, while another serves its queries.
    ///
    /// The rule itself drops nothing: which of two good indexes goes is for a person to say.
    public var dropsOrphanedIndex: Bool {
        guard let name = (spec as? DropIndex)?.name else { return false }
        return IndexName.isBuild(name) && reasons.contains { $0.rule == Redundant().name }
    }

    /// The index that it builds, `nil` where it builds none.
    public var definition: IndexDefinition? { spec.builtIndex }

    /// The job as it is queued: one for each target, which takes what that target takes.
    public var singles: [Job] {
        targets.map { target in
            var single = self
            single.prediction = target.prediction ?? prediction
            single.targets = [target]
            single.targets[0].prediction = nil
            return single
        }
    }

    /// The memory with which its build is as fast (HNSW) or possible (IVFFlat) for certain, in bytes; `nil` where that is not
    /// known.
    public var sufficientMemoryBytes: Int64? {
        guard let definition, let prediction else { return nil }
        return definition.sufficientBytes(for: prediction.memoryBytes, workers: settings?.parallelWorkers ?? 0)
    }

    /// The times of the parts of its build, which add up to what is predicted; `nil` where nothing is.
    public var parts: BuildParts? {
        guard let prediction, let settings, let definition, let shape = targets.first?.shape,
            let parts = definition.parts(
                of: shape,
                workers: settings.parallelWorkers,
                memoryLimit: settings.maintenanceWorkMemoryBytes
            ), parts.total > 0
        else { return nil }
        return parts.scaled(by: prediction.seconds / parts.total)
    }

    /// ``JobSpec/kind``.
    public var kind: String { type(of: spec).kind }

    /// ``JobSpec/lane``.
    public var lane: JobLane { type(of: spec).lane }

    /// ``JobSpec/tableUse``.
    public var tableUse: TableUse { type(of: spec).tableUse }

    /// What tells the work from other work of its kind on the same table: the queue holds one of each at most.
    public var subject: String { spec.subject(in: collection) }

    /// Whether two jobs are the same in every respect.
    public static func == (one: Job, other: Job) -> Bool {
        one.spec.equals(other.spec) && one.collection == other.collection && one.targets == other.targets
            && one.disposition == other.disposition && one.reasons == other.reasons
            && one.prediction == other.prediction && one.settings == other.settings && one.priority == other.priority
            && one.origin == other.origin
    }
}

/// The session settings that make a build fast, which any role may set for itself.
public struct BuildSessionSettings: Sendable, Equatable {
    /// `maintenance_work_mem` in bytes.
    public var maintenanceWorkMemoryBytes: Int64
    /// `max_parallel_maintenance_workers`.
    public var parallelWorkers: Int

    /// Puts the settings of a build together.
    public init(maintenanceWorkMemoryBytes: Int64, parallelWorkers: Int) {
        self.maintenanceWorkMemoryBytes = maintenanceWorkMemoryBytes
        self.parallelWorkers = parallelWorkers
    }
}

extension RelationName {
    /// The name of a table that a job is about.
    public init(_ target: Job.Target) { self.init(schema: target.schema, name: target.table) }
}

internal import Advisor
internal import Postgres

/// A job with one target as the columns of the table `vecsteward.job`.
struct JobColumns {
    private let job: Job
    private let target: Job.Target
    private let repeats: Int

    /// A job that follows so many others for the same work, which have ended for nothing.
    init(_ job: Job, _ target: Job.Target, repeats: Int) {
        self.job = job
        self.target = target
        self.repeats = repeats
    }

    /// The parameters of `job_enqueue.sql`.
    var parameters: [any ParameterEncodable] {
        let (creation, rebuild, oldName) = task
        let definition = job.definition
        let columns = definition.map { ParameterColumns($0.parameters) }
        let (disposition, reason) = dispositionColumns
        let names = JobNameColumns(job)
        return [
            job.kind, job.collection.schema, job.collection.table, job.collection.column,
            target.schema, target.table, names.building, names.finished,
            oldName, names.retired, rebuild?.isAttached,
            names.parent, creation?.parent?.exists, creation?.choiceReason,
            columns?.method, columns?.lists, columns?.m, columns?.efConstruction,
            definition?.distanceMetric.rawValue, definition?.operatorClassSchema, definition?.operatorClass,
            definition?.expression, definition?.predicate,
            disposition, reason, job.reasons.map(\.rule), job.reasons.map(\.summary),
            job.prediction?.memoryBytes, job.prediction?.diskBytes, job.prediction?.seconds,
            job.settings?.maintenanceWorkMemoryBytes, job.settings?.parallelWorkers,
            definition?.tablespace, definition?.comment,
            job.origin.rawValue, job.priority.rank, job.priority.urgency,
            definition?.options, definition?.statisticsTarget, definition?.extensions ?? [], repeats,
            target.shape?.type.rawValue, target.shape?.dimensions, target.shape?.rows, target.shape?.elements,
            job.prediction?.basis.builds,
        ]
    }

    private var task: (creation: CreateIndex?, rebuild: RebuildIndex?, oldName: String?) {
        switch job.task {
        case .createIndex(let creation): (creation, nil, nil)
        case .rebuildIndex(let rebuild): (nil, rebuild, rebuild.oldName)
        case .dropIndex(let name): (nil, nil, name)
        case .analyze: (nil, nil, nil)
        }
    }

    private var dispositionColumns: (disposition: String, reason: String?) {
        switch job.disposition {
        case .act: ("act", nil)
        case .suggest(let reason): ("suggest", reason)
        case .refused(let reason): ("refused", reason)
        }
    }
}

/// The names that a job may find taken, and give up for others, as columns.
struct JobNameColumns {
    let building: String?
    let finished: String?
    let retired: String?
    let parent: String?

    init(_ job: Job) {
        // Jobs that build nothing have no name for it.
        func present(_ name: String?) -> String? { name.flatMap { $0.isEmpty ? nil : $0 } }
        building = present(job.targets.first?.buildingName)
        finished = present(job.targets.first?.finishedName)
        if case .rebuildIndex(let rebuild) = job.task { retired = rebuild.retiredName } else { retired = nil }
        parent = job.parent?.name
    }
}

extension Prediction.Basis {
    /// How many builds have corrected the formula; `nil` for the formula alone.
    var builds: Int? {
        guard case .builds(let number) = self else { return nil }
        return number
    }

    /// What so many builds have corrected.
    init(builds: Int?) { self = builds.map { .builds($0) } ?? .formula }
}

internal import Advisor

/// A report for programs; `docs/report.md` describes every key.
public struct JSONReport: Sendable {
    /// The version of the format; it increases when a key goes away or changes its meaning.
    public static let schema = 1

    /// Renders a report as one JSON object with a newline at the end; equal reports give equal bytes.
    public static func render(_ report: Report) -> String {
        JSONValue.object([
            ("schema", .integer(Int64(schema))),
            ("program", .object([("name", .string("vecsteward")), ("version", .string(report.programVersion))])),
            ("hasWork", .bool(report.hasWork)), ("hasFailures", .bool(report.hasFailures)),
            ("databases", .array(report.databases.map(database))),
        ]).text
    }

    /// The value of the key `failure`.
    static func failure(_ failure: Failure) -> JSONValue {
        .object([
            ("message", .string(failure.message)), ("hint", JSONValue(failure.hint)),
            ("sqlState", JSONValue(failure.sqlState)),
        ])
    }

    private static func database(_ section: DatabaseSection) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string(section.name)), ("target", .string(section.target)),
        ]
        switch section.outcome {
        case .failed(let failure):
            members.append(("status", .string("failed")))
            members.append(("failure", Self.failure(failure)))
        case .assessed(let assessment, let statements, let elapsedSeconds):
            let snapshot = assessment.snapshot
            members.append(("status", .string("assessed")))
            members.append(("failure", .null))
            members.append(("elapsedSeconds", JSONValue(elapsedSeconds)))
            members.append(("server", server(snapshot.server)))
            members.append(("blindSpots", .array(snapshot.missingPrivileges.map { .string($0) })))
            members.append(("searchSources", SearchJSON.sources(of: snapshot)))
            members.append(
                ("findings", .array(assessment.findings.filter { $0.collection == nil }.map { finding($0) }))
            )
            members.append(("collections", .array(collections(of: assessment))))
            let jobs = assessment.plannedJobs.enumerated().map { index, job in
                self.job(job, statements: index < statements.count ? statements[index] : [])
            }
            members.append(("jobs", .array(jobs)))
            members.append(("queue", assessment.queue.map(QueueJSON.value) ?? .null))
            members.append(("builds", .array(snapshot.orderedBuilds.map { build($0, snapshot) })))
            members.append(("snapshotHolders", .array(snapshot.orderedSnapshotHolders.map(holder))))
        }
        return .object(members)
    }

    private static func server(_ server: ServerFacts) -> JSONValue {
        .object([
            ("database", .string(server.database)), ("role", .string(server.role)),
            ("version", .string(server.version)), ("versionNumber", .integer(Int64(server.versionNumber))),
            ("pgvectorVersion", JSONValue(server.pgvector?.version.description)),
            ("hasHNSW", .bool(server.pgvector?.hasHNSW ?? false)),
            ("hasIVFFlat", .bool(server.pgvector?.hasIVFFlat ?? false)),
            ("isStandby", .bool(server.isInRecovery)), ("readOnlyBy", JSONValue(server.readOnly?.setter.rawValue)),
            ("observedAtUnixSeconds", .number(server.observedAt)),
            ("maintenanceWorkMemoryBytes", .integer(server.maintenanceWorkMemoryBytes)),
        ])
    }

    private static func collections(of assessment: Assessment) -> [JSONValue] {
        let findings = Dictionary(grouping: assessment.findings.filter { $0.collection != nil }) { $0.collection }
        return assessment.snapshot.orderedCollections.map { collection in
            .object([
                ("name", .string(collection.name.description)), ("schema", .string(collection.name.schema)),
                ("table", .string(collection.name.table)), ("column", .string(collection.name.column)),
                ("isVecs", .bool(collection.name.isVecs)), ("owner", .string(collection.owner)),
                ("type", .string(collection.type.rawValue)), ("dimensions", JSONValue(collection.dimensions)),
                ("declaredType", JSONValue(collection.declaredType)),
                ("hasChildren", .bool(collection.hasChildren)),
                ("foreignPartitions", .array(collection.foreignPartitions.map(foreign))),
                ("isPartitioned", .bool(collection.isPartitioned)), ("rows", rows(collection.rows)),
                ("vectorRows", rows(collection.vectorRows)),
                ("isBaselineKnown", .bool(!collection.hasUnknownBaseline)),
                ("relations", .array(collection.relations.map { relation($0, of: collection) })),
                ("searches", SearchJSON.searches(of: collection)),
                ("findings", .array((findings[collection.name] ?? []).map { finding($0, collection) })),
            ])
        }
    }

    private static func foreign(_ partition: Collection.ForeignPartition) -> JSONValue {
        .object([("schema", .string(partition.schema)), ("table", .string(partition.table))])
    }

    private static func rows(_ rows: RowCount) -> JSONValue {
        .object([("value", .integer(rows.value)), ("source", .string(rows.source.rawValue))])
    }

    private static func relation(_ relation: Relation, of collection: Collection) -> JSONValue {
        let uncovered = collection.uncovered(in: relation)
        return .object([
            ("schema", .string(relation.schema)), ("table", .string(relation.table)), ("rows", rows(relation.rows)),
            ("vectorRows", rows(relation.vectorRows)),
            ("uncoveredRows", JSONValue(uncovered?.atLeast)), ("uncoveredRowsAtMost", JSONValue(uncovered?.atMost)),
            ("deadRows", .integer(relation.statistics.deadTuples)),
            ("sequentialScans", .integer(relation.statistics.sequentialScans)),
            ("lockedBy", JSONValue(relation.lockedBy)), ("countObstacle", JSONValue(relation.countBlocker)),
            ("indexes", .array(relation.indexes.map { index($0, on: relation) })),
        ])
    }

    private static func index(_ index: VectorIndex, on relation: Relation) -> JSONValue {
        let baseline = Baseline.infer(for: index, on: relation)
        let described = baseline.map { baseline in
            JSONValue.object([
                ("rows", .integer(baseline.rows)), ("source", .string(baseline.source.rawValue)),
                ("certainty", .string(baseline.certainty.rawValue)), ("explanation", .string(baseline.explanation)),
                ("settledBy", JSONValue(baseline.settledBy)),
            ])
        }
        return .object([
            ("name", .string(index.name)), ("method", .string(index.method.description)),
            ("measure", JSONValue(index.distanceMetric?.rawValue)), ("operatorClass", .string(index.operatorClass)),
            ("lists", JSONValue(index.lists)), ("m", JSONValue(index.m)),
            ("efConstruction", JSONValue(index.efConstruction)),
            ("indexedType", JSONValue(index.indexedType?.rawValue)),
            ("indexedDimensions", JSONValue(index.indexedDimensions)), ("expression", JSONValue(index.expression)),
            ("predicate", JSONValue(index.predicate)), ("isValid", .bool(index.isValid)),
            ("isReady", .bool(index.isReady)), ("sizeBytes", .integer(index.sizeBytes)),
            ("isSizeMeasured", .bool(index.isSizeMeasured)), ("scans", .integer(index.scans)),
            ("relfilenode", .integer(Int64(index.relfilenode))), ("heldRows", rows(relation.rows(in: index))),
            ("baseline", described ?? .null),
            ("growthFactor", JSONValue(Growth.factor(relation.vectorRows, baseline))),
            ("recall", index.measuredRecall.map { RecallJSON.value($0, of: index, on: relation) } ?? .null),
        ])
    }

    private static func finding(_ finding: Finding, _ collection: Collection? = nil) -> JSONValue {
        let relation = collection?.relations.first { $0.oid == finding.relationOID }
        let evidence = finding.evidence.map { item in
            let value: JSONValue =
                switch item.value {
                case .count(let count): .integer(count)
                case .ratio(let ratio): .number(ratio)
                case .text(let text): .string(text)
                }
            return (key: item.key, value: value)
        }
        return .object([
            ("rule", .string(finding.rule)), ("severity", .string(finding.severity.rawValue)),
            ("mode", .string(finding.mode.rawValue)), ("schema", JSONValue(relation?.schema)),
            ("table", JSONValue(relation?.table)), ("index", JSONValue(finding.index)),
            ("summary", .string(finding.summary)), ("advice", .string(finding.advice)),
            ("statements", .array(finding.statements.map { .string($0) })),
            ("remedy", .string(finding.remedy.rawValue)), ("withheld", JSONValue(finding.withheld)),
            ("evidence", .object(evidence)),
        ])
    }

    static func reason(_ reason: Job.Reason) -> JSONValue {
        .object([("rule", .string(reason.rule)), ("summary", .string(reason.summary))])
    }

    private static func job(_ planned: PlannedJob, statements: [String]) -> JSONValue {
        let job = planned.job
        let (disposition, why) = planned.words
        let prediction = job.prediction.map { prediction in
            JSONValue.object([
                ("memoryBytes", .integer(prediction.memoryBytes)), ("diskBytes", .integer(prediction.diskBytes)),
                ("seconds", .number(prediction.seconds)), ("builds", .integer(prediction.basis.count)),
                ("isDiskUpperBound", .bool(prediction.equalRows == .unknown)),
            ])
        }
        let settings = job.settings.map { settings in
            JSONValue.object([
                ("maintenanceWorkMemoryBytes", .integer(settings.maintenanceWorkMemoryBytes)),
                ("parallelWorkers", .integer(Int64(settings.parallelWorkers))),
            ])
        }
        return .object([
            ("kind", .string(job.kind)), ("collection", .string(job.collection.description)),
            ("disposition", .string(disposition)), ("why", JSONValue(why)),
            ("confirmsRows", .bool(planned.isEstimated)),
            ("queuedAs", .array(planned.queued?.map { .integer($0.record.id) } ?? [])),
            ("reasons", .array(job.reasons.map(reason))),
            ("targets", .array(job.targets.map(target))), ("choice", JSONValue(job.spec.methodReason)),
            ("prediction", prediction ?? .null),
            ("settings", settings ?? .null), ("statements", .array(statements.map { .string($0) })),
        ])
    }

    private static func target(_ target: Job.Target) -> JSONValue {
        .object([("schema", .string(target.schema)), ("table", .string(target.table))])
    }

    private static func build(_ build: ActiveBuild, _ snapshot: CatalogSnapshot) -> JSONValue {
        let relation = snapshot.relation(of: build)
        return .object([
            ("processID", .integer(Int64(build.processID))), ("schema", JSONValue(relation?.schema)),
            ("table", JSONValue(relation?.table)), ("phase", .string(build.phase)),
            ("phaseFraction", JSONValue(build.phaseFraction)), ("elapsedSeconds", JSONValue(build.elapsedSeconds)),
        ])
    }

    private static func holder(_ holder: SnapshotHolder) -> JSONValue {
        .object([
            ("processID", JSONValue(holder.processID)), ("description", .string(holder.description)),
            ("ageSeconds", .number(holder.ageSeconds)),
        ])
    }
}

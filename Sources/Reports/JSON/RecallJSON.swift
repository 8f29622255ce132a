internal import Advisor
internal import Recall

extension JSONReport {
    /// Renders a measurement of recall as one JSON object with a newline at the end.
    public static func render(_ report: RecallReport) -> String {
        let (measurement, figures) = (report.measurement, report.measurement.figures)
        let settings = measurement.settings.sorted { $0.key < $1.key }
        return JSONValue.object(
            [
                ("schema", .integer(Int64(schema))),
                ("program", .object([("name", .string("vecsteward")), ("version", .string(report.programVersion))])),
                ("collection", .string(measurement.collection.description)), ("index", .string(measurement.indexName)),
                ("method", .string(measurement.method.description)), ("measure", .string(measurement.metric.rawValue)),
                ("groups", measurement.groups.map(groups) ?? .null),
                ("partition", JSONValue(measurement.partition)),
                ("partitions", measurement.partitions.map(partitions) ?? .null),
                ("leavesOutChildren", .bool(measurement.leavesOutChildren)),
                ("ranges", measurement.ranges.map(ranges) ?? .null),
                ("comparedWith", .string(measurement.moreEffort == nil ? "exact" : "moreEffort")),
                ("moreEffort", JSONValue(measurement.moreEffort)), ("recall", .number(figures.recall)),
                ("interval", .array([.number(figures.interval.lowerBound), .number(figures.interval.upperBound)])),
                ("target", JSONValue(report.target)),
                ("reachesTarget", verdict(report)),
                ("shareAtNineTenths", .number(figures.shareAtNineTenths)),
                ("worstTwentieth", .number(figures.worstTwentieth)),
                ("shortAnswers", .integer(Int64(figures.shortAnswers))), ("queries", .integer(Int64(figures.queries))),
                ("querySource", .string(measurement.queries.rawValue)), ("k", .integer(Int64(measurement.k))),
                ("settings", .array(settings.map { SearchJSON.setting($0.key, $0.value) })),
                (
                    "latencyMilliseconds",
                    .object([
                        ("median", .number(figures.medianMilliseconds)), ("p95", .number(figures.slowMilliseconds)),
                    ])
                ), ("rows", .integer(Int64(measurement.rows))),
                ("measuredAtUnixSeconds", .number(measurement.measuredAt)),
                ("elapsedSeconds", .number(measurement.seconds)), ("passSeconds", .number(measurement.passSeconds)),
            ] + WhatIfJSON.members(of: measurement)
        ).text
    }

    private static func verdict(_ report: RecallReport) -> JSONValue {
        switch report.verdict {
        case .reached: .bool(true)
        case .missed: .bool(false)
        case .unknown, nil: .null
        }
    }

    private static func groups(_ groups: RecallGroups) -> JSONValue {
        let worst = groups.worst
        return .object([
            ("column", .string(groups.column)), ("count", .integer(Int64(groups.count))),
            ("searchesWithoutIndex", .integer(Int64(groups.searchesWithoutIndex))),
            (
                "worst",
                .object([
                    ("value", .string(worst.value)), ("recall", .number(worst.figures.recall)),
                    ("queries", .integer(Int64(worst.figures.queries))),
                    ("shortAnswers", .integer(Int64(worst.figures.shortAnswers))),
                    ("rows", .integer(Int64(worst.rows))),
                ])
            ),
        ])
    }

    private static func ranges(_ ranges: ReadRanges) -> JSONValue {
        .object([
            ("count", .integer(Int64(ranges.count))), ("changedRows", .integer(ranges.changedRows)),
            ("longestSeconds", .number(ranges.longestSeconds)),
        ])
    }

    private static func partitions(_ scans: PartitionScans) -> JSONValue {
        .object([
            ("indexed", .integer(Int64(scans.indexed))), ("scanned", .array(scans.scanned.map { .string($0) })),
            ("unindexed", .array(scans.unindexed.map { .string($0) })),
        ])
    }
}

/// The measured recall of an index in a report.
enum RecallJSON {
    static func value(_ measured: MeasuredRecall, of index: VectorIndex, on relation: Relation) -> JSONValue {
        .object([
            ("recall", .number(measured.recall)),
            ("interval", .array([.number(measured.interval.lowerBound), .number(measured.interval.upperBound)])),
            ("shareAtNineTenths", .number(measured.shareAtNineTenths)),
            ("worstTwentieth", .number(measured.worstTwentieth)),
            ("shortAnswers", .integer(Int64(measured.shortAnswers))), ("queries", .integer(Int64(measured.queries))),
            ("querySource", .string(measured.querySource.rawValue)), ("k", .integer(Int64(measured.k))),
            ("settings", .string(measured.settingWords)), ("medianMilliseconds", .number(measured.medianMilliseconds)),
            ("p95Milliseconds", .number(measured.slowMilliseconds)), ("rows", .integer(measured.vectorRows)),
            ("measuredAtUnixSeconds", .number(measured.takenAt)),
            ("moreEffort", JSONValue(measured.moreEffort)),
            ("holds", .bool(index.evidence(MeasuredRecall.evidenceKind, on: relation) != nil)),
            ("firstRecall", JSONValue(index.recallAtFirst?.recall)),
            ("recallBeforeRebuild", JSONValue(measured.beforeRebuild)),
            ("moreEffortRecall", JSONValue(measured.nearness?.moreEffort)),
            ("check", index.recallCheck.map(check) ?? .null),
        ])
    }

    private static func check(_ check: RecallCheck) -> JSONValue {
        .object([
            ("recall", .number(check.recall)),
            ("interval", .array([.number(check.interval.lowerBound), .number(check.interval.upperBound)])),
            ("agreement", .number(check.agreement)), ("takenAtUnixSeconds", .number(check.takenAt)),
        ])
    }
}

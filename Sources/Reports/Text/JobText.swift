internal import Advisor
internal import SafeText

/// One job in a text report.
struct JobText {
    let planned: PlannedJob
    let statements: [String]
    /// Whether a finding that asks for it has already said why vecsteward does not run it.
    var isWithheld = false
    /// Whether its SQL relies on settings that the report gives once, before all jobs.
    var needsSharedSettings = false

    private var job: Job { planned.job }

    static let indent = "     "
    private static let failuresShown = 5

    func write(to page: inout Page) {
        page.paragraph("-> \(verdict): \(job.title)", indent: "  ", hanging: Self.indent, color: .heading)
        for entry in planned.failed.prefix(Self.failuresShown) {
            if let failure = entry.failureText { page.paragraph("failed: \(failure)", indent: Self.indent) }
            page.paragraph(entry.wayOut, indent: Self.indent)
        }
        // For a job that the queue runs, a person needs no SQL.
        guard planned.needsSQL else { return }
        if let blocker { page.paragraph(blocker, indent: Self.indent) }
        if let choice = job.spec.methodReason { page.paragraph(choice, indent: Self.indent) }
        page.paragraph(cost, indent: Self.indent, color: .dim)
        if needsSharedSettings { page.line("-- after the settings above", indent: Self.indent, color: .dim) }
        // The settings are printed as one list, so that the other statements stand out.
        let settings = statements.prefix { $0.hasPrefix("SET ") || $0.hasPrefix("RESET ") }
        page.list(settings.map { "\($0);" }, indent: Self.indent)
        for statement in statements.dropFirst(settings.count) { page.line("\(statement);", indent: Self.indent) }
        if statements.contains(where: { SafeText.escaped($0) != $0 }) {
            page.paragraph(
                "This SQL has characters that cannot be shown and are printed as \\u{...}: to run it, take it from "
                    + "--format json.",
                indent: Self.indent
            )
        }
    }

    private var verdict: String {
        if let queued = planned.shortWords { return queued }
        return switch job.disposition {
        case .act: "would run"
        case .suggest: "suggested"
        case .refused: "cannot run"
        }
    }

    /// Why vecsteward would not run it; `nil` if it would, or if a finding has already said why.
    private var blocker: String? {
        if planned.queued != nil { return nil }
        switch job.disposition {
        case .act where planned.isEstimated:
            return "before it starts, ANALYZE on the server confirms the rows, which are an estimate"
        case .act, .suggest(.some): return nil
        case .suggest(nil) where isWithheld: return nil
        case .refused(let why): return "because \(why)"
        case .suggest(nil):
            var rules: [String] = []
            for reason in job.reasons where !rules.contains(reason.rule) { rules.append(reason.rule) }
            return "not done by itself: the mode of \(rules.joined(separator: " and of ")) is warn"
        }
    }

    private var cost: String {
        guard let prediction = job.prediction else { return job.spec.unpredictedCost }
        // Besides the memory that it requires, IVFFlat sorts the rows in all memory that it gets.
        let given = job.definition?.method == .ivfflat ? job.settings?.maintenanceWorkMemoryBytes ?? 0 : 0
        let memory = max(prediction.memoryBytes, min(prediction.diskBytes, given))
        return
            "takes about \(Numbers.size(bytes: memory)) of memory, "
            + "\(prediction.equalRows == .unknown ? "up to " : "")\(Numbers.size(bytes: prediction.diskBytes)) on disk and as much WAL, "
            + "\(Numbers.roughDuration(seconds: prediction.seconds)) (\(prediction.basis.words))"
            + (prediction.equalRows.words.map { "; \($0)" } ?? "")
    }
}

extension Prediction.EqualRows {
    /// What the size depends on besides, in words; `nil` if on nothing.
    var words: String? {
        switch self {
        case .known: nil
        case .unknown: "less if vectors are equal, of which the server keeps no statistics"
        case .seen(_, isAll: true): "equal vectors were counted"
        case .seen(let rows, isAll: false): "equal vectors were counted in the first \(Numbers.grouped(rows)) rows"
        }
    }
}

extension Prediction.Basis {
    /// The number of builds that have corrected the formula.
    var count: Int64 {
        switch self {
        case .formula: 0
        case .builds(let number): Int64(number)
        }
    }

    /// The basis of a predicted time, in words.
    var words: String {
        switch self {
        case .formula: "by the formula, good to a factor of 2"
        case .builds(1): "by 1 build recorded here"
        case .builds(let number): "by \(number) builds recorded here"
        }
    }
}

internal import Advisor

/// What a text report says of one finding.
struct FindingText {
    let finding: Finding

    func write(to page: inout Page, indent: String) {
        let label = "\(finding.rule) (\(finding.severity.rawValue)): "
        page.paragraph(label + finding.summary, indent: indent, hanging: indent + "  ", color: finding.severity.color)
        page.paragraph(finding.advice, indent: indent + "  ")
        let evidence = finding.evidence.map(Self.text).joined(separator: ", ")
        if !evidence.isEmpty { page.paragraph("seen: \(evidence)", indent: indent + "  ", color: .dim) }
        if let withheld = finding.withheld {
            page.paragraph("not done by itself: \(withheld)", indent: indent + "  ")
        }
    }

    private static func text(_ item: Evidence) -> String {
        let name = words(item.key)
        switch item.value {
        case .count(let count):
            return item.key.hasSuffix("Bytes")
                ? "\(name.dropLast(6)) \(Numbers.size(bytes: count))" : "\(name) \(Numbers.grouped(count))"
        case .ratio(let ratio): return "\(name) \(Numbers.decimal(ratio, digits: 2))"
        case .text(let text): return "\(name) \(text)"
        }
    }

    /// `baselineRows` as `baseline rows`.
    private static func words(_ key: String) -> String {
        key.reduce(into: "") { words, character in
            words += character.isUppercase ? " " + character.lowercased() : String(character)
        }
    }
}

/// What a text report says of one job.
struct JobText {
    let job: Job
    let statements: [String]

    func write(to page: inout Page) {
        let title =
            switch job.task {
            case .createIndex: "create an index"
            case .rebuildIndex(let rebuild): "rebuild \(rebuild.oldName)"
            case .dropIndex(let name): "drop \(name)"
            case .analyze: "ANALYZE"
            }
        let (disposition, why) = job.disposition.words
        let verdict =
            switch disposition {
            case "act": "would run"
            case "suggest": "suggested"
            default: "cannot run"
            }
        page.paragraph("-> \(verdict): \(title)", indent: "  ", hanging: "     ", color: .heading)
        if let why, disposition == "refused" { page.paragraph("because \(why)", indent: "     ") }
        if let choice = job.choiceReason { page.paragraph(choice, indent: "     ") }
        if let cost { page.paragraph(cost, indent: "     ", color: .dim) }
        for statement in statements { page.line("     \(DisplayText.safe(statement));") }
    }

    private var cost: String? {
        guard let prediction = job.prediction else { return nil }
        return "takes about \(Numbers.size(bytes: prediction.memoryBytes)) of memory, "
            + "\(Numbers.size(bytes: prediction.diskBytes)) on disk and as much WAL, "
            + "\(Numbers.roughDuration(seconds: prediction.seconds))"
    }
}

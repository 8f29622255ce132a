internal import Advisor

/// One finding in a text report.
struct FindingText {
    let finding: Finding
    /// The baseline that the finding depends on, if it depends on one.
    var baseline: Baseline?

    private static let statementsShown = 20

    func write(to page: inout Page, indent: String) {
        let label = "\(finding.rule) (\(finding.severity.rawValue)): "
        page.paragraph(label + finding.summary, indent: indent, hanging: indent + "  ", color: finding.severity.color)
        page.paragraph(finding.advice, indent: indent + "  ")
        for statement in finding.statements.prefix(Self.statementsShown) {
            page.line("\(statement);", indent: indent + "  ")
        }
        let rest = finding.statements.count - Self.statementsShown
        if rest > 0 {
            page.paragraph("... and \(Numbers.grouped(Int64(rest))) more; --format json has all", indent: indent + "  ")
        }
        let evidence = finding.evidence.compactMap(Self.text).joined(separator: ", ")
        if !evidence.isEmpty { page.paragraph("seen: \(evidence)", indent: indent + "  ", color: .dim) }
        if let baseline {
            page.paragraph(
                "baseline: \(Numbers.grouped(baseline.rows)) rows, \(baseline.certainty.rawValue): "
                    + baseline.explanation,
                indent: indent + "  ",
                color: .dim
            )
        }
        if let withheld = finding.withheld {
            page.paragraph("not done by itself: \(withheld)", indent: indent + "  ")
        }
    }

    /// A number with its name, `nil` for text, which the sentences contain already.
    private static func text(_ item: Evidence) -> String? {
        let name = words(item.key)
        switch item.value {
        case .count(let count) where count < 0: return "\(name) none"
        case .count(let count):
            return item.key.hasSuffix("Bytes")
                ? "\(name.dropLast(6)) \(Numbers.size(bytes: count))" : "\(name) \(Numbers.grouped(count))"
        case .ratio(let ratio): return "\(name) \(Numbers.decimal(ratio, digits: 2))"
        case .text: return nil
        }
    }

    /// `baselineRows` as `baseline rows`.
    private static func words(_ key: String) -> String {
        key.reduce(into: "") { words, character in
            words += character.isUppercase ? " " + character.lowercased() : String(character)
        }
    }
}

internal import Advisor

/// One search in the text of the command `searches`.
struct SearchText {
    private let search: Search
    private let words: SearchWords
    private let number: Int
    /// The share of the time of all searches of the collection; `nil` if nothing counts it.
    private let share: Double?

    /// Indexes that it names; on a partitioned table there is one for each partition.
    private static let indexesShown = 3

    init(_ search: Search, number: Int, of collection: Collection) {
        self.search = search
        self.number = number
        words = SearchWords(search: search, collection: collection)
        let total = collection.workload.milliseconds
        share = total > 0 && search.recent.calls != nil ? search.recent.milliseconds / total : nil
    }

    func write(to page: inout Page) {
        let indent = String(repeating: " ", count: "  \(number). ".count)
        page.paragraph("\(number). \(what)", indent: "  ", hanging: indent)
        for line in [cost, rows, blocks].compactMap({ $0 }) { page.paragraph(line, indent: indent) }
        for filter in search.shape.filters {
            page.paragraph("filter: \(filter.condition)", indent: indent, hanging: indent + "  ")
        }
        writeService(to: &page, indent: indent)
        let settings = words.settings.map { "\($0.name) \($0.setting.words)" }
        if !settings.isEmpty {
            page.paragraph("settings: \(settings.joined(separator: ", "))", indent: indent, hanging: indent + "  ")
        }
        let role = search.role.map { "role \($0), " } ?? (search.isConfigured ? "" : "unknown role, ")
        page.paragraph(role + words.source, indent: indent, color: .dim)
    }

    private var what: String {
        let shape = search.shape
        let metric = "\(shape.distanceMetric.shortName), \(words.searched) \(shape.distanceMetric.distanceOperator) ?"
        return switch shape.kind {
        case .nearest: "the nearest rows by \(metric), \(words.limit)"
        case .radius: "all rows within a distance by \(metric), \(words.limit)"
        }
    }

    private var cost: String {
        let usage = search.recent
        guard let calls = usage.calls else {
            if let hourly = search.stated.perHour {
                return "\(WorkloadWords.rows(hourly)) an hour by the configuration; nothing counts these searches"
            }
            return "nothing counts these searches, so their number and time are unknown"
        }
        let number =
            usage.perHour.flatMap { $0 >= 1 ? "\(WorkloadWords.rows($0)) an hour" : nil }
            ?? "\(Numbers.grouped(calls)) counted"
        let time = usage.meanMilliseconds.map { ", \(WorkloadWords.time(milliseconds: $0)) each" } ?? ""
        let part = share.map { ", \(Numbers.percent($0)) of the time of all searches here" } ?? ""
        return number + time + part
    }

    private var rows: String? {
        guard let calls = search.recent.calls, calls > 0 else { return nil }
        guard let rows = search.recent.rowsPerCall else {
            return switch search.source {
            case .function: "rows unknown: those of the statement that calls the function are not its own"
            case .view: "rows unknown: those of the statement that reads the view are not its own"
            default: "rows unknown: they are counted elsewhere, as for a cursor, whose FETCH is another statement"
            }
        }
        let text = WorkloadWords.rows(rows)
        return "\(text) \(text == "1" ? "row" : "rows") returned by each"
    }

    private var blocks: String? {
        let usage = search.recent
        guard let calls = usage.calls, calls > 0, usage.blocksHit + usage.blocksRead > 0 else { return nil }
        func each(_ blocks: Int64) -> String { WorkloadWords.rows(Double(blocks) / Double(calls)) }
        return
            "\(each(usage.blocksHit)) blocks found in shared buffers by each, \(each(usage.blocksRead)) read from outside"
    }

    private func writeService(to page: inout Page, indent: String) {
        let (indexes, reason) = words.service
        let later = indent + "  "
        if let reason {
            page.paragraph("no index: \(words.words(for: reason))", indent: indent, hanging: later, color: .warning)
            return
        }
        let rest = indexes.count - Self.indexesShown
        let more = rest > 0 ? " and \(Numbers.grouped(Int64(rest))) more" : ""
        let caution =
            search.shape.obstacles.contains(.noLimit) || search.shape.limit == .all
            ? "; without a LIMIT the planner seldom takes an index" : ""
        page.paragraph(
            "index: \(indexes.prefix(Self.indexesShown).joined(separator: ", "))\(more) can serve it\(caution)",
            indent: indent,
            hanging: later
        )
    }
}

internal import Advisor

/// The searches of a collection in one line: `4,812 searches an hour, cosine, 10 rows, 3.1 ms, probes 10 (client)`.
struct WorkloadWords {
    private let collection: Collection
    private let workload: Workload
    private let searches: [Search]

    /// Takes a collection, `nil` if none of its searches is known.
    init?(_ collection: Collection) {
        guard !collection.searches.isEmpty else { return nil }
        let seen = collection.workload.seen
        self.init(collection, Workload(seen.isEmpty ? collection.searches : seen))
    }

    private init(_ collection: Collection, _ workload: Workload) {
        self.collection = collection
        self.workload = workload
        searches = workload.byTime
    }

    /// The line, without a full stop.
    ///
    /// Beside searches that were seen, those of the configuration come last.
    var line: String {
        let configured = collection.workload.configured
        let other = isConfigured || configured.isEmpty ? nil : WorkloadWords(collection, Workload(configured))
        let parts = [frequency, metrics, radius, rows, filters, time].compactMap { $0 } + settings
        return (parts + [unserved].compactMap { $0 }).joined(separator: ", ") + (other.map { "; \($0.line)" } ?? "")
    }

    /// Whether these are searches of the configuration, which nobody counted.
    private var isConfigured: Bool { workload.seen.isEmpty }

    private var frequency: String {
        if isConfigured {
            let hourly = searches.compactMap(\.stated.perHour)
            guard hourly.count == searches.count else { return "searches as configured" }
            return Self.counted(hourly.reduce(0, +), "an hour as configured")
        }
        if let hourly = workload.perHour {
            if hourly >= 1 { return Self.counted(hourly, "an hour") }
            if hourly * 24 >= 1 { return Self.counted(hourly * 24, "a day") }
        }
        let calls = searches.reduce(0) { $0 + ($1.recent.calls ?? 0) }
        if calls > 0 { return "\(Numbers.grouped(calls)) \(calls == 1 ? "search" : "searches") counted" }
        return "searches seen while they ran"
    }

    /// A share for a phrase: of searches that nobody counted it is only known whether it is all of them.
    private func words(_ share: Double) -> String { isConfigured ? "some" : Numbers.percent(share) }

    private static func counted(_ number: Double, _ time: String) -> String {
        let text = number < 9.95 ? Numbers.decimal(number, digits: 1) : grouped(number)
        return "\(text) \(text == "1" ? "search" : "searches") \(time)"
    }

    private var metrics: String? {
        let all = workload.distanceMetrics
        guard all.count > 1 else { return all.first?.metric.shortName }
        return all.map { (metric, _) in
            let share = workload.share { $0.shape.kind == .nearest && $0.shape.distanceMetric == metric }
            return isConfigured ? metric.shortName : "\(metric.shortName) \(Numbers.percent(share))"
        }
        .joined(separator: " and ")
    }

    private var radius: String? {
        let share = workload.share { $0.shape.kind == .radius }
        if share == 0 { return nil }
        guard workload.distanceMetrics.isEmpty else { return "\(words(share)) within a distance" }
        let metrics = Set(searches.map(\.shape.distanceMetric)).map(\.shortName).sorted()
        return "all within a distance (\(metrics.joined(separator: ", ")))"
    }

    private var rows: String? {
        let limits = Set(searches.map(\.shape.limit))
        let numbers = Set(searches.map(\.rowsAsked))
        let asked = numbers.count == 1 ? numbers.first ?? nil : nil
        guard let returned = workload.rowsPerCall else {
            return asked.map { "LIMIT \($0)" } ?? (limits == [.all] ? "no LIMIT" : nil)
        }
        let text = Self.rows(returned)
        if let asked, returned < Double(asked) - 0.05 { return "\(text) of \(asked) rows" }
        return text == "1" ? "1 row" : "\(text) rows"
    }

    private var filters: String? {
        let share = workload.share { !$0.shape.filters.isEmpty }
        if share == 0 { return nil }
        var columns: [String] = []
        for column in searches.flatMap(\.shape.filters).flatMap(\.columns) where !columns.contains(column) {
            columns.append(column)
        }
        let rest = columns.count - Self.columnsShown
        let named =
            columns.isEmpty
            ? "other tables"
            : columns.prefix(Self.columnsShown).joined(separator: " and ") + (rest > 0 ? " and \(rest) more" : "")
        return (share > 0.995 ? "" : words(share) + " ") + "filtered by \(named)"
    }

    private static let columnsShown = 3

    private var time: String? { workload.meanMilliseconds.map(Self.time) }

    /// The settings that bear on the usable indexes.
    private var settings: [String] {
        let methods = Set(collection.relations.flatMap(\.indexes).filter(\.isUsable).map(\.method))
        var names: [(name: String, label: String)] = []
        if methods.contains(.ivfflat) {
            names += [("ivfflat.probes", "probes"), ("ivfflat.iterative_scan", "iterative scan")]
        }
        if methods.contains(.hnsw) {
            names += [("hnsw.ef_search", "ef_search"), ("hnsw.iterative_scan", "iterative scan")]
        }
        return names.compactMap { name, label in
            var values: [SearchSetting] = []
            for setting in searches.compactMap({ $0.settings[name] }) where !values.contains(setting) {
                values.append(setting)
            }
            // That it is off needs no word: it is off unless somebody sets it.
            if values.isEmpty || name.hasSuffix("iterative_scan") && values.allSatisfy({ $0.value == "off" }) {
                return nil
            }
            let rest = values.count - Self.valuesShown
            return "\(label) " + values.prefix(Self.valuesShown).map(\.words).joined(separator: " or ")
                + (rest > 0 ? " or \(rest) more" : "")
        }
    }

    private static let valuesShown = 2

    /// The share of the searches that the indexes do not serve; that there is none needs no word here.
    private var unserved: String? {
        let share = workload.share { search in
            switch collection.service(of: search.shape) {
            case .served, .unserved(.noIndex): false
            case .unserved: true
            }
        }
        if share == 0 { return nil }
        return share > 0.995 ? "no index serves them" : "no index serves \(words(share))"
    }

    /// A mean number of rows.
    static func rows(_ rows: Double) -> String { rows < 99.95 ? Numbers.decimal(rows, digits: 1) : grouped(rows) }

    /// A time as `3.1 ms` or `1.2 s`.
    static func time(milliseconds: Double) -> String {
        switch milliseconds {
        case ..<0.0995: "\(Numbers.decimal(milliseconds, digits: 3)) ms"
        case ..<99.5: "\(Numbers.decimal(milliseconds, digits: 1)) ms"
        case ..<1_000: "\(Numbers.decimal(milliseconds, digits: 0)) ms"
        default: "\(Numbers.decimal(milliseconds / 1_000, digits: 1)) s"
        }
    }

    /// A number with separated thousands, rounded.
    static func grouped(_ number: Double) -> String {
        Numbers.grouped(Int64(exactly: number.rounded()) ?? Int64.max)
    }
}

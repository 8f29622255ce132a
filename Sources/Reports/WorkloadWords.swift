internal import Advisor

/// The searches of a collection in one line: `4,812 searches an hour, cosine, 10 rows, 3.1 ms, probes 10 (client)`.
struct WorkloadWords {
    private let collection: Collection
    private let workload: Workload
    private let searches: [Search]

    /// Takes a collection, `nil` if none of its searches is known.
    init?(_ collection: Collection) {
        guard !collection.searches.isEmpty else { return nil }
        self.collection = collection
        workload = collection.workload
        searches = workload.byTime
    }

    /// The line, without a full stop.
    var line: String {
        ([frequency, metrics, radius, rows, filters, time].compactMap { $0 } + settings + [unserved].compactMap { $0 })
            .joined(separator: ", ")
    }

    private var frequency: String {
        if let hourly = workload.perHour {
            if hourly >= 1 { return Self.counted(hourly, "an hour") }
            if hourly * 24 >= 1 { return Self.counted(hourly * 24, "a day") }
        }
        let calls = searches.reduce(0) { $0 + ($1.recent.calls ?? 0) }
        if calls > 0 { return "\(Numbers.grouped(calls)) \(calls == 1 ? "search" : "searches") counted" }
        let isConfigured = searches.allSatisfy { $0.source == .configuration }
        return isConfigured ? "searches as configured" : "searches seen while they ran"
    }

    private static func counted(_ number: Double, _ time: String) -> String {
        let text = number < 9.95 ? Numbers.decimal(number, digits: 1) : grouped(number)
        return "\(text) \(text == "1" ? "search" : "searches") \(time)"
    }

    private var metrics: String? {
        let all = workload.distanceMetrics
        guard all.count > 1 else { return all.first?.metric.shortName }
        return all.map { (metric, _) in
            let share = workload.share { $0.shape.kind == .nearest && $0.shape.distanceMetric == metric }
            return "\(metric.shortName) \(Numbers.percent(share))"
        }
        .joined(separator: " and ")
    }

    private var radius: String? {
        let share = workload.share { $0.shape.kind == .radius }
        if share == 0 { return nil }
        guard workload.distanceMetrics.isEmpty else { return "\(Numbers.percent(share)) within a distance" }
        let metrics = Set(searches.map(\.shape.distanceMetric)).map(\.shortName).sorted()
        return "all within a distance (\(metrics.joined(separator: ", ")))"
    }

    private var rows: String? {
        let limits = Set(searches.map(\.shape.limit))
        var asked: Int?
        if limits.count == 1, case .rows(let rows)? = limits.first { asked = rows }
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
        return (share > 0.995 ? "" : Numbers.percent(share) + " ") + "filtered by \(named)"
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
        return share > 0.995 ? "no index serves them" : "no index serves \(Numbers.percent(share))"
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

import Advisor

// How often to poll, and when and how builds may run.
extension ConfigurationReader {
    /// Reads `poll` of the file or of a database.
    mutating func pollInterval(_ item: Item?) -> Duration? {
        guard let item, let members = object(item, keys: ["every"]) else { return nil }
        return duration(members["every"], in: .seconds(1)...(.seconds(86_400)))
    }

    /// Reads `mode` of the file or of a database.
    mutating func mode(_ item: Item?) -> OperationMode? {
        choice(item, of: OperationMode.allCases.map { ($0.rawValue, $0) })
    }

    /// Reads `maintenance` into a configuration.
    mutating func maintenance(_ item: Item?, into configuration: inout Configuration) {
        let keys = [
            "memory", "parallelWorkers", "measuringShare", "concurrentBuilds", "windows", "onStop", "keepHistory",
        ]
        guard let item, let members = object(item, keys: keys) else { return }
        // The ranges that maintenance_work_mem and max_parallel_maintenance_workers accept.
        let memory = (Int64(1) << 20)...(2_147_483_647 << 10)
        if let bytes = size(members["memory"], in: memory) {
            configuration.limits.memoryBytes = bytes
            configuration.limits.isRaisedByServer = false
        }
        configuration.limits.parallelWorkers =
            whole(members["parallelWorkers"], in: 0...1_024) ?? configuration.limits.parallelWorkers
        configuration.limits.measuringShare =
            number(members["measuringShare"], in: 0.01...1, isWhole: false)
            ?? configuration.limits.measuringShare
        configuration.concurrentBuilds =
            whole(members["concurrentBuilds"], in: 1...64) ?? configuration.concurrentBuilds
        configuration.windows = windows(members["windows"])
        let policies = StopPolicy.allCases.map { (name: $0.rawValue, value: $0) }
        configuration.stopPolicy = choice(members["onStop"], of: policies) ?? configuration.stopPolicy
        configuration.historyDays = days(members["keepHistory"], in: 1...3_650) ?? configuration.historyDays
    }

    private mutating func windows(_ item: Item?) -> [MaintenanceWindow] {
        guard let item, let elements = list(item, of: "objects") else { return [] }
        return elements.compactMap { window($0) }
    }

    private mutating func window(_ item: Item) -> MaintenanceWindow? {
        guard let members = object(item, keys: ["days", "from", "to", "timeZone"]) else { return nil }
        // All keys are read first, so that every mistake of a window is reported.
        let days = weekdays(members["days"])
        let from = time(members["from"], "from", of: item, isEnd: false)
        let to = time(members["to"], "to", of: item, isEnd: true)
        let zone = timeZone(members["timeZone"])
        guard let days, let from, let to, let zone else { return nil }
        return MaintenanceWindow(days: days, from: from, to: to, timeZone: zone)
    }

    /// The days on which a window begins: by default every day; `nil` after a mistake.
    private mutating func weekdays(_ item: Item?) -> Set<Weekday>? {
        guard let item else { return Set(Weekday.allCases) }
        guard let elements = list(item, of: "days") else { return nil }
        if elements.isEmpty {
            complain(item, "is empty, so the window would never open", "Remove the key for every day.")
        }
        var paths: [Weekday: String] = [:]
        for element in elements {
            guard let day = weekday(element) else { continue }
            if let twin = paths.updateValue(element.path, forKey: day) {
                complain(element, "is the same day as \(twin)", "Name each day once.")
            }
        }
        return paths.isEmpty ? nil : Set(paths.keys)
    }

    private mutating func weekday(_ item: Item) -> Weekday? {
        let short = Weekday.allCases.map { (name: $0.abbreviation.lowercased(), value: $0) }
        let full = Weekday.allCases.map { (name: $0.name.lowercased(), value: $0) }
        let days = short.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let hint = "Give one of \(days), or its full name"
        guard let text = text(item, "\(hint).") else { return nil }
        if let match = (short + full).first(where: { $0.name == text }) { return match.value }
        let nearest = NearestName.of(text, among: (short + full).map(\.name)).map { "; the nearest one is \"\($0)\"" }
        complain(item, isNot(text), "\(hint)\(nearest ?? "").")
        return nil
    }

    private mutating func time(_ item: Item?, _ key: String, of window: Item, isEnd: Bool) -> TimeOfDay? {
        let last = isEnd ? "24:00" : "23:59"
        let hint = "Give a 24-hour time with two digits each, such as \"22:00\", from \"00:00\" to \"\(last)\"."
        guard let item else {
            complain(window, "has no \"\(key)\"", hint)
            return nil
        }
        guard let text = text(item, hint) else { return nil }
        guard let time = TimeOfDay(text), isEnd || time != .endOfDay else {
            // A text with a colon could be a connection string, but not if the rest is digits.
            let isTime = text.count <= 8 && text.allSatisfy { "0123456789:".contains($0) }
            complain(item, isTime ? "is \"\(text)\"" : isNot(text), hint)
            return nil
        }
        return time
    }

    /// The name of a time zone: by default `UTC`; `nil` after a mistake.
    private mutating func timeZone(_ item: Item?) -> String? {
        guard let item else { return "UTC" }
        let hint = "Give a name of the tz database, like \"Europe/Berlin\" or \"UTC\""
        guard let text = text(item, "\(hint).") else { return nil }
        switch timeZones.verdict(on: text) {
        case .usable: return text
        case .malformed: complain(item, isNot(text), "\(hint).")
        case .unknown:
            // The search for the nearest of hundreds of names only runs for mistakes that are reported.
            let nearest = problems.isFull ? nil : timeZones.nearest(to: text)
            // A text with a slash could be a connection string, too.
            let shown = text.split(separator: "/").allSatisfy { Quoted.value(String($0)) != nil } && text.count <= 40
            complain(
                item,
                shown ? "is \"\(text)\", which this host does not know" : isNot(text),
                "\(hint)\(nearest.map { "; the nearest one is \"\($0)\"" } ?? "")."
            )
        }
        return nil
    }

    /// Reads a duration of whole days within bounds.
    private mutating func days(_ item: Item?, in range: ClosedRange<Int>) -> Int? {
        let hint =
            "Give a duration of whole days like \"30d\" or \"2w\", from \"\(range.lowerBound)d\" to "
            + "\"\(range.upperBound)d\"."
        guard let item, let text = text(item, hint) else { return nil }
        let day = Duration.seconds(86_400)
        guard let duration = DurationSpelling.parse(text),
            (day * range.lowerBound)...(day * range.upperBound) ~= duration,
            duration.components.attoseconds == 0, duration.components.seconds.isMultiple(of: 86_400)
        else {
            complain(item, isNot(text), hint)
            return nil
        }
        return Int(duration.components.seconds / 86_400)
    }
}

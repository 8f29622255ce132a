/// What the clients of a role set one setting to, and how often.
struct ClientSets {
    /// What was set for one transaction each, and what was set for longer.
    private var forTransaction = Calls()
    private var forSession = Calls()

    private struct Calls {
        var byValue: [String: Int64] = [:]
        /// How often the server does not show the value, as from PostgreSQL 18 on.
        var hidden: Int64 = 0

        /// Adds some; the value is `nil` if the server does not show it.
        mutating func add(_ calls: Int64, of value: String?) {
            if let value { byValue[value, default: 0] += calls } else { hidden += calls }
        }
    }

    /// Adds some; the value is `nil` if the server does not show it.
    mutating func add(_ calls: Int64, of value: String?, isForTransaction: Bool) {
        guard calls > 0 else { return }
        if isForTransaction { forTransaction.add(calls, of: value) } else { forSession.add(calls, of: value) }
    }

    /// The values that the server shows, with how often each was set.
    var values: [String: Int64] {
        forSession.byValue.merging(forTransaction.byValue) { $0 + $1 }.filter { $0.value > 0 }
    }

    /// The value that is set most often, of those that the server shows.
    var mostFrequent: String? { values.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }

    /// Whether values that the server does not show may hold for some of so many searches: one for a session holds for any
    /// number of them.
    func hides(from searches: Int64) -> Bool {
        forSession.hidden > 0 || forTransaction.hidden > 0 && forTransaction.hidden * 2 >= searches
    }

    /// The rest of them without those of so many searches by vecs, which sets it for the transaction of each, as a rule to
    /// its default.
    func without(searchesByVecs number: Int64, default usual: String) -> ClientSets {
        var rest = self
        var left = number
        let values = forTransaction.byValue.sorted { one, other in
            (one.key == usual ? 1 : 0, one.value, other.key) > (other.key == usual ? 1 : 0, other.value, one.key)
        }
        for (value, calls) in values {
            let taken = min(left, calls)
            rest.forTransaction.byValue[value] = calls - taken
            left -= taken
        }
        rest.forTransaction.hidden -= min(left, rest.forTransaction.hidden)
        return rest
    }
}

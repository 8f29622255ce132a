/// A setting that a statement changes for its session or transaction.
///
/// Only settings that bear on vector searches are reported, and values only if they can be values of the setting.
public struct Setting: Sendable, Hashable, Codable {
    /// How long the value holds.
    public enum Scope: String, Sendable, Hashable, Codable {
        /// Until the session ends: SET, or set_config with false.
        case session
        /// Until the transaction ends: SET LOCAL, or set_config with true.
        case transaction
        /// set_config with a parameter.
        case unknown
    }

    /// A value.
    public enum Value: Sendable, Hashable, Codable {
        /// A whole number.
        case integer(Int)
        /// A number.
        case number(Double)
        /// A switch.
        case boolean(Bool)
        /// A word that the setting accepts, such as `relaxed_order`.
        case word(String)
        /// What the session began with: RESET, or SET TO DEFAULT.
        case initial
        /// The text has a parameter, or something that is no value of the setting.
        case unknown
    }

    /// The setting, in lower case.
    public let name: String
    /// The value.
    public let value: Value
    /// How long it holds.
    public let scope: Scope

    /// A setting as it is given.
    public init(_ name: String, _ value: Value, scope: Scope) {
        self.name = name
        self.value = value
        self.scope = scope
    }

    /// Reads a value as the server would; nil if the setting has nothing to do with vector searches.
    init?(name: String, text: String?, scope: Scope) {
        let name = name.lowercased()
        guard let kind = Self.kinds[name] else { return nil }
        self.init(name, text.flatMap(kind.value) ?? .unknown, scope: scope)
    }

    /// Whether the setting bears on vector searches.
    static func isKnown(_ name: String) -> Bool { kinds[name.lowercased()] != nil }

    private enum Kind {
        case integer, number, boolean
        case words(Set<String>)
        /// The value is a name, and is not kept.
        case hidden

        func value(_ text: String) -> Value? {
            let word = text.lowercased()
            switch self {
            case .integer: return Int(word).map { .integer($0) }
            case .number: return Double(word).flatMap { $0.isFinite ? .number($0) : nil }
            case .boolean: return Self.isOn(word).map { .boolean($0) }
            case .words(let words): return words.contains(word) ? .word(word) : nil
            case .hidden: return nil
            }
        }

        /// Reads a switch as PostgreSQL does, which takes the beginnings of words as long as they are clear.
        private static func isOn(_ word: String) -> Bool? {
            func begins(_ full: String, least: Int = 1) -> Bool { word.count >= least && full.hasPrefix(word) }
            if begins("true") || begins("yes") || begins("on", least: 2) || word == "1" { return true }
            return begins("false") || begins("no") || begins("off", least: 2) || word == "0" ? false : nil
        }
    }

    /// A value as SHOW writes it, of a text as somebody has written it, such as `off` for `false`.
    ///
    /// A text that the setting does not take stays as it is.
    public static func shown(_ text: String, of name: String) -> String {
        switch kinds[name.lowercased()]?.value(text) {
        case .integer(let value)?: String(value)
        case .boolean(let value)?: value ? "on" : "off"
        case .word(let word)?: word
        default: text
        }
    }

    private static let kinds: [String: Kind] = [
        "ivfflat.probes": .integer, "ivfflat.max_probes": .integer,
        "ivfflat.iterative_scan": .words(["off", "relaxed_order"]),
        "hnsw.ef_search": .integer, "hnsw.max_scan_tuples": .integer, "hnsw.scan_mem_multiplier": .number,
        "hnsw.iterative_scan": .words(["off", "relaxed_order", "strict_order"]),
        "enable_indexscan": .boolean, "enable_indexonlyscan": .boolean, "enable_bitmapscan": .boolean,
        "enable_seqscan": .boolean, "enable_sort": .boolean, "enable_incremental_sort": .boolean,
        "random_page_cost": .number, "seq_page_cost": .number,
        "plan_cache_mode": .words(["auto", "force_generic_plan", "force_custom_plan"]),
        // They decide what the names in later statements mean.
        "search_path": .hidden, "role": .hidden,
    ]
}

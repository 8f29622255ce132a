/// The abilities of the pgvector that is installed in a database.
public struct PgVector: Sendable, Hashable {
    /// `pg_extension.extversion`.
    public var version: Version
    /// The schema that holds the types and operator classes.
    public var schema: String
    /// Whether `pg_am` has `hnsw`.
    public var hasHNSW: Bool
    /// Whether `pg_am` has `ivfflat`.
    public var hasIVFFlat: Bool
    /// Whether the role of the poll may use the schema, as a build must.
    public var isUsable: Bool

    /// Creates a description of an installed pgvector.
    public init(version: Version, schema: String, hasHNSW: Bool, hasIVFFlat: Bool, isUsable: Bool = true) {
        self.version = version
        self.schema = schema
        self.hasHNSW = hasHNSW
        self.hasIVFFlat = hasIVFFlat
        self.isUsable = isUsable
    }

    /// Whether the access method exists: `pg_am` says so, not a version string.
    public func has(_ method: IndexMethod) -> Bool {
        switch method {
        case .hnsw: hasHNSW
        case .ivfflat: hasIVFFlat
        case .other: false
        }
    }

    /// Whether it can continue a scan until a search has enough rows.
    public var hasIterativeScan: Bool { version >= Version("0.8.0") }

    /// A version number of pgvector; its first three parts count.
    public struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// Major, minor and patch.
        public var parts: [Int]

        /// Parses `0.8.5`; missing parts and parts that are no number count as 0.
        public init(_ text: String) {
            let numbers = text.split(separator: ".").map { part in
                Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
            }
            parts = Array((numbers + [0, 0, 0]).prefix(3))
        }

        /// The version as pgvector spells it.
        public var description: String { parts.map(String.init).joined(separator: ".") }

        /// Orders by major, minor, then patch.
        public static func < (left: Version, right: Version) -> Bool {
            left.parts.lexicographicallyPrecedes(right.parts)
        }
    }
}

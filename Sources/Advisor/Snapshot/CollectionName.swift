/// The name of a collection: a table (or partitioned table) and one of its vector columns.
///
/// Names survive `REINDEX CONCURRENTLY`, a dump and a restore; object identifiers do not.
public struct CollectionName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The schema, as the catalog spells it: no quotes, case preserved.
    public var schema: String
    /// The table, as the catalog spells it.
    public var table: String
    /// The vector column, as the catalog spells it.
    public var column: String

    /// Creates a name from its parts, each as the catalog spells it.
    public init(schema: String, table: String, column: String) {
        self.schema = schema
        self.table = table
        self.column = column
    }

    /// Whether the vecs client keeps collections here: column `vec` of a table in schema `vecs`.
    public var isVecs: Bool { schema == "vecs" && column == "vec" }

    /// The name as people write it: `vecs.docs` for a vecs collection, `schema.table.column` for any other.
    public var description: String { isVecs ? "\(schema).\(table)" : "\(schema).\(table).\(column)" }

    /// Compares byte by byte, as PostgreSQL does: `é` in one code point and in two are two names.
    public static func == (left: CollectionName, right: CollectionName) -> Bool {
        left.schema.utf8.elementsEqual(right.schema.utf8) && left.table.utf8.elementsEqual(right.table.utf8)
            && left.column.utf8.elementsEqual(right.column.utf8)
    }

    /// Hashes the parts that ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) {
        for part in [schema, table, column] {
            var part = part
            part.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            hasher.combine(0xFF as UInt8)
        }
    }

    /// Orders by schema, table, then column, byte by byte, so that a report does not depend on a locale.
    public static func < (left: CollectionName, right: CollectionName) -> Bool {
        if !left.schema.utf8.elementsEqual(right.schema.utf8) {
            return left.schema.utf8.lexicographicallyPrecedes(right.schema.utf8)
        }
        if !left.table.utf8.elementsEqual(right.table.utf8) {
            return left.table.utf8.lexicographicallyPrecedes(right.table.utf8)
        }
        return left.column.utf8.lexicographicallyPrecedes(right.column.utf8)
    }
}

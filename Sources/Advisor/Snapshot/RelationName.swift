/// A name in a schema.
public struct RelationName: Sendable, Hashable {
    /// The schema.
    public var schema: String
    /// The name.
    public var name: String

    /// Creates a name.
    public init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// The name of a table or partition.
    public init(_ relation: Relation) { self.init(schema: relation.schema, name: relation.table) }
}

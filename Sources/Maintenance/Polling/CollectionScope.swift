public import Advisor

/// The collections of a database to manage.
public struct CollectionScope: Sendable, Equatable {
    /// A collection must match one of these.
    public var include: [NamePattern]
    /// A collection that matches one of these is excluded, whatever includes it.
    public var exclude: [NamePattern]

    /// By default everything is included and nothing excluded.
    public init(include: [NamePattern] = [NamePattern("*")], exclude: [NamePattern] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether the collection is in scope.
    public func contains(_ name: CollectionName) -> Bool {
        include.contains { $0.matches(name) } && !exclude.contains { $0.matches(name) }
    }
}

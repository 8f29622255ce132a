public import Advisor

/// Which collections of a database are looked at.
public struct CollectionScope: Sendable, Equatable {
    /// A collection must fit one of these.
    public var include: [NamePattern]
    /// A collection that fits one of these is left out, whatever includes it.
    public var exclude: [NamePattern]

    /// Everything is included and nothing excluded, unless said otherwise.
    public init(include: [NamePattern] = [NamePattern("*")], exclude: [NamePattern] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether the collection is looked at.
    public func contains(_ name: CollectionName) -> Bool {
        include.contains { $0.matches(name) } && !exclude.contains { $0.matches(name) }
    }
}

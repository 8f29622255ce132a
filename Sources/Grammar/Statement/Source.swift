/// A call of a function.
public struct FunctionCall: Sendable, Hashable, Codable {
    /// Where a call stands.
    public enum Place: String, Sendable, Hashable, Codable {
        /// In FROM, or CALL.
        case from
        /// In any expression.
        case expression
    }

    /// The function.
    public let name: ObjectName
    /// For each argument its name, as in `query_embedding => $1`; nil if it is given by position.
    public let arguments: [String?]
    /// Where it stands.
    public let place: Place

    /// A call as it is given.
    public init(_ name: ObjectName, arguments: [String?] = [], place: Place) {
        self.name = name
        self.arguments = arguments
        self.place = place
    }
}

/// An item of FROM.
public struct Source: Sendable, Hashable, Codable {
    /// What rows come from.
    public enum Item: Sendable, Hashable, Codable {
        /// A table or view, and no common table expression.
        case relation(ObjectName)
        /// A function.
        case function(FunctionCall)
        /// A subquery or common table expression that the planner cannot merge with the search. `isLimited` if it has a
        /// LIMIT or DISTINCT ON, so that the search orders few rows again.
        case subquery(isLimited: Bool)
        /// Anything else, such as VALUES, XMLTABLE or a common table expression that refers to itself.
        case other
    }

    /// How rows join those of the items before.
    public enum Join: String, Sendable, Hashable, Codable {
        /// A comma, CROSS JOIN or INNER JOIN; also the first item.
        case inner
        /// LEFT JOIN.
        case left
        /// RIGHT JOIN.
        case right
        /// FULL JOIN.
        case full
    }

    /// What rows come from.
    public let item: Item
    /// The name that columns are qualified with, if the statement gives another one than the relation's.
    public let alias: String?
    /// How it joins the items before it.
    public let join: Join

    /// An item as it is given.
    public init(_ item: Item, alias: String? = nil, join: Join = .inner) {
        self.item = item
        self.alias = alias
        self.join = join
    }

    /// The name that columns are qualified with; nil if there is none.
    public var qualifier: String? {
        if let alias { return alias }
        switch item {
        case .relation(let name): return name.name
        case .function(let call): return call.name.name
        case .subquery, .other: return nil
        }
    }
}

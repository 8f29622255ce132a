/// One SQL statement and its parameters.
///
/// As a string literal with interpolation a value becomes a bound parameter, and an ``Identifier`` a quoted name:
/// `"SELECT count(*) FROM \(table) WHERE id = \(id)"`. Any other text has to be named as unescaped.
public struct Statement: Sendable {
    /// The text, with `$1` and so on for the parameters.
    public private(set) var sql: String
    /// The parameters in PostgreSQL's text format, `nil` for NULL.
    private(set) var parameters: [String?]

    /// A statement whose text is fixed, with its parameters.
    public init(_ sql: String, _ parameters: [any ParameterEncodable] = []) {
        self.sql = sql
        self.parameters = parameters.map(\.postgresText)
    }

    /// A statement from an embedded `.sql` file, in UTF-8.
    public init(_ sql: [UInt8], _ parameters: [any ParameterEncodable] = []) {
        self.init(String(decoding: sql, as: UTF8.self), parameters)
    }
}

extension Statement: ExpressibleByStringInterpolation {
    /// A statement without parameters.
    public init(stringLiteral value: String) { self.init(value) }

    /// A statement whose values have become parameters.
    public init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
    }

    /// Gathers text and parameters.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var sql = ""
        fileprivate var parameters: [String?] = []

        /// Begins a statement.
        public init(literalCapacity: Int, interpolationCount: Int) { sql.reserveCapacity(literalCapacity) }

        /// Adds text of the source code.
        public mutating func appendLiteral(_ literal: String) { sql += literal }

        /// Adds a value as a parameter.
        public mutating func appendInterpolation(_ value: some ParameterEncodable) {
            parameters.append(value.postgresText)
            sql += "$\(parameters.count)"
        }

        /// Adds a quoted name.
        public mutating func appendInterpolation(_ identifier: Identifier) { sql += identifier.description }

        /// Adds a quoted name in its schema.
        public mutating func appendInterpolation(_ name: QualifiedName) { sql += name.description }

        /// Adds text as it is. It must never come from a database or a user.
        public mutating func appendInterpolation(unescaped text: String) { sql += text }
    }
}

/// A value that can be a parameter of a statement.
public protocol ParameterEncodable: Sendable {
    /// The value in PostgreSQL's text format, `nil` for NULL.
    var postgresText: String? { get }
}

extension String: ParameterEncodable {
    /// The text itself.
    public var postgresText: String? { self }
}

extension Int: ParameterEncodable {
    /// The digits.
    public var postgresText: String? { description }
}

extension Int64: ParameterEncodable {
    /// The digits.
    public var postgresText: String? { description }
}

extension Double: ParameterEncodable {
    /// The shortest digits that give the same number back.
    public var postgresText: String? {
        if isNaN { return "NaN" }
        return isInfinite ? (self > 0 ? "Infinity" : "-Infinity") : description
    }
}

extension Bool: ParameterEncodable {
    /// `true` or `false`.
    public var postgresText: String? { self ? "true" : "false" }
}

extension Optional: ParameterEncodable where Wrapped: ParameterEncodable {
    /// The value's text, or NULL.
    public var postgresText: String? { flatMap(\.postgresText) }
}

extension Array: ParameterEncodable where Element: ParameterEncodable {
    /// An array literal, every element quoted.
    public var postgresText: String? {
        let elements = map { element in
            guard let text = element.postgresText else { return "NULL" }
            return "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) } + "\""
        }
        return "{" + elements.joined(separator: ",") + "}"
    }
}

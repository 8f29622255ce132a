/// One SQL statement and the values that are bound to it.
///
/// In a literal every `\(value)` becomes a bound parameter, so a value can never be read as SQL:
///
///     let statement: Statement = "SELECT n FROM \(table) WHERE name = \(name)::text"
///
/// Parameters travel as text without a type, so the server infers the type from the place where the parameter
/// stands; where it cannot, the SQL has to cast.
public struct Statement: Sendable {
    /// The text, with `$1` and so on where the parameters stand.
    public let sql: String
    /// The parameters in PostgreSQL's text format; nil is NULL.
    ///
    /// Kept from every description.
    let parameters: [String?]

    /// A statement from text that already holds `$1` and so on, such as an embedded file.
    ///
    /// Never compose the text from values: write a literal with `\(value)` instead.
    public init(_ sql: String, _ parameters: [any ParameterEncodable] = []) {
        self.sql = sql
        self.parameters = parameters.map(\.parameterText)
    }

    /// A statement from the UTF-8 bytes of an embedded file that holds `$1` and so on.
    public init(_ utf8: [UInt8], _ parameters: [any ParameterEncodable] = []) {
        self.init(String(decoding: utf8, as: UTF8.self), parameters)
    }
}

extension Statement: ExpressibleByStringInterpolation {
    /// Collects the text and the values of an interpolated statement.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = ""
        fileprivate var parameters: [String?] = []

        /// An empty statement with room for what is to come.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + 4 * interpolationCount)
            parameters.reserveCapacity(interpolationCount)
        }

        /// Adds SQL that stands in the source code.
        public mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value to the next parameter.
        public mutating func appendInterpolation(_ value: some ParameterEncodable) {
            parameters.append(value.parameterText)
            sql += "$\(parameters.count)"
        }

        /// Binds a value or NULL to the next parameter; apart, because the compiler warns of other optionals here.
        public mutating func appendInterpolation(_ value: (some ParameterEncodable)?) {
            parameters.append(value.parameterText)
            sql += "$\(parameters.count)"
        }

        /// Adds the quoted name.
        public mutating func appendInterpolation(_ identifier: Identifier) {
            sql += identifier.sql
        }

        /// Adds the quoted schema and name.
        public mutating func appendInterpolation(_ name: QualifiedName) {
            sql += name.sql
        }

        /// Adds text as it is.
        ///
        /// Whoever writes this answers for where the text comes from.
        public mutating func appendInterpolation(unescaped sql: String) {
            self.sql += sql
        }
    }

    /// A statement without parameters.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// A statement whose interpolated values are bound.
    public init(stringInterpolation: StringInterpolation) {
        sql = stringInterpolation.sql
        parameters = stringInterpolation.parameters
    }
}

extension Statement: CustomStringConvertible, CustomReflectable {
    /// The text without the parameters.
    public var description: String { sql }

    /// Shows the text and how many parameters there are, never what they are.
    public var customMirror: Mirror {
        Mirror(self, children: ["sql": sql, "parameterCount": parameters.count])
    }
}

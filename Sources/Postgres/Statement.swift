/// One SQL statement and its bound values.
///
/// In a literal every `\(value)` becomes a bound parameter, so a value can never be read as SQL:
///
///     let statement: Statement = "SELECT n FROM \(table) WHERE name = \(name)::text"
///
/// Parameters are sent as text without a type, so the server infers the type of each from its context; if it cannot,
/// the SQL must cast.
public struct Statement: Sendable {
    /// The text, with `$1` and so on for the parameters.
    public let sql: String
    /// The parameters in PostgreSQL's text format; nil is NULL.
    ///
    /// No description shows them.
    let parameters: [String?]

    /// Creates a statement from text that already contains `$1` and so on, such as an embedded file.
    ///
    /// Never build the text from values: write a literal with `\(value)` instead.
    public init(_ sql: String, _ parameters: [any ParameterEncodable] = []) {
        self.sql = sql
        self.parameters = parameters.map(\.parameterText)
    }

    /// Creates a statement from the UTF-8 bytes of an embedded file that contains `$1` and so on.
    public init(_ utf8: [UInt8], _ parameters: [any ParameterEncodable] = []) {
        self.init(String(decoding: utf8, as: UTF8.self), parameters)
    }
}

extension Statement: ExpressibleByStringInterpolation {
    /// Collects the text and the values of an interpolated statement.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var sql = ""
        fileprivate var parameters: [String?] = []

        /// Creates an empty statement with reserved capacity.
        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + 4 * interpolationCount)
            parameters.reserveCapacity(interpolationCount)
        }

        /// Adds SQL from the source code.
        public mutating func appendLiteral(_ literal: String) {
            sql += literal
        }

        /// Binds a value to the next parameter.
        public mutating func appendInterpolation(_ value: some ParameterEncodable) {
            parameters.append(value.parameterText)
            sql += "$\(parameters.count)"
        }

        /// Binds a value or NULL to the next parameter; separate, because the compiler warns about optionals otherwise.
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

        /// Adds text without escaping.
        ///
        /// The caller is responsible for the origin of the text.
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

    /// Shows the text and the number of parameters, never their values.
    public var customMirror: Mirror {
        Mirror(self, children: ["sql": sql, "parameterCount": parameters.count])
    }
}

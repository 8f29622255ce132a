/// A value that can be bound to a statement.
public protocol ParameterEncodable: Sendable {
    /// The value in PostgreSQL's text format; nil is NULL.
    var parameterText: String? { get }
}

/// A value that can also be an element of a bound array.
///
/// Arrays themselves are not: they would arrive as strings.
public protocol ArrayElementEncodable: ParameterEncodable {}

extension String: ArrayElementEncodable {
    /// The text itself.
    public var parameterText: String? { self }
}

extension Int: ArrayElementEncodable {
    /// Decimal digits.
    public var parameterText: String? { String(self) }
}

extension Int32: ArrayElementEncodable {
    /// Decimal digits.
    public var parameterText: String? { String(self) }
}

extension Int64: ArrayElementEncodable {
    /// Decimal digits.
    public var parameterText: String? { String(self) }
}

extension Double: ArrayElementEncodable {
    /// The shortest digits that give the same number again; PostgreSQL reads `nan`, `inf` and `-inf` too.
    public var parameterText: String? { description }
}

extension Bool: ArrayElementEncodable {
    /// `t` or `f`.
    public var parameterText: String? { self ? "t" : "f" }
}

extension Optional: ParameterEncodable where Wrapped: ParameterEncodable {
    /// The wrapped value's text, or NULL.
    public var parameterText: String? { flatMap(\.parameterText) }
}

extension Optional: ArrayElementEncodable where Wrapped: ArrayElementEncodable {}

extension Array: ParameterEncodable where Element: ArrayElementEncodable {
    /// A PostgreSQL array literal such as `{"a","b\"c",NULL}`.
    ///
    /// Every element is quoted, so an empty string, the word NULL and a comma need no care; the server reads quoted
    /// numbers as well.
    public var parameterText: String? {
        var literal = "{"
        for (index, element) in enumerated() {
            if index > 0 { literal += "," }
            guard let text = element.parameterText else {
                literal += "NULL"
                continue
            }
            literal += "\""
            for scalar in text.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { literal += "\\" }
                literal.unicodeScalars.append(scalar)
            }
            literal += "\""
        }
        return literal + "}"
    }
}

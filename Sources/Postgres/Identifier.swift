/// A name in SQL: the only way by which a name of a database gets into a statement.
///
/// It is always quoted, with quotes inside doubled. A name with control or formatting characters is written with
/// Unicode escapes (`U&"two\000Alines"`), so that a printed statement is safe on a terminal and still exact.
public struct Identifier: Sendable, Hashable, CustomStringConvertible {
    /// The name, as the catalog spells it.
    public let name: String

    /// Takes a name as the catalog spells it.
    ///
    /// PostgreSQL has no names with a NUL; one that comes from elsewhere is cut there, as libpq would.
    public init(_ name: String) { self.name = String(name.prefix { $0 != "\0" }) }

    /// The name in SQL.
    public var description: String {
        let doubled = name.flatMap { $0 == "\"" ? "\"\"" : String($0) }
        guard name.unicodeScalars.contains(where: Self.needsEscape) else { return "\"\(String(doubled))\"" }
        var escaped = ""
        for scalar in String(doubled).unicodeScalars {
            if scalar == "\\" {
                escaped += "\\\\"
            } else if Self.needsEscape(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                escaped +=
                    digits.count <= 4
                    ? "\\" + String(repeating: "0", count: 4 - digits.count) + digits
                    : "\\+" + String(repeating: "0", count: 6 - digits.count) + digits
            } else {
                escaped.unicodeScalars.append(scalar)
            }
        }
        return "U&\"\(escaped)\""
    }

    private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}

/// A name in a schema.
public struct QualifiedName: Sendable, Hashable, CustomStringConvertible {
    /// The schema.
    public let schema: Identifier
    /// The name in it.
    public let name: Identifier

    /// Takes both names as the catalog spells them.
    public init(schema: String, name: String) {
        self.schema = Identifier(schema)
        self.name = Identifier(name)
    }

    /// Both names in SQL.
    public var description: String { "\(schema).\(name)" }
}

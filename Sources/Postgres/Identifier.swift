internal import SafeText

/// The name of a database object, which becomes SQL only in quotes.
///
/// It is always quoted, so upper case, reserved words and spaces need no care, and embedded quotes are doubled. A name
/// with control characters or with Unicode's format characters (those that reverse text) is written as
/// `U&"...\000A..."`: the server reads the same name, and the name cannot mislead a terminal or a log that shows the
/// SQL.
public struct Identifier: Sendable, Hashable, CustomStringConvertible {
    /// The name, as in the catalogs.
    public let name: String

    /// Accepts any name.
    ///
    /// PostgreSQL has no names with a NUL character (one can only come from a configuration). Such a name is kept and
    /// written so that the server rejects it; cutting it off could name another table.
    public init(_ name: String) {
        self.name = name
    }

    /// The quoted form.
    public var sql: String {
        let mustEscape = name.unicodeScalars.contains { SafeText.isUnsafe($0) }
        var quoted = mustEscape ? "U&\"" : "\""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\"\""
            case "\\" where mustEscape: quoted += "\\\\"
            case _ where SafeText.isUnsafe(scalar): quoted += Self.escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// The quoted form.
    public var description: String { sql }

    /// The name of an object in a schema.
    public static func qualified(_ schema: String, _ name: String) -> QualifiedName {
        QualifiedName(schema: Identifier(schema), name: Identifier(name))
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return scalar.value <= 0xFFFF
            ? "\\" + String(repeating: "0", count: 4 - digits.count) + digits
            : "\\+" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// The name of an object together with its schema, which turns into SQL as `"schema"."name"`.
public struct QualifiedName: Sendable, Hashable, CustomStringConvertible {
    /// The schema.
    public let schema: Identifier
    /// The object in it.
    public let name: Identifier

    /// The name of an object in a schema.
    public init(schema: Identifier, name: Identifier) {
        self.schema = schema
        self.name = name
    }

    /// The quoted form.
    public var sql: String { "\(schema.sql).\(name.sql)" }

    /// The quoted form.
    public var description: String { sql }
}

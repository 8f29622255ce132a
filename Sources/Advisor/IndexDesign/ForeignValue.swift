extension IndexDefinition {
    /// Whether its key or predicate contains a value whose type is not one of PostgreSQL's own.
    ///
    /// A value of an array, a composite or a range over a domain runs the checks of the domain as soon as the statement
    /// is parsed, with the rights of the sender. The server writes the names of its own types without a schema.
    public var holdsForeignValue: Bool {
        [expression, predicate].compactMap { $0 }.contains { Self.holdsForeignValue($0) }
    }

    private static func holdsForeignValue(_ sql: String) -> Bool {
        var rest = Substring(sql).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": skipQuoted(by: scalar, in: &rest)
            case "'":
                skipQuoted(by: scalar, in: &rest)
                guard rest.starts(with: "::".unicodeScalars) else { continue }
                rest.removeFirst(2)
                if rest.first == "\"" {
                    skipQuoted(by: rest.removeFirst(), in: &rest)
                } else {
                    rest = rest.drop {
                        $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "$"
                    }
                }
                if rest.first == "." { return true }
            default: continue
            }
        }
        return false
    }

    /// Skips to the closing quote; a doubled quote is part of the text.
    private static func skipQuoted(by quote: Unicode.Scalar, in rest: inout Substring.UnicodeScalarView) {
        while let scalar = rest.popFirst() {
            guard scalar == quote else { continue }
            guard rest.first == quote else { return }
            rest.removeFirst()
        }
    }
}

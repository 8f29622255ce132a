import Advisor

/// A collection as people write it: `docs`, `vecs.docs`, `public.items.embedding`, `vecs."My Docs"`.
struct CollectionArgument: Equatable {
    /// The argument as the person wrote it.
    let text: String
    private let parts: [Part]

    private struct Part: Equatable {
        var name: String
        var isQuoted: Bool

        /// Whether the part names this object; without quotes, SQL reads a name in lower case.
        func fits(_ object: String, folding: Bool) -> Bool {
            Self.isSame(name, object) || (folding && !isQuoted && Self.isSame(name.lowercased(), object))
        }

        /// Compares bytes, as PostgreSQL does.
        static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
    }

    /// Parses the argument; text that is no SQL name can still match a collection by its exact spelling.
    init(_ text: String) {
        self.text = text
        parts = Self.parts(of: text) ?? []
    }

    /// The collections that the argument may mean: those with the exact spelling, otherwise those that match in lower
    /// case.
    ///
    /// A collection of vecs wins over others of the same name, because its client has no other way to name it.
    func matches(among collections: [CollectionName]) -> [CollectionName] {
        let exact = collections.filter { name in
            // Reports write names without quotes, even if a name contains dots.
            [name.description, "\(name.schema).\(name.table).\(name.column)"].contains { Part.isSame($0, text) }
        }
        if exact.count == 1 { return exact }
        for isFolding in [false, true] {
            let found = collections.filter { fits($0, folding: isFolding) }
            let preferred = found.filter(\.isVecs)
            if preferred.count == 1 { return preferred }
            if !found.isEmpty { return found }
        }
        let spelled = collections.filter { name in
            [name.table, "\(name.schema).\(name.table)"].contains { Part.isSame($0, text) }
        }
        return exact.isEmpty ? spelled : exact
    }

    /// The known name that the person may have meant.
    func nearest(among collections: [CollectionName]) -> String? {
        NearestName.of(text, among: collections.flatMap { [$0.description, $0.table, "\($0.schema).\($0.table)"] })
    }

    private func fits(_ name: CollectionName, folding: Bool) -> Bool {
        let objects: [String]
        switch parts.count {
        case 1: objects = [name.table]
        case 2: objects = [name.schema, name.table]
        case 3: objects = [name.schema, name.table, name.column]
        default: return false
        }
        return zip(parts, objects).allSatisfy { $0.fits($1, folding: folding) }
    }

    /// Splits at the dots outside of quotes; `nil` if a quote is not closed or is inside a name.
    private static func parts(of text: String) -> [Part]? {
        var parts: [Part] = []
        var rest = text.unicodeScalars[...]
        while true {
            var name = String.UnicodeScalarView()
            let isQuoted = rest.first == "\""
            if isQuoted {
                rest.removeFirst()
                while true {
                    guard let scalar = rest.popFirst() else { return nil }
                    if scalar == "\"" {
                        guard rest.first == "\"" else { break }
                        rest.removeFirst()
                    }
                    name.append(scalar)
                }
            } else {
                while let scalar = rest.first, scalar != "." {
                    guard scalar != "\"" else { return nil }
                    name.append(scalar)
                    rest.removeFirst()
                }
            }
            guard !name.isEmpty else { return nil }
            parts.append(Part(name: String(name), isQuoted: isQuoted))
            guard let next = rest.popFirst() else { return parts }
            guard next == "." else { return nil }
        }
    }
}

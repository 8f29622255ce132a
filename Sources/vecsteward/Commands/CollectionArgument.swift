import Advisor

/// A collection as people write it: `docs`, `vecs.docs`, `public.items.embedding`, `vecs."My Docs"`.
struct CollectionArgument: Equatable {
    /// As it was written.
    let text: String
    private let parts: [Part]

    private struct Part: Equatable {
        var name: String
        var isQuoted: Bool

        /// Whether it names this object; without quotes SQL reads it in lower case.
        func fits(_ object: String, folding: Bool) -> Bool {
            Self.isSame(name, object) || (folding && !isQuoted && Self.isSame(name.lowercased(), object))
        }

        /// Byte by byte, as PostgreSQL compares.
        static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
    }

    /// Reads what was written; what is no SQL name still stands for itself.
    init(_ text: String) {
        self.text = text
        parts = Self.parts(of: text) ?? []
    }

    /// The collections that it may mean: those that the exact spelling names, else those that it names in lower case.
    ///
    /// A collection of vecs comes before others of the same name, as its client has no other way to call it.
    func matches(among collections: [CollectionName]) -> [CollectionName] {
        let exact = collections.filter { name in
            // As reports write it, where no part has quotes and dots may belong to names.
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

    /// The collection that was meant, perhaps.
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

    /// The parts between the dots outside of quotes; `nil` where a quote is not closed or stands in the middle.
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

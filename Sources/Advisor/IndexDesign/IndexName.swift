/// The names of the indexes that vecsteward creates.
public enum IndexName {
    private static let underConstruction = "vecsteward_build_"
    private static let retired = "vecsteward_old_"
    private static let limit = 63
    private static let digits = 7

    /// Whether the name says that vecsteward is or was building the index, or was about to drop it.
    public static func isUnderConstruction(_ name: String) -> Bool {
        name.hasPrefix(underConstruction) || name.hasPrefix(retired)
    }

    /// Whether the name says that vecsteward is or was building the index: nothing relies on it yet.
    static func isBuild(_ name: String) -> Bool { name.hasPrefix(underConstruction) }

    /// The name of a finished index in the style of vecs, which finds its index by `ix_vector%` and reads the distance
    /// metric from the name.
    ///
    /// - Parameters:
    ///   - definition: The index.
    ///   - collection: Its collection.
    ///   - taken: The known names in the schema.
    /// - Returns: A name that is not among those.
    static func finished(_ definition: IndexDefinition, for collection: CollectionName, taken: Set<String>) -> String {
        free(stem(definition.operatorClass, definition.parameters), for: collection, taken: taken)
    }

    /// Whether an index that replaces another one gets its name.
    ///
    /// Only a name by vecs describes the index: method and parameters. So the new index gets another name if these
    /// differ. All other names belong to whoever gave them, whatever they begin with.
    ///
    /// - Parameters:
    ///   - index: The replaced index.
    ///   - collection: Its collection.
    ///   - definition: The index that replaces it.
    /// - Returns: Whether the name stays.
    static func isKept(_ index: VectorIndex, of collection: CollectionName, by definition: IndexDefinition) -> Bool {
        guard let parameters = index.parameters else { return true }
        return isKept(index.name, of: index.operatorClass, parameters, on: collection, by: definition)
    }

    /// The same of an index with this name, operator class and method.
    static func isKept(
        _ name: String,
        of operatorClass: String,
        _ parameters: IndexDefinition.Parameters,
        on collection: CollectionName,
        by definition: IndexDefinition
    ) -> Bool {
        guard collection.isVecs else { return true }
        // The parameters in the name, which somebody may have altered later.
        let digits = name.suffix(digits)
        guard digits.count == Self.digits, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else { return true }
        let named = name.dropLast(Self.digits)
        let method = "ix_\(operatorClass)_\(parameters.method)_"
        let isByVecs =
            switch parameters {
            case .ivfflat: named.dropFirst(method.count).wholeMatch(of: /nl[0-9]+_/) != nil
            case .hnsw: named.dropFirst(method.count).wholeMatch(of: /m[0-9]+_efc[0-9]+_/) != nil
            }
        guard named.hasPrefix(method), isByVecs else { return true }
        return named == stem(definition.operatorClass, definition.parameters)
    }

    private static func stem(_ operatorClass: String, _ parameters: IndexDefinition.Parameters) -> String {
        switch parameters {
        case .ivfflat(let lists): "ix_\(operatorClass)_ivfflat_nl\(lists)_"
        case .hnsw(let m, let efConstruction): "ix_\(operatorClass)_hnsw_m\(m)_efc\(efConstruction)_"
        }
    }

    /// The name of an index during its build, which vecs does not take for its own.
    static func building(for collection: CollectionName, part: String, taken: Set<String>) -> String {
        free(underConstruction, for: collection, part: part, taken: taken)
    }

    /// The name of an index that was just replaced, until it is dropped.
    static func retiring(for collection: CollectionName, part: String, taken: Set<String>) -> String {
        free(retired, for: collection, part: part, taken: taken)
    }

    /// A stem and seven hexadecimal digits, as in vecs, but always the same for the same collection, so that two
    /// reports can be compared.
    private static func free(
        _ stem: String,
        for collection: CollectionName,
        part: String = "",
        taken: Set<String>
    ) -> String {
        // PostgreSQL truncates longer names, and an operator class that is not pgvector's may have any length.
        var stem = stem
        while stem.utf8.count > limit - digits { stem.removeLast() }
        var attempt = 0
        while true {
            let seed = [collection.schema, collection.table, collection.column, part, String(attempt)]
            let name = stem + hexadecimal(seed.joined(separator: "\0"))
            if !taken.contains(name) { return name }
            attempt += 1
        }
    }

    /// The upper 28 bits of the 64-bit FNV-1a hash, as seven digits.
    private static func hexadecimal(_ text: String) -> String {
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let text = String(hash >> 36, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

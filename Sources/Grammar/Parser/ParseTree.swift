internal import CPgQuery
internal import Foundation

/// A node of a parse tree: its type and its fields, as libpg_query writes them in JSON.
struct Node {
    let type: String
    let fields: Fields

    /// A node out of `{"Type": {...}}`; nil for an empty place in a list.
    init?(_ value: Any?) {
        guard let object = value as? [String: Any], object.count == 1, let (type, fields) = object.first,
            let fields = fields as? [String: Any]
        else { return nil }
        self.init(type: type, fields: Fields(fields))
    }

    init(type: String, fields: Fields) {
        self.type = type
        self.fields = fields
    }

    /// The text of a String node.
    var string: String? { type == "String" ? fields.string("sval") ?? fields.string("str") ?? "" : nil }
}

/// The fields of a node.
///
/// Those that are zero, false or empty are not written.
struct Fields {
    let all: [String: Any]

    init(_ all: [String: Any]) {
        self.all = all
    }

    func node(_ name: String) -> Node? { Node(all[name]) }

    /// The nodes of a list without its empty places.
    func nodes(_ name: String) -> [Node] { list(name).compactMap { Node($0) } }

    /// The list as it is: the field itself, or the items of a List node.
    func list(_ name: String) -> [Any] {
        if let list = all[name] as? [Any] { return list }
        return Node(all[name]).map { $0.type == "List" ? $0.fields.list("items") : [] } ?? []
    }

    /// The fields of a node whose type is fixed and not written.
    func fields(_ name: String) -> Fields? { (all[name] as? [String: Any]).map { Fields($0) } }

    func string(_ name: String) -> String? { all[name] as? String }
    func int(_ name: String) -> Int? { (all[name] as? NSNumber)?.intValue }
    func bool(_ name: String) -> Bool { (all[name] as? NSNumber)?.boolValue ?? false }
    func strings(_ name: String) -> [String] { nodes(name).compactMap(\.string) }

    /// The name of an object out of a list of its parts; nil if the list is empty.
    ///
    /// A database before the schema is left out.
    func objectName(_ name: String) -> ObjectName? {
        let parts = strings(name)
        guard let last = parts.last else { return nil }
        return ObjectName(schema: parts.dropLast().last, last)
    }
}

/// What the grammar made of a text.
enum ParseResult {
    case statements([Node])
    case rejected(ReadText.Reason)
}

extension ParseResult {
    /// Parses a text without NUL that `TextLimits` lets pass.
    init(_ text: [UInt8]) {
        let result = (text + [0]).withUnsafeBytes { bytes in
            pg_query_parse(bytes.bindMemory(to: CChar.self).baseAddress)
        }
        defer { pg_query_free_parse_result(result) }
        guard result.error == nil, let json = result.parse_tree else {
            // "memory exhausted" is the grammar's own limit of nesting. The message may quote the text, and goes nowhere.
            let message = result.error?.pointee.message.map { String(cString: $0) } ?? ""
            self = .rejected(message.hasPrefix("memory exhausted") ? .tooDeep : .syntax)
            return
        }
        let data = Data(bytesNoCopy: json, count: strlen(json), deallocator: .none)
        // Foundation refuses what is nested more than 512 deep, that is expressions of some 250 levels.
        guard let tree = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            self = .rejected(.tooDeep)
            return
        }
        self = .statements(
            Fields(tree).list("stmts").compactMap { ($0 as? [String: Any]).flatMap { Node($0["stmt"]) } }
        )
    }
}

/// Calls the body with each node below a value, outermost first, and those of a list in its order; the body says whether to go on into the node.
func forEachNode(in value: Any?, _ body: (Node) -> Bool) {
    if let list = value as? [Any] {
        for item in list { forEachNode(in: item, body) }
    } else if let object = value as? [String: Any] {
        if let node = Node(object), node.type.first?.isUppercase == true {
            guard body(node) else { return }
        }
        // In one order: dictionaries have another one in each process.
        for name in object.keys.sorted() { forEachNode(in: object[name], body) }
    }
}

/// The greatest position in a text that a tree mentions; -1 if there is none before the end.
func lastLocation(in value: Any?, before end: Int) -> Int {
    if let list = value as? [Any] { return list.lazy.map { lastLocation(in: $0, before: end) }.max() ?? -1 }
    guard let object = value as? [String: Any] else { return -1 }
    let below = object.values.lazy.map { lastLocation(in: $0, before: end) }.max() ?? -1
    let own = (object["location"] as? NSNumber)?.intValue ?? -1
    return own < end ? max(below, own) : below
}

/// A constant that a statement compares a column with by one of pgvector's operators.
///
/// It has no description, so that no message shows it by mistake.
public struct ComparedVector: Sendable {
    /// The operator, without its schema.
    public let operation: String
    /// The constant as the text has it, which may be any text.
    public let literal: String
}

extension ComparedVector: CustomStringConvertible, CustomReflectable {
    /// The operator alone.
    public var description: String { operation }
    /// The operator alone.
    public var customMirror: Mirror { Mirror(self, children: ["operation": operation]) }

    /// Those of a text, each once; none if it is not understood.
    ///
    /// It runs on the thread of ``ParserThread``.
    static func all(in text: [UInt8]) -> [ComparedVector] {
        let text = ValidText.whole(text)
        guard TextLimits.refusal(of: text) == nil, TextLimits.tokens(of: text).refusal == nil,
            case .statements(let nodes) = ParseResult(text)
        else { return [] }
        var found: [ComparedVector] = []
        forEachNode(in: nodes.map(\.object)) { node in
            if let vector = ComparedVector(node),
                !found.contains(where: { $0.operation == vector.operation && $0.literal == vector.literal })
            {
                found.append(vector)
            }
            return true
        }
        return found
    }

    /// The comparison that a node is; `nil` if it is none of a column with a constant.
    private init?(_ node: Node) {
        guard node.type == "A_Expr", node.fields.string("kind") == "AEXPR_OP",
            let name = node.fields.objectName("name")?.name, Distance.operators.contains(name)
        else { return nil }
        let sides = [node.fields.node("lexpr"), node.fields.node("rexpr")]
        let columns = sides.map { side in side.map { !ExpressionReader().read($0).columns.isEmpty } ?? false }
        guard columns.count(where: { $0 }) == 1,
            let text = ExpressionReader.text(columns[0] ? sides[1] : sides[0]), text.hasPrefix("[")
        else { return nil }
        operation = name
        literal = text
    }
}

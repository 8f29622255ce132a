import Grammar

/// A search in one line, for tables of tests:
/// `nearest a <-> ?, id desc | from items i | where b = ? | limit ? | reranking`.
func line(_ search: Search) -> String {
    var parts = [search.kind?.rawValue ?? "none"]
    switch search.kind {
    case .nearest: parts[0] += " " + search.order.map(text).joined(separator: ", ")
    case .radius: break
    default: parts[0] += " " + search.output.map(text).joined(separator: ", ")
    }
    if !search.sources.isEmpty { parts.append("from " + search.sources.map(text).joined(separator: ", ")) }
    let conditions = search.filters.filter { $0.clause == .where }.map(\.shape)
    let joins = search.filters.filter { $0.clause == .join }.map(\.shape)
    if !joins.isEmpty { parts.append("on " + joins.joined(separator: " and ")) }
    if !conditions.isEmpty { parts.append("where " + conditions.joined(separator: " and ")) }
    switch search.limit {
    case .none: break
    case .rows(let rows): parts.append("limit \(rows)")
    case .parameter: parts.append("limit ?")
    case .expression: parts.append("limit expression")
    case .unknown: parts.append("limit unknown")
    }
    if search.hasOffset { parts.append("offset") }
    parts += search.features.map(\.rawValue).sorted()
    if search.isReranking { parts.append("reranking") }
    if search.isCut { parts.append("cut") }
    return parts.joined(separator: " | ")
}

func text(_ distance: Distance) -> String {
    distance.spelling == .operator
        ? "\(distance.searched) \(distance.name) \(distance.target)"
        : "\(distance.name)(\(distance.searched), \(distance.target))"
}

private func text(_ key: SortKey) -> String {
    let value =
        switch key.value {
        case .distance(let distance): text(distance)
        case .expressionOf(_, let expression): "{\(expression)}"
        case .other(let expression): "\(expression)"
        }
    let nulls =
        switch key.nulls {
        case .byDirection: ""
        case .first: " nulls first"
        case .last: " nulls last"
        }
    return value + (key.isDescending ? " desc" : "") + nulls
}

private func text(_ source: Source) -> String {
    let item =
        switch source.item {
        case .relation(let name): "\(name)"
        case .function(let call): "\(call.name)()"
        case .subquery(let isLimited): isLimited ? "(limited)" : "(subquery)"
        case .other: "(other)"
        }
    let join = source.join == .inner ? "" : "\(source.join.rawValue) "
    return join + item + (source.alias.map { " " + $0 } ?? "")
}

/// The lines of all searches of a text, in the order in which they are reported; or why it was not understood.
func lines(_ text: ReadText) -> [String] {
    switch text {
    case .understood(let statements): statements.flatMap(\.searches).map(line)
    case .notUnderstood(let reason): [reason.rawValue]
    }
}

func lines(_ sql: String, isCut: Bool = false) async -> [String] {
    lines(await StatementReader().read(sql, isCut: isCut))
}

/// The only statement of a text; nil if there is none or more.
func statement(_ sql: String) async -> Statement? {
    let statements = await StatementReader().read(sql).statements
    return statements.count == 1 ? statements[0] : nil
}

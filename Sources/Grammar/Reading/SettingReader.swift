/// Reads what a statement sets.
enum SettingReader {
    /// SET and RESET.
    static func read(_ fields: Fields) -> [Setting] {
        guard let name = fields.string("name") else { return [] }
        let scope: Setting.Scope = fields.bool("is_local") ? .transaction : .session
        switch fields.string("kind") {
        case "VAR_SET_VALUE":
            let values = fields.nodes("args")
            let text = values.count == 1 ? ExpressionReader.text(values[0]) : nil
            return Setting(name: name, text: text, scope: scope).map { [$0] } ?? []
        case "VAR_SET_DEFAULT", "VAR_RESET":
            return Setting.isKnown(name) ? [Setting(name.lowercased(), .initial, scope: scope)] : []
        default: return []
        }
    }

    /// A call of set_config.
    static func read(call fields: Fields) -> Setting? {
        guard let function = fields.objectName("funcname"), function.name == "set_config" else { return nil }
        let arguments = fields.nodes("args")
        guard arguments.count == 3, let name = ExpressionReader.text(arguments[0]) else { return nil }
        let scope: Setting.Scope =
            switch ExpressionReader.text(arguments[2]) {
            case "true", "t", "on", "1": .transaction
            case "false", "f", "off", "0": .session
            default: .unknown
            }
        return Setting(name: name, text: ExpressionReader.text(arguments[1]), scope: scope)
    }

    /// `SET [LOCAL] name = $1`, as pg_stat_statements of PostgreSQL 18 has it: no grammar accepts a parameter there.
    ///
    /// Nil if it is another statement; empty if the setting has nothing to do with vector searches.
    static func read(normalized tokens: [Token]) -> [Setting]? {
        var rest = tokens[...]
        if rest.last?.is(";") == true { rest.removeLast() }
        guard rest.popFirst()?.is("set") == true else { return nil }
        var scope = Setting.Scope.session
        if let word = rest.first, word.is("local") || word.is("session") {
            if word.is("local") { scope = .transaction }
            rest.removeFirst()
        }
        var name = ""
        while let token = rest.first, token.kind == .word, !token.is("to") || name.isEmpty {
            name += token.text
            rest.removeFirst()
            guard rest.first?.is(".") == true else { break }
            name += "."
            rest.removeFirst()
        }
        guard let sign = rest.popFirst(), sign.is("=") || sign.is("to"), !rest.isEmpty,
            rest.allSatisfy({ $0.kind == .parameter || $0.is(",") })
        else { return nil }
        return Setting(name: name, text: nil, scope: scope).map { [$0] } ?? []
    }
}

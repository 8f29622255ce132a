internal import Advisor
internal import Grammar

/// Statements whose names are being looked up.
struct StatementLookup {
    let functions: [SearchingFunction]
    /// The names to look up.
    var names = NameLookup()
    private var pending: [StatementKey: [Pending]] = [:]
    private var settings: [StatementKey: [Setting]] = [:]

    private struct Pending {
        var search: ReadSearch
        var schemas: [String]
        var function: SearchingFunction?
    }

    init(functions: [SearchingFunction]) { self.functions = functions }

    /// Takes what was read of one text.
    ///
    /// - Parameters:
    ///   - statements: The statements of the text.
    ///   - key: Which one it is.
    ///   - schemas: Where the server looks for names without a schema.
    mutating func add(_ statements: [Grammar.Statement], of key: StatementKey, schemas: [String]) {
        settings[key] = statements.flatMap(\.settings)
        for statement in statements {
            for search in ReadSearch.searches(of: statement) {
                want(Pending(search: search, schemas: schemas), of: key)
            }
            for call in statement.calls {
                guard let function = function(of: call, schemas) else { continue }
                let own = function.settings["search_path"].map { SearchingRole.names(in: $0) } ?? schemas
                for search in function.searches {
                    want(Pending(search: search, schemas: own, function: function), of: key)
                }
            }
        }
    }

    private mutating func want(_ search: Pending, of key: StatementKey) {
        pending[key, default: []].append(search)
        for case .relation(let name) in search.search.sources.map(\.item) {
            names.want(NameLookup.name(name, search.schemas))
        }
    }

    /// The function that a call means: the first of its schemas that has one with these arguments.
    private func function(of call: FunctionCall, _ schemas: [String]) -> SearchingFunction? {
        for schema in call.name.schema.map({ [$0] }) ?? schemas {
            if let found = functions.first(where: { $0.schema == schema && $0.accepts(call) }) { return found }
        }
        return nil
    }

    /// What each text searches.
    func found(in tables: SearchedTables) -> [StatementKey: ReadStatement] {
        var statements: [StatementKey: ReadStatement] = [:]
        for (key, settings) in settings {
            var statement = ReadStatement(settings: settings)
            for one in pending[key] ?? [] {
                if let search = search(one, in: tables) {
                    if !statement.searches.contains(search) { statement.searches.append(search) }
                } else {
                    statement.notFound += 1
                }
            }
            statements[key] = statement
        }
        return statements
    }

    private func search(_ pending: Pending, in tables: SearchedTables) -> FoundSearch? {
        let column = pending.search.column
        for source in pending.search.sources {
            guard case .relation(let name) = source.item,
                column.relation.map({ $0 == source.qualifier }) ?? true,
                let oid = names[NameLookup.name(name, pending.schemas)],
                let origin = tables.origin(of: oid, column: column.column)
            else { continue }
            let seen: SearchSource
            if let function = pending.function {
                seen = .function(function.name)
            } else {
                seen = origin.view.map { .view($0) } ?? .statements
            }
            return FoundSearch(
                tableOID: origin.oid,
                column: origin.column,
                shape: pending.search.shape(on: source, origin),
                source: seen,
                returnsItsRows: pending.search.returnsItsRows && pending.function == nil,
                functionSettings: pending.function?.settings ?? [:]
            )
        }
        return nil
    }
}

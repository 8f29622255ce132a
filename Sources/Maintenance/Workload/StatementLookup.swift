internal import Advisor
internal import Grammar

/// Statements whose names are being looked up.
struct StatementLookup {
    let functions: [SearchingFunction]
    /// The names to look up.
    var names = NameLookup()
    private var pending: [StatementKey: [Pending]] = [:]
    private var settings: [StatementKey: [Setting]] = [:]
    /// The texts whose calls lead to more than is followed.
    private var tooDeep: Set<StatementKey> = []

    private struct Pending {
        var search: ReadSearch
        var schemas: [String]
        /// The function that it stands in.
        var function: String?
        var functionSettings: [String: FunctionSetting] = [:]
    }

    /// Through how many functions a search is followed, each of which calls the next.
    static let mostLevels = 5
    /// How many calls and searches behind one text are followed: functions that call each other lead to any number.
    static let mostSteps = 1_000

    /// The positions of the functions of each name.
    private let positions: [String: [Int]]

    init(functions: [SearchingFunction]) {
        self.functions = functions
        positions = Dictionary(grouping: functions.indices) { functions[$0].name }
    }

    /// Takes what was read of one text.
    ///
    /// - Parameters:
    ///   - statements: The statements of the text.
    ///   - key: Which one it is.
    ///   - schemas: Where the server looks for names without a schema.
    mutating func add(_ statements: [Grammar.Statement], of key: StatementKey, schemas: [String]) {
        settings[key] = statements.flatMap(\.settings)
        var steps = Self.mostSteps
        for statement in statements {
            for search in ReadSearch.searches(of: statement) {
                want(Pending(search: search, schemas: schemas), of: key)
            }
            guard statement.runsItsQuery else { continue }
            for call in statement.calls { addSearches(behind: call, of: key, schemas: schemas, in: [], [:], &steps) }
        }
        if steps == 0 { tooDeep.insert(key) }
    }

    /// Takes the searches of the function that a call means, and of those that it calls.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - key: The text that it stands in, or that called the function which it stands in.
    ///   - schemas: Where the server looks for names without a schema.
    ///   - callers: The functions that lead to the call, by position: none is followed into itself.
    ///   - outer: The settings of these.
    ///   - steps: How many calls and searches may still be followed.
    private mutating func addSearches(
        behind call: FunctionCall,
        of key: StatementKey,
        schemas: [String],
        in callers: [Int],
        _ outer: [String: FunctionSetting],
        _ steps: inout Int
    ) {
        guard steps > 0 else { return }
        steps -= 1
        guard callers.count < Self.mostLevels, let position = function(of: call, schemas), !callers.contains(position)
        else { return }
        let function = functions[position]
        let own = function.settings["search_path"].map { SearchingRole.names(in: $0) } ?? schemas
        var settings = outer
        for (name, value) in function.settings where name != "search_path" {
            settings[name] = FunctionSetting(value: value, function: function.name)
        }
        for name in function.computedSettings { settings[name] = FunctionSetting(value: nil, function: function.name) }
        let searches = function.searches.prefix(steps)
        steps -= searches.count
        for search in searches {
            want(
                Pending(search: search, schemas: own, function: function.name, functionSettings: settings),
                of: key
            )
        }
        for call in function.calls {
            addSearches(behind: call, of: key, schemas: own, in: callers + [position], settings, &steps)
        }
    }

    private mutating func want(_ search: Pending, of key: StatementKey) {
        pending[key, default: []].append(search)
        for case .relation(let name) in search.search.sources.map(\.item) {
            names.want(NameLookup.name(name, search.schemas))
        }
    }

    /// The position of the function that a call means: the first of its schemas that has one with these arguments.
    private func function(of call: FunctionCall, _ schemas: [String]) -> Int? {
        guard let named = positions[call.name.name] else { return nil }
        for schema in call.name.schema.map({ [$0] }) ?? schemas {
            if let found = named.first(where: { functions[$0].schema == schema && functions[$0].accepts(call) }) {
                return found
            }
        }
        return nil
    }

    /// What each text searches.
    func found(in tables: SearchedTables) -> [StatementKey: ReadStatement] {
        var statements: [StatementKey: ReadStatement] = [:]
        for (key, settings) in settings {
            var statement = ReadStatement(settings: settings, isUnderstood: !tooDeep.contains(key))
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
                seen = .function(function)
            } else {
                seen = origin.view.map { .view($0) } ?? .statements
            }
            return FoundSearch(
                tableOID: origin.oid,
                column: origin.column,
                shape: pending.search.shape(on: source, origin),
                source: seen,
                returnsItsRows: pending.search.returnsItsRows && pending.function == nil,
                functionSettings: pending.functionSettings,
                hasOffset: pending.search.hasOffset
            )
        }
        return nil
    }
}

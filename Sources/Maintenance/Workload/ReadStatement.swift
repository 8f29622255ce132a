internal import Advisor
internal import Grammar
internal import Postgres

/// What a statement searches, after its names were looked up.
struct FoundSearch: Hashable {
    /// The table or partitioned table.
    var tableOID: UInt32
    /// The column, as the catalog spells it.
    var column: String
    var shape: SearchShape
    /// Where it was seen.
    var source: SearchSource
    /// Whether the rows that its statement returns are those that it finds.
    var returnsItsRows: Bool
    /// The settings of the functions that it stands in, by name.
    var functionSettings: [String: FunctionSetting] = [:]
    /// Whether it has an OFFSET.
    var hasOffset = false
}

/// A setting that holds within a function.
struct FunctionSetting: Hashable {
    /// The value; `nil` if the body computes it.
    var value: String?
    /// The function that has it: of several that call each other, the nearest to the search.
    var function: String
}

/// A search that a session ran when a poll looked.
struct RunningSearch: Hashable {
    var roleOID: UInt32
    var search: FoundSearch
}

/// A statement whose text was read once.
struct ReadStatement {
    /// The searches in it whose tables were found.
    var searches: [FoundSearch] = []
    /// The settings that it changes.
    var settings: [Setting] = []
    /// Whether the grammar read it, and all functions that it leads to were followed.
    var isUnderstood = true
    /// Searches whose tables were not found.
    var notFound = 0
}

/// A function whose body has distances, or calls such a function.
struct SearchingFunction {
    var schema: String
    var name: String
    var argumentNames: Set<String>
    var argumentCount: Int
    var defaultCount: Int
    /// Those of its settings that bear on searches, and its search path; also those that its body sets.
    var settings: [String: String]
    /// Settings that its body sets to what it computes.
    var computedSettings: Set<String> = []
    /// What its body searches.
    var searches: [ReadSearch] = []
    /// What its body calls.
    var calls: [FunctionCall] = []

    /// Whether a call may mean it.
    func accepts(_ call: FunctionCall) -> Bool {
        call.name.name == name
            && call.arguments.count >= argumentCount - defaultCount && call.arguments.count <= argumentCount
            && call.arguments.allSatisfy { $0.map(argumentNames.contains) ?? true }
    }
}

extension SearchingFunction {
    /// Finds the functions whose bodies have one of these words; their rows are those of `searching_functions.sql`.
    static func statement(naming words: [String], except known: Set<UInt32>) -> Postgres.Statement {
        Postgres.Statement(PackageResources.searching_functions_sql, [words, known.sorted().map { Int64($0) }])
    }

    /// Takes what the statements of its body do.
    mutating func take(_ statements: [Grammar.Statement]) {
        searches = statements.flatMap { ReadSearch.searches(of: $0) }
        calls = statements.filter(\.runsItsQuery).flatMap(\.calls).withoutRepetition()
        // What the body sets holds over what the function starts with. A value that it computes beside one that it states is
        // likely the one from before, which it puts back.
        var stated: Set<String> = []
        for setting in statements.flatMap(\.settings) where SearchingRole.settings.contains(setting.name) {
            if let value = setting.value.text {
                settings[setting.name] = value
                stated.insert(setting.name)
            } else if setting.value == .unknown {
                computedSettings.insert(setting.name)
            }
        }
        computedSettings.subtract(stated)
    }

    /// Reads a row of `searching_functions.sql`.
    init(_ row: Row) throws(PostgresError) {
        var settings: [String: String] = [:]
        for entry in try row["settings", as: [String]?.self] ?? [] {
            guard let (name, value) = CatalogOption.split(entry) else { continue }
            if name == "search_path" || SearchingRole.settings.contains(name) {
                settings[name] = Setting.shown(value, of: name)
            }
        }
        self.init(
            schema: try row["schema", as: String.self],
            name: try row["name", as: String.self],
            argumentNames: Set(try row["argument_names", as: [String]?.self] ?? []),
            argumentCount: try row["argument_count", as: Int.self],
            defaultCount: try row["default_count", as: Int.self],
            settings: settings
        )
    }

    /// The body in a row of `searching_functions.sql`, or the one that the server keeps as it was parsed.
    func body(in row: Row, parsed: String?) throws(PostgresError) -> FunctionBody? {
        let source = try row["body", as: String.self]
        guard let text = source.isEmpty ? parsed : source else { return nil }
        return FunctionBody(
            name: name,
            language: try row["language", as: String.self],
            source: text,
            argumentNames: argumentNames
        )
    }
}

extension String {
    /// The name as it stands between quotes.
    var betweenQuotes: String { split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") }
}

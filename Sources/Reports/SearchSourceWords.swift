internal import Advisor

/// What all forms of a report say of where the searches of a database are read from.
struct SearchSourceWords {
    /// The state of pg_stat_statements, for a program.
    let code: String
    /// What could not be read, as a sentence without its full stop; `nil` if all was.
    let obstacle: String?
    /// What to do about that: a statement, or words where no statement is enough.
    let remedy: String?
    /// The complete statements of it, without semicolons.
    let statements: [String]

    /// Takes what could be read, and the role that read it.
    init(_ sources: SearchSources, role: String) {
        switch sources.statements {
        case .read: self.init("read")
        case .notInstalled(let isLoaded):
            let create = ["CREATE EXTENSION pg_stat_statements"]
            let obstacle = "pg_stat_statements is not installed in this database"
            switch isLoaded {
            case true?: self.init("not_installed", obstacle, statements: create)
            case false?:
                self.init(
                    "not_installed",
                    obstacle + ", and the server has not loaded it",
                    "\(Self.load), then CREATE EXTENSION pg_stat_statements;",
                    statements: create
                )
            case nil:
                self.init(
                    "not_installed",
                    obstacle,
                    "CREATE EXTENSION pg_stat_statements; it counts once shared_preload_libraries names it",
                    statements: create
                )
            }
        case .notLoaded: self.init("not_loaded", "the server has not loaded pg_stat_statements", Self.load)
        case .notPermitted:
            self.init(
                "not_permitted",
                "role \(role) may not read what other roles run",
                statements: ["GRANT pg_read_all_stats TO \(SQLName.quoted(role))"]
            )
        case .notCounting(let setting, let value):
            let wanted = setting == "compute_query_id" ? "auto" : "top"
            let isKnown = ["compute_query_id", "pg_stat_statements.track"].contains(setting)
            self.init(
                "not_counting",
                "\(setting) is \(value), so that nothing counts them",
                isKnown ? nil : "change \(setting)",
                statements: isKnown ? ["ALTER SYSTEM SET \(setting) = '\(wanted)'", "SELECT pg_reload_conf()"] : []
            )
        case .refused(let message): self.init("refused", "the server refused to show pg_stat_statements (\(message))")
        }
    }

    private init(_ code: String, _ obstacle: String? = nil, _ remedy: String? = nil, statements: [String] = []) {
        self.code = code
        self.obstacle = obstacle
        self.remedy = remedy ?? (statements.isEmpty ? nil : statements.map { "\($0);" }.joined(separator: " "))
        self.statements = statements
    }

    private static let load = "add pg_stat_statements to shared_preload_libraries and restart the server"

    /// What the report says once for a database; `nil` if everything could be read.
    func sentence(knowsSome: Bool) -> String? {
        obstacle.map { obstacle in
            (knowsSome ? "Not all searches are known: " : "The searches are not known: ") + obstacle + "."
                + (remedy.map { " To fix this: \($0)" } ?? "")
        }
    }

    /// What was seen and could not be used, as sentences; `nil` if there is nothing like that.
    static func leftOut(_ sources: SearchSources) -> String? {
        var sentences: [String] = []
        if sources.notUnderstood > 0 {
            let isOne = sources.notUnderstood == 1
            sentences.append(
                "\(Numbers.grouped(Int64(sources.notUnderstood))) \(isOne ? "text" : "texts") with a distance operator "
                    + "\(isOne ? "was" : "were") not understood."
            )
        }
        if sources.unread > 0 {
            let isOne = sources.unread == 1
            sentences.append(
                "\(Numbers.grouped(Int64(sources.unread))) \(isOne ? "statement was" : "statements were") not read yet: "
                    + "there are many, or they take long to read."
            )
        }
        if sources.notFound > 0 {
            let isOne = sources.notFound == 1
            sentences.append(
                "\(Numbers.grouped(Int64(sources.notFound))) "
                    + (isOne
                        ? "search is of a table that is not among the collections."
                        : "searches are of tables that are not among the collections.")
            )
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
}

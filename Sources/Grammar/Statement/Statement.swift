/// What one statement says about vector searches.
public struct Statement: Sendable, Hashable, Codable {
    /// What kind of statement it is.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// SELECT, VALUES or TABLE.
        case select
        /// INSERT.
        case insert
        /// UPDATE.
        case update
        /// DELETE.
        case delete
        /// MERGE.
        case merge
        /// CREATE TABLE AS, SELECT INTO or CREATE MATERIALIZED VIEW.
        case createTableAs
        /// CREATE VIEW.
        case createView
        /// CREATE FUNCTION or PROCEDURE.
        case createFunction
        /// DECLARE of a cursor. Its rows are counted with FETCH.
        case declareCursor
        /// PREPARE. Its executions are counted with it by pg_stat_statements.
        case prepare
        /// EXPLAIN with ANALYZE, which runs its query.
        case explain
        /// EXPLAIN without ANALYZE, which only plans its query.
        case plan
        /// COPY of a query.
        case copy
        /// CALL.
        case call
        /// SET or RESET.
        case set
        /// Dynamic SQL in PL/pgSQL: nobody knows what it runs.
        case dynamic
        /// A statement in PL/pgSQL that the grammar does not accept.
        case notUnderstood
        /// Anything else.
        case other
    }

    /// What kind of statement it is.
    public var kind: Kind
    /// Its searches, at every level.
    public var searches: [Search] = []
    /// The settings that it changes, in their order.
    public var settings: [Setting] = []
    /// The functions that it calls, each once.
    public var calls: [FunctionCall] = []
    /// The tables and views that it names, each once, without common table expressions.
    public var relations: [ObjectName] = []
    /// What it returns, for a SELECT or a view; nil for others, and for UNION and its kin.
    public var output: [OutputColumn]?
    /// What the rows of a SELECT or a view meet; empty for others, and for UNION and its kin.
    public var filters: [Filter] = []

    /// A statement of which only the kind is known.
    public init(_ kind: Kind) {
        self.kind = kind
    }
}

/// A column that a query returns.
public struct OutputColumn: Sendable, Hashable, Codable {
    /// What it holds.
    public enum Value: Sendable, Hashable, Codable {
        /// An expression. A column of a plain subquery is that of the table below.
        case expression(Expression)
        /// All columns of a source: `d.*`; of all sources if the name is nil.
        case allColumns(of: String?)
    }

    /// The name, as the server gives it; nil if that is for the server to choose, or if it is several columns.
    public let name: String?
    /// What it holds.
    public let value: Value

    /// A column as it is given.
    public init(name: String?, _ value: Value) {
        self.name = name
        self.value = value
    }
}

/// What became of a text.
public enum ReadText: Sendable, Hashable, Codable {
    /// Its statements.
    case understood([Statement])
    /// It could not be read.
    case notUnderstood(Reason)

    /// Why a text could not be read.
    public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
        /// It is longer than `StatementReader.longest`.
        case tooLong
        /// It has more words and operators than `StatementReader.mostTokens`, or operators that take long to read.
        case tooComplex
        /// Its parts are nested too deeply.
        case tooDeep
        /// The grammar does not accept it. It may be of a newer server, or be cut where nothing can be made of it.
        case syntax
        /// It assigns to several columns at once, which the parser's output repeats for each of them.
        case multipleAssignment
        /// It has a NUL character.
        case containsNUL
        /// It is the body of a function in a language other than SQL and PL/pgSQL.
        case language
        /// There was no memory for the thread that reads.
        case unavailable
    }

    /// The statements; none if it could not be read.
    public var statements: [Statement] {
        if case .understood(let statements) = self { statements } else { [] }
    }
}

public import Advisor
internal import Grammar

extension ConfiguredQueries {
    /// Why a text cannot be a statement that returns query vectors.
    public struct Mistake: Sendable, Equatable {
        /// What is wrong, behind the name of the key.
        public var found: String
        /// What to do about it, as sentences.
        public var hint: String
    }

    /// What is wrong with a text, as far as PostgreSQL's grammar tells; `nil` if nothing is.
    ///
    /// It blocks its thread for the few milliseconds that this takes. It keeps nobody from writing a SELECT that calls a
    /// function: that the role has no more rights than it needs is what makes it safe.
    public static func mistake(in sql: String) -> Mistake? {
        let example =
            "Give one SELECT with one column: \"SELECT embedding FROM app.search_log ORDER BY at DESC LIMIT 500\"."
        func mistake(_ found: String) -> Mistake { Mistake(found: found, hint: example) }
        switch StatementReader().readNow(sql) {
        case .notUnderstood: return mistake("is no SQL that PostgreSQL's grammar accepts")
        case .understood(let statements):
            guard let statement = statements.first else { return mistake("has no statement") }
            guard statements.count == 1 else { return mistake("has \(statements.count) statements") }
            guard statement.kind == .select else { return mistake("is no SELECT") }
            guard let output = statement.output else { return nil }
            let hasAll = output.contains { if case .allColumns = $0.value { true } else { false } }
            return hasAll || output.count == 1 ? nil : mistake("returns \(output.count) columns")
        }
    }
}

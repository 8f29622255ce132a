public import Advisor
internal import Grammar

/// What searches compare, as a person writes it in SQL.
public struct SearchedSQL: Sendable {
    /// What is compared, in the form in which searches and indexes are compared with it.
    public let searched: SearchedExpression
    /// The one column in it.
    public let column: String

    /// Reads an expression, such as `embedding::halfvec(768)`, with PostgreSQL's grammar.
    ///
    /// It blocks its thread for the few milliseconds that this takes. `nil` if it is no expression over exactly one column.
    public init?(_ text: String) {
        guard let expression = StatementReader().readExpressionNow(text), expression.columns.count == 1 else {
            return nil
        }
        searched = SearchedExpression(expression)
        column = expression.columns[0].column
    }
}

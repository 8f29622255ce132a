internal import Postgres

/// Checks that functions are those of an extension, before a statement calls them.
///
/// Whoever owns the schema can put a function of that name into it, whose code would run with vecsteward's rights.
enum ExtensionGuard {
    /// The statement that fails unless they are; it stands in the same transaction before each that calls them.
    ///
    /// - Parameters:
    ///   - functions: The names of functions in C.
    ///   - schema: The schema in which they are called.
    ///   - name: The extension.
    /// - Returns: The statement.
    static func check(_ functions: [String], in schema: String, of name: String) -> Statement {
        Statement(PackageResources.extension_guard_sql, [schema, functions, name])
    }
}

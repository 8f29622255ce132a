internal import Advisor
internal import Postgres

/// Writes the SQL of advised statements: complete, without a semicolon, and ready to run.
enum AdvisedSQL {
    /// The SQL of a statement.
    static func text(_ statement: AdvisedStatement) -> String {
        switch statement {
        case .createIndex(let table, let index, let column):
            return creation(of: index, on: table, column: column)
        case .createColumnIndex(let table, let index, let column):
            return "CREATE INDEX CONCURRENTLY ON \(name(table)) USING \(index.method) (\(Identifier(column)) "
                + "\(Identifier.qualified(index.operatorClassSchema, index.operatorClass))) "
                + "WITH (\(index.writtenOptions.joined(separator: ", ")))"
        case .createFilterIndex(let table, let columns):
            let list = columns.map { Identifier($0).sql }.joined(separator: ", ")
            return "CREATE INDEX CONCURRENTLY ON \(name(table)) (\(list))"
        case .writePartialIndexes(let table, let indexes): return writing(indexes, on: table)
        case .searchByCast(let table, let index, let column):
            return search(
                table,
                key: key(of: index, column: column),
                predicate: predicate(of: index, column: column),
                operation: "OPERATOR(\(Identifier(index.extensionSchema)).\(index.distanceMetric.distanceOperator))"
            )
        case .writeCreateIndex(let table, let index, let column):
            let creation = creation(of: index, on: table, column: column, dimensions: "\u{1}")
            return writing(creation, table, index, column: column)
        case .writeColumnType(let table, let index, let column):
            let type = Identifier.qualified(index.extensionSchema, index.type.rawValue)
            let change = "ALTER TABLE \(name(table)) ALTER COLUMN \(Identifier(column)) TYPE \(type)(\u{1})"
            return writing(change, table, index, column: column)
        case .explainSearch(let table, let search):
            return "EXPLAIN "
                + self.search(
                    table,
                    key: search.expression.map { DeparsedSQL($0).legible } ?? Identifier(search.column).sql,
                    predicate: search.predicate.map { DeparsedSQL($0).legible },
                    operation: "OPERATOR(\(Identifier(search.operatorSchema)).\(search.distanceOperator))"
                )
        case .reindex(let schema, let index):
            return "REINDEX INDEX CONCURRENTLY \(Identifier.qualified(schema, index))"
        case .setLists(let lists, let schema, let index):
            return "ALTER INDEX \(Identifier.qualified(schema, index)) SET (lists = \(lists))"
        case .dropIndex(let schema, let index, let isPartitioned):
            return "DROP INDEX \(isPartitioned ? "" : "CONCURRENTLY ")\(Identifier.qualified(schema, index))"
        case .updateExtension: return "ALTER EXTENSION vector UPDATE"
        case .setProbes(let probes, let database):
            return "ALTER DATABASE \(Identifier(database)) SET ivfflat.probes = \(probes)"
        case .set(let parameter, let sessions): return "ALTER \(sql(sessions)) SET \(sql(parameter))"
        }
    }

    private static func sql(_ sessions: AdvisedStatement.Sessions) -> String {
        switch sessions {
        case .role(let role, let database): "ROLE \(Identifier(role)) IN DATABASE \(Identifier(database))"
        case .database(let database): "DATABASE \(Identifier(database))"
        }
    }

    private static func sql(_ parameter: AdvisedStatement.SearchParameter) -> String {
        switch parameter {
        case .probes(let probes): "ivfflat.probes = \(probes)"
        case .efSearch(let candidates): "hnsw.ef_search = \(candidates)"
        case .iterativeScan(let method): "\(method).iterative_scan = 'relaxed_order'"
        }
    }

    private static func name(_ table: AdvisedStatement.Table) -> QualifiedName {
        Identifier.qualified(table.schema, table.name)
    }

    /// The statement that creates a cast index; `dimensions` replaces the number of dimensions if it is unknown.
    private static func creation(
        of index: CastIndex,
        on table: AdvisedStatement.Table,
        column: String,
        dimensions: String? = nil
    ) -> String {
        "CREATE INDEX CONCURRENTLY ON \(name(table)) USING \(index.method) "
            + "((\(key(of: index, column: column, dimensions: dimensions))) "
            + "\(Identifier.qualified(index.extensionSchema, operatorClass(of: index))))"
            + predicate(of: index, column: column, dimensions: dimensions).map { " WHERE \($0)" }.orEmpty
    }

    private static func operatorClass(of index: CastIndex) -> String {
        index.distanceMetric.operatorClass(for: index.isQuantized ? .bit : index.type, method: index.method) ?? ""
    }

    /// The expression of a cast index; `dimensions` replaces the number of dimensions if it is unknown.
    private static func key(of index: CastIndex, column: String, dimensions: String? = nil) -> String {
        let number = dimensions ?? index.dimensions.map { "\($0)" } ?? ""
        let column = Identifier(column).sql
        if index.isQuantized {
            return "\(Identifier.qualified(index.extensionSchema, "binary_quantize"))(\(column))::bit(\(number))"
        }
        // The type bit is PostgreSQL's own.
        let type =
            index.type == .bit ? "bit" : Identifier.qualified(index.extensionSchema, index.type.rawValue).description
        return "\(column)::\(type)(\(number))"
    }

    private static func predicate(of index: CastIndex, column: String, dimensions: String? = nil) -> String? {
        guard index.isForSomeDimensions else { return nil }
        let number = dimensions ?? index.dimensions.map { "\($0)" } ?? ""
        return "\(measured(index, column: Identifier(column).sql)) = \(number)"
    }

    /// The dimensions of the value in a row.
    private static func measured(_ index: CastIndex, column: String) -> String {
        guard index.type == .sparsevec else {
            return "\(Identifier.qualified(index.extensionSchema, "vector_dims"))(\(column))"
        }
        // pgvector has no function for it; the text form is stable enough for a predicate, because it is the type's
        // own.
        return "pg_catalog.split_part(\(column)::pg_catalog.text, '/', 2)::pg_catalog.int4"
    }

    /// A search for the neighbours of a vector from the table.
    private static func search(
        _ table: AdvisedStatement.Table,
        key: String,
        predicate: String?,
        operation: String
    ) -> String {
        let condition = predicate.map { " AND (\($0))" }.orEmpty
        let sample = "(SELECT \(key) FROM \(name(table)) WHERE (\(key)) IS NOT NULL\(condition) LIMIT 1)"
        return "SELECT * FROM \(name(table))" + predicate.map { " WHERE \($0)" }.orEmpty
            + " ORDER BY (\(key)) \(operation) \(sample) LIMIT 10"
    }

    private static func writing(
        _ statement: String,
        _ table: AdvisedStatement.Table,
        _ index: CastIndex,
        column: String
    ) -> String {
        let placeholder = "%1$s"
        // format() needs a doubled percent sign in names.
        let format = (statement + ";").replacing("%", with: "%%").replacing("\u{1}", with: placeholder)
        let dimensions = measured(index, column: Identifier(column).sql)
        return "SELECT pg_catalog.count(*) AS rows, pg_catalog.format(\(Literal(format)), \(dimensions)) AS statement "
            + "FROM \(name(table)) WHERE \(Identifier(column)) IS NOT NULL GROUP BY \(dimensions) ORDER BY 1 DESC"
    }
}

extension AdvisedSQL {
    /// The query that writes the statements for the most frequent values; they are in its result alone.
    private static func writing(
        _ indexes: AdvisedStatement.PartialIndexes,
        on table: AdvisedStatement.Table
    ) -> String {
        let key = indexes.expression.map { "(\(DeparsedSQL($0).legible))" } ?? Identifier(indexes.column).sql
        let value = Identifier(indexes.filterColumn)
        let isIVFFlat = indexes.method == .ivfflat
        let options = isIVFFlat ? ["lists=\u{2}"] : indexes.options
        let creation =
            "CREATE INDEX CONCURRENTLY ON \(name(table)) USING \(indexes.method) "
            + "(\(key) \(Identifier.qualified(indexes.operatorClassSchema, indexes.operatorClass)))"
            + (options.isEmpty ? "" : " WITH (\(options.joined(separator: ", ")))") + " WHERE \(value) = \u{1};"
        let format = creation.replacing("%", with: "%%").replacing("\u{1}", with: "%1$L")
            .replacing("\u{2}", with: "%2$s")
        let lists = isIVFFlat ? ", greatest(pg_catalog.count(*) / 1000, 30)" : ""
        return
            "SELECT pg_catalog.count(*) AS rows, pg_catalog.format(\(Literal(format)), \(value)\(lists)) "
            + "AS statement FROM \(name(table)) WHERE \(value) IS NOT NULL GROUP BY \(value) ORDER BY 1 DESC LIMIT \(indexes.most)"
    }
}

extension Optional<String> {
    fileprivate var orEmpty: String { self ?? "" }
}

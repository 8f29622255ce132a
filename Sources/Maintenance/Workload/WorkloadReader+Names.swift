internal import Advisor
internal import Grammar
internal import Postgres

extension WorkloadReader {
    /// Reads again what names mean, and so every text.
    func refresh(
        _ state: inout WorkloadMemory.State,
        _ tables: SearchedTables,
        versionNumber: Int,
        on connection: inout Connection
    ) async throws(PostgresError) {
        var fresh = state
        fresh.forgetNames()
        do throws(PostgresError) {
            try await readNames(into: &fresh, tables, versionNumber: versionNumber, on: &connection)
            fresh.refreshedAt = .now
            state = fresh
        } catch {
            // Somebody changes a table of a view or function. What is known of them stays until the next poll.
            guard error.sqlState == .lockNotAvailable, connection.isUsable else { throw error }
        }
    }

    /// Reads the functions that search, and the views over the tables.
    private func readNames(
        into state: inout WorkloadMemory.State,
        _ tables: SearchedTables,
        versionNumber: Int,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let named = try await connection.read(
            [
                Postgres.Statement(PackageResources.searching_functions_sql, [StatementStatistics.distances]),
                Postgres.Statement(PackageResources.views_sql, [tables.oids.map { Int64($0) }]),
            ],
            in: transaction
        )
        var views: [UInt32: SearchedTables.Name] = [:]
        for row in named[1] {
            views[try row.oid("oid")] = SearchedTables.Name(
                schema: try row["schema", as: String.self],
                table: try row["name", as: String.self]
            )
        }
        var parsed: [Int64] = []
        for row in named[0] where try row["body", as: String.self].isEmpty { parsed.append(Int64(try row.oid("oid"))) }
        var more: [Postgres.Statement] = []
        let hasBodies = versionNumber >= 140_000 && !parsed.isEmpty
        if hasBodies {
            more.append(Postgres.Statement(PackageResources.standard_bodies_sql, [parsed, StatementReader.longest]))
        }
        if !views.isEmpty {
            let oids = views.keys.sorted().map { Int64($0) }
            more.append(Postgres.Statement(PackageResources.view_texts_sql, [oids, StatementReader.longest]))
        }
        let texts = more.isEmpty ? [] : try await connection.read(more, in: transaction)
        var bodies: [UInt32: String] = [:]
        if hasBodies {
            for row in texts[0] { bodies[try row.oid("oid")] = try row["body", as: String?.self] }
        }
        for row in named[0] {
            var function = try SearchingFunction(row)
            guard let body = try function.body(in: row, parsed: bodies[try row.oid("oid")]) else { continue }
            let statements = await grammar.read(body).statements
            function.searches = statements.flatMap { ReadSearch.searches(of: $0) }
            guard !function.searches.isEmpty else { continue }
            // What the body sets holds over what the function starts with.
            for setting in statements.flatMap(\.settings) where SearchingRole.settings.contains(setting.name) {
                if let value = setting.value.text { function.settings[setting.name] = value }
            }
            state.functions.append(function)
        }
        if !views.isEmpty, let rows = texts.last {
            for row in rows {
                let oid = try row.oid("oid")
                guard let text = try row["text", as: String?.self], let name = views[oid],
                    let statement = await grammar.read(text).statements.first
                else { continue }
                state.views[oid] = SearchedTables.View(name: name, statement)
            }
        }
    }

    /// Says of each index on an expression what a search must compare.
    func readExpressions(of snapshot: inout CatalogSnapshot, into state: inout WorkloadMemory.State) async {
        var texts: Set<String> = []
        for collection in snapshot.collections {
            for relation in collection.relations {
                for index in relation.indexes {
                    if let text = index.expression, !text.isEmpty { texts.insert(text) }
                }
            }
        }
        for text in texts where state.expressions[text] == nil {
            state.expressions[text] = await grammar.readExpression(text).map { SearchedExpression($0) } ?? .other(text)
        }
        guard !texts.isEmpty else { return }
        let known = state.expressions
        snapshot.updateIndexes { index, _ in index.searchedExpression = index.expression.flatMap { known[$0] } }
    }
}

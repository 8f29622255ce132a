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
                SearchingFunction.statement(naming: StatementStatistics.distances, except: []),
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
        try await readFunctions(named[0], bodies, into: &state, on: &connection)
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

    /// Reads the bodies of functions with distances, and then, level by level, those that call one that is known to search.
    ///
    /// - Parameters:
    ///   - rows: The functions with distances.
    ///   - bodies: The bodies that the server keeps as they were parsed.
    ///   - state: Where those that search go.
    ///   - connection: The connection, for the callers.
    /// - Throws: If the server refuses, or the connection is lost.
    private func readFunctions(
        _ rows: Rows,
        _ bodies: [UInt32: String],
        into state: inout WorkloadMemory.State,
        on connection: inout Connection
    ) async throws(PostgresError) {
        var known: Set<UInt32> = []
        var others = try await functions(in: rows, bodies, &known)
        var found = others.filter { !$0.searches.isEmpty }
        others.removeAll { !$0.searches.isEmpty }
        for _ in 1..<StatementLookup.mostLevels {
            guard !found.isEmpty else { return }
            state.functions += found
            let names = Set(found.map(\.name))
            let calling = SearchingFunction.statement(naming: names.map(\.betweenQuotes).sorted(), except: known)
            others += try await functions(in: try await connection.read([calling], in: transaction)[0], bodies, &known)
            found = others.filter { $0.calls.contains { names.contains($0.name.name) } }
            others.removeAll { $0.calls.contains { names.contains($0.name.name) } }
        }
        state.functions += found
    }

    /// Reads the bodies of functions, and notes these.
    private func functions(
        in rows: Rows,
        _ bodies: [UInt32: String],
        _ known: inout Set<UInt32>
    ) async throws(PostgresError) -> [SearchingFunction] {
        var functions: [SearchingFunction] = []
        for row in rows {
            let oid = try row.oid("oid")
            known.insert(oid)
            var function = try SearchingFunction(row)
            guard let body = try function.body(in: row, parsed: bodies[oid]) else { continue }
            function.take(await grammar.read(body).statements)
            functions.append(function)
        }
        return functions
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

internal import Advisor
internal import Postgres

/// Adds the searches that the configuration states, with what the catalog says of their columns.
struct ConfiguredSearchReader {
    let transaction: ReadOnlyTransaction
    let policies: PolicyBook

    /// Adds the searches, and reads in one round trip what they need; without such searches, nothing is read.
    ///
    /// Searches that only the records know get the settings of their role before, because those of the configuration come on
    /// top.
    ///
    /// - Throws: If the connection is lost. If the server refuses, the searches are added without their columns.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        snapshot.completeRecordedSettings()
        guard policies.hasSearches else { return }
        var columns: [UInt32: CatalogSnapshot.Columns] = [:]
        var wanted: Set<String> = []
        for collection in snapshot.collections {
            let filters = policies.policy(for: collection.name).searches.flatMap { $0.filters ?? [] }
            guard !filters.isEmpty, let oid = collection.tableOID else { continue }
            columns[oid] = [:]
            wanted.formUnion(filters)
        }
        do throws(PostgresError) {
            let rows = try await connection.read(
                [
                    Statement(
                        PackageResources.filter_columns_sql,
                        [columns.keys.sorted().map { Int64($0) }, wanted.sorted()]
                    ),
                    Statement(PackageResources.server_settings_sql, [SearchingRole.settings]),
                    Statement(PackageResources.database_settings_sql),
                ],
                in: transaction
            )
            for row in rows[0] {
                columns[try row.oid("table_oid"), default: [:]][try row["name", as: String.self]] =
                    try row["is_comparable", as: Bool.self]
            }
            snapshot.applySearches(
                of: policies,
                columns: columns,
                settings: try settings(ofServer: rows[1], ofDatabase: rows[2], snapshot.server.database)
            )
        } catch {
            guard error.code == .server, connection.isUsable else { throw error }
            snapshot.applySearches(of: policies)
        }
    }

    /// The settings of a role that has none of its own.
    private func settings(
        ofServer: Rows,
        ofDatabase: Rows,
        _ database: String
    ) throws(PostgresError) -> [String: SearchSetting] {
        var settings = SearchSetting.builtIn.mapValues { SearchSetting($0, .builtIn) }
        settings.merge(try SearchSetting.ofServer(ofServer)) { _, new in new }
        for row in ofDatabase {
            guard let (name, value) = CatalogOption.split(try row["entry", as: String.self]),
                SearchingRole.settings.contains(name)
            else { continue }
            settings[name] = SearchSetting(name, written: value, .database(database))
        }
        return settings
    }
}

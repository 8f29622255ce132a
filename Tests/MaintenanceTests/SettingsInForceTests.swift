import Advisor
import Grammar
import Testing

@testable import Maintenance

/// What follows from the SETs that a server counts, with their values and without, as PostgreSQL 18 does.
@Suite("The settings that clients set")
struct SettingsInForceTests {
    private static let role: UInt32 = 10

    /// Statements of one role with their calls, in a database with vecs.docs (1) and public.items (2).
    private struct Statements {
        var read: [StatementKey: ReadStatement] = [:]
        var counts: [StatementKey: StatementCounts] = [:]

        mutating func add(_ statement: ReadStatement, calls: Int64) {
            let key = StatementKey(roleOID: SettingsInForceTests.role, queryID: Int64(read.count), isTopLevel: true)
            read[key] = statement
            counts[key] = StatementCounts(calls: calls, milliseconds: 1, rows: calls, blocksHit: 0, blocksRead: 0)
        }

        mutating func search(_ table: UInt32, calls: Int64) {
            let search = FoundSearch(
                tableOID: table,
                column: "vec",
                shape: SearchShape(distanceMetric: .cosineDistance),
                source: .statements,
                returnsItsRows: true
            )
            add(ReadStatement(searches: [search]), calls: calls)
        }

        mutating func set(_ value: Setting.Value, _ scope: Setting.Scope = .transaction, calls: Int64) {
            for name in ["ivfflat.probes", "hnsw.ef_search"] {
                add(ReadStatement(settings: [Setting(name, value, scope: scope)]), calls: calls)
            }
        }

        /// `ivfflat.probes` and `hnsw.ef_search` of the searches by vecs and of the others.
        func settings(countsSets: Bool = true, isForgotten: Bool = false) -> (vecs: [String], others: [String]) {
            let settings = SettingsInForce(
                database: "app",
                roles: [SettingsInForceTests.role: SearchingRole(name: "app")],
                ofServer: [:],
                statements: read,
                counts: counts,
                in: SearchedTables(SettingsInForceTests.snapshot),
                countsSets: countsSets
            )
            func words(isByVecs: Bool) -> [String] {
                let found = settings.settings(
                    of: SettingsInForceTests.role,
                    [:],
                    isByVecs: isByVecs,
                    isForgotten: isForgotten
                )
                return ["ivfflat.probes", "hnsw.ef_search"].map { name in
                    found[name].map { "\($0.isKnown ? $0.value : "?") \($0.source)" } ?? ""
                }
            }
            return (words(isByVecs: true), words(isByVecs: false))
        }
    }

    private static let snapshot = CatalogSnapshot(
        server: ServerFacts(
            database: "app",
            role: "steward",
            versionNumber: 180_000,
            observedAt: 1_790_000_000,
            isInRecovery: false,
            pgvector: nil,
            maintenanceWorkMemoryBytes: 64 << 20,
            maxParallelMaintenanceWorkers: 2,
            maxParallelWorkers: 8,
            isAutovacuumOn: true,
            seesAllActivity: true
        ),
        collections: [collection("vecs", "docs", oid: 1), collection("public", "items", oid: 2)]
    )

    private static func collection(_ schema: String, _ table: String, oid: UInt32) -> Collection {
        let relation = Relation(
            oid: oid,
            schema: schema,
            table: table,
            rows: RowCount(1, .analyzed),
            statistics: TableStatistics(reltuples: 1, relpages: 1, liveTuples: 1, inserted: 1)
        )
        return Collection(
            name: CollectionName(schema: schema, table: table, column: "vec"),
            owner: "app",
            type: .vector,
            dimensions: 3,
            relations: [relation]
        )
    }

    private static let ofVecs = ["10 client", "40 client"]
    private static let builtIn = ["1 builtIn", "40 builtIn"]
    private static let unknown = ["? client", "? client"]

    @Test("to values that the server hides are those of vecs for its searches, and otherwise unknown")
    func hidden() {
        var statements = Statements()
        statements.search(1, calls: 100)
        statements.search(2, calls: 100)
        statements.set(.unknown, calls: 100)
        #expect(statements.settings().vecs == Self.ofVecs)
        #expect(statements.settings().others == Self.builtIn, "vecs accounts for all of them")
        statements.set(.unknown, calls: 100)
        #expect(statements.settings().others == Self.unknown)
        #expect(statements.settings().vecs == Self.ofVecs)

        var session = Statements()
        session.search(2, calls: 100)
        session.set(.unknown, .session, calls: 1)
        #expect(session.settings().others == Self.unknown, "one may hold for all searches of a session")
        var reset = Statements()
        reset.search(2, calls: 100)
        reset.set(.initial, .session, calls: 100)
        #expect(reset.settings().others == Self.builtIn)
    }

    @Test("by vecs hold for its own searches alone")
    func vecsAlone() {
        var statements = Statements()
        statements.search(1, calls: 100)
        statements.search(2, calls: 60)
        statements.set(.integer(10), calls: 100)
        #expect(statements.settings().vecs == ["10 client", "10 client"])
        #expect(statements.settings().others == Self.builtIn)
        statements.set(.integer(20), calls: 60)
        #expect(statements.settings().others == ["20 client", "20 client"])
    }

    @Test("are those of vecs where no SET could have been seen")
    func unseen() {
        var statements = Statements()
        statements.search(1, calls: 100)
        #expect(statements.settings().vecs == Self.builtIn)
        #expect(statements.settings(isForgotten: true).vecs == Self.ofVecs)
        #expect(statements.settings(countsSets: false).vecs == Self.ofVecs)
        #expect(statements.settings(countsSets: false).others == Self.builtIn)
    }
}

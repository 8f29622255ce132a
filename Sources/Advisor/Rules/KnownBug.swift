/// A bug of a released version that touches vector indexes.
struct KnownBug: Sendable, Equatable {
    /// `pgvector` or `PostgreSQL`.
    var product: String
    /// The first version that has the bug, by ``PgVector/Version`` or `server_version_num`.
    var since: String
    /// The first version without it.
    var fixedIn: String
    /// The method it touches, `nil` for any index.
    var method: IndexMethod?
    var severity: Severity
    /// What it does, in a phrase.
    var description: String
    /// What to do.
    var advice: String
    /// What a build must do without while the bug is there.
    var consequence: Consequence

    enum Consequence: Sendable, Equatable {
        case none
        /// A concurrent build may give a corrupt index: none is begun.
        case refusesBuilds
        /// A parallel HNSW build may overflow a buffer: the build is serial.
        case serialBuilds
    }

    /// Sources: the release notes of PostgreSQL 14.4; pgvector's changelog for 0.3.1 (#41), 0.8.2 (CVE-2026-3172,
    /// #959), 0.8.3 (#988), 0.8.4 (#993), 0.8.7 (#1036).
    static let all: [KnownBug] = [
        KnownBug(
            product: "PostgreSQL",
            since: "14.0",
            fixedIn: "14.4",
            severity: .critical,
            description: "CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can corrupt indexes without a word",
            advice: "Upgrade to 14.4 or newer, then rebuild every index that was built concurrently. "
                + "vecsteward builds nothing on this version.",
            consequence: .refusesBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.2.7",
            fixedIn: "0.3.1",
            method: .ivfflat,
            severity: .critical,
            description: "IVFFlat indexes can be corrupt",
            advice: "Upgrade pgvector, then recreate every IVFFlat index.",
            consequence: .refusesBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.6.0",
            fixedIn: "0.8.2",
            method: .hnsw,
            severity: .critical,
            description: "a parallel HNSW build can overflow a buffer (CVE-2026-3172)",
            advice: "Upgrade pgvector to 0.8.7 or newer. Until then vecsteward builds HNSW without parallel workers.",
            consequence: .serialBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.5.0",
            fixedIn: "0.8.3",
            method: .hnsw,
            severity: .critical,
            description: "VACUUM can corrupt HNSW indexes",
            advice: "Upgrade pgvector to 0.8.7 or newer, then REINDEX INDEX CONCURRENTLY every HNSW index.",
            consequence: .none
        ),
        KnownBug(
            product: "pgvector",
            since: "0.5.0",
            fixedIn: "0.8.4",
            method: .hnsw,
            severity: .warning,
            description: "inserts during VACUUM can leave an HNSW graph unrepaired, which lowers recall",
            advice: "Upgrade pgvector to 0.8.7 or newer, then REINDEX INDEX CONCURRENTLY every HNSW index.",
            consequence: .none
        ),
        KnownBug(
            product: "pgvector",
            since: "0.1.0",
            fixedIn: "0.8.7",
            method: .ivfflat,
            severity: .warning,
            description: "an IVFFlat build can overflow a buffer",
            advice: "Upgrade pgvector to 0.8.7 or newer.",
            consequence: .none
        ),
    ]

    /// The bugs that this server and its pgvector have.
    static func affecting(_ server: ServerFacts) -> [KnownBug] {
        all.filter { bug in
            guard bug.product != "pgvector" || server.pgvector != nil else { return false }
            let installed = PgVector.Version(bug.installed(on: server))
            return installed >= PgVector.Version(bug.since) && installed < PgVector.Version(bug.fixedIn)
        }
    }

    /// The version in use of the product that has the bug.
    func installed(on server: ServerFacts) -> String {
        product == "pgvector" ? server.pgvector?.version.description ?? "" : server.version
    }
}

/// A bug of a released version that affects vector indexes.
struct KnownBug: Sendable, Equatable {
    /// `pgvector` or `PostgreSQL`.
    var product: String
    /// The first affected version, as ``PgVector/Version`` or `server_version_num`.
    var since: String
    /// The first version without it.
    var fixedIn: String
    /// The affected method; `nil` for all.
    var method: IndexMethod?
    var severity: Severity
    /// The bug, as a phrase.
    var description: String
    /// Its CVE number, if it has one.
    var cve: String?
    /// What can happen, as a sentence.
    var effect: String
    /// What to do beside the upgrade, in a sentence or two.
    var advice: String
    /// Whether indexes of the method need a rebuild after the upgrade.
    var wantsRebuilds = false
    /// What vecsteward does differently while the bug is present.
    var consequence: Consequence

    enum Consequence: Sendable, Equatable {
        case none
        /// A concurrent build may produce a corrupt index, so no build starts.
        case refusesBuilds
        /// A parallel HNSW build may overflow a buffer, so builds are serial.
        case serialBuilds
    }

    /// Sources: the release notes of PostgreSQL 14.4; pgvector's changelog for 0.3.1 (#41), 0.8.2 (CVE-2026-3172,
    /// #959), 0.8.3 (#988), 0.8.4 (#993), 0.8.7 (CVE-2026-103484, #1036).
    static let all: [KnownBug] = [
        KnownBug(
            product: "PostgreSQL",
            since: "14.0",
            fixedIn: "14.4",
            severity: .critical,
            description: "CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can silently corrupt indexes",
            effect: "Rows are missing from such an index, so searches do not find them.",
            advice: "vecsteward builds nothing on this version. After the upgrade rebuild every index that was built "
                + "concurrently.",
            wantsRebuilds: true,
            consequence: .refusesBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.2.7",
            fixedIn: "0.3.1",
            method: .ivfflat,
            severity: .critical,
            description: "IVFFlat indexes can be corrupt",
            effect: "Searches can miss rows or fail.",
            advice: "vecsteward builds no IVFFlat index until then. After the upgrade rebuild every IVFFlat index.",
            wantsRebuilds: true,
            consequence: .refusesBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.6.0",
            fixedIn: "0.8.2",
            method: .hnsw,
            severity: .critical,
            description: "a parallel HNSW build can overflow a buffer",
            cve: "CVE-2026-3172",
            effect: "Whoever may build an index can read data of other tables or crash the server.",
            advice: "Until then vecsteward builds HNSW without parallel workers, and others should: "
                + "max_parallel_maintenance_workers = 0.",
            consequence: .serialBuilds
        ),
        KnownBug(
            product: "pgvector",
            since: "0.5.0",
            fixedIn: "0.8.3",
            method: .hnsw,
            severity: .critical,
            description: "VACUUM can corrupt HNSW indexes",
            effect: "Searches can miss rows.",
            advice: "After the upgrade rebuild every HNSW index.",
            wantsRebuilds: true,
            consequence: .none
        ),
        KnownBug(
            product: "pgvector",
            since: "0.5.0",
            fixedIn: "0.8.4",
            method: .hnsw,
            severity: .warning,
            description: "inserts during VACUUM can leave an HNSW graph unrepaired",
            effect: "Searches find less than they should.",
            advice: "After the upgrade rebuild every HNSW index.",
            wantsRebuilds: true,
            consequence: .none
        ),
        KnownBug(
            product: "pgvector",
            since: "0.1.0",
            fixedIn: "0.8.7",
            method: .ivfflat,
            severity: .critical,
            description: "an IVFFlat build can overflow a buffer",
            cve: "CVE-2026-103484",
            effect:
                "A build, also by REINDEX, can overwrite memory of the server and crash it, or worse, if somebody who "
                + "writes the vectors or builds the index has bad intentions.",
            advice: "Until then build IVFFlat indexes only on tables whose writers you trust.",
            consequence: .none
        ),
    ]

    /// The bug as a phrase for a sentence.
    var title: String { description + (cve.map { " (\($0))" } ?? "") }

    /// What to do, as sentences; the finding has the statements.
    var remedy: String {
        if product == "pgvector" {
            let target = "\(max(PgVector.Version(fixedIn), PgVector.Version("0.8.7")))"
            return
                "Install the package of pgvector \(target) or newer on the host, then run ALTER EXTENSION vector UPDATE "
                + "in each database; open sessions keep the old library until they end. " + advice
        }
        return "Upgrade to \(fixedIn) or newer, and restart the server. " + advice
    }

    /// The bugs of this server and its pgvector.
    static func affecting(_ server: ServerFacts) -> [KnownBug] {
        all.filter { bug in
            guard bug.product != "pgvector" || server.pgvector != nil else { return false }
            let installed = PgVector.Version(bug.installed(on: server))
            return installed >= PgVector.Version(bug.since) && installed < PgVector.Version(bug.fixedIn)
        }
    }

    /// The version in use of the affected product.
    func installed(on server: ServerFacts) -> String {
        product == "pgvector" ? server.pgvector?.version.description ?? "" : server.version
    }
}

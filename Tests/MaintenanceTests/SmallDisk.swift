import DatabaseFixture
import Foundation
import Glibc
import Postgres

/// A tablespace on a file system of its own that is soon full.
struct SmallDisk {
    let tablespace: Identifier
    private let folder: String

    /// Whether this process may mount a file system, which takes root and an environment that allows it.
    static let canBeMounted: Bool = {
        let folder = NSTemporaryDirectory() + "vecsteward-mount-\(UUID().uuidString)"
        defer { rmdir(folder) }
        guard mkdir(folder, 0o700) == 0, mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 else { return false }
        return umount2(folder, Int32(MNT_DETACH)) == 0
    }()

    private init(megabytes: Int, on database: TestDatabase) async throws {
        folder = NSTemporaryDirectory() + "vecsteward-small-\(UUID().uuidString)"
        tablespace = Identifier("small \(database.name)")
        // The server runs as the owner of its own files.
        let owner = try await database.query(
            "SELECT setting AS directory FROM pg_settings WHERE name = 'data_directory'"
        ).one()["directory", as: String.self]
        var status = stat()
        guard stat(owner, &status) == 0, mkdir(folder, 0o700) == 0,
            mount("tmpfs", folder, "tmpfs", 0, "size=\(megabytes)m,mode=0700,uid=\(status.st_uid)") == 0
        else { throw FixtureError("no file system could be mounted on \(folder): \(String(cString: strerror(errno)))") }
        _ = try await database.query("CREATE TABLESPACE \(tablespace) LOCATION \(unescaped: Literal(folder).sql)")
        _ = try await database.query("GRANT CREATE ON TABLESPACE \(tablespace) TO PUBLIC")
    }

    /// Runs a test with a small disk.
    ///
    /// Afterwards the table `docs` is dropped with all that it keeps there.
    static func with(
        megabytes: Int,
        on database: TestDatabase,
        _ body: (SmallDisk) async throws -> Void
    ) async throws {
        let disk = try await SmallDisk(megabytes: megabytes, on: database)
        let result: Result<Void, any Error>
        do { result = .success(try await body(disk)) } catch { result = .failure(error) }
        _ = try? await database.query("DROP TABLE IF EXISTS docs")
        _ = try? await database.query("DROP TABLESPACE \(disk.tablespace)")
        umount2(disk.folder, Int32(MNT_DETACH))
        rmdir(disk.folder)
        try result.get()
    }
}

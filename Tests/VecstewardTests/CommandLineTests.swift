import Foundation
import Testing

@testable import vecsteward

@Suite("The command line")
struct CommandLineTests {
    private let folder = TemporaryFolder()

    @Test("--version says the version, and --help what a newcomer needs")
    func help() async throws {
        let version = try await ProgramRun.of(["--version"], in: folder)
        #expect((version.status, version.output, version.errors) == (0, "vecsteward \(programVersion)\n", ""))
        let help = try await ProgramRun.of(["--help"], in: folder)
        #expect((help.status, help.errors) == (0, ""))
        for part in [
            "--dry-run --database postgresql://", "/etc/vecsteward/config.json", "EXIT CODES", "check-config", "grants",
            "searches [<collection>]",
        ] {
            #expect(help.output.contains(part), "\(part)")
        }
        #expect(help.output.split(separator: "\n").filter { $0.count > 130 }.isEmpty)
        for arguments in [["help", "grants"], ["grants", "--help"]] {
            let grants = try await ProgramRun.of(arguments, in: folder)
            #expect(grants.status == 0)
            #expect(grants.output.contains("--role <name>"))
        }
    }

    @Test(
        "a wrong command line is told, with a hint, and ends with 64",
        arguments: [
            (["--format", "json"], "--format, --output and --exit-code need --dry-run", "Run vecsteward --dry-run"),
            (["run", "--exit-code"], "run makes no report", "remove run"),
            (["--dry-run", "--databse", "x"], "unknown option '--databse'", "--help"),
            (["--dry-run", "--format", "pdf"], "the value 'pdf' is invalid", "--help"),
            (["--dry-run", "--config"], "missing value for '--config <file>'", "--help"),
            (["chekc-config"], "unexpected argument 'chekc-config'", "--help"),
            (["--dry-run", "--database", ""], "--database is empty", "variable"),
            (["--dry-run", "--config", ""], "--config is empty", "variable"),
            (["--dry-run", "--database", "dbname"], "--database cannot be used", "postgresql://"),
            (["--dry-run", "--database", "dbname=a", "--database", ""], "--database is empty", "variable"),
            (["--dry-run", "--database", "dbname=a", "--database", "dbname=a"], "number 2 is the same", "once"),
            (
                ["--database", "dbname=a", "jobs", "show", "1", "--database", "dbname=b"], "there are 2",
                "Choose one with --database"
            ),
            (
                ["--dry-run", "--database", "dbname=${DB}"], "the dbname of the connection string is the name of",
                "PGHOST"
            ),
            (["check-config", "--database", "dbname=x"], "check-config takes no --database", "--config FILE"),
            (["--database", "dbname=x", "check-config"], "check-config takes no --database", "--config FILE"),
            (["--dry-run", "check-config"], "check-config makes no report", "Remove"),
            (["--output", "x", "grants", "--role", "a", "--for", "report"], "grants makes no report", "Remove"),
            (["--dry-run", "searches"], "searches takes no --dry-run", "Remove"),
            (["--output", "x", "searches", "docs"], "searches takes no --dry-run, --output", "standard output"),
            (["--dry-run", "recall", "docs"], "recall takes no --dry-run", "Remove"),
            (["recall"], "missing expected argument", "--help"),
            (["searches", "docs", "items"], "unexpected argument 'items'", "--help"),
            (["searches", "--format", "pdf"], "the value 'pdf' is invalid", "--help"),
            (["grants", "--for", "report"], "missing expected argument '--role <name>'", "--help"),
            (["grants", "--role", "a", "--for", "fun"], "the value 'fun' is invalid", "--help"),
            (["grants", "--role", "", "--for", "report"], "--role is empty", "--role vecsteward"),
        ] as [([String], String, String)]
    )
    func usage(arguments: [String], message: String, hint: String) async throws {
        let run = try await ProgramRun.of(arguments, in: folder)
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("vecsteward: "))
        let lines = run.errors.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains(message) == true, "\(run.errors)")
        #expect(lines.last?.hasPrefix("HINT: ") == true && lines.last?.contains(hint) == true, "\(run.errors)")
    }

    @Test("without a configuration both paths that were tried are named")
    func noConfiguration() async throws {
        let run = try await ProgramRun.of(["--dry-run"], in: folder)
        // A machine that has one in /etc uses it, and reports.
        guard access("/etc/vecsteward/config.json", F_OK) != 0 else { return }
        #expect(run.status == 78)
        for part in ["./config.json", "/etc/vecsteward/config.json", "--config", "--database"] {
            #expect(run.errors.contains(part), "\(part)")
        }
    }

    @Test("every --database is taken, before and after the name of a command, and each has a name of its own")
    func severalDatabases() async throws {
        let connections = [refusedConnection, refusedConnection + " user=other", "host=127.0.0.1 port=1 dbname=second"]
        let options = connections.map { ["--database", $0] }
        let report = try await ProgramRun.of(["--dry-run"] + options.flatMap { $0 }, in: folder)
        #expect(report.status == 69)
        for name in ["app", "app (2)", "second"] {
            #expect(report.output.contains("\(name)  (database"), "\(name): \(report.output)")
            #expect(report.errors.contains("vecsteward: database \(name): "), "\(report.errors)")
        }
        #expect(report.output.contains("3 databases: 3 could not be polled."))
        let jobs = try await ProgramRun.of(options[0] + ["jobs", "list"] + options[1] + options[2], in: folder)
        #expect(jobs.status == 69)
        #expect(jobs.errors.components(separatedBy: "vecsteward: database ").count == 4, "\(jobs.errors)")
    }

    @Test("./config.json is found, and a database on the command line needs none")
    func foundConfiguration() async throws {
        folder.make("config.json", "{\"databases\": [{\"name\": \"mine\", \"connection\": \"\(refusedConnection)\"}]}")
        let checked = try await ProgramRun.of(["check-config"], in: folder)
        #expect((checked.status, checked.errors) == (0, ""))
        #expect(
            checked.output == """
                ./config.json is valid: 1 database
                  mine  database app on 127.0.0.1:1
                The daemon polls every 1min, mode maintain: 1 build at a time per server, started at any time.
                When it stops, it leaves a running build to the server.

                """
        )
        folder.make("config.json", "{")
        let alone = try await ProgramRun.of(["--dry-run", "--database", refusedConnection], in: folder)
        #expect(alone.status == 69)
        let both = try await ProgramRun.of(
            ["--dry-run", "--config", "config.json", "--database", refusedConnection],
            in: folder
        )
        #expect(both.status == 78)
    }

    @Test("an option before the name of a command counts for it")
    func optionsBeforeCommands() async throws {
        folder.make("other.json", "{\"databases\": [{\"connection\": \"dbname=app\"}]}")
        let run = try await ProgramRun.of(["--config", "other.json", "check-config"], in: folder)
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("other.json is valid"))
    }

    @Test("a server that refuses is reported whole and ends with 69, --exit-code or not")
    func refused() async throws {
        folder.make(
            "config.json",
            "{\"databases\": [{\"name\": \"first\", \"connection\": \"\(refusedConnection)\"}, "
                + "{\"name\": \"second\", \"connection\": \"\(refusedConnection)\"}]}"
        )
        let run = try await ProgramRun.of(["--dry-run", "--exit-code", "--config", "config.json"], in: folder)
        #expect(run.status == 69)
        let (first, second) = (run.output.firstRange(of: "first"), run.output.firstRange(of: "second"))
        #expect(try #require(first).lowerBound < #require(second).lowerBound)
        #expect(run.errors.contains("vecsteward: database second: "))
        #expect(run.errors.contains("HINT: Check that the server runs"))
        let grants = try await ProgramRun.of(["grants", "--role", "a", "--for", "report"], in: folder)
        #expect((grants.status, grants.output) == (69, ""))
    }

    @Test(
        "Ctrl-C and SIGTERM end it at once, and nothing is written",
        arguments: [("INT", 130), ("TERM", 143)] as [(String, Int32)]
    )
    func interrupted(signal: String, status: Int32) async throws {
        let server = try SilentServer()
        folder.make(
            "config.json",
            "{\"connectTimeout\": \"2min\", \"databases\": [{\"connection\": \"\(server.connection)\"}]}"
        )
        let start = ContinuousClock.now
        let run = try await ProgramRun.of(
            ["--dry-run", "--output", "report.txt"],
            in: folder,
            prefix: ["/usr/bin/timeout", "--preserve-status", "--signal", signal, "1"]
        )
        #expect((run.status, run.text) == (status, ""))
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(folder.names == ["config.json"])
    }

    @Test("databases are polled side by side")
    func concurrent() async throws {
        let server = try SilentServer()
        let databases = (0..<8).map { "{\"name\": \"d\($0)\", \"connection\": \"\(server.connection)\"}" }
        folder.make(
            "config.json",
            "{\"connectTimeout\": \"10s\", \"databases\": [\(databases.joined(separator: ","))]}"
        )
        let start = ContinuousClock.now
        let run = try await ProgramRun.of(["--dry-run"], in: folder)
        #expect(run.status == 69)
        #expect(run.errors.contains("HINT: Check host, port and firewall"))
        #expect(start.duration(to: .now) < .seconds(60))
    }
}

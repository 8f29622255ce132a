import Advisor
import ArgumentParser
import Maintenance
import Postgres

/// Prints the SQL that gives a role the privileges that vecsteward needs, and no more.
struct GrantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "Print the SQL that gives a role the privileges that vecsteward needs, and no more.",
        discussion: """
            Reads each database to find out which privileges it needs, and runs none of the SQL. Review the SQL, then run \
            it with psql as the owner of the tables or as a superuser.
            """
    )

    /// What the role may do.
    enum Purpose: String, ExpressibleByArgument, CaseIterable {
        case report
        case maintain
    }

    @ParentCommand var parent: VecstewardCommand

    @Option(help: ArgumentHelp("The role that vecsteward will use.", valueName: "name"))
    var role: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("What the role may do: only report, or also build indexes.", valueName: "purpose")
    )
    var purpose: Purpose

    @OptionGroup var source: SourceOptions
}

extension GrantsCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "grants")
        guard !role.isEmpty else {
            throw ProgramFailure(.usage, "--role is empty", hint: "Give the name of a role: --role vecsteward.")
        }
        let configuration = try source.merged(over: parent.source).load()
        let databases = try await DatabaseResult.all(of: configuration) { (assessor) throws(PostgresError) in
            try await assessor.observe()
        }
        var scripts: [String] = []
        for database in databases {
            guard case .success(let snapshot) = database.result else { continue }
            let script = GrantScript(
                snapshot: snapshot,
                role: role,
                purpose: purpose == .report ? .report : .maintain
            )
            let heading = "-- \(Quoted.name(database.name)): \(Quoted.name(database.target))\n"
            scripts.append(heading + script.sql + (script.sql.hasSuffix("\n") ? "" : "\n"))
        }
        try ReportDestination.standardOutput.write(scripts.joined(separator: "\n"))
        for database in databases { FileDescriptor.complain(database.complaint?.text ?? "") }
        return ExitStatus.combining(databases.compactMap(\.advice?.status)) ?? .success
    }
}

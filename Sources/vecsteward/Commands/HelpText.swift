/// The text of `--help` beside the options.
enum HelpText {
    /// The usage lines.
    static let usage = """
        vecsteward --dry-run [--config <file> | --database <uri> ...] [--format text|json] [--output <file>] [--exit-code]
               vecsteward [run] [--once] [--config <file> | --database <uri> ...]
               vecsteward create-index <collection> [--method auto|hnsw|ivfflat] [--measure <measure>] [--no-wait] ...
               vecsteward rebuild <collection> [--index <name>] [--no-wait]
               vecsteward searches [<collection>] [--config <file> | --database <uri> ...] [--format text|json]
               vecsteward recall <collection> [--index <name>] [--target <share>] [--what-if] [--curve] [--format text|json] ...
               vecsteward jobs list|show|retry|cancel [<job>] [--config <file> | --database <uri> ...]
               vecsteward check-config [--config <file>]
               vecsteward grants --role <name> --for report|maintain [--config <file> | --database <uri> ...]
        """

    /// What the program is, examples, the configuration and the exit codes.
    static var overview: String {
        """
        A collection (a table with a vector column, such as the vecs client creates) needs an index that was built for \
        the rows it has now. vecsteward checks every collection of a database, reports which index is missing, outgrown, \
        broken or useless, and shows the SQL that fixes it. A report only reads. Without --dry-run, vecsteward is a daemon: \
        it polls once a minute and runs the jobs that the rules may run.

        EXAMPLES:
          vecsteward --dry-run --database postgresql://localhost/app
              Report on one database, without a configuration.
          vecsteward --dry-run --config config.json --format json --output report.json
              Report on all databases of a configuration, for a program to read.
          vecsteward --config config.json
              Manage all databases of a configuration: run what the report lists, until you stop it.
          vecsteward run --once --config config.json
              Do the same once, one job after the other, for cron.
          vecsteward create-index docs --database postgresql://localhost/app
              Build the index that vecs would build, without blocking writes, and show the progress.
          vecsteward searches docs --database postgresql://localhost/app
              Show how a collection is searched, what that costs and which index can serve it.
          vecsteward recall docs --database postgresql://localhost/app
              Measure how many of the nearest rows the index of a collection finds.
          vecsteward grants --role steward --for report --database dbname=app | psql app
              Let the role steward read what a report needs, and no more.

        CONFIGURATION:
          One JSON file: the one that --config names, otherwise \(ConfigurationFile.defaultPaths.joined(separator: " or ")).
          docs/configuration.md describes every key. Keep passwords in ~/.pgpass or in a service file.

        EXIT CODES:
        \(exitCodes)
        """
    }

    private static var exitCodes: String {
        ExitStatus.allCases.compactMap { status in
            status.explanation.map { explanation in
                let code = String(status.rawValue)
                return String(repeating: " ", count: 4 - code.count) + "\(code)  \(explanation)"
            }
        }
        .joined(separator: "\n")
    }
}

/// What `--help` says beside the options.
enum HelpText {
    /// How to call it.
    static let usage = """
        vecsteward --dry-run [--config <file> | --database <uri> ...] [--format text|json] [--output <file>] [--exit-code]
               vecsteward [run] [--once] [--config <file> | --database <uri> ...]
               vecsteward create-index <collection> [--method auto|hnsw|ivfflat] [--measure <measure>] [--no-wait] ...
               vecsteward rebuild <collection> [--index <name>] [--no-wait]
               vecsteward jobs list|show|retry|cancel [<job>] [--config <file> | --database <uri> ...]
               vecsteward check-config [--config <file>]
               vecsteward grants --role <name> --for report|maintain [--config <file> | --database <uri> ...]
        """

    /// What the program is, how it is used, and how it ends.
    static var overview: String {
        """
        A collection (a table with a vector column, such as the vecs client makes) needs an index that was built on \
        the rows it has. vecsteward looks at every collection of a database, says which index is missing, outgrown, \
        broken or useless, and shows the SQL that would mend it. A report reads only. Without --dry-run vecsteward is a daemon: \
        it looks once a minute and does what the rules may.

        EXAMPLES:
          vecsteward --dry-run --database postgresql://localhost/app
              Look at one database. It needs no configuration.
          vecsteward --dry-run --config config.json --format json --output report.json
              Look at all databases of a configuration, for a program to read.
          vecsteward --config config.json
              Look after all databases of a configuration: do what the report says it would do, until it is stopped.
          vecsteward run --once --config config.json
              Do so once, one job after the other, for those who use cron.
          vecsteward create-index docs --database postgresql://localhost/app
              Build the index that vecs would build, without blocking a write, and show how far it is.
          vecsteward grants --role steward --for report --database dbname=app | psql app
              Let the role steward see what a report needs, and no more.

        CONFIGURATION:
          One JSON file: the one that --config names, else \(ConfigurationFile.defaultPaths.joined(separator: ", else ")).
          docs/configuration.md describes every key. Passwords belong into ~/.pgpass or a service file.

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

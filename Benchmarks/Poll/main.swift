import Glibc
import Maintenance
import Postgres

// Times polls of one database on one open connection, as a daemon makes them, and prints the milliseconds of each.
// The connection string is in BENCHMARK_DATABASE; the only argument is the number of polls.
guard let conninfo = getenv("BENCHMARK_DATABASE").map({ String(cString: $0) }),
    let count = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) })
else {
    fputs("usage: BENCHMARK_DATABASE=... poll-benchmark COUNT\n", stderr)
    exit(64)
}
let poll = Poll(scope: CollectionScope(), statementTimeout: .seconds(60))
var connection = try await Connection.open(
    try ConnectionTarget(parsing: conninfo),
    timeout: .seconds(10),
    applicationName: "poll-benchmark"
)
for _ in 0..<count {
    let start = ContinuousClock.now
    let observation = try await poll.observe(&connection)
    let elapsed = start.duration(to: .now)
    let (seconds, attoseconds) = elapsed.components
    print(Double(seconds) * 1_000 + Double(attoseconds) / 1e15, observation.collections.count)
}

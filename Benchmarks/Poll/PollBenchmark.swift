internal import Advisor
internal import Dispatch
internal import Glibc
internal import Maintenance
internal import Postgres

/// Times polls of one database on one open connection, as a daemon makes them.
///
/// It prints the milliseconds and the collections of each. The connection string is in BENCHMARK_DATABASE; the only
/// argument is the number of polls.
@main
struct PollBenchmark {
    static func main() async throws {
        guard let conninfo = getenv("BENCHMARK_DATABASE").map({ String(cString: $0) }),
            let count = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) })
        else {
            print("usage: BENCHMARK_DATABASE=... poll-benchmark COUNT")
            exit(64)
        }
        let poll = Poll(scope: CollectionScope(), statementTimeout: .seconds(60))
        var connection = try await Connection.open(
            try ConnectionTarget(parsing: conninfo),
            timeout: .seconds(10),
            applicationName: "poll-benchmark"
        )
        for _ in 0..<count {
            let start = DispatchTime.now()
            let snapshot = try await poll.observe(&connection)
            let nanoseconds = DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds
            print(Double(nanoseconds) / 1_000_000, snapshot.collections.count)
        }
    }
}

internal import Advisor
internal import Dispatch
internal import Glibc
internal import Maintenance
internal import Postgres

/// Times polls of one database on one open connection, as a daemon makes them.
///
/// It prints the milliseconds of each, its collections, and the milliseconds that it took to read the searches. The
/// connection string is in BENCHMARK_DATABASE; the arguments are the number of polls, and `searches` to read searches.
@main
struct PollBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let conninfo = getenv("BENCHMARK_DATABASE").map({ String(cString: $0) }),
            let count = arguments.first.flatMap({ Int($0) }), arguments.count <= 2
        else {
            print("usage: BENCHMARK_DATABASE=... poll-benchmark COUNT [searches]")
            exit(64)
        }
        let timeout = Duration.seconds(60)
        let poll = Poll(scope: CollectionScope(), statementTimeout: timeout)
        let reader = arguments.last == "searches" ? WorkloadReader(statementTimeout: timeout) : nil
        var connection = try await Connection.open(
            try ConnectionTarget(parsing: conninfo),
            timeout: .seconds(10),
            applicationName: "poll-benchmark"
        )
        for _ in 0..<count {
            let start = DispatchTime.now()
            var snapshot = try await poll.observe(&connection)
            let polled = DispatchTime.now()
            try await reader?.complete(&snapshot, on: &connection)
            let end = DispatchTime.now()
            print(
                milliseconds(from: start, to: end),
                snapshot.collections.count,
                milliseconds(from: polled, to: end),
                snapshot.collections.count { !$0.searches.isEmpty }
            )
        }
    }

    private static func milliseconds(from start: DispatchTime, to end: DispatchTime) -> Double {
        Double(end.uptimeNanoseconds - start.uptimeNanoseconds) / 1_000_000
    }
}

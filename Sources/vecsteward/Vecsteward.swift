import Glibc

/// The entry of the program; ``Program`` does the rest.
@main
enum Vecsteward {
    static func main() async {
        occupyStandardDescriptors()
        let program = Program(arguments: Array(CommandLine.arguments.dropFirst()), environment: environment())
        let status = await Interrupts.supervise { await program.run() }
        exit(status.rawValue)
    }

    /// Keeps 0, 1 and 2 from being given to a file or a connection when the program was started without them.
    ///
    /// What is written to them fails with EBADF, as it should.
    private static func occupyStandardDescriptors() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    /// The variables that the program itself looks at; libpq finds its own.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for name in ["NO_COLOR", "TERM", "JOURNAL_STREAM"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }
}

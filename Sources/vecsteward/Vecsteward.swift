import Glibc

/// The entry point; ``Program`` does the rest.
@main
enum Vecsteward {
    static func main() async {
        occupyStandardDescriptors()
        let program = Program(arguments: Array(CommandLine.arguments.dropFirst()), environment: environment())
        let status = await Interrupts.supervise { await program.run() }
        // Not exit(3): it unloads what libraries keep, such as Kerberos' memory, under a connection that another thread
        // still opens, and the program would abort. Nothing here waits to be flushed: output goes through write(2).
        _exit(status.rawValue)
    }

    /// Opens `/dev/null` for 0, 1 and 2 if the program was started without them, so that no file or connection gets
    /// these numbers.
    ///
    /// Writing to them fails with EBADF, as it should.
    private static func occupyStandardDescriptors() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    /// The environment variables that the program reads; libpq reads its own.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for name in ["NO_COLOR", "TERM", "JOURNAL_STREAM"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }
}

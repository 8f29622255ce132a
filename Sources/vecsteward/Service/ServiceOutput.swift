import Glibc
import Logging
import Systemd

/// Writes the messages of the service: to the journal with fields if standard error goes there, otherwise as lines to
/// standard error.
struct ServiceOutput: Sendable {
    private let logger: Logger
    private let journal: JournalQueue?

    /// Chooses the output by how the program was started.
    ///
    /// - Parameter stream: The value of `JOURNAL_STREAM`, `nil` if unset.
    init(stream: String?) {
        if Journal.takes(FileDescriptor.standardError, stream: stream) {
            let queue = JournalQueue { fields in
                let message = fields.first { $0.name == "MESSAGE" }?.value ?? ""
                FileDescriptor.complain("vecsteward: \(message)\n")
            }
            journal = queue
            logger = Logger(label: "vecsteward") { _ in JournalLogHandler(identifier: "vecsteward", queue: queue) }
        } else {
            journal = nil
            logger = Logger(label: "vecsteward") { _ in LineLogHandler() }
        }
    }

    /// Writes a message.
    func write(_ message: ServiceMessage) {
        var metadata: Logger.Metadata = ["MESSAGE_ID": "\(message.kind.rawValue)"]
        for (name, value) in message.fields { metadata[name] = "\(value)" }
        if let hint = message.hint { metadata["HINT"] = "\(hint)" }
        let text = journal == nil ? message.text : message.text + (message.hint.map { " HINT: \($0)" } ?? "")
        logger.log(level: message.level, "\(text)", metadata: metadata)
    }

    /// Waits up to a second for the journal to accept everything.
    func flush() { journal?.flush(milliseconds: 1_000) }
}

/// Writes lines to standard error as all commands do: the message, and a hint if there is one.
private struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let complaint = ProgramFailure.Complaint(
            message: "\(event.message)",
            hint: event.metadata?["HINT"].map { "\($0)" }
        )
        FileDescriptor.complain(complaint.text)
    }
}

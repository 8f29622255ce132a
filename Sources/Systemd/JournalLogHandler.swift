public import Logging

/// Logs to the journal: the level as PRIORITY, the metadata as fields.
///
/// A metadata key becomes the name of a field, in upper case and with underscores for anything but letters and digits:
/// `job.id` becomes `JOB_ID`. A key that begins with neither a letter nor a digit is left out, because such fields are
/// journald's own.
public struct JournalLogHandler: LogHandler {
    /// The metadata of every entry.
    public var metadata: Logger.Metadata = [:]
    /// The lowest level that is logged.
    public var logLevel = Logger.Level.info

    private let identifier: String
    private let queue: JournalQueue

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - identifier: The name of the program, for SYSLOG_IDENTIFIER.
    ///   - queue: Gets the entries.
    public init(identifier: String, queue: JournalQueue) {
        self.identifier = identifier
        self.queue = queue
    }

    /// One value of the metadata of every entry.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Queues an entry.
    public func log(event: LogEvent) {
        var fields = [
            Journal.Field("MESSAGE", "\(event.message)"),
            Journal.Field("PRIORITY", "\(event.level.priority)"),
            Journal.Field("SYSLOG_IDENTIFIER", identifier),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { _, event in event }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            if let name = Self.fieldName(key) { fields.append(Journal.Field(name, "\(value)")) }
        }
        queue.add(fields)
    }

    /// The field name for a key; `nil` if the key cannot be one.
    ///
    /// journald accepts names of up to 64 characters that begin with a letter.
    static func fieldName(_ key: String) -> String? {
        guard let first = key.unicodeScalars.first, first.isASCII, first.properties.isAlphabetic else { return nil }
        let name = key.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                ? Character(scalar) : "_"
        }
        return String(String(name).uppercased().prefix(64))
    }
}

extension Logger.Level {
    /// The severity of syslog(3).
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

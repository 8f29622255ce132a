public import Logging

/// Writes to the journal what is logged: the level as PRIORITY, the metadata as fields.
///
/// A key of the metadata becomes the name of a field in upper case, with an underscore in the place of what is no letter
/// or digit: `job.id` becomes `JOB_ID`. One that begins with neither a letter nor a digit, as those do that journald
/// itself makes, is left out.
public struct JournalLogHandler: LogHandler {
    /// What is added to each entry.
    public var metadata: Logger.Metadata = [:]
    /// What is less than this is not logged.
    public var logLevel = Logger.Level.info

    private let identifier: String
    private let queue: JournalQueue

    /// A handler.
    ///
    /// - Parameters:
    ///   - identifier: The name of the program, for SYSLOG_IDENTIFIER.
    ///   - queue: What takes the entries on.
    public init(identifier: String, queue: JournalQueue) {
        self.identifier = identifier
        self.queue = queue
    }

    /// One of the things that are added to each entry.
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

    /// The name of the field for a key; `nil` where the key cannot be one.
    ///
    /// journald takes names of up to 64 characters that begin with a letter.
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

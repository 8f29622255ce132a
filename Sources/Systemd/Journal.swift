internal import CSystemd
internal import Glibc

/// Writes to journald(8) by its native protocol.
public enum Journal {
    /// Whether a file descriptor leads to the journal, as a service's standard error does.
    ///
    /// - Parameters:
    ///   - descriptor: The file descriptor.
    ///   - stream: The value of `JOURNAL_STREAM`: the device and inode that systemd has connected, `nil` if unset. A
    ///     program that a service started may have inherited the variable, and write elsewhere.
    /// - Returns: Whether they are the same file.
    public static func takes(_ descriptor: Int32, stream: String?) -> Bool {
        var status = stat()
        guard let stream, fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// A field of an entry.
    ///
    /// The value may contain anything: it is sent with its length, so it cannot start another field or line.
    public struct Field: Sendable, Equatable {
        /// The name: upper-case letters, digits and underscores, beginning with a letter; journald ignores others.
        public var name: String
        /// The value.
        public var value: String

        /// A field with its value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Sends an entry.
    ///
    /// - Parameter fields: Its fields, including `MESSAGE`.
    /// - Returns: Whether it was sent. Without a journald, the entry is lost and counts as sent.
    static func send(_ fields: [Field]) -> Bool {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for field in fields {
            let start = bytes.count
            bytes += Array("\(field.name)=\(field.value)".utf8)
            ranges.append(start..<bytes.count)
        }
        return bytes.withUnsafeMutableBytes { buffer in
            let vectors = ranges.map { range in
                iovec(iov_base: buffer.baseAddress.map { $0 + range.lowerBound }, iov_len: range.count)
            }
            return sd_journal_sendv(vectors, Int32(vectors.count)) == 0
        }
    }
}

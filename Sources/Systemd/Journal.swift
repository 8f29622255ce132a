internal import CSystemd
internal import Glibc

/// journald(8), by its native protocol.
public enum Journal {
    /// Whether what is written to a file descriptor goes to the journal, as a service's standard error does.
    ///
    /// - Parameters:
    ///   - descriptor: The file descriptor.
    ///   - stream: The value of `JOURNAL_STREAM`: the device and inode of what systemd has connected, `nil` if unset. A
    ///     program that was started by a service may have inherited it, and write somewhere else.
    /// - Returns: Whether it is the same.
    public static func takes(_ descriptor: Int32, stream: String?) -> Bool {
        var status = stat()
        guard let stream, fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// A field of an entry.
    ///
    /// Its value may hold anything: it is sent with its length, so that no value makes another field or line.
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
    /// - Parameter fields: Its fields, `MESSAGE` among them.
    /// - Returns: Whether it was sent. Where no journald listens the entry is lost, and counts as sent.
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

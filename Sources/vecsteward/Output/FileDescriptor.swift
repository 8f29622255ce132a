import Glibc

/// Writes to open files.
enum FileDescriptor {
    static let standardOutput: Int32 = 1
    static let standardError: Int32 = 2

    /// Writes the whole text, in as many calls as that takes.
    ///
    /// - Throws: The error of write(2): ENOSPC, EPIPE, ...
    static func write(_ text: String, to descriptor: Int32) throws(SystemError) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Standard output may be a terminal that another program set to non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if errno != EINTR {
                throw SystemError(code: errno)
            }
        }
    }

    /// Writes to standard error, and ignores errors.
    static func complain(_ text: String) {
        try? write(text, to: standardError)
    }
}

/// An error of the operating system.
struct SystemError: Error, Equatable, CustomStringConvertible {
    /// `errno`.
    var code: Int32

    /// The text of strerror(3): `No space left on device`.
    var description: String { String(cString: strerror(code)) }
}

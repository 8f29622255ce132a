import Foundation

/// A server that takes connections and never says a word.
final class SilentServer: Sendable {
    private let descriptor: Int32
    /// How to connect to it.
    let connection: String

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                // The kernel answers for a socket that listens; nothing needs to accept.
                bind(descriptor, generic, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard result else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.descriptor = descriptor
        connection = "host=127.0.0.1 port=\(UInt16(bigEndian: address.sin_port)) dbname=app"
    }

    /// Waits until somebody has connected.
    ///
    /// - Throws: When nobody does within half a minute.
    func waitForClient() async throws {
        let descriptor = descriptor
        // A thread of its own: Swift has few for all tests, and none of them may wait.
        let result = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var listening = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                continuation.resume(returning: poll(&listening, 1, 30_000))
            }
        }
        guard result == 1 else { throw POSIXError(.ETIMEDOUT) }
    }

    /// Breaks all connections and takes no more.
    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}

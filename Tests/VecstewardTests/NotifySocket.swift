import DatabaseFixture
import Foundation
import Glibc
import Synchronization
import Testing

/// A socket in the place of systemd's, which keeps what a service says.
final class NotifySocket: Sendable {
    /// Where it is.
    let path: String
    private let folder = TemporaryFolder()
    private let descriptor: Int32
    private let received = Mutex("")

    /// A socket in a folder of its own.
    init() throws {
        path = folder.path + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(descriptor) }

    /// All that was said, one message after the other.
    var text: String {
        received.withLock { text in
            var buffer = [UInt8](repeating: 0, count: 8_192)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return text }
                text += String(decoding: buffer[..<count], as: UTF8.self) + "\n"
            }
        }
    }

    /// Waits until something was said so many times, after something else where that is given.
    func wait(for words: String, after earlier: String? = nil, times: Int = 1) async throws {
        while true {
            var text = text
            if let earlier { text = text.range(of: earlier).map { String(text[$0.upperBound...]) } ?? "" }
            if text.components(separatedBy: words).count > times { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

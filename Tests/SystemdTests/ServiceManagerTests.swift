import Foundation
import Glibc
import Testing

@testable import Systemd

/// The variables of the service manager are the process's, so one test at a time.
@Suite("What the service manager is told", .serialized)
struct ServiceManagerTests {
    /// A socket in the place of systemd's.
    private final class Receiver {
        let path = NSTemporaryDirectory() + "vecsteward-notify-\(UUID().uuidString.prefix(8))"
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        func datagram() -> String {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
        }
    }

    private func withVariable<Result>(_ name: String, _ value: String?, _ body: () throws -> Result) rethrows -> Result
    {
        let former = getenv(name).map { String(cString: $0) }
        if let value { setenv(name, value, 1) } else { unsetenv(name) }
        defer { if let former { setenv(name, former, 1) } else { unsetenv(name) } }
        return try body()
    }

    @Test("several things in one message, so that none is seen without the others")
    func together() throws {
        let receiver = try Receiver()
        withVariable("NOTIFY_SOCKET", receiver.path) {
            #expect(ServiceManager().notify([.ready, .status("1 database")]) == .sent)
        }
        #expect(receiver.datagram() == "READY=1\nSTATUS=1 database")
    }

    @Test("a reload comes with the time at which it began")
    func reloading() throws {
        let receiver = try Receiver()
        let before = monotonicNanoseconds()
        withVariable("NOTIFY_SOCKET", receiver.path) {
            #expect(ServiceManager().notify([.reloading]) == .sent)
        }
        let lines = receiver.datagram().split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect((before / 1_000...monotonicNanoseconds() / 1_000).contains(time))
    }

    @Test("a status cannot say anything else")
    func forged() throws {
        let receiver = try Receiver()
        withVariable("NOTIFY_SOCKET", receiver.path) {
            #expect(ServiceManager().notify([.status("rebuilding x\nSTOPPING=1")]) == .sent)
        }
        #expect(receiver.datagram() == "STATUS=rebuilding x STOPPING=1")
    }

    @Test("nothing where nobody asks, and a socket that is not there is an error and no more")
    func absent() {
        withVariable("NOTIFY_SOCKET", nil) { #expect(ServiceManager().notify([.ready]) == .notAsked) }
        withVariable("NOTIFY_SOCKET", "/nowhere/notify") {
            #expect(ServiceManager().notify([.ready]) == .failed(ENOENT))
        }
    }

    @Test("how often the watchdog wants to hear of this process, and of no other one")
    func watchdog() {
        withVariable("WATCHDOG_USEC", "120000000") {
            withVariable("WATCHDOG_PID", "\(getpid())") {
                #expect(ServiceManager().watchdogInterval == .seconds(120))
            }
            withVariable("WATCHDOG_PID", "1") { #expect(ServiceManager().watchdogInterval == nil) }
        }
        withVariable("WATCHDOG_USEC", nil) { #expect(ServiceManager().watchdogInterval == nil) }
    }

    private func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

import Glibc
import Synchronization

/// The few socket calls that the tests' own servers need, on 127.0.0.1.
enum Socket {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A listening socket and the port that the kernel chose for it.
    static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = local(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> UInt16? in
                guard bind(descriptor, generic, length) == 0, Glibc.listen(descriptor, 64) == 0,
                    getsockname(descriptor, generic, &length) == 0
                else { return nil }
                return pointer.pointee.sin_port.bigEndian
            }
        }
        guard let port else { throw Failure(description: "no socket to listen on: errno \(errno)") }
        return (descriptor, Int(port))
    }

    /// A socket that is connected to a port.
    static func connect(port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = local(port: UInt16(port))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "cannot connect to port \(port): errno \(errno)") }
        return descriptor
    }

    /// How many sockets of this process are connected to a port.
    static func connected(to port: Int) -> Int {
        (Int32(0)..<4_096).count { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
            }
            return result == 0 && address.sin_family == sa_family_t(AF_INET) && Int(address.sin_port.bigEndian) == port
        }
    }

    static func send(_ bytes: some Sequence<UInt8>, to descriptor: Int32) -> Bool {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// What has arrived, waiting for it; empty at the end.
    static func receive(from descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(count, 0)))
    }

    private static func local(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// A server whose kernel accepts connections, and which never says a word.
final class SilentServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        (descriptor, port) = try Socket.listen()
    }

    deinit { Glibc.close(descriptor) }
}

/// A port on which nobody listens: reserved by a socket that is bound and closed again.
func unusedPort() throws -> Int {
    let (descriptor, port) = try Socket.listen()
    Glibc.close(descriptor)
    return port
}

/// A server that refuses every session with an error of the test's choice.
final class RefusingServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init(severity: String, sqlState: String, message: String) throws {
        (descriptor, port) = try Socket.listen()
        let fields = ["S\(severity)", "VFATAL", "C\(sqlState)", "M\(message)", "Fpostmaster.c", "L1", "RStartup"]
        let body = Array((fields.joined(separator: "\0") + "\0\0").utf8)
        let reply = [UInt8(ascii: "E")] + Self.bigEndian(body.count + 4) + body
        let listening = descriptor
        inBackground {
            while true {
                let client = accept(listening, nil, nil)
                guard client >= 0 else { return }
                // Eight bytes ask for encryption, which this server does not have; the next message starts the session.
                while Socket.receive(from: client).count == 8 { _ = Socket.send("N".utf8, to: client) }
                _ = Socket.send(reply, to: client)
                Glibc.close(client)
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) }
    }
}

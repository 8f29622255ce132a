import Glibc

/// The file that a configuration is read from.
struct ConfigurationFile: Equatable {
    /// Its path.
    var path: String

    /// A larger file is no configuration.
    static let maximumBytes = 1 << 20
    /// Where a configuration is looked for when none is named, in this order.
    static let defaultPaths = ["./config.json", "/etc/vecsteward/config.json"]

    /// The file to use: the one that is named, else the first of the default ones that is there.
    static func locate(_ named: String?, among paths: [String] = defaultPaths) throws(ProgramFailure) -> Self {
        if let named { return Self(path: named) }
        // One that is there but cannot be read is an error to tell, not a reason to look further.
        if let found = paths.first(where: { access($0, F_OK) == 0 || errno != ENOENT }) { return Self(path: found) }
        throw ProgramFailure(
            .configuration,
            "there is no configuration: neither \(paths.joined(separator: " nor ")) is there",
            hint: "Name one with --config FILE, or look at one database without any: "
                + "vecsteward --dry-run --database postgresql://HOST/DATABASE"
        )
    }

    /// Reads and checks it.
    func load() throws(ProgramFailure) -> Configuration {
        try ConfigurationReader.read(try bytes(), file: path)
    }

    private func bytes() throws(ProgramFailure) -> [UInt8] {
        // Without O_NONBLOCK a pipe would wait here for somebody to write to it.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
            throw failure("is \(kind)", "Give --config the path of a JSON file.")
        }
        guard status.st_size <= Self.maximumBytes else {
            throw failure("has \(status.st_size) bytes, and at most 1 MiB is read", "Is it the right file?")
        }
        // One byte more than allowed, for a file that grows meanwhile.
        var buffer = [UInt8](repeating: 0, count: Self.maximumBytes + 1)
        var length = 0
        while length < buffer.count {
            let count = buffer[length...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count > 0 {
                length += count
            } else if errno != EINTR {
                throw unreadable(errno)
            }
        }
        guard length <= Self.maximumBytes else {
            throw failure("has more than 1 MiB", "Is it the right file?")
        }
        return Array(buffer[..<length])
    }

    private func unreadable(_ code: Int32) -> ProgramFailure {
        let hint =
            switch code {
            case ENOENT: "Check the path, or look at one database without any file: --database URI."
            case EACCES: "Let this user read it: chgrp and chmod g+r, or run as a user who may."
            default: "Give --config the path of a JSON file."
            }
        return failure("cannot be read: \(SystemError(code: code))", hint)
    }

    private func failure(_ message: String, _ hint: String) -> ProgramFailure {
        ProgramFailure(.configuration, "\(Quoted.name(path)) \(message)", hint: hint)
    }
}

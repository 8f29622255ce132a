import Glibc

/// The file that a configuration is read from.
struct ConfigurationFile: Equatable {
    /// Its path.
    var path: String

    /// The largest size that is read; a larger file is no configuration.
    static let maximumBytes = 1 << 20
    /// The paths to try if none is given, in this order.
    static let defaultPaths = ["./config.json", "/etc/vecsteward/config.json"]

    /// The file to use: the given path, otherwise the first default path that exists.
    static func locate(_ named: String?, among paths: [String] = defaultPaths) throws(ProgramFailure) -> Self {
        if let named { return Self(path: named) }
        // If the file exists but is unreadable, that is an error; the next path is not tried.
        if let found = paths.first(where: { access($0, F_OK) == 0 || errno != ENOENT }) { return Self(path: found) }
        throw ProgramFailure(
            .configuration,
            "no configuration file: neither \(paths.joined(separator: " nor ")) exists",
            hint: "Name one with --config FILE, or report on one database without a file: "
                + "vecsteward --dry-run --database postgresql://HOST/DATABASE"
        )
    }

    /// Reads and checks the file.
    func load() throws(ProgramFailure) -> Configuration {
        try ConfigurationReader.read(try bytes(), file: path)
    }

    private func bytes() throws(ProgramFailure) -> [UInt8] {
        // Without O_NONBLOCK, opening a pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
            throw failure("is \(kind)", "Give --config the path of a JSON file.")
        }
        guard status.st_size <= Self.maximumBytes else {
            throw failure("has \(status.st_size) bytes; the limit is 1 MiB", "Is it the right file?")
        }
        // One byte more than the limit, in case the file has grown.
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
            throw failure("is larger than 1 MiB", "Is it the right file?")
        }
        return Array(buffer[..<length])
    }

    private func unreadable(_ code: Int32) -> ProgramFailure {
        let hint =
            switch code {
            case ENOENT: "Check the path, or report on one database without a file: --database URI."
            case EACCES: "Let this user read the file (chgrp and chmod g+r), or run as a user who may."
            default: "Give --config the path of a JSON file."
            }
        return failure("is unreadable: \(SystemError(code: code))", hint)
    }

    private func failure(_ message: String, _ hint: String) -> ProgramFailure {
        ProgramFailure(.configuration, "\(Quoted.name(path)) \(message)", hint: hint)
    }
}

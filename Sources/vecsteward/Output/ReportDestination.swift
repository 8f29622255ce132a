import Glibc

/// The destination of a report: standard output, or a file that is written completely or not at all.
///
/// A file is written beside its final path and renamed, so a reader sees the old report or the new one. A new file gets
/// mode 0644 less the umask, as with a shell's `>`; an existing one keeps its mode, and a symbolic link stays one. What
/// is no regular file (a pipe, `/dev/full`) is written to directly.
enum ReportDestination: Equatable {
    case standardOutput
    /// A regular file, by its path without symbolic links.
    case file(path: String, mode: mode_t?)
    case device(path: String)

    /// Checks a path, and rejects early one that cannot be written.
    ///
    /// - Parameter path: The value of `--output`; `-` or nothing is standard output.
    /// - Throws: Why the path cannot be written.
    init(_ path: String?) throws(ProgramFailure) {
        guard let path, path != "-" else {
            self = .standardOutput
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT, !path.isEmpty else { throw Self.failure(path, errno) }
            let folder = Self.folder(of: path)
            guard access(folder, W_OK | X_OK) == 0 else {
                throw errno == ENOENT
                    ? ProgramFailure(
                        .cannotWrite,
                        "cannot write \(Quoted.name(path)): there is no folder \(Quoted.name(folder))",
                        hint: "Create the folder first, or give --output another path."
                    ) : Self.failure(path, errno)
            }
            self = .file(path: path, mode: nil)
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            throw ProgramFailure(
                .cannotWrite,
                "cannot write \(Quoted.name(path)): it is a folder",
                hint: "Give --output the path of a file, such as \(Quoted.name(path))/report.txt."
            )
        case S_IFREG:
            guard let resolved = realpath(path, nil) else { throw Self.failure(path, errno) }
            defer { free(resolved) }
            let target = String(cString: resolved)
            guard access(Self.folder(of: target), W_OK | X_OK) == 0 else { throw Self.failure(path, errno) }
            self = .file(path: target, mode: status.st_mode & 0o777)
        default:
            self = .device(path: path)
        }
    }

    /// Writes a report.
    ///
    /// - Throws: A failure without a message if the reader closed standard output.
    func write(_ text: String) throws(ProgramFailure) {
        switch self {
        case .standardOutput:
            do throws(SystemError) {
                try FileDescriptor.write(text, to: FileDescriptor.standardOutput)
            } catch {
                if error.code == EPIPE { throw .silent(.brokenPipe) }
                throw Self.failure("standard output", error.code)
            }
        case .device(let path):
            try writeDirectly(text, to: path)
        case .file(let path, let mode):
            do throws(SystemError) {
                let file = try PendingFile(beside: path, mode: mode)
                try file.commit(text)
            } catch {
                throw Self.failure(path, error.code)
            }
        }
    }

    private func writeDirectly(_ text: String, to path: String) throws(ProgramFailure) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        defer { close(descriptor) }
        do throws(SystemError) {
            try FileDescriptor.write(text, to: descriptor)
        } catch {
            if error.code == EPIPE { throw .silent(.brokenPipe) }
            throw Self.failure(path, error.code)
        }
    }

    /// The folder of a path, as in dirname(1).
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ path: String, _ code: Int32) -> ProgramFailure {
        let hint =
            switch code {
            case ENOSPC, EDQUOT: "Free some space, or give --output a path on another disk."
            case EACCES, EPERM: "Give --output a path where this user may write, or run as one who may."
            case EROFS: "Give --output a path on a writable file system."
            case EBADF: "Standard output is closed: redirect it, or give --output a path."
            default: "Give --output the path of a file in a folder that exists, or - for standard output."
            }
        return ProgramFailure(
            .cannotWrite,
            "cannot write \(Quoted.name(path)): \(SystemError(code: code))",
            hint: hint
        )
    }
}

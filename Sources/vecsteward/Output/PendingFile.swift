import Glibc
import Synchronization

/// A file that is being written; it has a temporary name until it is complete.
struct PendingFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// The files that are not complete yet, for a signal that stops the program.
    private static let onTheirWay = Mutex<Set<String>>([])

    /// Creates an empty file in the folder of the final one.
    ///
    /// - Parameters:
    ///   - path: The final path.
    ///   - mode: The mode of the file; `nil` for 0644 less the umask.
    /// - Throws: The error of open(2).
    init(beside path: String, mode: mode_t?) throws(SystemError) {
        self.path = path
        let folder = ReportDestination.folder(of: path)
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = "\(folder)/.vecsteward-\(unique)"
        temporaryPath = temporary
        Self.onTheirWay.withLock { _ = $0.insert(temporary) }
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let error = SystemError(code: errno)
            Self.forget(temporary)
            throw error
        }
        if let mode { fchmod(descriptor, mode) }
    }

    /// Writes the text and moves the file to its final path.
    ///
    /// - Parameters:
    ///   - text: The whole content.
    ///   - isFlushed: Whether to flush it to disk first, so that a crash of the host leaves a whole file.
    /// - Throws: The error that stopped it; the temporary file is removed, and the old file stays.
    func commit(_ text: String, isFlushed: Bool = true) throws(SystemError) {
        var isOpen = true
        do throws(SystemError) {
            try FileDescriptor.write(text, to: descriptor)
            if isFlushed { try check(fsync(descriptor)) }
            isOpen = false
            try check(close(descriptor))
            try check(rename(temporaryPath, path))
            Self.forget(temporaryPath)
        } catch {
            if isOpen { close(descriptor) }
            unlink(temporaryPath)
            Self.forget(temporaryPath)
            throw error
        }
    }

    private func check(_ result: Int32) throws(SystemError) {
        guard result == 0 else { throw SystemError(code: errno) }
    }

    private static func forget(_ temporaryPath: String) {
        onTheirWay.withLock { _ = $0.remove(temporaryPath) }
    }

    /// Removes every file that is not complete yet.
    static func removeAll() {
        onTheirWay.withLock { paths in
            for path in paths { unlink(path) }
            paths.removeAll()
        }
    }
}

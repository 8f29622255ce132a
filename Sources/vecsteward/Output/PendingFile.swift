import Glibc
import Synchronization

/// A file on its way to its place: it has a name of its own until all of it is on disk.
struct PendingFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// The files that are on their way, for a signal that ends the program in the middle.
    private static let onTheirWay = Mutex<Set<String>>([])

    /// Makes an empty file in the folder of the final one.
    ///
    /// - Parameters:
    ///   - path: The final place.
    ///   - mode: The mode to give it, `nil` for 0644 less the umask.
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

    /// Writes the text and puts the file in its place.
    ///
    /// - Parameters:
    ///   - text: All that the file is to hold.
    ///   - isFlushed: Whether it is on disk before it takes its place, so that a crash of the host leaves a whole file.
    /// - Throws: The error that stopped it; then nothing is left of the pending file, and the old one is as it was.
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

    /// Removes every file that is not yet in its place.
    static func removeAll() {
        onTheirWay.withLock { paths in
            for path in paths { unlink(path) }
            paths.removeAll()
        }
    }
}

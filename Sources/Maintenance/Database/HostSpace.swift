internal import Glibc

/// The resources of this host: free space, memory and processors.
enum HostSpace {
    /// The number of processors that this process may use.
    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The memory of the host in bytes, whatever a container may use of it; `nil` if that is unknown.
    static var memoryBytes: Int64? {
        let (pages, page) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        guard pages > 0, page > 0 else { return nil }
        return Int64(pages).multipliedReportingOverflow(by: Int64(page)).partialValue
    }

    /// Whether this process is one of a PostgreSQL server on this host.
    static func hasServerProcess(_ processID: Int) -> Bool {
        guard let file = fopen("/proc/\(processID)/comm", "r") else { return false }
        defer { fclose(file) }
        var name = [CChar](repeating: 0, count: 64)
        guard fgets(&name, Int32(name.count), file) != nil else { return false }
        return name.starts(with: "postgres".utf8.map { CChar($0) })
    }

    /// The bytes that are free for programs without special rights; `nil` if that is unknown.
    static func freeBytes(at path: String) -> Int64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
    }

    /// Whether two paths are on one file system; `nil` if that is unknown.
    static func isShared(_ path: String, _ other: String) -> Bool? {
        guard let first = device(of: path), let second = device(of: other) else { return nil }
        return first == second
    }

    private static func device(of path: String) -> dev_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_dev : nil
    }
}

import Glibc

/// The time zone names that this host knows, which are most likely those that a server knows.
struct TimeZoneNames {
    private let folder: String
    private var known: [String]?

    /// Reads the names from a folder in the layout of the tz database.
    init(folder: String = "/usr/share/zoneinfo") {
        self.folder = folder
    }

    /// The result of checking a name.
    enum Verdict: Equatable {
        /// The host knows the name, or has no tz database and the name is well-formed.
        case usable
        /// The name is not well-formed.
        case malformed
        /// The name is well-formed, and this host does not know it.
        case unknown
    }

    /// Checks a name.
    func verdict(on name: String) -> Verdict {
        guard Self.isWellFormed(name) else { return .malformed }
        // Without a usable tz database on this host, the server decides.
        guard isZone("UTC") else { return .usable }
        return isZone(name) ? .usable : .unknown
    }

    /// The known name that somebody may have meant: `europe/berlin` and `Berlin` mean `Europe/Berlin`.
    mutating func nearest(to name: String) -> String? {
        let all = known ?? names(below: "")
        known = all
        if let near = NearestName.of(name, among: all) { return near }
        return all.first { $0.split(separator: "/").last.map { $0.lowercased() } == name.lowercased() }
    }

    /// Whether a name consists of letters, digits, `_`, `+` and `-`, in parts that begin with a letter:
    /// `Europe/Berlin`, `Etc/GMT+1`, `CET`.
    ///
    /// Such a name cannot leave the folder.
    private static func isWellFormed(_ name: String) -> Bool {
        guard name.utf8.count <= 64 else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.unicodeScalars.first, isLetter(first) else { return false }
            return part.unicodeScalars.allSatisfy { isLetter($0) || "0123456789_+-".unicodeScalars.contains($0) }
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { "a"..."z" ~= scalar || "A"..."Z" ~= scalar }

    /// Whether an entry of the folder is no zone: a copy of all zones with other clocks, or this host's own zone.
    private static func isAside(_ name: String) -> Bool {
        ["posix", "right", "localtime", "posixrules"].contains(name.prefix { $0 != "/" })
    }

    /// Whether the file of a zone exists; other files in the folder begin differently.
    private func isZone(_ name: String) -> Bool {
        guard !Self.isAside(name) else { return false }
        let descriptor = open("\(folder)/\(name)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var magic = [UInt8](repeating: 0, count: 4)
        return read(descriptor, &magic, 4) == 4 && magic == Array("TZif".utf8)
    }

    /// All names in the folder, or in one folder below it, sorted.
    private func names(below prefix: String) -> [String] {
        guard let listing = opendir("\(folder)/\(prefix)") else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let part = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let name = prefix + part
            guard Self.isWellFormed(name), !Self.isAside(name) else { continue }
            // The depth is limited because a link could lead back up; the tz database nests three deep.
            if isZone(name) {
                names.append(name)
            } else if name.count(where: { $0 == "/" }) < 2 {
                names += self.names(below: name + "/")
            }
        }
        return names.sorted()
    }
}

/// Whether indexes fit the memory that a server has for them.
struct MemoryFit {
    private let sizeBytes: Int64
    private let sharedBuffersBytes: Int64?
    private let hostMemoryBytes: Int64?

    /// The share of the host's memory beyond which more shared_buffers seldom help, by PostgreSQL's documentation of that
    /// setting.
    private static let usefulShare = 0.4

    /// Compares indexes of this size together with a server.
    init(_ sizeBytes: Int64, _ server: ServerFacts) {
        self.sizeBytes = sizeBytes
        sharedBuffersBytes = server.sharedBuffersBytes
        hostMemoryBytes = server.hostMemoryBytes
    }

    /// The numbers behind it.
    var evidence: [Evidence] {
        (sharedBuffersBytes.map { [.count("sharedBuffersBytes", $0)] } ?? [])
            + (hostMemoryBytes.map { [.count("hostMemoryBytes", $0)] } ?? [])
    }

    /// What there is, and which setting would hold the indexes, in sentences.
    var sentence: String {
        let size = Numbers.size(bytes: sizeBytes)
        guard let buffers = sharedBuffersBytes else {
            return "Give the server shared_buffers for the index and the table, or make the index smaller."
        }
        let shared = "shared_buffers (\(Numbers.size(bytes: buffers)))"
        if sizeBytes <= buffers {
            return
                "\(size) alone would fit \(shared), which the table and all other relations share: raise shared_buffers, or "
                + "make the index smaller."
        }
        guard let host = hostMemoryBytes else {
            return
                "\(size) do not fit \(shared): raise shared_buffers if the host has the memory, or make the index smaller."
        }
        let memory = "memory of the host (\(Numbers.size(bytes: host)))"
        if sizeBytes > host {
            return "\(size) fit neither \(shared) nor the \(memory): only a smaller index or more memory helps."
        }
        if Double(sizeBytes) > Self.usefulShare * Double(host) {
            return
                "\(size) do not fit \(shared). They are more than 40 % of the \(memory), beyond which shared_buffers seldom "
                + "help: what is read comes from the system's cache at best. A smaller index or more memory helps."
        }
        return
            "\(size) do not fit \(shared), but are less than 40 % of the \(memory): raise shared_buffers to more "
            + "than \(size), which takes a restart, or make the index smaller."
    }

    /// Whether indexes of another size fit shared_buffers; `nil` if that is unknown.
    static func fits(_ bytes: Int64, _ server: ServerFacts) -> Bool? { server.sharedBuffersBytes.map { bytes <= $0 } }
}

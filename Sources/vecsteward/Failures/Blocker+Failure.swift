import Advisor

extension ProgramFailure {
    /// Explains why a request cannot be fulfilled.
    ///
    /// - Parameters:
    ///   - blocker: The reason.
    ///   - deed: What cannot be done: `build an index on vecs.docs`.
    init(_ blocker: Blocker, to deed: String) {
        let status: ExitStatus
        let hint: String
        switch blocker.kind {
        case .standby:
            status = .unavailable
            hint = "Run the command on the primary."
        case .readOnly:
            status = .unavailable
            hint = Quoted.name(blocker.advice, limit: 600)
        case .locked:
            status = .unavailable
            hint = "Try again when the lock is gone; pg_locks shows it."
        case .privilege:
            status = .refused
            hint = "`vecsteward grants --role NAME --for maintain` prints the SQL that fixes it."
        case .memory:
            status = .configuration
            hint = "\(Self.sentence(blocker.advice)) This setting is in the configuration; fewer lists need less."
        case .uncounted, .knownBug:
            status = .unavailable
            hint = Self.sentence(blocker.advice)
        case .tooFewRows, .unbuildable, .contradiction:
            status = .usage
            hint = Self.sentence(blocker.advice)
        }
        self.init(status, "cannot \(deed): \(Quoted.name(blocker.reason, limit: 400))", hint: hint)
    }

    private static func sentence(_ advice: String) -> String {
        guard let first = advice.first else { return "vecsteward --dry-run shows more about the collection." }
        // A setting keeps its case.
        let start = advice.hasPrefix("maintenance.") ? String(first) : first.uppercased()
        let text = Quoted.name(start + advice.dropFirst(), limit: 1_200)
        return text.hasSuffix(".") || text.hasSuffix(";") ? text : text + "."
    }
}

import Advisor

extension ProgramFailure {
    /// Says why what a person asked for cannot be done.
    ///
    /// - Parameters:
    ///   - blocker: What stands in the way.
    ///   - deed: What cannot be done: `build an index on vecs.docs`.
    init(_ blocker: Blocker, to deed: String) {
        let status: ExitStatus
        let hint: String
        switch blocker.kind {
        case .standby:
            status = .unavailable
            hint = "Ask on the primary."
        case .readOnly:
            status = .unavailable
            hint = Quoted.name(blocker.advice, limit: 600)
        case .locked:
            status = .unavailable
            hint = "Ask again when the lock is gone; pg_locks shows it."
        case .privilege:
            status = .refused
            hint = "`vecsteward grants --role NAME --for maintain` prints the SQL that mends it."
        case .memory:
            status = .configuration
            hint = "\(Self.sentence(blocker.advice)) It stands in the configuration; fewer lists need less."
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
        guard let first = advice.first else { return "vecsteward --dry-run says more of the collection." }
        // A setting is spelled as it is.
        let start = advice.hasPrefix("maintenance.") ? String(first) : first.uppercased()
        let text = Quoted.name(start + advice.dropFirst(), limit: 1_200)
        return text.hasSuffix(".") || text.hasSuffix(";") ? text : text + "."
    }
}

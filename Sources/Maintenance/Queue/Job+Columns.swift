internal import Advisor
internal import Postgres

extension Job {
    /// The parameters of `job_enqueue.sql`.
    ///
    /// - Parameters:
    ///   - target: The table of the queued job.
    ///   - repeats: How many consecutive jobs for the same work have ended and left their finding unchanged.
    /// - Returns: The parameters in their order.
    func columns(at target: Target, repeats: Int) -> [any ParameterEncodable] {
        let (disposition, reason) = dispositionColumns
        return [
            kind, type(of: spec).lane.rawValue, collection.schema, collection.table, collection.column,
            target.schema, target.table, subject, spec.existingIndex,
            disposition, reason, reasons.map(\.rule), reasons.map(\.summary),
            origin.rawValue, priority.rank, priority.urgency, repeats,
        ]
    }

    private var dispositionColumns: (disposition: String, reason: String?) {
        switch disposition {
        case .act: ("act", nil)
        case .suggest(let reason): ("suggest", reason)
        case .refused(let reason): ("refused", reason)
        }
    }
}

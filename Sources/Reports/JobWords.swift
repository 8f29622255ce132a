internal import Advisor

extension Job.Disposition {
    /// The disposition in one word, and why the job does not run; without a reason if it does.
    var words: (word: String, why: String?) {
        switch self {
        case .act: ("act", nil)
        case .suggest(let why): ("suggest", why)
        case .refused(let why): ("refused", why)
        }
    }
}

extension Job {
    /// A short title of the job.
    var title: String { spec.title(tables: targets.count) }
}

/// The growth of a table since its index was built.
enum Growth {
    /// The ratio of current rows to those of the baseline; `nil` if there is nothing to compare with, as with a baseline
    /// that is only the current rows.
    static func factor(_ rows: RowCount, _ baseline: Baseline?) -> Double? {
        guard let baseline, baseline.source != .rowsNow, baseline.rows > 0, rows.source != .unknown else { return nil }
        return Double(rows.value) / Double(baseline.tableRows)
    }
}

internal import Advisor

extension Job.Disposition {
    /// What happens with a job, in a word, and why not more.
    var words: (word: String, why: String?) {
        switch self {
        case .act: ("act", nil)
        case .suggest(let why): ("suggest", why)
        case .refused(let why): ("refused", why)
        }
    }
}

extension Job {
    /// What a job does, in a few words.
    var title: String { spec.title(tables: targets.count) }
}

/// How far a table has grown since its index was built.
enum Growth {
    /// Rows now for each row of the baseline; `nil` where there is nothing to compare with, as in a baseline that is
    /// only the rows of today.
    static func factor(_ rows: RowCount, _ baseline: Baseline?) -> Double? {
        guard let baseline, baseline.source != .rowsNow, baseline.rows > 0, rows.source != .unknown else { return nil }
        return Double(rows.value) / Double(baseline.tableRows)
    }
}

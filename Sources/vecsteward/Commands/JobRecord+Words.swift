import Advisor

extension JobRecord {
    /// The job and its reasons, as one line that no name can break.
    var work: String {
        let reasons = job.reasons.map { Quoted.name($0.summary, limit: 300) }.joined(separator: "; ")
        return "\(Quoted.name(job.collection.description)): \(Quoted.name(job.spec.summary)), because \(reasons)"
    }
}

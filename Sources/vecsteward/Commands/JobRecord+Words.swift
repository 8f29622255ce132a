import Advisor

extension JobRecord {
    /// The job and its reasons, as one line that no name can break.
    var work: String {
        let what =
            switch job.task {
            case .analyze: "ANALYZE"
            case .createIndex(let creation): "create an index (\(creation.definition.method))"
            case .rebuildIndex(let rebuild): "rebuild \(Quoted.name(rebuild.oldName))"
            case .dropIndex(let index): "drop \(Quoted.name(index))"
            }
        let reasons = job.reasons.map { Quoted.name($0.summary, limit: 300) }.joined(separator: "; ")
        return "\(Quoted.name(job.collection.description)): \(what), because \(reasons)"
    }
}

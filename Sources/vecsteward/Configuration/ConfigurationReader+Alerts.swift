// How often alerts are repeated.
extension ConfigurationReader {
    /// Reads `alerts` into a configuration.
    mutating func alerts(_ item: Item?, into configuration: inout Configuration) {
        guard let item, let members = object(item, keys: ["repeatEvery"]), let interval = members["repeatEvery"] else {
            return
        }
        if case .string("never") = interval.node.value {
            configuration.alertInterval = nil
        } else if let interval = duration(interval, in: .seconds(60)...(.seconds(365 * 86_400)), or: "\"never\"") {
            configuration.alertInterval = interval
        }
    }
}

// The metrics file.
extension ConfigurationReader {
    /// Reads the file of `metrics`.
    mutating func metricsFile(_ item: Item?) -> String? {
        guard let item, let members = object(item, keys: ["file"]) else { return nil }
        let hint =
            "Give the absolute path of a file whose name ends in .prom, which node_exporter requires: "
            + "\"/var/lib/prometheus/node-exporter/vecsteward.prom\"."
        guard let file = members["file"], let path = text(file, hint) else { return nil }
        guard path.hasPrefix("/") else {
            complain(file, isNot(path), hint)
            return nil
        }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard name.hasSuffix(".prom"), !name.hasPrefix(".") else {
            complain(file, "is \(Quoted.name(path))", hint)
            return nil
        }
        return path
    }
}

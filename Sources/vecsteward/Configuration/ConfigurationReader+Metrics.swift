// Where the metrics go.
extension ConfigurationReader {
    /// The file of `metrics`.
    mutating func metricsFile(_ item: Item?) -> String? {
        guard let item, let members = object(item, keys: ["file"]) else { return nil }
        let hint =
            "Give the whole path of a file whose name ends in .prom, as node_exporter wants it: "
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

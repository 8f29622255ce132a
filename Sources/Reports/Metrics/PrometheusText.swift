/// Metrics in the text format of Prometheus, as a file for node_exporter's textfile collector has them.
public enum PrometheusText {
    /// Renders the whole content of a metrics file; equal reports give equal bytes.
    public static func render(_ report: MetricsReport) -> String {
        MetricFamily.all.sorted { $0.name < $1.name }
            .map { render($0, $0.samples(report)) }
            .joined()
    }

    private static func render(_ family: MetricFamily, _ samples: [MetricFamily.Sample]) -> String {
        guard !samples.isEmpty else { return "" }
        let lines = samples.map { sample in
            let labels = zip(family.labels, sample.values).map { "\($0)=\"\(escaped($1, quotes: true))\"" }
            let braces = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
            return "\(family.name)\(sample.suffix)\(braces) \(spelled(sample.number))\n"
        }
        return "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            + "# TYPE \(family.name) \(family.kind.rawValue)\n"
            + lines.sorted().joined()
    }

    /// Escapes what would end a value or a line.
    ///
    /// By scalars, because a carriage return with a line feed is a single character in Swift.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += #"\\"#
            case "\n": result += #"\n"#
            case "\"" where quotes: result += #"\""#
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func spelled(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        return number.rounded() == number && number.magnitude < 0x1p53 ? String(Int64(number)) : String(number)
    }
}

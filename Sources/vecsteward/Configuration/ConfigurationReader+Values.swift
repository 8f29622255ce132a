// Single values. Each reader accepts a missing value, and returns nil for a missing or wrong one.
extension ConfigurationReader {
    /// Reads a text that is not empty.
    mutating func text(_ item: Item?, _ hint: String) -> String? {
        guard let item else { return nil }
        guard case .string(let text) = item.node.value, !text.isEmpty else {
            complain(item, wrongType(item), hint)
            return nil
        }
        return text
    }

    /// Reads one of a few words.
    mutating func choice<Value>(_ item: Item?, of choices: [(name: String, value: Value)]) -> Value? {
        let names = choices.map(\.name)
        let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
        guard let item, let text = text(item, "Give one of \(list).") else { return nil }
        if let match = choices.first(where: { $0.name == text }) { return match.value }
        let nearest = NearestName.of(text, among: names).map { "; the nearest one is \"\($0)\"" } ?? ""
        complain(item, isNot(text), "Give one of \(list)\(nearest).")
        return nil
    }

    /// Reads a number within bounds.
    mutating func number(_ item: Item?, in range: ClosedRange<Double>, isWhole: Bool) -> Double? {
        guard let item else { return nil }
        let bounds = "from \(Self.spelled(range.lowerBound)) to \(Self.spelled(range.upperBound))"
        // A literal beyond Double becomes infinity, which is out of every range.
        guard case .number(let digits) = item.node.value, let number = Double(digits), range.contains(number),
            !isWhole || number.rounded() == number
        else {
            complain(item, wrongType(item), "Give a \(isWhole ? "whole number" : "number") \(bounds).")
            return nil
        }
        return number
    }

    /// Reads a whole number within bounds.
    mutating func whole(_ item: Item?, in range: ClosedRange<Int>) -> Int? {
        number(item, in: Double(range.lowerBound)...Double(range.upperBound), isWhole: true).map { Int($0) }
    }

    /// Reads a duration within bounds.
    ///
    /// The hint names the alternative to a duration, if there is one.
    mutating func duration(
        _ item: Item?,
        in range: ClosedRange<Duration>,
        or alternative: String? = nil
    ) -> Duration? {
        let bounds =
            "from \"\(DurationSpelling.text(range.lowerBound))\" to \"\(DurationSpelling.text(range.upperBound))\""
        let hint = "Give \(DurationSpelling.form), \(bounds)\(alternative.map { ", or \($0)" } ?? "")."
        guard let item, let text = text(item, hint) else { return nil }
        guard let duration = DurationSpelling.parse(text), range.contains(duration) else {
            complain(item, isNot(text), hint)
            return nil
        }
        return duration
    }

    /// Reads a size in bytes within bounds.
    mutating func size(_ item: Item?, in range: ClosedRange<Int64>) -> Int64? {
        let bounds = "from \"\(SizeSpelling.text(range.lowerBound))\" to \"\(SizeSpelling.text(range.upperBound))\""
        let hint = "Give \(SizeSpelling.form), \(bounds)."
        guard let item, let text = text(item, hint) else { return nil }
        guard let size = SizeSpelling.parse(text), range.contains(size) else {
            complain(item, isNot(text), hint)
            return nil
        }
        return size
    }

    /// Describes a text as the rest of a sentence, and shows it if it cannot be a secret.
    func isNot(_ text: String) -> String {
        "is " + (Quoted.value(text) ?? "a text that does not belong here")
    }

    /// A bound as people write it: a whole number has no decimal point and no exponent.
    static func spelled(_ number: Double) -> String {
        number.rounded() == number && number.magnitude < 1e15 ? String(Int64(number)) : String(number)
    }
}

internal import SafeText

/// A JSON value whose objects keep the order of their members, so that equal reports give equal bytes.
enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([(key: String, value: JSONValue)])

    init(_ text: String?) { self = text.map { .string($0) } ?? .null }
    init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
    init(_ integer: (some BinaryInteger)?) { self = integer.map { .integer(Int64(clamping: $0)) } ?? .null }

    /// The value as text, indented by two spaces, with a newline at the end.
    var text: String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    private func write(to text: inout String, indentation: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        // JSON has no infinity.
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.write(value, to: &text)
        case .array(let values):
            Self.write(values.map { (nil, $0) }, between: ("[", "]"), to: &text, indentation: indentation)
        case .object(let members):
            Self.write(members.map { ($0.key, $0.value) }, between: ("{", "}"), to: &text, indentation: indentation)
        }
    }

    private static func write(
        _ members: [(String?, JSONValue)],
        between brackets: (String, String),
        to text: inout String,
        indentation: Int
    ) {
        text += brackets.0
        for (index, (key, value)) in members.enumerated() {
            text += (index == 0 ? "\n" : ",\n") + String(repeating: " ", count: 2 * (indentation + 1))
            if let key {
                write(key, to: &text)
                text += ": "
            }
            value.write(to: &text, indentation: indentation + 1)
        }
        if !members.isEmpty { text += "\n" + String(repeating: " ", count: 2 * indentation) }
        text += brackets.1
    }

    /// Escapes what JSON requires, and every character that a terminal would act on.
    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where SafeText.isUnsafe(scalar):
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

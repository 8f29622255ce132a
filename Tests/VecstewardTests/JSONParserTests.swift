import Testing

@testable import vecsteward

@Suite("Reading JSON")
struct JSONParserTests {
    @Test("values keep their order, their kind and their digits")
    func values() throws {
        let node = try JSONParser.parse(Array(#" {"b": [1.50, -0, 2e3, true, null], "a": "x"} "#.utf8))
        guard case .object(let members) = node.value, case .array(let list) = members[0].node.value else {
            Issue.record("not an object with a list")
            return
        }
        #expect(members.map(\.key) == ["b", "a"])
        #expect(list.map(\.value) == [.number("1.50"), .number("-0"), .number("2e3"), .bool(true), .null])
        #expect(members[1].node.value == .string("x"))
    }

    @Test(
        "escapes stand for their characters",
        arguments: [
            (#""a\n\t\"\\\/b""#, "a\n\t\"\\/b"), (#""\u00e9""#, "é"), (#""\ud83d\ude00""#, "😀"), (#""日本""#, "日本"),
        ]
    )
    func escapes(json: String, text: String) throws {
        #expect(try JSONParser.parse(Array(json.utf8)).value == .string(text))
    }

    @Test(
        "a mistake is reported with what is expected, and where",
        arguments: [
            ("", "1:1", "the file is empty"),
            (" \n ", "2:2", "the file is empty"),
            ("{\"a\": 1,}", "1:9", "there is a comma before }"),
            ("[1,]", "1:4", "there is a comma before ]"),
            ("{\"a\" 1}", "1:6", "a colon is expected here"),
            ("{a: 1}", "1:2", "a key is expected here"),
            ("{\"a\": 1 \"b\": 2}", "1:9", "a comma or } is expected here"),
            ("[1 2]", "1:4", "a comma or ] is expected here"),
            ("{\"a\": ", "1:7", "the file ends in the middle of the configuration"),
            ("{\"a\"", "1:5", "the file ends in the middle of the configuration"),
            ("{\n  \"é\": \"abc", "2:8", "the file ends inside a text"),
            ("{\"a\": \"x\ny\"}", "1:9", "a text must end on the line where it begins"),
            ("{\"a\": tru}", "1:7", "a value is expected here"),
            ("// x", "1:1", "a value is expected here"),
            ("NaN", "1:1", "a value is expected here"),
            ("-", "1:1", "this is not a number as JSON writes it"),
            ("01", "1:1", "this is not a number as JSON writes it"),
            ("1.", "1:1", "this is not a number as JSON writes it"),
            ("1e", "1:1", "this is not a number as JSON writes it"),
            ("{} {}", "1:4", "there is text after the end of the configuration"),
            (#""\q""#, "1:2", "a backslash must be followed by one of \" \\ / b f n r t u"),
            (#""\u0000""#, "1:2", "this escape stands for no character"),
            (#""\ud800""#, "1:2", "this escape stands for no character"),
            (#""\u12g4""#, "1:2", "this escape stands for no character"),
        ]
    )
    func mistakes(json: String, place: String, message: String) {
        let bytes = Array(json.utf8)
        let failure = #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
        #expect(failure?.message == message)
        #expect(failure.map { TextPosition(of: $0.offset, in: bytes).description } == place)
    }

    @Test("what is not UTF-8 is refused at its first wrong byte")
    func encoding() {
        for prefix in [0, 1, 1_000, 4_097] {
            let bytes = Array("\"\(String(repeating: "é", count: prefix))".utf8) + [0xFF, 0x22]
            let failure = #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
            #expect(failure?.message == "the file is not UTF-8")
            #expect(failure?.offset == 1 + 2 * prefix)
        }
        let marked = #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) }
        #expect(marked?.message == "the file begins with a byte order mark")
    }

    @Test("deep nesting is refused and does not crash", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func depth(open: String) {
        let bytes = Array(String(repeating: open, count: 10_000).utf8)
        let failure = #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(bytes) }
        #expect(failure?.message == "lists and objects are nested deeper than 64 levels")
    }

    @Test("64 levels are not too deep")
    func depthAllowed() throws {
        let text = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSONParser.parse(Array(text.utf8))
    }
}

import Advisor
import Foundation
import Testing

@testable import vecsteward

@Suite("The message catalog and the documentation")
struct MessageKindTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func contents(of path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test("explain each message, and no other")
    func catalog() throws {
        let catalog = try contents(of: "systemd/vecsteward.catalog")
        let entries = catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(entries.sorted() == MessageKind.allCases.map(\.rawValue).sorted())
        let page = try contents(of: "docs/operations.md")
        #expect(MessageKind.allCases.filter { !page.contains("`\($0.rawValue)`") } == [])
    }

    @Test("every rule has a message of its own")
    func rules() {
        let kinds = RuleBook.all.compactMap { MessageKind(findingOf: $0.name) }
        #expect(kinds.count == RuleBook.all.count)
        #expect(Set(kinds).count == kinds.count)
    }

    @Test("every identifier is one of 128 bits")
    func identifiers() {
        for kind in MessageKind.allCases {
            #expect(kind.rawValue.count == 32 && kind.rawValue.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }
}

import Advisor
import Testing

@testable import Maintenance

@Suite("Sorting collections by name")
struct NameOrderTests {
    @Test("comes to what sort(by:) comes to", arguments: 0...200)
    func same(count: Int) {
        let parts = ["", "a", "ab", "a b", "b", "é", "ab!", "\u{1F600}"]
        var names = (0..<count).map { _ in
            CollectionName(
                schema: parts.randomElement()!,
                table: parts.randomElement()!,
                column: parts.randomElement()!
            )
        }
        var order = NameOrder()
        for name in names { order.append(name) }
        let sorted = names.sorted()
        names.move(inOrder: order.sorted())
        #expect(names == sorted)
    }
}

import Testing

@testable import Maintenance

@Suite("Sorting large elements in place")
struct MovingSortTests {
    @Test("comes to what sort(by:) comes to", arguments: 0...200)
    func same(count: Int) {
        var numbers = (0..<count).map { _ in Int.random(in: 0...(count * 2)) }
        let sorted = numbers.sorted()
        numbers.sortMovingEachOnce(by: numbers)
        #expect(numbers == sorted)
    }
}

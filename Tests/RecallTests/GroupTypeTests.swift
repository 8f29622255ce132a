import Testing

@testable import Recall

@Suite("Values by which searches are grouped")
struct GroupTypeTests {
    @Test("are what the send function of their type writes")
    func bytes() {
        #expect(GroupType.int2.bytes(of: "-2") == [0xFF, 0xFE])
        #expect(GroupType.int4.bytes(of: "258") == [0, 0, 1, 2])
        #expect(GroupType.int8.bytes(of: "1") == [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(GroupType.text.bytes(of: "é") == [0xC3, 0xA9])
        #expect(GroupType.bool.bytes(of: "true") == [1])
        #expect(GroupType.bool.bytes(of: "false") == [0])
        #expect(
            GroupType.uuid.bytes(of: "00112233-4455-6677-8899-aabbccddeeff")
                == [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF]
        )
    }

    @Test("are none of the type otherwise")
    func others() {
        #expect(GroupType.int2.bytes(of: "40000") == nil)
        #expect(GroupType.bool.bytes(of: "t") == nil)
        #expect(GroupType.uuid.bytes(of: "0011") == nil)
    }
}

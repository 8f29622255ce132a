import Testing

@testable import Maintenance

@Suite("Slots for builds")
struct JobSlotsTests {
    private let slots = JobSlots(perServer: 1)

    @Test("who began to wait first comes first")
    func order() throws {
        let (first, second, third) = (slots.claim(), slots.claim(), slots.claim())
        let slot = try #require(first.acquire(on: "a"))
        #expect(second.acquire(on: "a") == nil)
        #expect(third.acquire(on: "a") == nil)
        #expect(first.acquire(on: "a") == nil)
        slot.giveBack()
        #expect(first.acquire(on: "a") == nil)
        #expect(third.acquire(on: "a") == nil)
        let next = try #require(second.acquire(on: "a"))
        next.giveBack()
        next.giveBack()
        #expect(first.acquire(on: "a") == nil, "the third waits longer")
        #expect(third.acquire(on: "a") != nil)
        #expect(third.acquire(on: "b") != nil, "another server has its own")
    }

    @Test("what is taken or waited for goes with whoever has it")
    func forgotten() throws {
        let other = slots.claim()
        func visit() {
            let claim = slots.claim()
            let slot = claim.acquire(on: "a")
            #expect(slot != nil)
            #expect(claim.acquire(on: "a") == nil)
            #expect(other.acquire(on: "a") == nil)
        }
        visit()
        #expect(other.acquire(on: "a") != nil)
    }

    @Test("who withdraws, asks elsewhere or asks no more keeps nobody from a slot")
    func leaving() throws {
        let ways: [(String, (JobSlots.Claim) -> Void)] = [
            ("withdraws", { $0.withdraw() }),
            (
                "withdraws twice",
                {
                    $0.withdraw()
                    $0.withdraw()
                }
            ),
            ("asks on another server", { _ = $0.acquire(on: "b") }),
            ("asks no more", { _ in }),
        ]
        for (name, leave) in ways {
            let slots = JobSlots(perServer: 1)
            let (holder, leaver, waiter) = (slots.claim(), slots.claim(), slots.claim())
            let start = ContinuousClock.now
            let slot = try #require(holder.acquire(on: "a", at: start))
            #expect(leaver.acquire(on: "a", at: start) == nil)
            #expect(waiter.acquire(on: "a", at: start) == nil)
            slot.giveBack()
            leave(leaver)
            #expect(waiter.acquire(on: "a", at: start + .seconds(11)) != nil, "\(name)")
        }
    }

    @Test("a slot that is lent is somebody else's, and is given back once")
    func lending() throws {
        let (first, second) = (slots.claim(), slots.claim())
        let slot = try #require(first.acquire(on: "a"))
        slot.lend()
        slot.lend()
        let other = try #require(second.acquire(on: "a"))
        // It goes on beside the other one, and no third one begins.
        slot.reclaim()
        slot.reclaim()
        other.giveBack()
        #expect(second.acquire(on: "a") == nil)
        slot.giveBack()
        slot.reclaim()
        #expect(second.acquire(on: "a") != nil)
    }

    @Test("a job lends its slot while it only waits, and gives it back at its end")
    func control() throws {
        let claim = slots.claim()
        let slot = try #require(claim.acquire(on: "a"))
        let control = JobControl(slot: slot)
        control.set(isHeldUp: true)
        #expect(control.isHeldUp)
        #expect(claim.acquire(on: "a") != nil)
        control.giveBackSlot()
        control.set(isHeldUp: false)
        #expect(claim.acquire(on: "a") != nil)
    }
}

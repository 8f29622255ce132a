/// Random numbers that a seed decides, so that one sample always gives the same lists.
///
/// SplitMix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number generators").
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        defer { state &+= Self.increment }
        return Self.mixed(state)
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// A pseudo-random number, another one for each other value.
    static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ increment
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

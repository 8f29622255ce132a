/// Makes texts out of a corpus: flips bytes, cuts, splices, repeats and nests.
struct Mutator {
    private var random: SplitMix
    private var corpus = Corpus.texts.map { Array($0.utf8) }
    private let words = Corpus.words.map { Array($0.utf8) }
    /// Longer texts only repeat what shorter ones do, and take long to write.
    private static let longest = 60_000

    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    mutating func next() -> [UInt8] {
        var text = any(of: corpus)
        for _ in 0...number(below: 6) {
            text = mutated(text)
            if text.count > Self.longest { text = Array(text.prefix(Self.longest)) }
        }
        // Some mutants stay, so that changes add up.
        if number(below: 20) == 0, text.count < 4_000 {
            if corpus.count < 500 { corpus.append(text) } else { corpus[number(below: corpus.count)] = text }
        }
        return text
    }

    private mutating func mutated(_ text: [UInt8]) -> [UInt8] {
        guard !text.isEmpty else { return any(of: words) }
        let (start, end) = range(in: text)
        let part = text[start..<end]
        switch number(below: 10) {
        case 0:
            var flipped = text
            flipped[start] = UInt8(truncatingIfNeeded: random.next())
            return flipped
        case 1: return Array(text[..<end])
        case 2: return Array(text[..<start] + text[end...])
        case 3:
            let other = any(of: corpus)
            guard !other.isEmpty else { return text }
            return Array(text[..<start] + other[number(below: other.count)...])
        case 4:
            let count = 1 << number(below: number(below: 10) == 0 ? 14 : 5)
            return Array(text[..<start])
                + Array(repeatElement(part, count: min(count, Self.longest / max(1, part.count))).joined())
                + text[end...]
        case 5:
            let count = 1 << number(below: number(below: 10) == 0 ? 14 : 5)
            let (open, close) = Corpus.nests[number(below: Corpus.nests.count)]
            let before = Array(repeatElement(open.utf8, count: count).joined())
            return Array(text[..<start]) + before + part + Array(repeatElement(close.utf8, count: count).joined())
                + text[end...]
        case 6, 7, 8:
            return Array(text[..<start]) + [0x20] + any(of: words) + [0x20]
                + Array(text[(number(below: 2) == 0 ? start : end)...])
        default:
            let other = any(of: corpus)
            let (from, to) = range(in: other)
            return Array(text[..<start]) + Array(other[from..<to]) + Array(text[end...])
        }
    }

    private mutating func range(in text: [UInt8]) -> (Int, Int) {
        let one = number(below: text.count + 1)
        // Mostly short parts.
        let other = number(below: 3) == 0 ? number(below: text.count + 1) : min(text.count, one + number(below: 12))
        return (min(one, other, max(0, text.count - 1)), max(one, other))
    }

    private mutating func any(of texts: [[UInt8]]) -> [UInt8] { texts[number(below: texts.count)] }

    private mutating func number(below limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &random) }
}

/// A generator of random numbers that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

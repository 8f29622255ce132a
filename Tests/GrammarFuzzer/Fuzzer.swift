import Foundation
import Grammar

/// Reads texts that it mutates, until its time is over or a text does harm.
///
/// A text is written to the file `--input` before it is read, so it is there if it ends the process or takes too long.
/// `--slowest` keeps the text that took longest, and `--read` reads a text again.
@main
struct Fuzzer {
    static func main() async {
        guard let options = Options(CommandLine.arguments.dropFirst()) else {
            print("usage: grammar-fuzzer [--seconds N] [--seed N] [--input FILE] [--slowest FILE] [--read FILE]")
            exit(64)
        }
        if let file = options.read {
            await read(Array(FileManager.default.contents(atPath: file) ?? Data()))
            print("No harm.")
            return
        }
        var mutator = Mutator(seed: options.seed)
        let end = ContinuousClock.now + .seconds(options.seconds)
        var (texts, understood, slowest) = (0, 0, Duration.zero)
        var slowestText: [UInt8] = []
        while ContinuousClock.now < end {
            let text = mutator.next()
            guard FileManager.default.createFile(atPath: options.input, contents: Data(text)) else {
                print("\(options.input) cannot be written")
                exit(1)
            }
            let start = ContinuousClock.now
            if await read(text) { understood += 1 }
            let duration = ContinuousClock.now - start
            if duration > slowest {
                slowest = duration
                slowestText = text
            }
            texts += 1
            if duration > .seconds(20) {
                print("The text in \(options.input) took \(duration) (seed \(options.seed))")
                exit(1)
            }
        }
        try? FileManager.default.removeItem(atPath: options.input)
        if let file = options.slowest { _ = FileManager.default.createFile(atPath: file, contents: Data(slowestText)) }
        print("Read \(texts) texts, \(understood) with searches; the slowest took \(slowest) (seed \(options.seed)).")
    }

    /// Reads a text in each way that there is; true if it holds a search.
    @discardableResult
    private static func read(_ bytes: [UInt8]) async -> Bool {
        let reader = StatementReader()
        let body = String(decoding: bytes, as: UTF8.self)
        var texts = [await reader.read(bytes), await reader.read(bytes, isCut: true)]
        for language in ["sql", "plpgsql"] {
            texts.append(
                await reader.read(FunctionBody(language: language, source: body, argumentNames: ["n", "embedding"]))
            )
        }
        _ = await reader.readExpression(body)
        for text in texts where (try? JSONDecoder().decode(ReadText.self, from: JSONEncoder().encode(text))) != text {
            fatalError("what was read does not survive JSON")
        }
        return texts.contains { $0.statements.contains { !$0.searches.isEmpty } }
    }
}

private struct Options {
    var seconds = 30
    var seed = UInt64.random(in: 1...999_999)
    var input = "grammar-fuzzer-input"
    var slowest: String?
    var read: String?

    /// Nil if they cannot be understood.
    init?(_ arguments: ArraySlice<String>) {
        var rest = arguments
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--seconds":
                guard let number = Int(value), number > 0 else { return nil }
                seconds = number
            case "--seed":
                guard let number = UInt64(value) else { return nil }
                seed = number
            case "--input": input = value
            case "--slowest": slowest = value
            case "--read": read = value
            default: return nil
            }
        }
    }
}

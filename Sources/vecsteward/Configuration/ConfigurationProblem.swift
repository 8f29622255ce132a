/// One mistake in a configuration.
struct ConfigurationProblem: Error, Equatable, Sendable {
    /// The path to the value: `databases[1].rules.outgrown.growthFactor`; empty for the file as a whole.
    var path: String
    /// What the file contains there, as the rest of a sentence after the path: `is 0.5`.
    var found: String
    /// How to fix it, as sentences.
    var hint: String
    /// The position in the file, in bytes from the start.
    var offset: Int
}

/// The mistakes in one file, collected so that a person can fix all of them at once.
struct ConfigurationProblems {
    /// The mistakes to report; further ones are only counted.
    private(set) var listed: [ConfigurationProblem] = []
    private var count = 0

    /// The most mistakes to report; a longer list helps nobody.
    static let limit = 20

    /// Whether there is no mistake.
    var isEmpty: Bool { count == 0 }
    /// Whether further mistakes are only counted.
    var isFull: Bool { listed.count == Self.limit }

    mutating func add(_ problem: ConfigurationProblem) {
        count += 1
        if listed.count < Self.limit { listed.append(problem) }
    }

    /// The failure that reports all of them.
    ///
    /// - Parameters:
    ///   - file: The name of the file.
    ///   - bytes: The content of the file.
    /// - Returns: A failure with one complaint per mistake, in the order of the file.
    func failure(in file: String, _ bytes: [UInt8]) -> ProgramFailure {
        var complaints = listed.sorted { $0.offset < $1.offset }.map { problem in
            let subject = [problem.path, problem.found].filter { !$0.isEmpty }.joined(separator: " ")
            return ProgramFailure.Complaint(
                message: "\(Quoted.name(file)):\(TextPosition(of: problem.offset, in: bytes)): \(subject)",
                hint: problem.hint
            )
        }
        if count > listed.count {
            complaints.append(
                ProgramFailure.Complaint(
                    message: "\(Quoted.name(file)) has \(count - listed.count) more mistakes",
                    hint: "Correct these first."
                )
            )
        }
        return ProgramFailure(.configuration, complaints)
    }
}

/// One mistake in a configuration.
struct ConfigurationProblem: Error, Equatable, Sendable {
    /// Where: `databases[1].rules.outgrown.growthFactor`; empty for the file as a whole.
    var path: String
    /// What stood there, as the rest of a sentence that begins with the path: `is 0.5`.
    var found: String
    /// What would be right, as sentences.
    var hint: String
    /// Its place in the file, in bytes from the start.
    var offset: Int
}

/// The mistakes in one file, gathered so that a person can mend all of them at once.
struct ConfigurationProblems {
    /// Those that are told; the rest is only counted.
    private(set) var told: [ConfigurationProblem] = []
    private var count = 0

    /// More than this help nobody.
    static let limit = 20

    /// Whether there is no mistake.
    var isEmpty: Bool { count == 0 }
    /// Whether further mistakes are only counted.
    var isFull: Bool { told.count == Self.limit }

    mutating func add(_ problem: ConfigurationProblem) {
        count += 1
        if told.count < Self.limit { told.append(problem) }
    }

    /// All of them as a failure of the program.
    ///
    /// - Parameters:
    ///   - file: The name of the file.
    ///   - bytes: What it holds.
    /// - Returns: A complaint for each, in the order of the file.
    func failure(in file: String, _ bytes: [UInt8]) -> ProgramFailure {
        var complaints = told.sorted { $0.offset < $1.offset }.map { problem in
            let subject = [problem.path, problem.found].filter { !$0.isEmpty }.joined(separator: " ")
            return ProgramFailure.Complaint(
                message: "\(Quoted.name(file)):\(TextPosition(of: problem.offset, in: bytes)): \(subject)",
                hint: problem.hint
            )
        }
        if count > told.count {
            complaints.append(
                ProgramFailure.Complaint(
                    message: "\(Quoted.name(file)) has \(count - told.count) more mistakes",
                    hint: "Correct these first."
                )
            )
        }
        return ProgramFailure(.configuration, complaints)
    }
}

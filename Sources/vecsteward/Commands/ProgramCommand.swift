import ArgumentParser

/// A command as the program runs it.
protocol ProgramCommand: ParsableCommand {
    /// Does what the command is for.
    ///
    /// - Parameter environment: The environment variables.
    /// - Returns: How to exit.
    /// - Throws: What standard error is to say.
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus
}

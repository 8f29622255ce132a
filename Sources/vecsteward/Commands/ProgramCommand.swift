import ArgumentParser

/// A command that the program can run.
protocol ProgramCommand: ParsableCommand {
    /// Runs the command.
    ///
    /// - Parameter environment: The environment variables.
    /// - Returns: The exit status.
    /// - Throws: The complaints for standard error.
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus
}

/// Why a command failed.
struct ProgramFailure: Error, Equatable {
    /// The exit code.
    var status: ExitStatus
    /// The complaints; none if there is nothing to say (a closed pipe, Ctrl-C).
    var complaints: [Complaint]

    /// One problem, and how to fix it.
    struct Complaint: Equatable {
        /// The problem: lower case, no full stop.
        var message: String
        /// How to fix it, as sentences.
        var hint: String?

        /// The text for standard error.
        var text: String {
            "vecsteward: \(message)\n" + (hint.map { "HINT: \($0)\n" } ?? "")
        }
    }

    /// Creates a failure with several complaints.
    init(_ status: ExitStatus, _ complaints: [Complaint]) {
        self.status = status
        self.complaints = complaints
    }

    /// Creates a failure with one complaint.
    init(_ status: ExitStatus, _ message: String, hint: String?) {
        self.init(status, [Complaint(message: message, hint: hint)])
    }

    /// A failure without any message.
    static func silent(_ status: ExitStatus) -> ProgramFailure { ProgramFailure(status, []) }

    /// All complaints, as the text for standard error.
    var text: String { complaints.map(\.text).joined() }
}

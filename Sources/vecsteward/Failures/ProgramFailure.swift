/// Why a command could not do what it was asked to do.
struct ProgramFailure: Error, Equatable {
    /// The code to exit with.
    var status: ExitStatus
    /// What is wrong: at least one, or none where there is nothing to say (a closed pipe, Ctrl-C).
    var complaints: [Complaint]

    /// One thing that is wrong, and what to do about it.
    struct Complaint: Equatable {
        /// What is wrong: lower case, no full stop.
        var message: String
        /// What to do, as sentences.
        var hint: String?

        /// As it stands on standard error.
        var text: String {
            "vecsteward: \(message)\n" + (hint.map { "HINT: \($0)\n" } ?? "")
        }
    }

    /// A failure with several complaints.
    init(_ status: ExitStatus, _ complaints: [Complaint]) {
        self.status = status
        self.complaints = complaints
    }

    /// A failure with one complaint.
    init(_ status: ExitStatus, _ message: String, hint: String?) {
        self.init(status, [Complaint(message: message, hint: hint)])
    }

    /// An end without a word.
    static func silent(_ status: ExitStatus) -> ProgramFailure { ProgramFailure(status, []) }

    /// All of it, as it stands on standard error.
    var text: String { complaints.map(\.text).joined() }
}

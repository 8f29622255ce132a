/// Warns about a password on the command line, which every user of the machine can read.
enum PasswordWarning {
    static let complaint = ProgramFailure.Complaint(
        message: "every user of this machine can see the password in --database in the process list",
        hint: "Put the password into ~/.pgpass, or the whole connection into a service file."
    )

    /// Whether a connection string contains a password, as `password=` or before the `@` of a URI.
    static func applies(to connection: String) -> Bool {
        if connection.contains("password=") || connection.contains("password =") { return true }
        guard let scheme = connection.firstRange(of: "://") else { return false }
        let authority = connection[scheme.upperBound...]
        guard let at = authority.firstIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return false
        }
        return authority.index(after: colon) < at
    }
}

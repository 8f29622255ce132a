/// A password on the command line is there for every user of the machine to read.
enum PasswordWarning {
    static let complaint = ProgramFailure.Complaint(
        message: "every user of this machine can see the password in --database, in the list of processes",
        hint: "Put it into ~/.pgpass, or the whole connection into a service file."
    )

    /// Whether a connection string that libpq can read holds a password, as `password=` or before the `@` of a URI.
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

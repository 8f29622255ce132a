import Testing

@testable import vecsteward

/// Reads a configuration that is expected to be right.
func configuration(_ json: String) throws -> Configuration {
    try ConfigurationReader.read(Array(json.utf8), file: "test.json")
}

/// The complaints about a configuration that is expected to be wrong, without their place in the file.
func complaints(_ bytes: [UInt8]) -> [ProgramFailure.Complaint] {
    do throws(ProgramFailure) {
        _ = try ConfigurationReader.read(bytes, file: "test.json")
        return []
    } catch {
        return error.complaints.map { complaint in
            var complaint = complaint
            // "test.json:12:7: message"
            let parts = complaint.message.split(separator: ": ", maxSplits: 1)
            if parts.count == 2 { complaint.message = String(parts[1]) }
            return complaint
        }
    }
}

func complaints(_ json: String) -> [ProgramFailure.Complaint] { complaints(Array(json.utf8)) }

/// A configuration with one database, and more keys beside it.
func withDatabase(_ more: String) -> String { "{\"databases\": [{\"connection\": \"dbname=app\"}], \(more)}" }

/// A configuration whose one database has more keys.
func withDatabase(having more: String) -> String { "{\"databases\": [{\"connection\": \"dbname=app\", \(more)}]}" }

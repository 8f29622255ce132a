import Advisor
import DatabaseFixture
import Foundation
import Reports

/// What `vecsteward searches` says of the searches of a collection, without what they cost and whose they are.
enum SearchReading {
    /// The lines of the report that say how a search is read, in one.
    static func text(of collection: Collection, in snapshot: CatalogSnapshot) -> String {
        var snapshot = snapshot
        snapshot.collections = [collection]
        let report = SearchesReport(
            programVersion: "",
            databases: [.init(name: "", target: "", outcome: .read(snapshot))]
        )
        // Nothing is wrapped.
        let lines = TextReport(style: .init(width: 10_000)).render(report).split(separator: "\n")
        return lines.compactMap { part(of: $0.drop { $0 == " " }) }.joined(separator: "; ")
            // The document is about embeddings of another size.
            .replacing("(\(ClientProgram.dimensions))", with: "({dimensions})")
    }

    private static func part(of line: Substring) -> String? {
        if let number = line.firstMatch(of: #/^\d+\. /#) { return String(line[number.range.upperBound...]) }
        if line.hasPrefix("filter: ") || line.hasPrefix("no index: ") { return String(line) }
        if line.hasPrefix("index: ") {
            let parts = line.split(separator: "; ")
            return parts.count > 1 ? String(parts[1]) : nil
        }
        if line.hasPrefix("settings: ") {
            // The others are the server's.
            let own = line.dropFirst("settings: ".count).split(separator: ", ")
                .filter { $0.hasSuffix("(client)") || $0.contains("(function ") }
            return own.isEmpty ? nil : own.joined(separator: ", ")
        }
        if line.hasPrefix("role "), line.contains(", seen in function ") || line.contains(", seen in view ") {
            return line.split(separator: ", ", maxSplits: 1).last.map(String.init)
        }
        return nil
    }

    /// Tests/Clients/reading.json: by the names of client and search.
    private static let file = ClientProgram.folder.appendingPathComponent("reading.json")

    /// What is written there of a client.
    static func written(of client: String) throws -> [String: String] { try all()[client] ?? [:] }

    /// Writes what is read of a client there.
    static func write(_ readings: [String: String], of client: String) throws {
        var all = try all()
        all[client] = readings
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(all) + Data("\n".utf8)).write(to: file)
    }

    private static func all() throws -> [String: [String: String]] {
        guard FileManager.default.fileExists(atPath: file.path) else { return [:] }
        return try JSONDecoder().decode([String: [String: String]].self, from: Data(contentsOf: file))
    }
}

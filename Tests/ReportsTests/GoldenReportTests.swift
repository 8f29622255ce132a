import Foundation
import Testing

@testable import Reports

/// The files in `Golden` are what a report looks like today.
///
/// After a change on purpose write them anew with `VECSTEWARD_WRITE_GOLDEN=1`, and read the difference.
@Suite("A report is, to the byte, the one that is kept")
struct GoldenReportTests {
    @Test("as text")
    func text() throws {
        try Self.compare(TextReport().render(richReport), with: "report.txt")
    }

    @Test("as text on a narrow terminal")
    func narrow() throws {
        try Self.compare(TextReport(style: .init(width: 80)).render(richReport), with: "report-80-columns.txt")
    }

    @Test("as JSON")
    func json() throws {
        try Self.compare(JSONReport.render(richReport), with: "report.json")
    }

    @Test("of searches as text")
    func searchesText() throws {
        try Self.compare(TextReport().render(searchesReport), with: "searches.txt")
    }

    @Test("of searches as text on a narrow terminal")
    func narrowSearches() throws {
        try Self.compare(TextReport(style: .init(width: 80)).render(searchesReport), with: "searches-80-columns.txt")
    }

    @Test("of searches as JSON")
    func searchesJSON() throws {
        try Self.compare(JSONReport.render(searchesReport), with: "searches.json")
    }

    private static func compare(_ report: String, with name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["VECSTEWARD_WRITE_GOLDEN"] == "1" {
            try Data(report.utf8).write(to: file)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        let difference = zip(lines(report), lines(kept)).first { $0 != $1 }
        #expect(report == kept, "first difference: \(difference.map { "\($0)" } ?? "in length")")
    }
}

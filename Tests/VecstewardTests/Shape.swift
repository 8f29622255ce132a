import Foundation
import Postgres

/// One shape that a table with vectors, and what is on it, can have in the field.
///
/// In its SQL `$t` stands for the table, `$n` for a name of its own that goes with the table's, and `$r` for a random vector of
/// three dimensions.
struct Shape: Sendable, CustomStringConvertible {
    /// What it is, in a few words without quotes.
    var title: String
    /// What the table's owner runs to make it.
    var sql: String
    /// What only a superuser may run, after that.
    var superuserSQL = ""
    /// What the report finds in it, written by hand: the rules, each as often as it is found.
    var finds: [String] = []
    /// What the report finds in other collections that belong to it, by what their table's name ends in.
    var others: [String: [String]] = [:]
    /// Whether the report knows it as a collection at all.
    var isCollection = true
    /// Its vector column.
    var column = "v"
    /// The names of tables for which there is one; all where there is nothing about it that could depend on a name.
    var namings = Naming.allCases

    var description: String { title }

    /// The names that a table can have.
    enum Naming: String, CaseIterable, Sendable {
        case plain, quoted, long, foreign

        /// The name of a table of this shape.
        func table(_ number: Int) -> String {
            switch self {
            case .plain: "shape_\(number)"
            case .quoted: "Shape \(number) \"of\" a 'table'; --"
            // With what the server puts behind it for an index it is longer than a name can be.
            case .long: "shape_\(number)_" + String(repeating: "l", count: 55 - String(number).utf8.count)
            // Two bytes each, so that a cut at 63 bytes meets the middle of a character.
            case .foreign: "é_\(number)_" + String(repeating: "é", count: 26)
            }
        }
    }

    /// The SQL with the names of one table in it.
    func sql(_ text: String, for table: String) -> String {
        text.replacingOccurrences(of: "$t", with: Identifier(table).description)
            .replacingOccurrences(of: "$n", with: "n\(Self.hash(table))")
            .replacingOccurrences(of: "$r", with: "ARRAY[random(), random(), random()]::vector(3)")
    }

    /// A short name that is the same for the same table.
    private static func hash(_ text: String) -> String {
        String(text.utf8.reduce(5_381 as UInt32) { ($0 &* 33) ^ UInt32($1) }, radix: 36)
    }
}

extension Shape {
    /// A table with a key and a vector column that is never null, filled with so many rows.
    static func table(_ rows: Int, _ columns: String = "", values: String = "") -> String {
        """
        CREATE TABLE $t (id bigint\(columns.isEmpty ? "" : ", \(columns)"), v vector(3) NOT NULL);
        INSERT INTO $t SELECT g\(values.isEmpty ? "" : ", \(values)"), $r FROM generate_series(1, \(rows)) AS g;
        """
    }

    /// More rows for it.
    static func more(_ rows: Int, values: String = "") -> String {
        "INSERT INTO $t SELECT g\(values.isEmpty ? "" : ", \(values)"), $r FROM generate_series(1, \(rows)) AS g;"
    }
}

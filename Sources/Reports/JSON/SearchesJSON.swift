internal import Advisor

extension JSONReport {
    /// Renders the searches of collections as one JSON object with a newline at the end.
    ///
    /// Its keys are a part of those of a report, with the same meaning.
    public static func render(_ report: SearchesReport) -> String {
        JSONValue.object([
            ("schema", .integer(Int64(schema))),
            ("program", .object([("name", .string("vecsteward")), ("version", .string(report.programVersion))])),
            ("databases", .array(report.databases.map(database))),
        ]).text
    }

    private static func database(_ database: SearchesReport.Database) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string(database.name)), ("target", .string(database.target)),
        ]
        switch database.outcome {
        case .failed(let failure):
            members += [("status", .string("failed")), ("failure", Self.failure(failure))]
        case .read(let snapshot):
            members += [
                ("status", .string("assessed")), ("failure", .null),
                ("searchSources", SearchJSON.sources(of: snapshot)),
                ("collections", .array(snapshot.orderedCollections.map(collection))),
            ]
        }
        return .object(members)
    }

    private static func collection(_ collection: Collection) -> JSONValue {
        .object([
            ("name", .string(collection.name.description)), ("schema", .string(collection.name.schema)),
            ("table", .string(collection.name.table)), ("column", .string(collection.name.column)),
            ("searches", SearchJSON.searches(of: collection)),
        ])
    }
}

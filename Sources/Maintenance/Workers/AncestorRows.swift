internal import Advisor
internal import Postgres

/// The rows of `index_job_context_ancestors.sql`.
struct AncestorRows {
    private struct Table {
        var position: Int
        var schema: String
        var table: String
        var indexes: [Index] = []
    }

    private struct Index {
        var oid: UInt32
        var name: String
        var attachedTo: UInt32?
        /// Whether an index of the job's partition can be attached to it.
        var takes: Bool
    }

    private var tables: [Table] = []

    init(_ rows: Rows, definition: IndexDefinition) throws(PostgresError) {
        for row in rows {
            let position = try row["position", as: Int.self]
            if tables.last?.position != position {
                let schema = try row["schema", as: String.self]
                tables.append(Table(position: position, schema: schema, table: try row["table", as: String.self]))
            }
            guard try row["oid", as: Int64?.self] != nil else { continue }
            let isPlain = try row["is_plain", as: Bool.self]
            let method = try row["method", as: String.self]
            let operatorClass = try row["operator_class", as: String.self]
            let isAttached = try row["attached_to", as: Int64?.self] != nil
            tables[tables.count - 1].indexes.append(
                Index(
                    oid: try row.oid("oid"),
                    name: try row["name", as: String.self],
                    attachedTo: isAttached ? try row.oid("attached_to") : nil,
                    takes: isPlain && method == "\(definition.method)" && operatorClass == definition.operatorClass
                )
            )
        }
    }

    /// The tables from the collection's own down to the partition's direct parent, each with the index that the job's index
    /// is part of; none if the partition does not belong to the collection.
    func ancestors(upTo collection: CollectionName, parent: CreateIndex.Parent) -> [IndexJobContext.Ancestor] {
        guard let first = tables.firstIndex(where: { $0.schema == collection.schema && $0.table == collection.table })
        else { return [] }
        let top = tables[first].position
        var upper: UInt32?
        return tables[first...].map { table in
            let index =
                if table.position == top {
                    // An index of another name was created by a job for another partition.
                    table.indexes.first { $0.name == parent.name } ?? table.indexes.first { $0.takes }
                } else {
                    // The server names the indexes between; an unattached one was left by a job that was stopped.
                    table.indexes.first { $0.takes && $0.attachedTo != nil && $0.attachedTo == upper }
                        ?? table.indexes.first { $0.takes && $0.attachedTo == nil }
                }
            let above = upper
            upper = index?.oid
            return IndexJobContext.Ancestor(
                schema: table.schema,
                table: table.table,
                index: index.map { index in
                    IndexJobContext.Ancestor.Index(
                        oid: index.oid,
                        name: index.name,
                        fits: index.takes,
                        isAttached: table.position == top || (above != nil && index.attachedTo == above)
                    )
                }
            )
        }
    }
}

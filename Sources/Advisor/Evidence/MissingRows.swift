extension CatalogSnapshot {
    /// The indexes that count fewer rows than their table, if only the order of builds shows whether they lack rows.
    public var indexesMissingRows: [UInt32] {
        collections.flatMap { collection in
            collection.relations.flatMap { relation in
                relation.indexes.lazy
                    .filter { $0.recorded == nil && Baseline.isMissingRows($0, on: relation) }
                    .map(\.oid)
            }
        }
    }
}

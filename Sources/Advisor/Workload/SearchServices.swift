/// The indexes that serve the searches of a collection: each shape of a search is compared with the indexes once, because
/// many roles run the same one, and a collection may have thousands of partitions.
struct SearchServices {
    /// An index with the table or partition that it is on.
    typealias Place = (relation: Relation, index: VectorIndex)

    private let collection: Collection
    private var services: [SearchShape: SearchService] = [:]
    private var places: [SearchShape: [Place]] = [:]

    init(_ collection: Collection) { self.collection = collection }

    /// ``Collection/service(of:)``.
    mutating func service(of search: SearchShape) -> SearchService {
        if let known = services[search] { return known }
        let service = collection.service(of: search)
        services[search] = service
        return service
    }

    /// The usable indexes that serve a search, if all of them are of pgvector's methods and of one; empty otherwise.
    ///
    /// Which of two methods the planner takes is unknown, and so is what an index of another extension does.
    mutating func approximateIndexes(for search: Search) -> [Place] {
        guard search.mayTakeIndex else { return [] }
        if let known = places[search.shape] { return known }
        var found: [Place] = []
        if case .served(let names) = service(of: search.shape) {
            let names = Set(names)
            for relation in collection.relations {
                for index in relation.indexes
                where index.isUsable && index.distanceMetric == search.shape.distanceMetric
                    && names.contains(index.name)
                {
                    found.append((relation, index))
                }
            }
        }
        let method = found.first?.index.method
        if method != .hnsw && method != .ivfflat || !found.allSatisfy({ $0.index.method == method }) { found = [] }
        places[search.shape] = found
        return found
    }
}

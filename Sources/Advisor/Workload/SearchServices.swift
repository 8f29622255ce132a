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
        search.mayTakeIndex ? approximateIndexes(serving: search.shape) : []
    }

    /// The same also for a search without LIMIT, whose order such an index gives where the planner finds that cheap.
    mutating func approximateIndexes(serving shape: SearchShape) -> [Place] {
        if let known = places[shape] { return known }
        var found: [Place] = []
        if case .served(let names) = service(of: shape) {
            let names = Set(names)
            for relation in collection.relations {
                for index in relation.indexes
                where index.isUsable && index.distanceMetric == shape.distanceMetric && names.contains(index.name) {
                    found.append((relation, index))
                }
            }
        }
        let method = found.first?.index.method
        if method != .hnsw && method != .ivfflat || !found.allSatisfy({ $0.index.method == method }) { found = [] }
        places[shape] = found
        return found
    }
}

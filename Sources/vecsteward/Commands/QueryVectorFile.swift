import Advisor
import Glibc
import Recall

/// The content of a file with vectors to search for.
struct QueryVectorFile {
    /// The largest file that is read.
    static let mostBytes = 1 << 28

    private let path: String
    private let bytes: [UInt8]

    /// Reads a file.
    ///
    /// - Throws: If there is no such file, or it is too large.
    init(path: String) throws(ProgramFailure) {
        func failure(_ why: String, hint: String) -> ProgramFailure {
            ProgramFailure(.usage, "cannot read --queries \(Quoted.name(path, limit: 200)): \(why)", hint: hint)
        }
        let form = "Give a number of stored vectors, or a file with vectors: .jsonl, .csv, .npy or 32-bit floats."
        guard let file = fopen(path, "rb") else { throw failure(String(cString: strerror(errno)), hint: form) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var portion = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&portion, 1, portion.count, file)
            if count == 0 { break }
            bytes += portion[..<count]
            guard bytes.count <= Self.mostBytes else {
                throw failure("it has more than 256 MB", hint: "A few hundred vectors are enough.")
            }
        }
        guard ferror(file) == 0 else { throw failure(String(cString: strerror(errno)), hint: form) }
        self.path = path
        self.bytes = bytes
    }

    /// The vectors for a collection.
    ///
    /// - Parameters:
    ///   - place: The collection.
    ///   - index: The index that is measured; `nil` for the only one. A column may have vectors of several dimensions, and an
    ///     index for each.
    /// - Returns: The vectors.
    /// - Throws: If they have other dimensions, or are none.
    func read(for place: CollectionSearch.Place, through index: String?) throws(ProgramFailure) -> [[Float]] {
        func failure(_ why: String, hint: String) -> ProgramFailure {
            ProgramFailure(.usage, "--queries \(Quoted.name(path, limit: 200)): \(why)", hint: hint)
        }
        guard let collection = place.snapshot.collections.first(where: { $0.name == place.collection }),
            [.vector, .halfvec].contains(collection.type)
        else {
            throw failure(
                "vectors of a file can be searched for in columns of type vector and halfvec only",
                hint: "Leave --queries out to search for stored vectors."
            )
        }
        let indexes = collection.relations.flatMap(\.indexes)
        let measured = indexes.first { $0.name == index } ?? indexes.first { $0.indexedDimensions != nil }
        let indexed = measured?.indexedDimensions
        guard let dimensions = collection.dimensions ?? indexed else {
            throw failure(
                "the column has no dimensions",
                hint: "Declare them, such as vector(768), or leave --queries out to search for stored vectors."
            )
        }
        do throws(UnreadableVector) {
            let vectors = try QueryFile.read(bytes, named: path, dimensions: dimensions)
            guard vectors.count <= 10_000 else {
                throw UnreadableVector("it has \(vectors.count) vectors, more than 10000")
            }
            return vectors
        } catch {
            throw failure(
                error.reason,
                hint:
                    "A .jsonl file has a JSON array of \(dimensions) numbers in each line, a .csv file the numbers with "
                    + "commas."
            )
        }
    }
}

/// One build of one index: every rebuild changes the file, and `REINDEX CONCURRENTLY` also the object identifier.
public struct IndexIdentity: Sendable, Equatable, Hashable {
    /// The object identifier.
    public var oid: UInt32
    /// The file that holds it.
    public var relfilenode: UInt32

    /// Creates an identity.
    public init(oid: UInt32, relfilenode: UInt32) {
        self.oid = oid
        self.relfilenode = relfilenode
    }
}

/// One index and one build of it: every rebuild changes the file, `REINDEX CONCURRENTLY` the object identifier too.
public struct IndexIdentity: Sendable, Equatable, Hashable {
    /// The object identifier.
    public var oid: UInt32
    /// The file that holds it.
    public var relfilenode: UInt32

    /// Names a build.
    public init(oid: UInt32, relfilenode: UInt32) {
        self.oid = oid
        self.relfilenode = relfilenode
    }
}

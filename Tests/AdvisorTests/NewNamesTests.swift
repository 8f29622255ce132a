import Advisor
import AdvisorFixture
import Testing

@Suite("The names that jobs give to indexes")
struct NewNamesTests {
    private static let shapes: [(kind: String, snapshot: CatalogSnapshot)] = [
        ("create_index", snapshot(rows: 5_000)),
        ("rebuild_index", grown("mine")),
        ("rebuild_index", grown(nil)),
    ]

    private static func grown(_ name: String?) -> CatalogSnapshot {
        snapshot(rows: 9_000, indexes: [ivfflat(builtAt: 2_000, name: name)], statistics: untouched(9_000))
    }

    private static func job(_ kind: String, _ snapshot: CatalogSnapshot) throws -> Job {
        try #require(assess(snapshot, layers: [everythingActs]).plan.jobs.first { $0.kind == kind })
    }

    @Test("are none that others have, and stay the same where they are free")
    func planned() throws {
        for (kind, snapshot) in Self.shapes {
            let first = try Self.job(kind, snapshot)
            #expect(!first.newNames.isEmpty)
            for name in first.newNames {
                var crowded = snapshot
                crowded.takenNames[name.schema] = [name.name]
                let second = try Self.job(kind, crowded)
                #expect(!second.newNames.contains(name))
                #expect(Set(second.newNames).intersection(first.newNames).count == first.newNames.count - 1)
                #expect(try Self.job(kind, crowded) == second, "the same each time")
                var elsewhere = snapshot
                elsewhere.takenNames["other"] = [name.name]
                #expect(try Self.job(kind, elsewhere) == first)
            }
        }
    }

    @Test("are given up one by one for those that are free")
    func renamed() throws {
        for (kind, snapshot) in Self.shapes {
            let job = try Self.job(kind, snapshot)
            for name in job.newNames {
                let own = RelationName(schema: name.schema, name: "own")
                let (other, changes) = job.renamed(from: [name], besides: [name, own])
                #expect(changes.map(\.from) == [name.name])
                #expect(!other.newNames.contains(name) && other.newNames.count == job.newNames.count)
                // Not back to the first one when the second is taken too.
                let second = Set(other.newNames).subtracting(job.newNames)
                let (third, _) = other.renamed(from: second, besides: second.union([name]))
                #expect(Set(third.newNames).isDisjoint(with: second.union([name])))
            }
        }
    }

    @Test("are chosen anew before a build begins or gets its name, and at no other moment")
    func chosen() throws {
        for (kind, snapshot) in Self.shapes {
            let job = try Self.job(kind, snapshot)
            let record = JobRecord(id: 1, job: job)
            let index = IndexJobContext.CatalogIndex(identity: IndexIdentity(oid: 20, relfilenode: 200))
            for name in job.newNames {
                let free = IndexJobContext(old: index, ownNames: [name])
                #expect(record.nextStep(at: free) == .build)
                for building in [nil, index] {
                    let context = IndexJobContext(building: building, old: index, foreignNames: [name])
                    #expect(record.nextStep(at: context) == .chooseNames(insteadOf: [name]))
                    var cancelled = record
                    cancelled.isCancelRequested = true
                    #expect(cancelled.nextStep(at: context) != .chooseNames(insteadOf: [name]))
                    var gone = context
                    gone.hasTable = false
                    #expect(record.nextStep(at: gone) == .cancel("the table no longer exists"))
                }
            }
        }
    }
}

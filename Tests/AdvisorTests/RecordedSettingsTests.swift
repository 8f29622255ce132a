import AdvisorFixture
import Testing

@testable import Advisor

@Suite("The settings of searches that only the records know")
struct RecordedSettingsTests {
    private static let roles = [
        "app": RoleSettings(
            ofVecs: ["ivfflat.probes": SearchSetting("12", .client)],
            ofOthers: ["ivfflat.probes": SearchSetting("2", .role("app"))],
            canLogIn: false
        )
    ]

    /// An index with 63 lists of a table of vecs, and these searches of it.
    private func seen(_ searches: Search..., roles: [String: RoleSettings] = RecordedSettingsTests.roles)
        -> CatalogSnapshot
    {
        var seen = snapshot(indexes: [ivfflat(builtAt: 10_000, lists: 63)]).searched(searches)
        seen.roleSettings = roles
        seen.completeRecordedSettings()
        return seen
    }

    private func probes(_ seen: CatalogSnapshot) -> SearchSetting {
        seen.collections[0].searches[0].setting("ivfflat.probes")
    }

    @Test("are those of their role, and no rule judges by defaults where that is unknown")
    func role() {
        let viaView = search(source: .view("near")).withUnknownSettings
        let known = seen(viaView)
        #expect(probes(known) == SearchSetting("2", .role("app")))
        #expect(!known.collections[0].searches[0].roleCanLogIn)
        #expect(rules(known).contains("search-settings"))
        for unknown in [seen(viaView, roles: [:]), seen(search(role: nil, source: .view("near")).withUnknownSettings)] {
            #expect(!probes(unknown).isKnown)
            #expect(!rules(unknown).contains("search-settings"))
        }
        #expect(probes(seen(search())) == SearchSetting("1", .builtIn), "that nobody sets any is known")
    }

    @Test("of vecs are those that it sets, whatever is known of the role")
    func vecs() {
        #expect(probes(seen(search().withUnknownSettings)) == SearchSetting("12", .client))
        let unknown = seen(search().withUnknownSettings, roles: [:])
        #expect(probes(unknown) == SearchSetting("10", .client))
        #expect(!rules(unknown).contains("search-settings"))
    }

    @Test("in a function are those of searches in the same function, which may have its own")
    func function() {
        let recorded = search(calls: 2_000, source: .function("match")).withUnknownSettings
        #expect(!probes(seen(recorded)).isKnown)
        let own = ["ivfflat.probes": SearchSetting("7", .function("match"))]
        let alike = search(by: .l2Distance, source: .function("match"), settings: own)
        #expect(probes(seen(recorded, alike)) == SearchSetting("7", .function("match")))
    }
}

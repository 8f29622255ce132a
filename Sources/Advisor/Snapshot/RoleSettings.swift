/// What is known of the sessions of a role, for searches of which only the role is known.
public struct RoleSettings: Sendable, Equatable {
    /// The settings with which vecs searches as this role: it sets some of them itself.
    public var ofVecs: [String: SearchSetting]
    /// The settings of other searches.
    public var ofOthers: [String: SearchSetting]
    /// Whether the role can begin a session; its settings hold from there on.
    public var canLogIn: Bool

    /// Puts it together.
    public init(
        ofVecs: [String: SearchSetting],
        ofOthers: [String: SearchSetting],
        canLogIn: Bool = true
    ) {
        self.ofVecs = ofVecs
        self.ofOthers = ofOthers
        self.canLogIn = canLogIn
    }
}

extension CatalogSnapshot {
    /// Gives searches that are known from records alone, which have no settings, those of their role.
    ///
    /// Where nothing is known of the role, their settings stay unknown, and no rule judges by defaults.
    public mutating func completeRecordedSettings() {
        for position in collections.indices {
            guard collections[position].searches.contains(where: { !$0.knowsSettings }) else { continue }
            let isOfVecs = collections[position].name.isVecs
            let known = collections[position].searches.filter(\.knowsSettings)
            for number in collections[position].searches.indices {
                collections[position].searches[number].takeSettings(of: roleSettings, known, isOfVecs: isOfVecs)
            }
        }
    }
}

extension Search {
    /// Takes the settings of its role, if its own are unknown.
    fileprivate mutating func takeSettings(of roles: [String: RoleSettings], _ known: [Search], isOfVecs: Bool) {
        guard !knowsSettings, let role else { return }
        let isByVecs = isOfVecs && source.isDirect
        if let alike = known.first(where: { $0.role == role && $0.source == source }) {
            (settings, knowsSettings, roleCanLogIn) = (alike.settings, true, alike.roleCanLogIn)
        } else if case .function = source {
            // What the function sets is not recorded.
            return
        } else if let ofRole = roles[role] {
            settings = isByVecs ? ofRole.ofVecs : ofRole.ofOthers
            (knowsSettings, roleCanLogIn) = (true, ofRole.canLogIn)
        } else if isByVecs {
            settings = SearchSetting.ofVecs
        }
    }
}

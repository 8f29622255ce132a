internal import Advisor
internal import Postgres
internal import Recall

extension IndexSearches {
    /// How many times the effort of the present searches stands for the exact search.
    private static let moreEffort = 10

    /// Runs the searches again at other values of the setting that says how much of the index they read, the least first: at
    /// those of the curve, or at ten times the present value.
    ///
    /// The locks and the snapshot stay meanwhile, so it takes at most the budget, and for the curve a third of it, and ends with
    /// the time of the snapshot.
    func attempt(
        _ queries: [Query],
        _ search: ExactSearch,
        _ found: inout Found,
        until snapshotEnd: ContinuousClock.Instant,
        _ connection: inout Connection
    ) async throws(PostgresError) {
        guard let setting = measured.effortSetting else {
            found.attemptsEnd = "the access method \(measured.index.method) has no setting that vecsteward knows"
            return
        }
        let start = ContinuousClock.now
        let budget = start + (request.isLight ? request.searchBudget : request.searchBudget / 3)
        let deadline = min(budget, snapshotEnd)
        let share = request.isLight ? "the" : "a third of the"
        let limit =
            budget > snapshotEnd ? "the time for which one snapshot is held" : "\(share) budget (--budget)"
        let present = found.settings[setting].flatMap { Int($0.value) }
        let most = measured.index.lists ?? SearchSetting.mostCandidates
        let values =
            request.isWithMoreEffort
            ? [min(most, Self.moreEffort * (present ?? 1))]
            : RecallCurve.values(of: setting, k: request.k, present: present, most: most)
        var last: (value: Int, seconds: Double)?
        for (position, value) in values.enumerated() {
            let began = ContinuousClock.now
            // More probes or candidates take at most as many times longer.
            let expected = last.map { $0.seconds * Double(value) / Double($0.value) } ?? 0
            guard expected <= began.duration(to: deadline) / .seconds(1) else {
                found.attemptsEnd = "\(setting) \(value) did not fit \(limit)"
                return
            }
            try await setEffort(value, &connection)
            if let refusal = try await scans(for: queries[0], &connection).refusal(of: measured) {
                found.attemptsEnd = "at \(setting) \(value), \(refusal.reason)"
                return
            }
            var answers: [Answer] = []
            for (number, query) in queries.enumerated() {
                answers.append(try await answer(to: query, number, search, &connection))
                guard ContinuousClock.now < deadline else {
                    found.attemptsEnd = "\(setting) \(value) did not fit \(limit)"
                    return
                }
                onProgress((Double(position) + Double(number + 1) / Double(queries.count)) / Double(values.count))
            }
            last = (value, began.duration(to: .now) / .seconds(1))
            found.attempts.append(Attempt(value: value, answers: answers))
        }
    }
}

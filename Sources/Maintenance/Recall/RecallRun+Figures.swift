internal import Advisor
internal import Postgres
internal import Recall

/// What the searches of a measurement found.
extension RecallRun {
    /// The searches with ten times the effort; `nil` if they are not with more than the others.
    func moreEffort(of found: IndexSearches.Found) -> IndexSearches.Attempt? {
        let present = measured.effortSetting.flatMap { found.settings[$0] }.flatMap { Int($0.value) }
        return found.attempts.first.flatMap { $0.value > present ?? 0 ? $0 : nil }
    }

    /// How much of what searches with more effort found the searches found.
    func agreement(of found: IndexSearches.Found, with more: IndexSearches.Attempt) -> RecallFigures? {
        let search = measured.exactSearch(for: found.queries, neighbours: 1)
        let outcomes = zip(found.answers, more.answers).map { answer, better in
            let nearest = better.distances.sorted()
            return SearchOutcome(
                distances: answer.distances,
                nearest: nearest,
                k: request.k,
                milliseconds: answer.milliseconds,
                tolerance: search.tolerance(at:)
            )
        }
        return RecallFigures(outcomes)
    }

    /// What the searches found at other settings.
    func curve(_ found: IndexSearches.Found, _ exact: GroupedSearch) -> RecallCurve {
        RecallCurve(
            setting: measured.effortSetting,
            points: found.attempts.compactMap { attempt in
                figures(attempt.answers, found, exact).map { RecallCurve.Point(value: attempt.value, figures: $0) }
            },
            end: found.attemptsEnd
        )
    }

    /// What the searches for each value found; `nil` if they were for all rows.
    func groups(_ found: IndexSearches.Found, _ exact: GroupedSearch) -> RecallGroups? {
        guard let (column, values) = found.groups else { return nil }
        var queries: [String: [Int]] = [:]
        for (number, value) in values.enumerated() { queries[value, default: []].append(number) }
        let groups = queries.compactMap { value, numbers in
            figures(found.answers, found, exact, of: numbers).map { figures in
                RecallGroups.Group(value: value, figures: figures, rows: exact.rows(ofGroupOf: numbers[0]))
            }
        }
        return RecallGroups(groups, of: column.name, searchesWithoutIndex: found.searchesWithoutIndex)
    }

    /// What the searches found, or some of them; `nil` if none of them has a row to find.
    func figures(
        _ answers: [IndexSearches.Answer],
        _ found: IndexSearches.Found,
        _ exact: GroupedSearch,
        of numbers: [Int]? = nil
    ) -> RecallFigures? {
        var outcomes: [SearchOutcome] = []
        for number in numbers ?? Array(answers.indices) {
            let answer = answers[number]
            // The pass meets the stored vector that is searched for, and the search through the index leaves it out.
            let nearest = exact.nearest(to: number, isStored: request.vectors.isEmpty)
            outcomes.append(
                SearchOutcome(
                    distances: answer.distances,
                    nearest: nearest,
                    k: request.k,
                    milliseconds: answer.milliseconds,
                    tolerance: exact.tolerance(at:)
                )
            )
        }
        return RecallFigures(outcomes)
    }
}

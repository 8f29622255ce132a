internal import Advisor
internal import Grammar
internal import Postgres
internal import Synchronization

/// What a reader of searches keeps from poll to poll, so that a text is fetched and read once.
///
/// It holds no text and no constant.
final class WorkloadMemory: Sendable {
    struct State {
        /// The statements that were read, also those without searches.
        var statements: [StatementKey: ReadStatement] = [:]
        var functions: [SearchingFunction] = []
        var views: [UInt32: SearchedTables.View] = [:]
        /// What indexes are on, by the text of their expressions.
        var expressions: [String: SearchedExpression] = [:]
        /// The LIMITs that sessions showed of searches whose numbers pg_stat_statements replaces.
        var limits: [RunningSearch: Set<Int>] = [:]
        /// Since when they were noted: an application may change them.
        var limitsBegan = ContinuousClock.now
        /// The searches that were seen to run, where nothing counts them, with when a session showed each last.
        var running: [RunningSearch: ContinuousClock.Instant] = [:]
        /// The same by what stands for the texts that ran at the poll before.
        var shownSearches: [Int: [RunningSearch]] = [:]
        /// What stands for the texts that ran at the poll before: idle sessions show their last one for hours.
        var runningTexts: Set<Int> = []
        /// Where the poll before has read searches, and of which roles.
        var source = WorkloadQuestion.Source.unknown
        var roles: Set<UInt32> = []
        /// What the server had counted at the poll before; `nil` before the first.
        var counts: [StatementKey: StatementCounts]?
        /// When functions, views and what names mean were last read.
        var refreshedAt: ContinuousClock.Instant?

        /// Whether names may mean other things by now.
        var isStale: Bool { refreshedAt.map { $0.duration(to: .now) > .seconds(600) } ?? true }

        /// Forgets what names mean, and keeps what was counted and where.
        mutating func forgetNames() {
            let kept = self
            self = State()
            (counts, running, source, roles) = (kept.counts, kept.running, kept.source, kept.roles)
            if kept.limitsBegan.duration(to: .now) < .seconds(86_400) {
                (limits, limitsBegan) = (kept.limits, kept.limitsBegan)
            }
        }

        /// Names that stand for a search in a text, of functions that search and of views, as they are between quotes.
        var names: [String] {
            Set(functions.map(\.name) + views.values.map(\.name.table)).sorted().prefix(500).map(\.betweenQuotes)
        }
    }

    private let state = Mutex(State())

    /// A copy of what is kept.
    var current: State { state.withLock { $0 } }

    /// Keeps this instead.
    func keep(_ newState: sending State) { state.withLock { $0 = newState } }
}

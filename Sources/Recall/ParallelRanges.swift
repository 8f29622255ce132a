/// Splits work on numbered things among tasks.
enum ParallelRanges {
    /// Does the work of ranges that together are all of them, each in a task of its own.
    ///
    /// - Parameters:
    ///   - count: How many things there are.
    ///   - tasks: The most tasks.
    ///   - work: Works on a range.
    /// - Returns: The results, in the order of the ranges.
    static func map<Value: Sendable>(
        _ count: Int,
        tasks: Int,
        _ work: @escaping @Sendable (Range<Int>) -> Value
    ) async -> [Value] {
        let tasks = max(1, min(tasks, count))
        return await withTaskGroup(of: (Int, Value).self, returning: [Value].self) { group in
            for task in 0..<tasks {
                group.addTask { (task, work((task * count / tasks)..<((task + 1) * count / tasks))) }
            }
            var results = [Value?](repeating: nil, count: tasks)
            for await (task, value) in group { results[task] = value }
            return results.compactMap { $0 }
        }
    }
}

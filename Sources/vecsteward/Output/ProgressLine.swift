import Advisor

/// The progress of a job, as one line of a terminal.
struct ProgressLine: Equatable {
    /// The job.
    var label: String
    /// What the job is doing now.
    var phase: String
    /// The share that is done, from 0 to 1, if it is known.
    var fraction: Double?
    /// The seconds that are left, if they are known.
    var secondsLeft: Double?
    /// The seconds that have passed.
    var elapsed: Double

    /// The line, narrower than the terminal: a character in the last column would start a new line.
    ///
    /// If there is little room, the least important parts go first: the length of the bar, the bar, the name of the
    /// job, and the time that has passed.
    func text(columns: Int) -> String {
        let left = secondsLeft.map { "\(Numbers.roughDuration(seconds: $0)) left" }
        let variants: [[String?]] = [
            [label, phase, bar(24), percent, left, clock],
            [label, phase, bar(12), percent, left, clock],
            [phase, bar(12), percent, left, clock],
            [phase, percent, left, clock],
            [phase, percent, left],
            [phase, percent],
            [percent ?? phase],
        ]
        let lines = variants.map { $0.compactMap { $0 }.joined(separator: "  ") }
        let room = max(columns - 1, 0)
        return lines.first { $0.count <= room } ?? String((lines.last ?? "").prefix(room))
    }

    private var percent: String? { fraction.map { "\(Int(($0 * 100).rounded(.down)))%" } }

    private func bar(_ width: Int) -> String? {
        fraction.map { fraction in
            let full = min(max(Int(fraction * Double(width)), 0), width)
            return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full) + "]"
        }
    }

    /// `0:09`, `12:34`, `1:02:03`.
    private var clock: String {
        let seconds = Int(min(max(elapsed, 0), 1e9))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = seconds / 60 % 60
        return seconds < 3_600
            ? "\(minutes):\(two(seconds % 60))" : "\(seconds / 3_600):\(two(minutes)):\(two(seconds % 60))"
    }
}

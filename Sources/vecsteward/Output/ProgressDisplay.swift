import Advisor
import Glibc
import Synchronization

/// Shows the progress of jobs on standard error: one line that is redrawn on a terminal, otherwise a line for each new
/// phase.
final class ProgressDisplay: Sendable {
    private struct State {
        var line: ProgressLine?
        var start = ContinuousClock.now
        var isDrawn = false
        var isEnded = false
    }

    private let state = Mutex(State())
    private let isTerminal: Bool

    /// Checks whether standard error is a terminal.
    init(environment: [String: String]) {
        isTerminal = isatty(FileDescriptor.standardError) == 1 && environment["TERM"] != "dumb"
    }

    /// Starts to show another job.
    func begin(_ label: String, phase: String) {
        state.withLock { state in
            state.start = .now
            show(ProgressLine(label: label, phase: phase, elapsed: 0), in: &state)
        }
    }

    /// Shows the progress of the job.
    func show(_ progress: JobProgress) {
        state.withLock { state in
            guard var line = state.line else { return }
            line.phase = progress.phase
            line.fraction = progress.fraction
            line.secondsLeft = progress.secondsLeft
            show(line, in: &state)
        }
    }

    /// Writes a line above the progress.
    func note(_ text: String) {
        state.withLock { state in
            guard !state.isEnded else { return }
            erase(&state)
            FileDescriptor.complain("vecsteward: \(text)\n")
            draw(&state)
        }
    }

    /// Removes the progress line, and shows nothing more.
    ///
    /// - Parameter text: The text to write in its place.
    func end(_ text: String = "") {
        state.withLock { state in
            guard !state.isEnded else { return }
            erase(&state)
            state.isEnded = true
            if !text.isEmpty { FileDescriptor.complain("vecsteward: \(text)\n") }
        }
    }

    /// Runs some work while the clock of the line ticks.
    func whileTicking<Value: Sendable>(_ work: () async -> Value) async -> Value {
        guard isTerminal else { return await work() }
        let ticking = Task.detached { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                state.withLock { draw(&$0) }
            }
        }
        defer { ticking.cancel() }
        return await work()
    }

    private func show(_ line: ProgressLine, in state: inout State) {
        guard !state.isEnded else { return }
        let isNewPhase = state.line?.phase != line.phase || state.line?.label != line.label
        state.line = line
        if isTerminal {
            draw(&state)
        } else if isNewPhase {
            FileDescriptor.complain("vecsteward: \(line.label): \(line.phase)\n")
        }
    }

    private func draw(_ state: inout State) {
        guard isTerminal, !state.isEnded, var line = state.line else { return }
        line.elapsed = state.start.duration(to: .now) / .seconds(1)
        // Writes before it clears the rest of the longer line, so that nothing flickers.
        FileDescriptor.complain("\r\(line.text(columns: Self.columns))\u{1B}[K")
        state.isDrawn = true
    }

    private func erase(_ state: inout State) {
        guard state.isDrawn else { return }
        FileDescriptor.complain("\r\u{1B}[K")
        state.isDrawn = false
    }

    /// The width of the terminal now; 80 if it is unknown.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(FileDescriptor.standardError, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

internal import CSystemd
internal import Glibc

/// The service manager that has started the program, reached by sd_notify(3).
public struct ServiceManager: Sendable {
    /// A message to the service manager.
    public enum Notification: Sendable, Equatable {
        /// The service has started, or has applied a new configuration.
        case ready
        /// The service starts to reload its configuration; ``ready`` follows.
        case reloading
        /// The service is still starting, and needs this much more time.
        case starting(Duration)
        /// The service starts to stop.
        case stopping
        /// What the service is doing, as a sentence for `systemctl status`.
        case status(String)
        /// The service is alive, for the watchdog.
        case alive
    }

    /// The result of a notification.
    public enum Outcome: Sendable, Equatable {
        /// The service manager has received it.
        case sent
        /// Nobody expects notifications: the program was not started as a service.
        case notAsked
        /// Sending failed, with this errno.
        case failed(Int32)
    }

    /// The service manager, if there is one.
    public init() {}

    /// Sends notifications to the service manager, all in one message, so that none is seen without the others.
    ///
    /// - Parameter notifications: The notifications.
    /// - Returns: Whether they were sent.
    @discardableResult
    public func notify(_ notifications: [Notification]) -> Outcome {
        let result = sd_notify(0, notifications.map(\.assignments).joined(separator: "\n"))
        return result > 0 ? .sent : result == 0 ? .notAsked : .failed(-result)
    }

    /// The interval within which the watchdog expects a sign of life; `nil` if there is no watchdog.
    public var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}

extension ServiceManager.Notification {
    /// The variables of the protocol, one per line.
    fileprivate var assignments: String {
        switch self {
        case .ready: "READY=1"
        // By this time systemd recognises the READY=1 that follows as the end of this reload, not of an earlier one.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
        case .starting(let time): "EXTEND_TIMEOUT_USEC=\(Int64(time / .microseconds(1)))"
        case .stopping: "STOPPING=1"
        case .status(let sentence): "STATUS=" + sentence.split(whereSeparator: \.isNewline).joined(separator: " ")
        case .alive: "WATCHDOG=1"
        }
    }

    private static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }
}

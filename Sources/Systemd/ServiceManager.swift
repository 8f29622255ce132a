internal import CSystemd
internal import Glibc

/// The service manager that has started the program, as sd_notify(3) talks to it.
public struct ServiceManager: Sendable {
    /// Something to tell the service manager.
    public enum Notification: Sendable, Equatable {
        /// The service has started, or has taken a new configuration.
        case ready
        /// The service begins to read its configuration again; ``ready`` follows.
        case reloading
        /// The service starts still, and is not to be given up for so long from now on.
        case starting(Duration)
        /// The service begins to end.
        case stopping
        /// What the service is doing, as a sentence for `systemctl status`.
        case status(String)
        /// The service is alive, for the watchdog.
        case alive
    }

    /// What has become of a notification.
    public enum Outcome: Sendable, Equatable {
        /// The service manager has it.
        case sent
        /// Nobody asks for notifications: the program was not started as a service.
        case notAsked
        /// It could not be sent; the number of the error.
        case failed(Int32)
    }

    /// The service manager, if there is one.
    public init() {}

    /// Tells the service manager something; several things go together, so that none is seen without the others.
    ///
    /// - Parameter notifications: What to tell.
    /// - Returns: Whether it was told.
    @discardableResult
    public func notify(_ notifications: [Notification]) -> Outcome {
        let result = sd_notify(0, notifications.map(\.assignments).joined(separator: "\n"))
        return result > 0 ? .sent : result == 0 ? .notAsked : .failed(-result)
    }

    /// How often the watchdog has to hear that the service is alive; `nil` where it does not want to.
    public var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}

extension ServiceManager.Notification {
    /// The variables of the protocol, one a line.
    fileprivate var assignments: String {
        switch self {
        case .ready: "READY=1"
        // systemd takes the READY=1 that follows for the end of this reload, and not of an earlier one, by the time.
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

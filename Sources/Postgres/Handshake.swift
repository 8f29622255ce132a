internal import CLibPQ

/// Opens a connection to a target, without blocking a thread of the caller and within the time given for each host.
struct Handshake {
    private let timeout: Duration
    /// What its calls may block for: the names of the hosts.
    private let place: String
    private var settings: [ConnectionTarget.Setting]

    init(_ target: ConnectionTarget, timeout: Duration, applicationName: String) {
        // connect_timeout in the string is for libpq's blocking calls; here it can only shorten the time.
        let own = target["connect_timeout"].flatMap { Int($0) }.flatMap { $0 > 0 ? Duration.seconds($0) : nil }
        self.timeout = min(timeout, own ?? timeout)
        place = "\(target.host ?? "") \(target.port ?? "") \(target.service ?? "")"
        settings =
            target
            .replacing("client_encoding", with: "UTF8")
            .replacing("fallback_application_name", with: applicationName)
            .settings
    }

    private enum Attempt {
        case connected(LibPQConnection)
        case silent(HostList.Entry, others: HostList)
    }

    /// Opens the connection, and skips each host that does not answer in time.
    mutating func complete() async throws(PostgresError) -> LibPQConnection {
        var silent: [String] = []
        while true {
            let attempt: Attempt
            do throws(PostgresError) {
                attempt = try await self.attempt()
            } catch {
                var error = error
                if !silent.isEmpty { error.detail = noAnswer(from: silent) }
                throw error
            }
            switch attempt {
            case .connected(let link): return link
            case .silent(let host, let others):
                silent.append(host.description)
                guard !others.entries.isEmpty else { throw PostgresError(.timedOut, noAnswer(from: silent)) }
                settings = others.applied(to: settings)
            }
        }
    }

    private func attempt() async throws(PostgresError) -> Attempt {
        var deadline = ContinuousClock.now + timeout
        Heartbeat.beat(within: timeout)
        // Even the first call resolves names; if it hangs, it ends on its own thread, and the link with it.
        let link: LibPQConnection
        switch await BlockingCall.run(
            to: place,
            until: deadline,
            cancellable: true,
            { [settings] in LibPQConnection(settings: settings) }
        ) {
        case .returned(let made?): link = made
        case .returned(nil): throw PostgresError(.connectionFailed, "out of memory for a connection")
        case .timedOut: return silent(in: HostList(settings), at: 0)
        case .cancelled: throw Self.cancelled
        }
        let hosts = HostList(of: link)
        var current = hosts.index(of: link)
        var step = link.isBroken ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while true {
            switch step {
            case PGRES_POLLING_OK: return .connected(link)
            case PGRES_POLLING_FAILED: throw Self.refusal(link)
            case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
                guard let socket = link.socket else { throw Self.refusal(link) }
                let interest = step == PGRES_POLLING_READING ? SocketInterest.reading : .writing
                switch await SocketWait.wait(for: socket, interest, until: deadline, cancellable: true) {
                case .ready: break
                case .timedOut: return silent(in: hosts, at: current)
                case .cancelled: throw Self.cancelled
                }
            default: break
            }
            let poll = await BlockingCall.run(to: place, until: deadline, cancellable: true) {
                link.pointer.map { PQconnectPoll($0) } ?? PGRES_POLLING_FAILED
            }
            switch poll {
            case .returned(let next): step = next
            case .timedOut: return silent(in: hosts, at: current)
            case .cancelled: throw Self.cancelled
            }
            let host = hosts.index(of: link)
            if host != current {
                current = host
                deadline = .now + timeout
                Heartbeat.beat(within: timeout)
            }
        }
    }

    private func silent(in hosts: HostList, at index: Int) -> Attempt {
        var others = hosts
        others.remove(at: index)
        return .silent(hosts.entries[index], others: others)
    }

    private func noAnswer(from hosts: [String]) -> String {
        "no answer from \(hosts.joined(separator: ", ")) within \(timeout)"
    }

    private static let cancelled = PostgresError(.cancelled, "cancelled while connecting")

    private static func refusal(_ link: LibPQConnection) -> PostgresError {
        let complaint = ConnectionComplaint(link.complaint)
        var error = PostgresError(.connectionFailed, complaint.message)
        error.sqlState = complaint.sqlState
        error.severity = complaint.sqlState == nil ? nil : "FATAL"
        return error
    }
}

import Dispatch
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Systemd

@Suite("The journal", .timeLimit(.minutes(5)))
struct JournalTests {
    /// Takes entries in the place of journald.
    private final class Taker: Sendable {
        let entries = Mutex<[[Journal.Field]]>([])
        let gate = DispatchSemaphore(value: 0)

        var texts: [String] {
            entries.withLock { $0.map { entry in entry.first { $0.name == "MESSAGE" }?.value ?? "" } }
        }
    }

    @Test(
        "a key becomes the name of a field",
        arguments: [
            ("job.id", "JOB_ID"), ("MESSAGE_ID", "MESSAGE_ID"), ("rows", "ROWS"), ("a-b c", "A_B_C"), ("é", nil),
            ("_PID", nil), ("1st", nil), ("", nil), ("größe", "GR__E"),
            (String(repeating: "x", count: 80), String(repeating: "X", count: 64)),
        ] as [(String, String?)]
    )
    func names(key: String, name: String?) {
        #expect(JournalLogHandler.fieldName(key) == name)
    }

    @Test("an entry has message, priority, identifier and metadata, and no value makes another field")
    func fields() {
        let taker = Taker()
        let queue = JournalQueue(
            send: { entry in
                taker.entries.withLock { $0.append(entry) }
                return true
            },
            fallback: { _ in }
        )
        var logger = Logger(label: "test") { _ in JournalLogHandler(identifier: "vecsteward", queue: queue) }
        logger[metadataKey: "database"] = "app"
        logger.error("it failed", metadata: ["collection": "a\nPRIORITY=0", "_UID": "0"])
        queue.flush(milliseconds: 10_000)
        #expect(
            taker.entries.withLock { $0 } == [
                [
                    Journal.Field("MESSAGE", "it failed"), Journal.Field("PRIORITY", "3"),
                    Journal.Field("SYSLOG_IDENTIFIER", "vecsteward"),
                    Journal.Field("COLLECTION", "a\nPRIORITY=0"), Journal.Field("DATABASE", "app"),
                ]
            ]
        )
    }

    @Test("levels are the severities of syslog")
    func levels() {
        let levels: [Logger.Level] = [.debug, .info, .notice, .warning, .error, .critical]
        #expect(levels.map(\.priority) == [7, 6, 5, 4, 3, 2])
    }

    @Test("a journal that takes nothing keeps nobody waiting, and what is lost is counted")
    func stopped() {
        let taker = Taker()
        let queue = JournalQueue(
            send: { entry in
                taker.gate.wait()
                taker.entries.withLock { $0.append(entry) }
                return true
            },
            fallback: { _ in }
        )
        for number in 1...2_500 { queue.add([Journal.Field("MESSAGE", "\(number)")]) }
        // It returns though nothing is delivered.
        queue.flush(milliseconds: 1)
        #expect(taker.texts.isEmpty)
        for _ in 1...2_501 { taker.gate.signal() }
        queue.flush(milliseconds: 60_000)
        let texts = taker.texts
        #expect(texts.first == "1")
        #expect(texts.contains("500 messages were lost because the journal was too slow"))
        #expect(texts.last == "2000")
        queue.add([Journal.Field("MESSAGE", "again")])
        taker.gate.signal()
        queue.flush(milliseconds: 60_000)
        #expect(taker.texts.last == "again")
    }

    @Test("what journald refuses is said elsewhere")
    func refused() {
        let taker = Taker()
        let queue = JournalQueue(
            send: { _ in false },
            fallback: { entry in taker.entries.withLock { $0.append(entry) } }
        )
        queue.add([Journal.Field("MESSAGE", "too large")])
        queue.flush(milliseconds: 10_000)
        #expect(taker.texts == ["too large"])
    }

    @Test("standard error goes to the journal only where JOURNAL_STREAM names it")
    func stream() throws {
        let path = NSTemporaryDirectory() + "vecsteward-stream-\(UUID().uuidString.prefix(8))"
        let descriptor = open(path, O_CREAT | O_RDWR, 0o600)
        defer {
            close(descriptor)
            unlink(path)
        }
        var status = stat()
        try #require(fstat(descriptor, &status) == 0)
        #expect(Journal.takes(descriptor, stream: "\(status.st_dev):\(status.st_ino)"))
        #expect(!Journal.takes(descriptor, stream: "\(status.st_dev):\(status.st_ino + 1)"))
        #expect(!Journal.takes(descriptor, stream: nil))
        #expect(!Journal.takes(descriptor, stream: "nonsense"))
    }
}

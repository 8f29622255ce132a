internal import CPgQuery
import Dispatch
import Glibc
import Synchronization

/// The one thread that libpg_query runs on.
///
/// - libpg_query prints a tree by recursion, some 130 bytes of stack for each level of an expression and 400 for each of
///   a subquery (measured, 15 and 17). The limit of tokens allows 50,000 levels at most, and the stack has ten times
///   what they take. It is memory only once it is used, and is given back after each text.
/// - libpg_query takes one of the process's 1,024 keys for thread-local data on each thread that uses it, and never gives
///   it back. So there is one thread, for as long as the process runs.
/// - Reading is work for the processor, which is no task for Swift's pool of threads.
final class ParserThread: Sendable {
    /// The thread; nil if there was no memory for its stack.
    static let shared = ParserThread()

    private static let stackSize = 64 << 20
    /// What stays of the stack between texts.
    private static let keptStack = 1 << 20

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let waiting = DispatchSemaphore(value: 0)
    private let stack: Stack

    /// The memory of a stack.
    ///
    /// @unchecked: only its own thread uses it.
    private struct Stack: @unchecked Sendable {
        let lowest: UnsafeMutableRawPointer
    }

    private init?() {
        // The lowest page stays without access, so that an overflow would end the process instead of writing elsewhere.
        let page = 4096
        guard
            let memory = mmap(
                nil,
                Self.stackSize + page,
                PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | Int32(MAP_STACK),
                -1,
                0
            ), memory != MAP_FAILED
        else { return nil }
        stack = Stack(lowest: memory + page)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        guard mprotect(stack.lowest, Self.stackSize, PROT_READ | PROT_WRITE) == 0,
            pthread_attr_setstack(&attributes, stack.lowest, Self.stackSize) == 0,
            pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) == 0
        else {
            munmap(memory, Self.stackSize + page)
            return nil
        }
        let this = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread,
            &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<ParserThread>.fromOpaque(context).takeUnretainedValue().work()
            },
            this.toOpaque()
        )
        if status != 0 {
            this.release()
            munmap(memory, Self.stackSize + page)
            return nil
        }
    }

    private func work() -> Never {
        while true {
            waiting.wait()
            let job = jobs.withLock { $0.removeFirst() }
            job()
            madvise(stack.lowest, Self.stackSize - Self.keptStack, MADV_DONTNEED)
        }
    }

    /// Runs the body on the thread and blocks the caller until it has ended.
    func wait<Value: Sendable>(for body: @escaping @Sendable () -> Value) -> Value? {
        let result = Mutex<Value?>(nil)
        let end = DispatchSemaphore(value: 0)
        jobs.withLock { jobs in
            jobs.append {
                let value = body()
                result.withLock { $0 = value }
                end.signal()
            }
        }
        waiting.signal()
        end.wait()
        return result.withLock { $0 }
    }

    /// Runs the body on the thread, after all that was asked for earlier.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            jobs.withLock { $0.append { continuation.resume(returning: body()) } }
            waiting.signal()
        }
    }
}

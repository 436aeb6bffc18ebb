import Glibc
import Synchronization

/// A thread of its own for what must happen while the test's thread is blocked.
final class Background {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { argument in
                argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
                return nil
            },
            box.toOpaque()
        )
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }

    private final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// Blocks the calling thread; for 0 it only yields.
func pause(milliseconds: UInt32) {
    if milliseconds == 0 { sched_yield() } else { usleep(milliseconds * 1_000) }
}

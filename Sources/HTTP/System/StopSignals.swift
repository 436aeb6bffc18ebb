import CLinux
import Glibc

/// SIGTERM and SIGINT as a descriptor (signalfd(2)). They are blocked in the thread that makes it.
package final class StopSignals: Sendable {
    let descriptor: Int32

    package init() throws(ServerError) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard descriptor >= 0 else { throw .cannotPrepare(call: "signalfd", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Waits until one of them comes.
    package func wait() {
        var socket = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&socket, 1, -1) <= 0 {}
    }

    func clear() {
        var info = signalfd_siginfo()
        _ = read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size)
    }
}

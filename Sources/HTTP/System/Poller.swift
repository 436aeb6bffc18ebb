import CLinux
import Glibc

/// An epoll instance (epoll(7)). Sockets of clients are armed for one event at a time.
final class Poller: Sendable {
    /// What a client's socket waits for.
    enum Interest {
        case input
        case output
        /// An event at once, whatever the socket's state.
        case now
    }

    private let descriptor: Int32

    init() throws(ServerError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw .cannotPrepare(call: "epoll_create1", errno: errno) }
    }

    deinit { close(descriptor) }

    /// Watches a descriptor of the server's own for input, as long as there is any.
    func watch(_ watched: Int32, token: UInt64) -> Bool {
        control(EPOLL_CTL_ADD, watched, EPOLLIN.rawValue, token)
    }

    func unwatch(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0, 0)
    }

    /// Takes a new client's socket in, armed for input.
    func add(_ connection: ClientConnection, until deadline: MonotonicTime) -> Bool {
        connection.handOver(until: deadline)
        return control(
            EPOLL_CTL_ADD,
            connection.descriptor,
            EPOLLIN.rawValue | EPOLLONESHOT.rawValue,
            connection.token
        )
    }

    /// Hands a connection to the reactor and arms its socket for one event. The caller doesn't touch it afterwards.
    func arm(_ connection: ClientConnection, for interest: Interest, until deadline: MonotonicTime) {
        let events =
            switch interest {
            case .input: EPOLLIN.rawValue
            case .output: EPOLLOUT.rawValue
            case .now: EPOLLIN.rawValue | EPOLLOUT.rawValue
            }
        let (socket, token) = (connection.descriptor, connection.token)
        connection.handOver(until: deadline)
        _ = control(EPOLL_CTL_MOD, socket, events | EPOLLONESHOT.rawValue, token)
    }

    /// Waits at most `timeout` and fills `events`; the number of events.
    func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, timeout: Duration) -> Int {
        Int(max(0, epoll_wait(descriptor, events.baseAddress, Int32(events.count), timeout.wholeMilliseconds)))
    }

    private func control(_ operation: Int32, _ watched: Int32, _ events: UInt32, _ token: UInt64) -> Bool {
        var event = epoll_event(events: events, data: epoll_data_t(u64: token))
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }
}

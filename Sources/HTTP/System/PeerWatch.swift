import CLinux
import Glibc

/// Finds clients that have gone while their requests are handled.
enum PeerWatch {
    /// For each socket, whether the peer has closed it or reset the connection. A client that only shuts its sending
    /// half can't be told from one that closes, and counts as gone.
    static func gone(_ sockets: [Int32]) -> [Bool] {
        var watched = sockets.map { pollfd(fd: $0, events: LINUX_POLLRDHUP, revents: 0) }
        guard poll(&watched, nfds_t(watched.count), 0) > 0 else { return sockets.map { _ in false } }
        return watched.map { $0.revents != 0 }
    }
}

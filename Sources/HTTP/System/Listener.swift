import CLinux
import Glibc
import Synchronization

/// A listening socket. A Unix socket's file is removed with it.
final class Listener: Sendable {
    let descriptor: Int32
    /// What it is bound to, the port filled in.
    let address: ListenAddress
    private let isOpen = Atomic(true)

    init(_ address: ListenAddress) throws(ServerError) {
        switch address {
        case .tcp(let host, let port): (descriptor, self.address) = try Self.listen(host: host, port: port)
        case .unix(let path):
            descriptor = try Self.listen(path: path)
            self.address = address
        }
    }

    deinit { end() }

    /// Stops listening: whoever waits to be accepted is reset, whoever comes later is refused. Whoever still holds the
    /// listener holds a closed one.
    func end() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        close(descriptor)
        if case .unix(let path) = address { unlink(path) }
    }

    /// Accepts one connection, or nil with `errno` set.
    func accept() -> (descriptor: Int32, peer: String)? {
        var storage = sockaddr_storage()
        var length = UInt32(MemoryLayout<sockaddr_storage>.size)
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let accepted = linux_accept4(descriptor, &storage, &length, flags)
        guard accepted >= 0 else { return nil }
        guard case .tcp = address else { return (accepted, "") }
        var on: Int32 = 1
        setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &on, UInt32(MemoryLayout<Int32>.size))
        return (accepted, SocketAddress(storage)?.host ?? "")
    }

    private static func listen(host: String, port: UInt16) throws(ServerError) -> (Int32, ListenAddress) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw .cannotResolve(host: host)
        }
        defer { freeaddrinfo(list) }
        let asked = ListenAddress.tcp(host: host, port: port)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(first.pointee.ai_family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(asked, errno: errno) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, UInt32(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            Glibc.listen(descriptor, SOMAXCONN) == 0
        else {
            let number = errno
            close(descriptor)
            throw .cannotListen(asked, errno: number)
        }
        var storage = sockaddr_storage()
        var length = UInt32(MemoryLayout<sockaddr_storage>.size)
        let named = withUnsafeMutableBytes(of: &storage) { bytes in
            getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        let bound = named == 0 ? SocketAddress(storage) : nil
        return (descriptor, .tcp(host: bound?.host ?? host, port: bound?.port ?? port))
    }

    private static func listen(path: String) throws(ServerError) -> Int32 {
        let asked = ListenAddress.unix(path: path)
        removeStaleSocket(path)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(asked, errno: errno) }
        let isBound = withUnixAddress(path) { address, length in bind(descriptor, address, length) == 0 }
        guard isBound, Glibc.listen(descriptor, SOMAXCONN) == 0 else {
            let number = errno
            close(descriptor)
            throw .cannotListen(asked, errno: number)
        }
        return descriptor
    }

    /// Removes a socket file that nobody listens on any more; a live server's, or another kind of file, stays.
    private static func removeStaleSocket(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let isRefused = withUnixAddress(path) { address, length in
            connect(probe, address, length) != 0 && errno == ECONNREFUSED
        }
        if isRefused { unlink(path) }
    }

    /// `path` is shorter than `sun_path`: `ListenAddress` has seen to that.
    private static func withUnixAddress<Result>(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>?, UInt32) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafeBytes(of: &address) { bytes in
            body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), UInt32(bytes.count))
        }
    }
}

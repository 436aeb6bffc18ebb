import Glibc

/// The few calls on Unix sockets that the tests need.
enum UnixSocket {
    struct Failure: Error {
        let code: Int32
    }

    /// A socket that listens at `path`.
    static func listening(at path: String) throws -> Int32 {
        try open(path) { descriptor, address, length in
            bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
        }
    }

    /// A socket that is connected to `path`.
    static func connected(to path: String) throws -> Int32 {
        try open(path) { descriptor, address, length in connect(descriptor, address, length) == 0 }
    }

    /// A new directory for a socket.
    static func temporaryDirectory() throws -> String {
        var template = Array("/tmp/postgres-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func open(
        _ path: String,
        _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isDone = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if isDone { return descriptor }
        defer { close(descriptor) }
        throw Failure(code: errno)
    }
}

import Glibc

/// A Unix socket that accepts connections into its backlog and never says a word.
final class SilentServer {
    private let directory: String
    private let descriptor: Int32

    init() throws {
        var template = Array("/tmp/postgres-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw PosixError(code: errno) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "\(directory)/.s.PGSQL.5432".utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(descriptor, 4) == 0 else { throw PosixError(code: errno) }
    }

    deinit {
        close(descriptor)
        unlink("\(directory)/.s.PGSQL.5432")
        rmdir(directory)
    }

    var url: String { "postgresql:///postgres?host=\(directory)&port=5432" }
}

struct PosixError: Error {
    let code: Int32
}

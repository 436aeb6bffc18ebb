import Glibc

/// A server that accepts connections into its backlog and never says a word.
final class SilentServer {
    private let directory: String
    private let descriptor: Int32

    init() throws {
        directory = try UnixSocket.temporaryDirectory()
        descriptor = try UnixSocket.listening(at: "\(directory)/.s.PGSQL.5432")
    }

    deinit {
        close(descriptor)
        unlink("\(directory)/.s.PGSQL.5432")
        rmdir(directory)
    }

    var url: String { "postgresql:///postgres?host=\(directory)&port=5432" }
}

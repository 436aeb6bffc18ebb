import Glibc
import Synchronization

@testable import Postgres

/// A way to the server that breaks after a given number of the server's bytes.
final class CuttingProxy: Sendable {
    private let directory: String
    private let descriptor: Int32
    private let server: String
    private let user: String
    private let database: String
    /// The server's bytes that may still pass; negative while nothing is to be cut.
    private let budget = Atomic(-1)
    private let passed = Atomic(0)

    /// Stands before the server of `connection`, and serves one connection at a time until ``close()``.
    init(before connection: Connection) throws {
        let place = try connection.execute(
            Query(
                Statement(
                    "place",
                    """
                    select split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'),
                        current_user, current_database()
                    """
                )
            )
        ).row(0)
        server = "\(place.string(0) ?? "")/.s.PGSQL.\(place.string(1) ?? "")"
        user = place.string(2) ?? ""
        database = place.string(3) ?? ""
        directory = try UnixSocket.temporaryDirectory()
        descriptor = try UnixSocket.listening(at: "\(directory)/.s.PGSQL.5432")
    }

    var url: String { "postgresql://\(user)@/\(database)?host=\(directory)&port=5432&sslmode=disable" }

    /// Lets `bytes` more of the server's bytes pass and then cuts the connection; negative cuts nothing.
    func cut(after bytes: Int) {
        passed.store(0, ordering: .releasing)
        budget.store(bytes, ordering: .releasing)
    }

    /// The server's bytes that passed since ``cut(after:)``.
    var count: Int { passed.load(ordering: .acquiring) }

    /// Serves connections, one after the other, until ``close()``.
    func serve() {
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            if let upstream = try? UnixSocket.connected(to: server) {
                forward(client, upstream)
                Glibc.close(upstream)
            }
            Glibc.close(client)
        }
    }

    func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        Glibc.close(descriptor)
        unlink("\(directory)/.s.PGSQL.5432")
        rmdir(directory)
    }

    private func forward(_ client: Int32, _ upstream: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sockets = [client, upstream].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&sockets, 2, -1) > 0 {
            if sockets[0].revents != 0 {
                let count = read(client, &buffer, buffer.count)
                guard count > 0, write(upstream, buffer, count) == count else { return }
            }
            if sockets[1].revents != 0 {
                var count = read(upstream, &buffer, buffer.count)
                let left = budget.load(ordering: .acquiring)
                if left >= 0 { count = min(count, left) }
                guard count > 0 else { return }
                // Counted before the client has them, for it may look at the count, or set a new budget, the moment it does.
                passed.add(count, ordering: .releasing)
                if left >= 0 { budget.store(left - count, ordering: .releasing) }
                guard send(client, buffer, count, Int32(MSG_NOSIGNAL)) == count, left != count else { return }
            }
        }
    }
}

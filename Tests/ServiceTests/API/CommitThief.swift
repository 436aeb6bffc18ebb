import FoundationEssentials
import Glibc
import HTTP
import Testing

@testable import Service

/// Stands between the service and Postgres and, once told to, lets a message that holds a word through and keeps its
/// answer for itself: the work is committed, and whoever asked for it learns that the connection is gone.
final class CommitThief: Sendable {
    /// The host of a libpq URI that leads here.
    let folder: String
    private let server: String
    private let listener: Int32
    private let word = Lock<[UInt8]?>(nil)

    /// - Parameter server: the path of the server's socket; this one has its last component's name.
    init(before server: String) throws {
        self.server = server
        folder = FileManager.default.temporaryDirectory.path + "/thief-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let path = "\(folder)/\(server.split(separator: "/").last ?? "")"
        let isBound = Self.withAddress(path) { bind(listener, $0, $1) } == 0 && listen(listener, 16) == 0
        guard isBound, HTTP.Thread.start("thief", { [self] in accept() }) else {
            throw APIClient.Failure(description: "cannot listen at \(path): \(errno)")
        }
    }

    deinit {
        close(listener)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Steals the answer of the next message that holds `text`.
    func steal(_ text: String) { word.withLock { $0 = Array(text.utf8) } }

    /// Whether it has stolen what it was told to.
    var isDone: Bool { word.withLock { $0 == nil } }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard Self.withAddress(server, { connect(upstream, $0, $1) }) == 0 else { return }
            _ = HTTP.Thread.start("thief-line") { [self] in
                forward(client, upstream)
                close(upstream)
                close(client)
            }
        }
    }

    private func forward(_ client: Int32, _ upstream: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var sockets = [client, upstream].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&sockets, 2, -1) > 0 {
            if sockets[0].revents != 0 {
                let count = read(client, &buffer, buffer.count)
                guard count > 0, write(upstream, buffer, count) == count else { return }
                let isIt = word.withLock { word in
                    guard let wanted = word, buffer[..<count].firstRange(of: wanted) != nil else { return false }
                    word = nil
                    return true
                }
                if isIt {
                    _ = read(upstream, &buffer, buffer.count)
                    return
                }
            }
            if sockets[1].revents != 0 {
                let count = read(upstream, &buffer, buffer.count)
                guard count > 0, send(client, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
            }
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>?, UInt32) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafeBytes(of: &address) { bytes in
            body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), UInt32(bytes.count))
        }
    }
}

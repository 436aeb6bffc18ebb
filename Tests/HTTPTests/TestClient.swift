import Glibc

/// A blocking client that sends bytes as they are and reads answers as far as it understands them.
final class TestClient {
    struct Answer: Equatable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, UInt32(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, UInt32(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafeBytes(of: &address) { bytes in
            connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), UInt32(bytes.count)) == 0
        }
        guard isConnected else { throw Failure(description: "connect: \(errno)") }
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard Self.withAddress(path, { connect(descriptor, $0, $1) == 0 }) else {
            throw Failure(description: "connect: \(errno)")
        }
    }

    /// Leaves a socket file behind that nobody listens on.
    static func leaveStaleSocket(_ path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = withAddress(path) { bind(descriptor, $0, $1) == 0 }
        close(descriptor)
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>?, UInt32) -> Bool) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafeBytes(of: &address) { bytes in
            body(bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), UInt32(bytes.count))
        }
    }

    deinit { end() }

    func end() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    func shutSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Sends a request without a body, or with one of a length, and reads the answer.
    func get(_ path: String, method: String = "GET", headers: String = "", body: String? = nil) throws -> Answer {
        let length = body.map { "Content-Length: \($0.utf8.count)\r\n" } ?? ""
        send("\(method) \(path) HTTP/1.1\r\nHost: t\r\n\(length)\(headers)\r\n\(body ?? "")")
        return try answer(isHead: method == "HEAD")
    }

    /// The next answer. An interim one counts as an answer.
    func answer(isHead: Bool = false) throws -> Answer {
        let head = try line(until: "\r\n\r\n")
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
        let parts = lines.first?.split(separator: " ") ?? []
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw Failure(description: "no status line: \(head)")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure(description: "no field: \(line)") }
            let name = line[..<colon].lowercased()
            guard headers[name] == nil else { throw Failure(description: "twice: \(name)") }
            headers[name] = String(line[line.index(colon, offsetBy: 2)...])
        }
        var body: [UInt8] = []
        if headers["transfer-encoding"] == "chunked", !isHead {
            while true {
                guard let size = Int(try line(until: "\r\n").dropLast(), radix: 16) else {
                    throw Failure(description: "no chunk size")
                }
                body += try bytes(size)
                _ = try bytes(2)
                if size == 0 { break }
            }
        } else if let length = headers["content-length"].flatMap({ Int($0) }), !isHead {
            body = try bytes(length)
        }
        return Answer(status: status, headers: headers, body: body)
    }

    /// Whether the server ends the connection without another byte. One that only stays silent has not ended it.
    func isAtEnd() -> Bool {
        guard buffer.isEmpty else { return false }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }

    /// Everything that comes until the end.
    func rest() -> [UInt8] {
        while let count = try? fill(), count > 0 {}
        defer { buffer = [] }
        return buffer
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() > 0 else { throw Failure(description: "ended within a body") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func line(until end: String) throws -> String {
        let mark = Array(end.utf8)
        while true {
            if buffer.count >= mark.count,
                let found = buffer.indices.dropLast(mark.count - 1).first(where: { buffer[$0...].starts(with: mark) })
            {
                let line = String(decoding: buffer[..<(found + mark.count)], as: UTF8.self)
                buffer.removeFirst(found + mark.count)
                return line
            }
            guard try fill() > 0 else { throw Failure(description: "ended before \(end.debugDescription)") }
        }
    }

    private func fill() throws -> Int {
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0 { throw Failure(description: "recv: \(errno)") }
        buffer += piece[..<count]
        return count
    }
}

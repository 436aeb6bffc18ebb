import Glibc
import HTTP
import Testing

@testable import Service

/// A blocking client of the service. Every answer is held against what the OpenAPI document says of its route: the
/// status is a documented one, and the body has the documented shape.
final class APIClient {
    /// What the service answered.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue { (try? JSONReader.read(body)) ?? .null }
        /// The stable code of a problem.
        var code: String { json["code"]?.text ?? "" }
        var id: String { json["id"]?.text ?? "" }
        var items: [JSONValue] { json["items"]?.elements ?? [] }
        /// The codes of the faults of a 422, each with its place.
        var faults: [String] {
            (json["errors"]?.elements ?? []).map { fault in
                let place = fault["pointer"]?.text ?? fault["parameter"]?.text ?? fault["header"]?.text ?? "?"
                return "\(place) \(fault["code"]?.text ?? "?")"
            }
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let router = Router(API.endpoints.map { ($0.method, $0.path, $0) })

    private let port: UInt16
    var token: String?
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []
    /// The routes that have answered as asked.
    private(set) var succeeded: Set<String> = []

    init(port: UInt16, token: String?) {
        self.port = port
        self.token = token
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func get(_ path: String, _ headers: [String: String] = [:]) throws -> Answer {
        try send("GET", path, headers: headers)
    }

    func post(_ path: String, _ body: String? = nil, _ headers: [String: String] = [:]) throws -> Answer {
        try send("POST", path, body: body.map { Array($0.utf8) }, headers: headers)
    }

    /// Sends a request and reads its answer; a header with an empty value is left out.
    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]? = nil,
        headers: [String: String] = [:]
    ) throws -> Answer {
        var fields = ["Host": "127.0.0.1:\(port)"]
        if let token { fields["Authorization"] = "Bearer \(token)" }
        if let body {
            fields["Content-Type"] = "application/json"
            fields["Content-Length"] = String(body.count)
        }
        fields.merge(headers) { $1 }
        var request = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in fields where !value.isEmpty { request += "\(name): \(value)\r\n" }
        let answer = try exchange(Array("\(request)\r\n".utf8) + (body ?? []), isHead: method == "HEAD")
        try check(answer, method, path)
        return answer
    }

    /// Holds an answer against the document.
    private func check(_ answer: Answer, _ method: String, _ path: String) throws {
        #expect(answer.headers["x-content-type-options"] == "nosniff", "\(method) \(path)")
        #expect(answer.headers["x-request-id"] != nil, "\(method) \(path)")
        let route = path.split(separator: "?").first.map(String.init) ?? path
        guard let method = Method(rawValue: method), case .found(let endpoint, _) = Self.router.match(method, route)
        else {
            return
        }
        if answer.status >= 400 {
            #expect(answer.headers["content-type"] == "application/problem+json", "\(answer.text)")
            let documented = OpenAPIDocument.refusals(endpoint)
            #expect(
                documented.contains(answer.status),
                "\(endpoint.name) does not document \(answer.status): \(answer.text)"
            )
            if method != .head { expect(answer, Problem.shape, endpoint) }
        } else if answer.status != 304 {
            let isDryRun = answer.headers["traveler-dry-run"] == "true"
            #expect(answer.status == endpoint.status || isDryRun && answer.status == 200, "\(endpoint.name)")
            succeeded.insert(endpoint.name)
            if let response = endpoint.response, method != .head { expect(answer, response, endpoint) }
        }
    }

    private func expect(_ answer: Answer, _ shape: Schema, _ endpoint: Endpoint) {
        if case .failure(let faults) = SchemaValidator.validate(answer.json, shape) {
            Issue.record(
                "\(endpoint.name) answers otherwise than documented: \(faults.list) in \(answer.text.prefix(2000))"
            )
        }
    }

    /// Sends bytes as they are; on a new connection when there is none or the old one has gone.
    func exchange(_ bytes: [UInt8], isHead: Bool = false) throws -> Answer {
        if descriptor >= 0 {
            if let answer = try? attempt(bytes, isHead) { return answer }
            close(descriptor)
            descriptor = -1
        }
        try connect()
        return try attempt(bytes, isHead)
    }

    /// Sends a request, or the beginning of one that says to be longer, and goes away without waiting for the answer.
    func leave(
        _ target: String,
        _ body: String,
        type: String = "application/json",
        length: Int? = nil
    ) throws {
        try connect()
        let head = "\(target) HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(token ?? "")\r\n"
        let fields = "Content-Type: \(type)\r\nContent-Length: \(length ?? body.utf8.count)\r\n\r\n"
        try write(Array("\(head)\(fields)\(body)".utf8))
        usleep(100_000)
        close(descriptor)
        descriptor = -1
    }

    private func attempt(_ bytes: [UInt8], _ isHead: Bool) throws -> Answer {
        try write(bytes)
        let answer = try read(isHead: isHead)
        if answer.headers["connection"] == "close" {
            close(descriptor)
            descriptor = -1
        }
        return answer
    }

    private func connect() throws {
        buffer = []
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, UInt32(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafeBytes(of: &address) { bytes in
            Glibc.connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), UInt32(bytes.count))
                == 0
        }
        guard isConnected else { throw Failure(description: "connect: \(errno)") }
    }

    private func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(errno)") }
            sent += count
        }
    }

    private func read(isHead: Bool) throws -> Answer {
        while buffer.firstRange(of: Array("\r\n\r\n".utf8)) == nil { try fill() }
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Failure(description: "no head") }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw Failure(description: "no status")
        }
        buffer.removeSubrange(..<end.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(colon, offsetBy: 2)...])
        }
        let hasBody = !isHead && status != 204 && status != 304
        if hasBody, headers["transfer-encoding"] == "chunked" {
            return Answer(status: status, headers: headers, body: try chunks())
        }
        let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
        while buffer.count < length { try fill() }
        let body = Array(buffer[..<length])
        buffer.removeSubrange(..<length)
        return Answer(status: status, headers: headers, body: body)
    }

    /// The body of a streamed answer.
    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            while buffer.firstRange(of: Array("\r\n".utf8)) == nil { try fill() }
            guard let line = buffer.firstRange(of: Array("\r\n".utf8)),
                let size = Int(String(decoding: buffer[..<line.lowerBound], as: UTF8.self), radix: 16)
            else { throw Failure(description: "no chunk") }
            while buffer.count < line.upperBound + size + 2 { try fill() }
            body += buffer[line.upperBound..<(line.upperBound + size)]
            buffer.removeSubrange(..<(line.upperBound + size + 2))
            if size == 0 { return body }
        }
    }

    private func fill() throws {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { throw Failure(description: "the service ended the connection") }
        buffer += piece[..<count]
    }
}

extension JSONValue {
    /// The elements of an array; nil for anything else.
    var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a number; nil for anything else.
    var digits: String? {
        if case .number(let text) = self { text } else { nil }
    }
}

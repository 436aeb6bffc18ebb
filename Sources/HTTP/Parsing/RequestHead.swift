/// A checked request line with its fields, and what they say of the body and the connection.
struct RequestHead: Equatable {
    /// How the body is delimited (RFC 9112 section 6).
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    var method: Method
    var target: RequestTarget
    /// Whether the client speaks HTTP/1.1 or a later minor version.
    var isVersion11: Bool
    var headers = Headers()
    var framing = Framing.none
    /// Whether the client asked for the connection to stay open, or asked nothing on HTTP/1.1.
    var keepsAlive = true
    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue = false

    /// Fields that mean one thing: two of them are two meanings, and who reads which is a matter of luck.
    private static let singletons: Set<String> = [
        "authorization", "content-length", "content-type", "expect", "host", "idempotency-key", "transfer-encoding",
    ]

    /// Parses a request line, without its line end.
    init(requestLine line: ArraySlice<UInt8>, limits: Limits) throws(ParseFailure) {
        guard let afterMethod = line.firstIndex(of: ASCII.space), ASCII.isToken(line[..<afterMethod]) else {
            throw .malformedRequestLine
        }
        let rest = line[(afterMethod + 1)...]
        guard let afterTarget = rest.firstIndex(of: ASCII.space), afterTarget > rest.startIndex else {
            throw .malformedRequestLine
        }
        let version = line[(afterTarget + 1)...]
        guard version.count == 8, version.starts(with: "HTTP/".utf8), ASCII.isDigit(version[version.startIndex + 5]),
            version[version.startIndex + 6] == ASCII.dot, ASCII.isDigit(version[version.startIndex + 7])
        else { throw .malformedRequestLine }
        guard version[version.startIndex + 5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
        guard let method = Method(rawValue: String(decoding: line[..<afterMethod], as: UTF8.self)) else {
            throw .unsupportedMethod
        }
        let rawTarget = rest[..<afterTarget]
        guard rawTarget.count <= limits.targetBytes else { throw .targetTooLong }
        self.method = method
        target = try RequestTarget(rawTarget, method: method)
        isVersion11 = version[version.startIndex + 7] != UInt8(ascii: "0")
    }

    /// Adds a field line.
    mutating func append(_ line: FieldLine) {
        headers.append(checkedName: line.name, value: line.value)
    }

    /// Judges the fields together once the head is complete.
    mutating func finish() throws(ParseFailure) {
        var counts: [String: Int] = [:]
        for field in headers.fields where Self.singletons.contains(field.name) {
            counts[field.name, default: 0] += 1
        }
        try checkHost(count: counts["host"] ?? 0)
        try readFraming(counts)
        if counts.values.contains(where: { $0 > 1 }) { throw .duplicateField }
        readConnection()
        if let expectation = headers["expect"], isVersion11 {
            guard expectation.lowercased() == "100-continue" else { throw .unsupportedExpectation }
            expectsContinue = framing != .none && framing != .length(0)
        }
    }

    private func checkHost(count: Int) throws(ParseFailure) {
        guard count == 1 || (count == 0 && !isVersion11) else { throw .missingHost }
        if let host = headers["host"], !HostField.isValid(Array(host.utf8)[...]) { throw .malformedHost }
    }

    private mutating func readFraming(_ counts: [String: Int]) throws(ParseFailure) {
        let codings = counts["transfer-encoding"] ?? 0
        let lengths = counts["content-length"] ?? 0
        if codings > 0, lengths > 0 { throw .lengthAndTransferEncoding }
        if codings > 0 {
            guard codings == 1, isVersion11, let coding = headers["transfer-encoding"] else {
                throw .malformedTransferEncoding
            }
            try Self.checkTransferEncoding(coding.lowercased())
            framing = .chunked
        } else if lengths > 0 {
            guard lengths == 1, let text = headers["content-length"], !text.isEmpty,
                text.utf8.allSatisfy(ASCII.isDigit)
            else { throw .malformedContentLength }
            guard let length = Int(text) else { throw .bodyTooLarge }
            framing = .length(length)
        }
    }

    private static func checkTransferEncoding(_ value: String) throws(ParseFailure) {
        if value == "chunked" { return }
        let codings = value.utf8.split(separator: ASCII.comma, omittingEmptySubsequences: false)
            .map { String(decoding: ASCII.trimmed(Array($0)[...]), as: UTF8.self) }
        let isWellFormed =
            codings.allSatisfy { ASCII.isToken($0.utf8) } && !codings.dropLast().contains("chunked")
        throw isWellFormed && codings.count(where: { $0 != "chunked" }) > 0
            ? .unsupportedTransferEncoding : .malformedTransferEncoding
    }

    private mutating func readConnection() {
        keepsAlive = isVersion11
        guard let connection = headers["connection"]?.lowercased() else { return }
        let options = connection.utf8.split(separator: ASCII.comma).map { ASCII.trimmed(Array($0)[...]) }
        if options.contains(where: { $0.elementsEqual("close".utf8) }) {
            keepsAlive = false
        } else if options.contains(where: { $0.elementsEqual("keep-alive".utf8) }) {
            keepsAlive = true
        }
    }
}

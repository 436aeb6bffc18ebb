/// Static files held in memory, found by their exact path: no request ever reaches a file system.
package struct Assets: Sendable {
    private struct Entry: Sendable {
        let bytes: [UInt8]
        let headers: Headers
        let tag: EntityTag
    }

    private var entries: [String: Entry] = [:]
    private let headers: Headers

    /// No files yet. `headers` go with every answer.
    package init(headers: Headers = [:]) {
        self.headers = headers
    }

    /// The paths that are served, in order.
    package var paths: [String] { entries.keys.sorted() }

    /// Serves `bytes` at `path`. An immutable file, whose name changes with its bytes, may be kept for a year; any
    /// other is asked for again each time and answered 304 while it is the same.
    package mutating func add(path: String, contentType: String, bytes: [UInt8], isImmutable: Bool = false) {
        let tag = EntityTag(Self.digest(bytes))
        var fields = headers
        fields["content-type"] = contentType
        fields["etag"] = tag.description
        fields["cache-control"] = isImmutable ? "public, max-age=31536000, immutable" : "no-cache"
        fields["x-content-type-options"] = "nosniff"
        entries[path] = Entry(bytes: bytes, headers: fields, tag: tag)
    }

    /// The answer to a GET or HEAD of one of the paths; nil for any other request.
    package func response(to request: Request) -> Response? {
        guard request.method == .get || request.method == .head, let entry = entries[request.path] else { return nil }
        if request.isNotModified(entry.tag) {
            var fields = entry.headers
            fields["content-type"] = nil
            return .notModified(entry.tag, headers: fields)
        }
        return Response(status: 200, headers: entry.headers, body: .bytes(entry.bytes))
    }

    /// The content type for a file name by its extension.
    package static func contentType(ofName name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    /// FNV-1a over the bytes, and their number. It tells versions of our own files apart; it proves nothing.
    private static func digest(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16) + "-" + String(bytes.count, radix: 16)
    }
}

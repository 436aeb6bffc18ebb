import HTTP

/// The OpenAPI 3.1 document of some routes, made from the values that also make the router and the validation.
struct OpenAPIDocument {
    private var json = JSONWriter(capacity: 256 * 1024)
    private var schemas = SchemaDocument()

    static func bytes(_ endpoints: [Endpoint]) -> [UInt8] {
        var document = OpenAPIDocument()
        document.write(endpoints)
        return document.json.bytes
    }

    private mutating func write(_ endpoints: [Endpoint]) {
        json.beginObject()
        text("openapi", "3.1.0")
        json.key("info")
        json.object { json in
            json.key("title")
            json.string("Traveler")
            json.key("version")
            json.string(Version.current)
            json.key("description")
            json.string(Self.description)
            json.key("license")
            json.object { json in
                json.key("name")
                json.string("Apache-2.0")
                json.key("identifier")
                json.string("Apache-2.0")
            }
        }
        json.key("security")
        json.array { json in
            for scheme in ["token", "session"] {
                json.object { json in
                    json.key(scheme); json.array { _ in }
                }
            }
        }
        paths(endpoints)
        components()
        json.endObject()
    }

    private static let description = """
        Runs of procedures against part inventory, and the record of what was built. \
        Times are RFC 3339 in UTC, quantities and measurements exact decimals in strings. A refusal is a problem \
        document (RFC 9457) with a stable `code`. A write takes `dry_run=true`, `If-Match` with the version that it is \
        meant for, and `Idempotency-Key`: the same key and body are answered by the same bytes again.
        """

    private mutating func paths(_ endpoints: [Endpoint]) {
        json.key("paths")
        json.beginObject()
        var seen: Set<String> = []
        for endpoint in endpoints where seen.insert(endpoint.path).inserted {
            json.key(endpoint.path)
            json.beginObject()
            for other in endpoints where other.path == endpoint.path {
                json.key(other.method.rawValue.lowercased())
                operation(other)
            }
            json.endObject()
        }
        json.endObject()
    }

    private mutating func operation(_ endpoint: Endpoint) {
        json.beginObject()
        text("operationId", Self.operationID(endpoint))
        text("summary", endpoint.summary)
        json.key("tags")
        json.array { json in json.string(endpoint.tag) }
        if endpoint.access == .anyone {
            json.key("security")
            json.array { _ in }
        }
        parameters(endpoint)
        if endpoint.takes == .bytes {
            json.key("requestBody")
            json.beginObject()
            json.key("required")
            json.bool(true)
            content("application/octet-stream", .string, isRequest: true)
            json.endObject()
        } else if let body = endpoint.body {
            json.key("requestBody")
            json.beginObject()
            json.key("required")
            json.bool(true)
            content("application/json", body, isRequest: true)
            json.endObject()
        }
        responses(endpoint)
        json.endObject()
    }

    private static func operationID(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { "/-{}.".contains($0) }.filter { $0 != "v1" }
        return endpoint.method.rawValue.lowercased()
            + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined().replacing("_", with: "")
    }

    private mutating func parameters(_ endpoint: Endpoint) {
        let names = Self.pathNames(endpoint)
        let headers = Self.headers(endpoint)
        guard !names.isEmpty || !endpoint.query.isEmpty || !headers.isEmpty else { return }
        json.key("parameters")
        json.beginArray()
        for name in names {
            let schema: Schema = name == "id" ? .uuid : .integer(1...1_000_000_000)
            parameter(name, in: "path", "", schema, isRequired: true)
        }
        for parameter in endpoint.query {
            let meaning = parameter.meaning + (parameter.standard.map { " Default: \($0)." } ?? "")
            self.parameter(parameter.name, in: "query", meaning, parameter.schema, isRequired: false)
        }
        for (name, meaning, schema) in headers {
            parameter(name, in: "header", meaning, schema, isRequired: false)
        }
        json.endArray()
    }

    private static func pathNames(_ endpoint: Endpoint) -> [String] {
        endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    private static func headers(_ endpoint: Endpoint) -> [(String, String, Schema)] {
        var headers: [(String, String, Schema)] = []
        if endpoint.work?.takesVersion == true {
            headers.append(
                (
                    "If-Match",
                    "The ETag of the record as it was read, or its version in quotes; 412 when it is stale.",
                    .text(
                        3...200,
                        TextForm(name: "an entity tag", pattern: #"^"[0-9]{1,9}(-[0-9a-f]+)?"$"#) { _ in true }
                    )
                )
            )
        }
        if endpoint.takes == .bytes {
            headers.append(
                (
                    "Content-Digest", "The SHA-256 of the bytes (RFC 9530); 422 when they have another.",
                    .text(54...200, TextForm(name: "a digest", pattern: "sha-256=:[A-Za-z0-9+/]{43}=:") { _ in true })
                )
            )
        }
        if endpoint.takesKey {
            headers.append(
                (
                    "Idempotency-Key", "Makes trying again safe: the work is done once for a key.",
                    .text(1...255, TextForm(name: "visible ASCII", pattern: "^[!-~]+$") { _ in true })
                )
            )
        }
        return headers
    }

    private mutating func parameter(
        _ name: String,
        in place: String,
        _ meaning: String,
        _ schema: Schema,
        isRequired: Bool
    ) {
        json.beginObject()
        text("name", name)
        text("in", place)
        if !meaning.isEmpty { text("description", meaning) }
        if isRequired {
            json.key("required")
            json.bool(true)
        }
        json.key("schema")
        schemas.write(schema, isRequest: true, into: &json)
        json.endObject()
    }

    private mutating func responses(_ endpoint: Endpoint) {
        json.key("responses")
        json.beginObject()
        json.key(String(endpoint.status))
        json.beginObject()
        text("description", endpoint.status == 204 ? "Done." : endpoint.status == 201 ? "Made." : "The answer.")
        if endpoint.gives == .bytes {
            content("application/octet-stream", .string, isRequest: false)
        } else if let response = endpoint.response {
            content("application/json", response, isRequest: false)
        } else if endpoint.status == 200 {
            content("text/plain", .string, isRequest: false)
        }
        json.endObject()
        if endpoint.takesKey, endpoint.status == 201 { dryRunAnswer(endpoint) }
        for status in Self.refusals(endpoint) {
            json.key(String(status))
            json.beginObject()
            if status == 304 { text("description", "The caller holds this already.") } else { problem(status) }
            json.endObject()
        }
        json.endObject()
    }

    /// The answer of a dry run of what would be answered 201.
    private mutating func dryRunAnswer(_ endpoint: Endpoint) {
        guard let response = endpoint.response else { return }
        json.key("200")
        json.beginObject()
        text("description", "What would be made: the answer of a dry run.")
        content("application/json", response, isRequest: false)
        json.endObject()
    }

    private mutating func problem(_ status: Int) {
        text("description", Problem.title(status) + ".")
        content("application/problem+json", Problem.shape, isRequest: false)
    }

    /// Every status of a refusal that the route can answer.
    static func refusals(_ endpoint: Endpoint) -> [Int] {
        var statuses: Set<Int> = [400, 503]
        statuses.formUnion(endpoint.refusals)
        if endpoint.access == .credential { statuses.formUnion([401, 403, 422]) }
        if endpoint.method.writes { statuses.formUnion([403, 413, 415, 422]) }
        if !pathNames(endpoint).isEmpty { statuses.insert(404) }
        if endpoint.takesKey { statuses.formUnion([404, 409]) }
        if !endpoint.method.writes, endpoint.response != nil || endpoint.gives == .bytes { statuses.insert(304) }
        return statuses.sorted()
    }

    private mutating func content(_ type: String, _ schema: Schema, isRequest: Bool) {
        json.key("content")
        json.beginObject()
        json.key(type)
        json.beginObject()
        json.key("schema")
        schemas.write(schema, isRequest: isRequest, into: &json)
        json.endObject()
        json.endObject()
    }

    private mutating func components() {
        json.key("components")
        json.beginObject()
        json.key("securitySchemes")
        json.object { json in
            json.key("token")
            json.object { json in
                json.key("type")
                json.string("http")
                json.key("scheme")
                json.string("bearer")
            }
            json.key("session")
            json.object { json in
                json.key("type")
                json.string("apiKey")
                json.key("in")
                json.string("cookie")
                json.key("name")
                json.string(Credential.cookie)
                json.key("description")
                json.string("The page's. A request that writes under it carries X-Traveler-CSRF: 1.")
            }
        }
        json.key("schemas")
        json.beginObject()
        // Writing one may meet others: they are appended behind it.
        var index = 0
        while index < schemas.named.count {
            let (name, shape, isRequest) = schemas.named[index]
            json.key(name)
            schemas.write(shape, isRequest: isRequest, into: &json)
            index += 1
        }
        json.endObject()
        json.endObject()
    }

    private mutating func text(_ name: String, _ value: String) {
        json.key(name)
        json.string(value)
    }
}

extension QueryParameter {
    /// The shape of its value.
    fileprivate var schema: Schema {
        switch kind {
        case .choice(let choices): .choice(choices)
        case .order(let choices):
            .text(
                1...80,
                TextForm(
                    name: "an order",
                    pattern: "^(\(choices.joined(separator: "|"))|-?attribute\\.[a-z][a-z0-9_]{0,62})$"
                ) { _ in true }
            )
        case .uuid: .uuid
        case .boolean: .boolean
        case .integer(let range): .integer(range)
        case .text(let lengths): .text(lengths)
        case .time: .time
        case .cursor: .text(1...2000, TextForm(name: "a cursor", pattern: "^[A-Za-z0-9_-]+$") { _ in true })
        }
    }
}

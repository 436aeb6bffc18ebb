import HTTP

/// A request that has passed every check that needs no database.
struct Call {
    let request: Request
    let endpoint: Endpoint
    /// Nil where anyone may call.
    let credential: Credential?
    let query: QueryValues
    let parameters: PathParameters
    /// What `If-Match` names.
    let version: Int?
    /// The body as validated and written anew; empty when there is none.
    let body: [UInt8]
    /// The same, to look into.
    let document: JSONValue
    let key: String?
    /// The SHA-256 of the body that `Content-Digest` gives (RFC 9530), in Base64; nil without one.
    let contentDigest: String?

    init(_ request: Request, _ endpoint: Endpoint, _ parameters: PathParameters) throws(Problem) {
        self.request = request
        self.endpoint = endpoint
        self.parameters = parameters
        credential = endpoint.access == .credential ? try Credential(request) : nil
        query = try QueryValues(request, endpoint.query)
        version = try Self.version(request, endpoint)
        key = try Self.key(request, endpoint)
        contentDigest = try Self.contentDigest(request, endpoint)
        (body, document) = try Self.body(request, endpoint)
    }

    /// Whether to do nothing but say what would come of it.
    var isDryRun: Bool { query["dry_run"] == "true" }

    /// The value of a `{name}` segment, which ``Admission`` has seen to be of its kind.
    func path(_ name: String) -> String { parameters[name] ?? "" }

    private static func version(_ request: Request, _ endpoint: Endpoint) throws(Problem) -> Int? {
        guard let field = request.headers["if-match"], request.method.writes else { return nil }
        func fault(_ detail: String) -> Problem { .input(.header("If-Match"), "precondition_invalid", detail) }
        guard endpoint.work?.takesVersion == true else { throw fault("This path judges no precondition.") }
        switch EntityTagCondition(field) {
        case .any: return nil
        case .tags(let tags) where tags.count == 1 && !tags[0].isWeak:
            let number = tags[0].opaque.prefix { $0 != "-" }
            if number.utf8.count <= 9, let version = Int(strict: number) { return version }
        default: break
        }
        throw fault("This is the ETag of the record as it was read, or its version in quotes: \"3\".")
    }

    /// The member `sha-256` of a dictionary of byte sequences (RFC 8941); others are for others to check.
    private static func contentDigest(_ request: Request, _ endpoint: Endpoint) throws(Problem) -> String? {
        guard endpoint.takes == .bytes, let field = request.headers["content-digest"] else { return nil }
        for member in field.split(separator: ",") {
            let text = member.trimmingPrefix { $0 == " " }
            guard text.hasPrefix("sha-256=:"), text.hasSuffix(":"), text.utf8.count == 54 else { continue }
            return String(text.dropFirst(9).dropLast())
        }
        throw .input(
            .header("Content-Digest"),
            "digest_invalid",
            "A Content-Digest has the SHA-256 of the body: sha-256=:, 44 characters of Base64, and a colon."
        )
    }

    private static func key(_ request: Request, _ endpoint: Endpoint) throws(Problem) -> String? {
        guard endpoint.takesKey, let key = request.headers["idempotency-key"] else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .input(
                .header("Idempotency-Key"),
                "idempotency_key_invalid",
                "An Idempotency-Key is 1 to 255 visible ASCII characters."
            )
        }
        return key
    }

    private static func body(_ request: Request, _ endpoint: Endpoint) throws(Problem) -> ([UInt8], JSONValue) {
        if endpoint.takes == .bytes {
            guard !request.body.isEmpty else { throw .input(.body(""), "body_missing", "This path takes bytes.") }
            return (request.body, .null)
        }
        guard !request.body.isEmpty else {
            guard let schema = endpoint.body else { return ([], .null) }
            // Where nothing is asked, saying nothing is an answer.
            if case .success(let bytes) = SchemaValidator.validate(.object([]), schema) { return (bytes, .object([])) }
            throw .input(.body(""), "body_missing", "This path takes a JSON object.")
        }
        let document: JSONValue
        do throws(JSONFault) {
            document = try JSONReader.read(request.body)
        } catch {
            throw Problem(400, "malformed_json", error.detail)
        }
        switch SchemaValidator.validate(document, endpoint.body ?? .object([])) {
        case .success(let bytes): return (bytes, document)
        case .failure(let faults): throw .input(faults.list)
        }
    }
}

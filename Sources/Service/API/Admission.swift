import HTTP

/// What can be judged at the door, before a request waits for a worker: cheap, and without the database.
enum Admission {
    /// The greatest number of a record that is counted from 1.
    private static let greatestNumber = 1_000_000_000

    static func check(_ request: Request, _ endpoint: Endpoint, _ parameters: PathParameters) throws(Problem) {
        switch endpoint.access {
        case .credential: try Credential(request).requireOwnPage(request)
        case .anyone: if request.method.writes { try Credential.requireSameOrigin(request) }
        }
        // A record that can't exist is not looked for.
        if let id = parameters["id"], UUIDText(id) == nil { throw .notFound }
        if let number = parameters["number"] {
            guard number.utf8.count <= 10, let value = Int(strict: number), (1...greatestNumber).contains(value) else {
                throw .notFound
            }
        }
        guard !request.body.isEmpty, request.method.writes else { return }
        switch endpoint.takes {
        case .json: try requireJSON(request)
        case .bytes: try requireBytes(request)
        }
    }

    private static func requireBytes(_ request: Request) throws(Problem) {
        guard request.headers["content-type"]?.lowercased() == "application/octet-stream" else {
            throw Problem(
                415,
                "unsupported_media_type",
                "The body's Content-Type must be application/octet-stream: the file's own type has been declared."
            )
        }
        guard request.headers["content-encoding"] == nil else {
            throw Problem(415, "unsupported_encoding", "The bytes come as they are, without a Content-Encoding.")
        }
    }

    private static func requireJSON(_ request: Request) throws(Problem) {
        let type = (request.headers["content-type"] ?? "").lowercased().split(separator: ";")
        let isUTF8 = type.dropFirst().allSatisfy { parameter in
            let parts = parameter.filter { $0 != " " && $0 != "\"" }.split(separator: "=")
            return parts.first != "charset" || parts.last == "utf-8"
        }
        guard type.first?.filter({ $0 != " " }) == "application/json", isUTF8 else {
            throw Problem(415, "unsupported_media_type", "The body's Content-Type must be application/json, in UTF-8.")
        }
    }
}

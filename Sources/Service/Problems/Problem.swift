import HTTP

/// Why a request is not answered as asked: a problem document (RFC 9457) in the making.
struct Problem: Error, Sendable {
    var status: Int
    /// Stable; part of the API.
    var code: String
    /// A sentence about this occurrence.
    var detail: String
    /// The rule that refuses, such as `S5`.
    var rule: String?
    /// What would clear it.
    var clear: String?
    /// Everything that is wrong with the input.
    var faults: [InputFault] = []
    /// What the refusal adds: blockers, the missing permission, the changes since.
    var extra: [JSONValue.Member] = []
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// The cause in full, for the log and nothing else.
    var cause: String?

    init(_ status: Int, _ code: String, _ detail: String, rule: String? = nil, clear: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.rule = rule
        self.clear = clear
    }

    /// Input with faults: 422.
    static func input(_ faults: [InputFault]) -> Problem {
        var problem = Problem(
            422,
            "input_invalid",
            "The input has \(faults.count == 1 ? "a fault" : "faults"): see errors."
        )
        problem.faults = faults
        return problem
    }

    static func input(_ place: InputFault.Place, _ code: String, _ detail: String) -> Problem {
        input([InputFault(place: place, code: code, detail: detail)])
    }

    static let notFound = Problem(404, "not_found", "There is no such record.")

    /// Not served now; to be tried again.
    static func unavailable(_ code: String, _ detail: String, retryAfter seconds: Int = 1) -> Problem {
        var problem = Problem(503, code, detail)
        problem.retryAfter = seconds
        return problem
    }
}

extension Problem {
    /// The answer to the request that `id` names.
    func response(id: String) -> Response {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.key("type")
            json.string("urn:traveler:problem:\(code)")
            json.key("status")
            json.number(status)
            json.key("code")
            json.string(code)
            json.key("title")
            json.string(Self.title(status))
            json.key("detail")
            json.string(detail)
            for (name, value) in [("rule", rule), ("clear", clear)] {
                guard let value else { continue }
                json.key(name)
                json.string(value)
            }
            for member in extra {
                json.key(member.name)
                member.value.write(into: &json)
            }
            if !faults.isEmpty {
                json.key("errors")
                json.array { json in for fault in faults { fault.write(into: &json) } }
            }
            json.key("request_id")
            json.string(id)
        }
        var response = Response(status: status, contentType: "application/problem+json", bytes: json.bytes)
        if let retryAfter { response.headers["retry-after"] = String(retryAfter) }
        if status == 401 { response.headers["www-authenticate"] = "Bearer realm=\"traveler\"" }
        return response
    }

    /// The summary that is the same for all problems of a status.
    static func title(_ status: Int) -> String {
        switch status {
        case 400: "The request is malformed"
        case 401: "Who are you?"
        case 403: "Not permitted"
        case 404: "Not found"
        case 405: "Not a method of this path"
        case 408: "The request took too long to arrive"
        case 409: "A rule refuses it"
        case 412: "The record has changed since"
        case 413: "The request is too large"
        case 414: "The target is too long"
        case 415: "Not a content type of this path"
        case 417: "The expectation can't be met"
        case 422: "The input has faults"
        case 429: "Too many tries"
        case 431: "The head is too large"
        case 501: "Not a method of this server"
        case 503: "Not available now"
        case 505: "Not a version of HTTP that is spoken here"
        default: status < 500 ? "Refused" : "The service failed"
        }
    }
}

extension Problem {
    /// The members that every problem may have; what a refusal adds has other names.
    static let names: Set<String> = Set(members.map(\.name))

    /// The shape of the document.
    static let shape: Schema = .named("Problem") { .object(members, isOpen: true) }

    private static let members: [Schema.Member] = [
        .required("type", .string), .required("status", .integer(400...599)),
        .required("code", .string, "Stable: what programs look at."), .required("title", .string),
        .required("detail", .string), .optional("rule", .string, "The rule that refuses."),
        .optional("clear", .string, "What would clear it."),
        .optional(
            "errors",
            .array(
                .object([
                    .optional("pointer", .string, "Where in the body (RFC 6901)."),
                    .optional("parameter", .string, "Which parameter of the query."),
                    .optional("header", .string, "Which field of the head."),
                    .required("code", .string), .required("detail", .string),
                ])
            ),
            "Everything that is wrong with the input."
        ),
        .required("request_id", .string),
    ]
}

extension InputFault {
    fileprivate func write(into json: inout JSONWriter) {
        json.object { json in
            switch place {
            case .body(let pointer):
                json.key("pointer")
                json.string(pointer)
            case .query(let name):
                json.key("parameter")
                json.string(name)
            case .header(let name):
                json.key("header")
                json.string(name)
            }
            json.key("code")
            json.string(code)
            json.key("detail")
            json.string(detail)
        }
    }
}

import HTTP

/// Writes schemas as JSON Schema 2020-12, the dialect of OpenAPI 3.1, and gathers the named ones.
struct SchemaDocument {
    /// The named shapes met so far, and whether they are of requests.
    private(set) var named: [(name: String, shape: Schema, isRequest: Bool)] = []

    /// - Parameter isRequest: requests are closed; an answer may grow members later, which clients must bear.
    mutating func write(_ schema: Schema, isRequest: Bool, meaning: String = "", into json: inout JSONWriter) {
        json.beginObject()
        let meanings = [meaning, schema.documentation].filter { !$0.isEmpty }
        if !meanings.isEmpty { member("description", meanings.joined(separator: " "), &json) }
        members(of: schema, isRequest: isRequest, nullable: false, &json)
        json.endObject()
    }

    private mutating func members(of schema: Schema, isRequest: Bool, nullable: Bool, _ json: inout JSONWriter) {
        switch schema {
        case .named(let name, let shape):
            if !named.contains(where: { $0.name == name }) { named.append((name, shape(), isRequest)) }
            member("$ref", "#/components/schemas/\(name)", &json)
        case .nullable(let inner): self.nullable(inner, isRequest: isRequest, &json)
        case .any: break
        case .object(let members, let isOpen):
            type("object", nullable, &json)
            properties(members, isRequest: isRequest, &json)
            if isRequest, !isOpen {
                json.key("additionalProperties")
                json.bool(false)
            }
        case .array(let element, let counts):
            type("array", nullable, &json)
            json.key("items")
            write(element, isRequest: isRequest, into: &json)
            bounds(counts, "minItems", "maxItems", &json)
        case .text(let lengths, let form):
            type("string", nullable, &json)
            bounds(lengths, "minLength", "maxLength", &json)
            if let form {
                member("pattern", form.pattern, &json)
            } else if isRequest {
                member("pattern", "^[^\\u0000]*$", &json)
            }
        case .choice(let choices):
            type("string", nullable, &json)
            json.key("enum")
            json.array { json in
                for choice in choices { json.string(choice) }
                if nullable { json.null() }
            }
        case .uuid:
            type("string", nullable, &json)
            member("format", "uuid", &json)
        case .time:
            type("string", nullable, &json)
            member("format", "date-time", &json)
        case .boolean: type("boolean", nullable, &json)
        case .integer(let range):
            type("integer", nullable, &json)
            bounds(range, "minimum", "maximum", &json, keepsZero: true)
        case .decimal(let form): decimal(form, nullable, &json)
        case .number: type("number", nullable, &json)
        }
    }

    /// A value or null: by the type where the schema is one type, else by a choice.
    private mutating func nullable(_ inner: Schema, isRequest: Bool, _ json: inout JSONWriter) {
        switch inner {
        case .named, .any, .nullable:
            json.key("anyOf")
            json.beginArray()
            write(inner, isRequest: isRequest, into: &json)
            json.object { json in
                json.key("type"); json.string("null")
            }
            json.endArray()
        default: members(of: inner, isRequest: isRequest, nullable: true, &json)
        }
    }

    private mutating func properties(_ members: [Schema.Member], isRequest: Bool, _ json: inout JSONWriter) {
        guard !members.isEmpty else { return }
        json.key("properties")
        json.beginObject()
        for member in members {
            json.key(member.name)
            write(member.schema, isRequest: isRequest, meaning: member.meaning, into: &json)
        }
        json.endObject()
        let required = members.filter(\.isRequired)
        guard !required.isEmpty else { return }
        json.key("required")
        json.array { json in for member in required { json.string(member.name) } }
    }

    private func decimal(_ form: DecimalForm, _ nullable: Bool, _ json: inout JSONWriter) {
        json.key("type")
        json.array { json in
            json.string("string")
            json.string("number")
            if nullable { json.string("null") }
        }
        member("pattern", form.pattern, &json)
        if !form.mayBeNegative {
            json.key(form.mayBeZero ? "minimum" : "exclusiveMinimum")
            json.number(0)
        }
        json.key("maximum")
        json.raw(String(repeating: "9", count: form.wholeDigits))
    }

    private func type(_ name: String, _ nullable: Bool, _ json: inout JSONWriter) {
        json.key("type")
        guard nullable else { return json.string(name) }
        json.array { json in
            json.string(name)
            json.string("null")
        }
    }

    private func bounds(
        _ range: ClosedRange<Int>,
        _ least: String,
        _ most: String,
        _ json: inout JSONWriter,
        keepsZero: Bool = false
    ) {
        if range.lowerBound > 0 || keepsZero {
            json.key(least)
            json.number(range.lowerBound)
        }
        if range.upperBound < .max {
            json.key(most)
            json.number(range.upperBound)
        }
    }

    private func member(_ name: String, _ value: String, _ json: inout JSONWriter) {
        json.key(name)
        json.string(value)
    }
}

extension Schema {
    /// What the document says of every value of it.
    fileprivate var documentation: String {
        switch self {
        case .decimal(let form): "An exact decimal: \(form.meaning). A string keeps every digit."
        case .nullable(let schema): schema.documentation
        default: ""
        }
    }
}

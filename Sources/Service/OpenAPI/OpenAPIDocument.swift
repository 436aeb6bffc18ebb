import HTTP

/// The OpenAPI 3.1 document of some routes.
enum OpenAPIDocument {
    static func bytes(_ endpoints: [Endpoint]) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("openapi")
            json.string("3.1.0")
        }
        return json.bytes
    }
}

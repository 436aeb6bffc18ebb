import HTTP
import Postgres
import Testing

@testable import Service

/// Files over HTTP: parts in, one piece out, and every way in which one can be wrong.
@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct AttachmentTests {
    private let org: TestOrg
    private let run: String

    init() throws {
        org = try #require(ServedAPI.shared).org()
        run = try org.run(org.procedure()).id
    }

    private func declare(_ size: Int, _ type: String = "application/octet-stream", _ name: String = "a.bin") throws
        -> APIClient.Answer
    {
        try org.admin.post(
            "/v1/attachment-uploads",
            #"{"run_id":"\#(run)","file_name":"\#(name)","content_type":"\#(type)","byte_size":\#(size)}"#
        )
    }

    private func put(_ upload: String, _ number: Int, _ bytes: [UInt8], _ headers: [String: String] = [:]) throws
        -> APIClient.Answer
    {
        let fields = ["Content-Type": "application/octet-stream", "Content-Length": String(bytes.count)]
        let path = "/v1/attachment-uploads/\(upload)/parts/\(number)"
        return try org.admin.send("PUT", path, body: bytes, headers: fields.merging(headers) { $1 })
    }

    private func finish(_ upload: String, _ body: String? = nil) throws -> APIClient.Answer {
        try org.admin.post("/v1/attachment-uploads/\(upload)/finish", body)
    }

    /// Every byte value, not in step with any power of two.
    private static func content(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 / 7) } }

    @Test func aFileOfSeveralPartsComesBackAsItWent() throws {
        let size = AttachmentContent.partSize
        let content = Self.content(2 * size + 17)
        let upload = try declare(content.count).id
        for number in [3, 1, 2] {
            let part = content[((number - 1) * size)..<min(number * size, content.count)]
            #expect(try put(upload, number, Array(part)).status == 200)
        }
        let made = try finish(upload)
        #expect(made.status == 201 && made.json["byte_size"]?.digits == String(content.count))
        let answer = try org.admin.get("/v1/attachments/\(made.id)/content")
        #expect(answer.body == content)
        #expect(answer.headers["transfer-encoding"] == "chunked")
        #expect(answer.headers["etag"] == "\"\(made.json["digest"]?.text ?? "")\"")
        let again = ["If-None-Match": answer.headers["etag"] ?? ""]
        #expect(try org.admin.get("/v1/attachments/\(made.id)/content", again).status == 304)
    }

    @Test func aDownloadIsAFileToSaveAndNothingToRun() throws {
        let upload = try declare(5, "text/plain", #"Grüße \"50%\" <b>.txt"#).id
        _ = try put(upload, 1, Array("hello".utf8))
        let headers = try org.admin.get("/v1/attachments/\(finish(upload).id)/content").headers
        #expect(headers["content-type"] == "text/plain")
        #expect(headers["x-content-type-options"] == "nosniff")
        #expect(headers["content-security-policy"]?.hasPrefix("sandbox;") == true)
        #expect(headers["cache-control"] == "private, no-cache")
        #expect(
            headers["content-disposition"]
                == #"attachment; filename="Gr__e _50__ <b>.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%2250%25%22%20%3Cb%3E.txt"#
        )
    }

    @Test(arguments: ["a\u{d}b", "a;b.txt", "日本.pdf", "%00", "x\"; filename=\"y"])
    func aNameNeverBreaksOutOfItsHeader(_ name: String) {
        let field = AttachmentContent.disposition(name)
        #expect(field.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(field.filter { $0 == "\"" }.count == 2)
    }

    @Test func whatIsTooLargeIsRefusedBeforeItsFirstByte() throws {
        let refused = try declare(3 << 30)
        #expect(refused.status == 413 && refused.code == "attachment_too_large")
        #expect(refused.json["limit"]?.digits == "104857600")
        #expect(
            try org.admin.send("PATCH", "/v1/org", body: Array(#"{"attachment_limit_bytes":1048576}"#.utf8)).status
                == 200
        )
        #expect(try declare(1_048_577).status == 413)
        let upload = try declare(1_048_576).id
        // The head alone: the server refuses without waiting for the bytes.
        let head = """
            PUT /v1/attachment-uploads/\(upload)/parts/1 HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer \(org.admin.token ?? "")\r
            Content-Type: application/octet-stream\r\nContent-Length: \(3 << 30)\r\n\r\n
            """
        #expect(try org.admin.exchange(Array(head.utf8)).status == 413)
    }

    @Test func anUploadThatIsCutOffLeavesNothing() throws {
        let upload = try declare(10, "text/plain").id
        let client = APIClient(port: org.api.port, token: org.admin.token)
        let path = "/v1/attachment-uploads/\(upload)/parts/1"
        try client.leave("PUT \(path)", "hello", type: "application/octet-stream", length: 10)
        #expect(try org.admin.get("/v1/attachment-uploads/\(upload)").json["received"]?.elements?.isEmpty == true)
        let early = try finish(upload)
        #expect(early.status == 409 && early.json["missing"]?.elements?.count == 1)
        #expect(try org.admin.get("/v1/attachments?run_id=\(run)").items.isEmpty)
        #expect(try org.admin.get("/v1/attachments/\(upload)/content").status == 404)
        #expect(try put(upload, 1, Array("hello you!".utf8)).status == 200)
        #expect(try finish(upload).status == 201)
    }

    @Test func wrongBytesAreRefused() throws {
        let upload = try declare(5, "image/png").id
        let bytes = Array("hello".utf8)
        #expect(try put(upload, 1, bytes).code == "content_type_mismatch")
        #expect(try put(upload, 1, [1]).code == "part_size")
        #expect(try put(upload, 2, bytes).code == "part_number")
        #expect(try put(upload, 1, bytes, ["Content-Type": "text/plain"]).status == 415)
        #expect(try put(upload, 1, bytes, ["Content-Encoding": "gzip"]).status == 415)
        #expect(try put(upload, 1, []).status == 422)
        #expect(
            try put(upload, 1, bytes, ["Content-Digest": "sha-256=:x:"]).faults == ["Content-Digest digest_invalid"]
        )
        let other = "sha-256=:\(Base64.encode([UInt8](repeating: 7, count: 32))):"
        #expect(try put(upload, 1, bytes, ["Content-Digest": other]).code == "digest_mismatch")
        #expect(try declare(5, "text/html").code == "content_type_refused")
        #expect(try declare(5, "text/plain", "../x").code == "file_name_invalid")
        #expect(try declare(5, "text/plain", "").faults == ["/file_name wrong_length"])
        #expect(try declare(0).status == 422)
        let text = try declare(5, "text/plain").id
        let digest = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"
        #expect(try put(text, 1, bytes, ["Content-Digest": digest]).status == 200)
        #expect(try finish(text, #"{"digest":"\#(String(repeating: "0", count: 64))"}"#).code == "digest_mismatch")
        let right = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        #expect(try finish(text, #"{"digest":"\#(right)"}"#).json["digest"]?.text == right)
        #expect(try put(text, 1, bytes).code == "upload_finished")
    }

    @Test func anotherOrgSeesNoneOfIt() throws {
        let upload = try declare(5, "text/plain").id
        _ = try put(upload, 1, Array("hello".utf8))
        let other = try #require(ServedAPI.shared).org().admin
        let bytes = ["Content-Type": "application/octet-stream", "Content-Length": "5"]
        #expect(try other.get("/v1/attachment-uploads/\(upload)").status == 404)
        let path = "/v1/attachment-uploads/\(upload)/parts/1"
        #expect(try other.send("PUT", path, body: Array("jello".utf8), headers: bytes).status == 404)
        #expect(try other.post("/v1/attachment-uploads/\(upload)/finish").status == 404)
        let made = try finish(upload).id
        for path in ["", "/content"] { #expect(try other.get("/v1/attachments/\(made)\(path)").status == 404) }
        #expect(try other.post("/v1/attachments/\(made)/archive").status == 404)
        #expect(try other.get("/v1/attachments").items.isEmpty)
    }

    @Test func hexReadsWhatItWrites() throws {
        let all = (0...255).map { UInt8($0) }
        guard case .bytes(let text) = Hex.bytea(all) else { throw APIClient.Failure(description: "no bytes") }
        #expect(text.withUnsafeBytes { Hex.bytes($0) } == all)
        for wrong in ["", "\\", "00", "\\x0", "\\xzz", "\\x0g"] {
            #expect(Array(wrong.utf8).withUnsafeBytes { Hex.bytes($0) } == nil)
        }
    }
}

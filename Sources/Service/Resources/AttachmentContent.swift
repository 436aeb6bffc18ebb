import HTTP
import Postgres

/// The content of an attachment, as a file to keep and never to show or run: whatever was declared of it, a browser
/// saves it under its name, guesses nothing and gives it no rights. More than one part is sent part by part.
struct AttachmentContent: Work {
    /// The bytes of every part but the last.
    static let partSize = 1_048_576

    private static let head = Statement(
        "attachment_head",
        """
        select a.file_name, a.content_type, a.byte_size, encode(a.digest, 'hex'), traveler.attachment_content(a.id, 1)
        from traveler.attachment a where a.org_id = $1::uuid and a.id = $2::uuid
        """
    )
    private static let part = Statement(
        "attachment_part",
        "select traveler.attachment_content($1::uuid, $2::integer)"
    )

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [Self.head, Self.part] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values = [Argument.org, .path("id")].map { $0.value(in: call) }
        let results = try transaction.finish(with: [Query(Self.head, values)])
        guard let result = results.last, let name = result.string(0, 0), let type = result.string(0, 1),
            let size = result.int(0, 2), let digest = result.string(0, 3), let first = Self.bytes(result, 4)
        else { throw Problem.notFound }
        var answer = Answer(status: 200, body: first, contentType: type)
        answer.tag = EntityTag(digest)
        answer.headers = [
            "content-disposition": Self.disposition(name),
            "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "cache-control": "private, no-cache",
        ]
        let parts = (size + Self.partSize - 1) / Self.partSize
        if parts > 1 {
            let id = Argument.path("id").value(in: call)
            answer.rest = Answer.Rest(pieces: 2..<(parts + 1)) { number, transaction in
                let results = try transaction.finish(with: [Query(Self.part, [id, .int(number)])])
                return results.last.flatMap { Self.bytes($0, 0) }
            }
        }
        return answer
    }

    private static func bytes(_ result: QueryResult, _ column: Int) -> [UInt8]? {
        result.withBytes(0, column) { Hex.bytes($0) } ?? nil
    }

    /// A name for every client: plain ASCII for old ones, the real one in UTF-8 (RFC 6266, RFC 8187).
    static func disposition(_ name: String) -> String {
        let plain = name.unicodeScalars.map { scalar in
            scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar != "%"
                ? Character(scalar) : "_"
        }
        let hex = Array("0123456789ABCDEF")
        let encoded = name.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            return byte < 0x80 && (character.isLetter || character.isNumber || "!#$&+-.^_`|~".contains(character))
                ? String(character) : "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
        }
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(encoded.joined())"
    }
}

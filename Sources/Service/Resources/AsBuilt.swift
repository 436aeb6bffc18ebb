import HTTP
import Postgres

/// An as-built record (C5): the exact bytes that its digest covers.
struct AsBuilt: Work {
    private static let read = Statement(
        "as_built_record",
        """
        select a.document, encode(a.digest, 'hex') from traveler.as_built_record a
        where a.org_id = $1::uuid and a.run_id = $2::uuid and a.number = $3::integer
        """
    )

    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { [Self.read] }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        let values = [Argument.org, .path("id"), .path("number")].map { $0.value(in: call) }
        let results = try transaction.finish(with: [Query(Self.read, values)])
        guard let result = results.last, let document = result.withBytes(0, 0, { Array($0) }),
            let digest = result.string(0, 1)
        else { throw Problem.notFound }
        var answer = Answer(status: 200, body: document)
        answer.tag = EntityTag(digest)
        answer.headers["repr-digest"] = "sha-256=:\(Base64.encode(Self.bytes(hex: digest))):"
        return answer
    }

    private static func bytes(hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

import Testing

@testable import Service

/// The examples of FIPS 180-2 and of NIST's CAVP for SHA-256.
@Suite struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func givesThePublishedDigest(message: String, digest: String) {
        #expect(HexDigits.text(SHA256.digest(Array(message.utf8))) == digest)
    }

    /// Short messages of the CAVP, as bytes.
    @Test(arguments: [
        ("d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
        ("11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
        ("74ba2521", "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"),
    ])
    func givesThePublishedDigestOfBytes(message: String, digest: String) throws {
        #expect(HexDigits.text(SHA256.digest(try #require(HexDigits.bytes(message)))) == digest)
    }

    @Test func isTheSameHoweverTheBytesArrive() {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = SHA256.digest(message)
        for cut in 0...message.count {
            #expect(SHA256.digest(Array(message[..<cut]), Array(message[cut...])) == whole, "cut at \(cut)")
        }
    }
}

/// What a request is called in its answer, in logs and in the records of what it did.
enum RequestID {
    /// The client's `X-Request-Id` if it is 1 to 64 letters, digits, dots, underscores or hyphens.
    static func of(_ headers: Headers) -> String? {
        guard let id = headers["x-request-id"], (1...64).contains(id.utf8.count) else { return nil }
        let isSane = id.utf8.allSatisfy {
            ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
                || $0 == UInt8(ascii: "-")
        }
        return isSane ? id : nil
    }

    /// Sixteen random hex digits: enough that the requests of a day don't share one.
    static func make() -> String {
        var bits = UInt64.random(in: .min ... .max)
        return String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: bits & 0xF)
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                bits >>= 4
            }
            return 16
        }
    }
}

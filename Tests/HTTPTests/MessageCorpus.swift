import Testing

@testable import HTTP

/// Messages, good and bad, one rule each.
enum MessageCorpus {
    struct Refused: CustomTestStringConvertible, Sendable {
        let rule: String
        let message: String
        let failure: ParseFailure

        var testDescription: String { rule }
    }

    private static let host = "Host: t\r\n"

    private static func refused(_ rule: String, _ message: String, _ failure: ParseFailure) -> Refused {
        Refused(rule: rule, message: message, failure: failure)
    }

    /// Every line of the strictness table with the refusal it must meet.
    static let refused: [Refused] = requestLines + targets + fields + framing + chunks

    private static let requestLines = [
        refused("two spaces before the target", "GET  / HTTP/1.1\r\n", .malformedRequestLine),
        refused("two spaces before the version", "GET /  HTTP/1.1\r\n", .malformedRequestLine),
        refused("a blank before the method", " GET / HTTP/1.1\r\n", .malformedRequestLine),
        refused("a blank after the version", "GET / HTTP/1.1 \r\n", .malformedRequestLine),
        refused("a tab for a space", "GET\t/ HTTP/1.1\r\n", .malformedRequestLine),
        refused("no version", "GET /\r\n", .malformedRequestLine),
        refused("no target", "GET HTTP/1.1\r\n", .malformedRequestLine),
        refused("a lower-case protocol", "GET / http/1.1\r\n", .malformedRequestLine),
        refused("a version of three digits", "GET / HTTP/1.10\r\n", .malformedRequestLine),
        refused("a version without a minor", "GET / HTTP/1\r\n", .malformedRequestLine),
        refused("a method that is no token", "G@T / HTTP/1.1\r\n", .malformedRequestLine),
        refused("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        refused("HTTP/2", "PRI * HTTP/2.0\r\n", .unsupportedVersion),
        refused("HTTP/0.9", "GET / HTTP/0.9\r\n", .unsupportedVersion),
        refused("an unknown method", "BREW / HTTP/1.1\r\n", .unsupportedMethod),
        refused("a lower-case method", "get / HTTP/1.1\r\n", .unsupportedMethod),
        refused("CONNECT", "CONNECT t:80 HTTP/1.1\r\n", .unsupportedMethod),
        refused("TRACE", "TRACE / HTTP/1.1\r\n", .unsupportedMethod),
        refused("a bare line feed", "GET / HTTP/1.1\n", .bareLineFeed),
        refused("a bare carriage return", "GET / HTTP/1.1\rX", .bareCarriageReturn),
        refused("NUL in the request line", "GET /\0 HTTP/1.1\r\n", .controlCharacter),
        refused("the first byte of TLS", "\u{16}\u{3}\u{1}", .controlCharacter),
        refused(
            "a request line without an end",
            "GET /" + String(repeating: "a", count: 9000),
            .targetTooLong
        ),
    ]

    private static let targets = [
        refused("a target of 8193 bytes", "GET /\(String(repeating: "a", count: 8192)) HTTP/1.1\r\n", .targetTooLong),
        refused("a fragment", "GET /a#b HTTP/1.1\r\n", .malformedTarget),
        refused("a byte outside ASCII", "GET /é HTTP/1.1\r\n", .malformedTarget),
        refused("a relative path", "GET a HTTP/1.1\r\n", .malformedTarget),
        refused("an asterisk without OPTIONS", "GET * HTTP/1.1\r\n", .malformedTarget),
        refused("another scheme", "GET ftp://t/ HTTP/1.1\r\n", .malformedTarget),
        refused("no authority", "GET http:///a HTTP/1.1\r\n", .malformedTarget),
        refused("user information", "GET http://u@t/a HTTP/1.1\r\n", .malformedTarget),
        refused("an encoded slash", "GET /a%2Fb HTTP/1.1\r\n", .malformedTarget),
        refused("an encoded slash in lower case", "GET /a%2fb HTTP/1.1\r\n", .malformedTarget),
        refused("an encoded NUL", "GET /a%00 HTTP/1.1\r\n", .malformedTarget),
        refused("an encoded line feed", "GET /a%0A HTTP/1.1\r\n", .malformedTarget),
        refused("an encoded DEL", "GET /a%7F HTTP/1.1\r\n", .malformedTarget),
        refused("half an escape", "GET /a%4 HTTP/1.1\r\n", .malformedTarget),
        refused("an escape without digits", "GET /a%zz HTTP/1.1\r\n", .malformedTarget),
        refused("an overlong slash", "GET /a%C0%AFb HTTP/1.1\r\n", .malformedTarget),
        refused("text that is not UTF-8", "GET /%FF HTTP/1.1\r\n", .malformedTarget),
    ]

    private static let fields = [
        refused("no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n", .missingHost),
        refused("two Hosts", "GET / HTTP/1.1\r\nHost: t\r\nHost: t\r\n\r\n", .missingHost),
        refused("two Hosts on 1.0", "GET / HTTP/1.0\r\nHost: t\r\nHost: u\r\n\r\n", .missingHost),
        refused("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .malformedHost),
        refused("a Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .malformedHost),
        refused("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .malformedHost),
        refused("a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .malformedHost),
        refused("a Host with a named port", "GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", .malformedHost),
        refused("a Host with half a literal", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .malformedHost),
        refused("a blank before the colon", "GET / HTTP/1.1\r\nHost : t\r\n\r\n", .malformedField),
        refused("a tab before the colon", "GET / HTTP/1.1\r\nHost\t: t\r\n\r\n", .malformedField),
        refused("no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", .malformedField),
        refused("an empty name", "GET / HTTP/1.1\r\n: a\r\n\r\n", .malformedField),
        refused("a name that is no token", "GET / HTTP/1.1\r\na(b): c\r\n\r\n", .malformedField),
        refused("folding with a space", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", .obsoleteFolding),
        refused("folding with a tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", .obsoleteFolding),
        refused("a blank before the first field", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", .obsoleteFolding),
        refused("a bare line feed after a field", "GET / HTTP/1.1\r\nHost: t\n\r\n", .bareLineFeed),
        refused("a bare line feed at the end", "GET / HTTP/1.1\r\nHost: t\r\n\n", .bareLineFeed),
        refused("a bare carriage return in a field", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", .bareCarriageReturn),
        refused("NUL in a value", "GET / HTTP/1.1\r\nA: \0\r\n\r\n", .controlCharacter),
        refused("an escape character in a value", "GET / HTTP/1.1\r\nA: \u{1B}\r\n\r\n", .controlCharacter),
        refused("DEL in a value", "GET / HTTP/1.1\r\nA: \u{7F}\r\n\r\n", .controlCharacter),
        refused(
            "two Authorizations",
            "GET / HTTP/1.1\r\n\(host)Authorization: a\r\nAuthorization: b\r\n\r\n",
            .duplicateField
        ),
        refused(
            "101 fields",
            "GET / HTTP/1.1\r\n\(host)" + String(repeating: "A: b\r\n", count: 100) + "\r\n",
            .headTooLarge
        ),
        refused(
            "a head over 16 KiB",
            "GET / HTTP/1.1\r\n\(host)" + String(repeating: "A: \(String(repeating: "b", count: 1000))\r\n", count: 17),
            .headTooLarge
        ),
        refused(
            "a field without an end",
            "GET / HTTP/1.1\r\n\(host)A: " + String(repeating: "b", count: 17000),
            .headTooLarge
        ),
        refused(
            "another expectation",
            "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nExpect: 200-ok\r\n\r\n",
            .unsupportedExpectation
        ),
    ]

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\n\(host)\(fields)\r\n\(body)"
    }

    private static let framing = [
        refused("two equal lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n"), .malformedContentLength),
        refused("two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n"), .malformedContentLength),
        refused("a list of lengths", post("Content-Length: 3, 3\r\n"), .malformedContentLength),
        refused("a signed length", post("Content-Length: +3\r\n"), .malformedContentLength),
        refused("a negative length", post("Content-Length: -3\r\n"), .malformedContentLength),
        refused("a hexadecimal length", post("Content-Length: 0x3\r\n"), .malformedContentLength),
        refused("a fractional length", post("Content-Length: 3.0\r\n"), .malformedContentLength),
        refused("an empty length", post("Content-Length:\r\n"), .malformedContentLength),
        refused("digits that are not ASCII", post("Content-Length: ٣\r\n"), .malformedContentLength),
        refused("a length over the limit", post("Content-Length: 65\r\n"), .bodyTooLarge),
        refused("a length beyond numbers", post("Content-Length: 99999999999999999999\r\n"), .bodyTooLarge),
        refused(
            "both, length first",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
            .lengthAndTransferEncoding
        ),
        refused(
            "both, coding first",
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
            .lengthAndTransferEncoding
        ),
        refused(
            "two codings in two lines",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            .malformedTransferEncoding
        ),
        refused("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), .malformedTransferEncoding),
        refused("chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"), .malformedTransferEncoding),
        refused("an empty coding", post("Transfer-Encoding:\r\n"), .malformedTransferEncoding),
        refused("an empty element", post("Transfer-Encoding: , chunked\r\n"), .malformedTransferEncoding),
        refused("a parameter", post("Transfer-Encoding: chunked;q=1\r\n"), .malformedTransferEncoding),
        refused("quotes", post("Transfer-Encoding: \"chunked\"\r\n"), .malformedTransferEncoding),
        refused("another coding", post("Transfer-Encoding: gzip, chunked\r\n"), .unsupportedTransferEncoding),
        refused("a lookalike", post("Transfer-Encoding: xchunked\r\n"), .unsupportedTransferEncoding),
        refused("identity", post("Transfer-Encoding: identity\r\n"), .unsupportedTransferEncoding),
        refused(
            "chunked on 1.0",
            "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n",
            .malformedTransferEncoding
        ),
    ]

    private static func chunked(_ rule: String, _ body: String, _ failure: ParseFailure = .malformedChunk) -> Refused {
        refused(rule, post("Transfer-Encoding: chunked\r\n", body), failure)
    }

    private static let chunks = [
        chunked("a size that is not hexadecimal", "g\r\n"),
        chunked("an empty size", "\r\n"),
        chunked("a signed size", "+3\r\nabc\r\n"),
        chunked("a prefixed size", "0x3\r\nabc\r\n"),
        chunked("a size of nine digits", "000000003\r\nabc\r\n"),
        chunked("a blank before the size", " 3\r\nabc\r\n"),
        chunked("a blank after the size", "3 \r\nabc\r\n"),
        chunked("a bare line feed after the size", "3\nabc\r\n", .bareLineFeed),
        chunked("a bare carriage return after the size", "3\rabc\r\n", .bareCarriageReturn),
        chunked("data longer than its size", "3\r\nabcd\r\n"),
        chunked("a bare line feed after data", "3\r\nabc\n"),
        chunked("data that ends in a bare carriage return", "3\r\nabc\rx"),
        chunked("an extension without a name", "3;\r\nabc\r\n"),
        chunked("an extension with half a string", "3;a=\"b\r\nabc\r\n"),
        chunked("an extension without a value", "3;a=\r\nabc\r\n"),
        chunked("a comma between extensions", "3;a,b\r\nabc\r\n"),
        chunked("a control in an extension", "3;a=\"\u{1}\"\r\nabc\r\n", .controlCharacter),
        chunked("an extension without an end", "3;" + String(repeating: "a", count: 1100)),
        chunked("a body over the limit", "20\r\n\(String(repeating: "a", count: 32))\r\n21\r\n", .bodyTooLarge),
        chunked("a chunk of the greatest size", "ffffffff\r\n", .bodyTooLarge),
        chunked("a trailer without a colon", "0\r\nA\r\n\r\n", .malformedTrailer),
        chunked("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", .malformedTrailer),
        chunked("a bare line feed in the trailer", "0\r\nA: b\n\r\n", .bareLineFeed),
        chunked("an endless trailer", "0\r\n" + String(repeating: "A: b\r\n", count: 101), .headTooLarge),
    ]

    /// Streams of complete messages.
    static let accepted = [
        "GET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
        "GET / HTTP/1.7\r\nHost: t:8080\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET http://a.example:80/b/../c?d=%20 HTTP/1.1\r\nHost: t\r\n\r\n",
        "GET HTTPS://a.example?d HTTP/1.1\r\nHost: t\r\n\r\n",
        "HEAD /a%20b/%C3%A9 HTTP/1.1\r\nhOsT:t\r\nEmpty:\r\nA: \t b c \t\r\n\r\n",
        "DELETE /a/./b/%2e%2e/c//d/. HTTP/1.1\r\nHost: t\r\nConnection: close, x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 003\r\n\r\nabc",
        "PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 64\r\n\r\n" + String(repeating: "x\r\n\0", count: 16),
        "POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc",
        "PATCH / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0000000A\r\n0123456789\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;a;b=c ; d = \"e\\\"f;\"\r\nabc\r\n0;z\r\nTrailer: dropped\r\nContent-Length: 9\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: t\r\n\r\nPOST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi"
            + "\r\nPOST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nGET /d HTTP/1.0\r\n\r\n",
    ]
}

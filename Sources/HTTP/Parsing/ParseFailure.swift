/// Why a message is refused. Each case is one rule; the connection is closed after the answer, because where the next
/// message would begin is no longer certain.
enum ParseFailure: String, Error, CaseIterable {
    case malformedRequestLine = "malformed_request_line"
    case malformedTarget = "malformed_target"
    case targetTooLong = "target_too_long"
    case unsupportedMethod = "unsupported_method"
    case unsupportedVersion = "unsupported_version"
    case bareCarriageReturn = "bare_carriage_return"
    case bareLineFeed = "bare_line_feed"
    case controlCharacter = "control_character"
    case obsoleteFolding = "obsolete_folding"
    case malformedField = "malformed_field"
    case duplicateField = "duplicate_field"
    case headTooLarge = "head_too_large"
    case missingHost = "missing_host"
    case malformedHost = "malformed_host"
    case malformedContentLength = "malformed_content_length"
    case lengthAndTransferEncoding = "length_and_transfer_encoding"
    case malformedTransferEncoding = "malformed_transfer_encoding"
    case unsupportedTransferEncoding = "unsupported_transfer_encoding"
    case unsupportedExpectation = "unsupported_expectation"
    case malformedChunk = "malformed_chunk"
    case malformedTrailer = "malformed_trailer"
    case bodyTooLarge = "body_too_large"

    /// The status of the answer.
    var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unsupportedExpectation: 417
        case .headTooLarge: 431
        case .unsupportedMethod, .unsupportedTransferEncoding: 501
        case .unsupportedVersion: 505
        default: 400
        }
    }

    /// What to tell the client.
    var detail: String {
        switch self {
        case .malformedRequestLine: "The request line must be a method, a target and a version, one space between each."
        case .malformedTarget: "The request target is not a valid path and query."
        case .targetTooLong: "The request target is longer than this server accepts."
        case .unsupportedMethod: "This server does not know the request method."
        case .unsupportedVersion: "This server speaks HTTP/1.1."
        case .bareCarriageReturn: "A carriage return must be followed by a line feed."
        case .bareLineFeed: "A line must end with a carriage return and a line feed."
        case .controlCharacter: "A control character is not allowed in the head of a request."
        case .obsoleteFolding: "A header field must not be folded over several lines."
        case .malformedField: "A header field must be a name, a colon right after it and a value."
        case .duplicateField: "A header field that may appear only once appears twice."
        case .headTooLarge: "The head of the request is larger than this server accepts."
        case .missingHost: "A request must carry exactly one Host field."
        case .malformedHost: "The Host field is not a valid host and port."
        case .malformedContentLength: "Content-Length must be digits, once."
        case .lengthAndTransferEncoding: "Content-Length and Transfer-Encoding exclude each other."
        case .malformedTransferEncoding: "Transfer-Encoding must be chunked, once, on HTTP/1.1."
        case .unsupportedTransferEncoding: "This server knows no transfer coding but chunked."
        case .unsupportedExpectation: "This server can meet no expectation but 100-continue."
        case .malformedChunk: "A chunk of the body is malformed."
        case .malformedTrailer: "The trailer of the body is malformed."
        case .bodyTooLarge: "The body is larger than this request may carry."
        }
    }
}

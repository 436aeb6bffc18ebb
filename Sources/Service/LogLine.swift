/// One line of the log under construction: a JSON object (RFC 8259) and its newline, as bytes.
struct LogLine {
    private var bytes: [UInt8] = []

    mutating func add(_ name: String, _ value: LogValue) {
        bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        addText(name)
        bytes.append(UInt8(ascii: ":"))
        switch value {
        case .text(let text): addText(text)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        case .boolean(let boolean): bytes.append(contentsOf: (boolean ? "true" : "false").utf8)
        case .duration(let duration): addMilliseconds(duration)
        case .time(let time): addText(time.description)
        case .null: bytes.append(contentsOf: "null".utf8)
        }
    }

    /// The finished line.
    consuming func end() -> [UInt8] {
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }

    private mutating func addText(_ text: String) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hex[Int(byte >> 4)])
                bytes.append(hex[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func addMilliseconds(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let fraction = String(microseconds.magnitude % 1000)
        let sign = microseconds < 0 ? "-" : ""
        let zeros = String(repeating: "0", count: 3 - fraction.count)
        bytes.append(contentsOf: "\(sign)\(microseconds.magnitude / 1000).\(zeros)\(fraction)".utf8)
    }
}

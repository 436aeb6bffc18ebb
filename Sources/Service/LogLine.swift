import HTTP

/// One line of the log under construction: a JSON object (RFC 8259) and its newline, as bytes.
struct LogLine {
    private var json = JSONWriter(capacity: 256)

    init() { json.beginObject() }

    mutating func add(_ name: String, _ value: LogValue) {
        json.key(name)
        switch value {
        case .text(let text): json.string(text)
        case .integer(let number): json.number(number)
        case .boolean(let boolean): json.bool(boolean)
        case .duration(let duration): json.raw(milliseconds(duration))
        case .time(let time): json.string(time.description)
        case .null: json.null()
        }
    }

    /// The finished line.
    consuming func end() -> [UInt8] {
        json.endObject()
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let fraction = String(microseconds.magnitude % 1000)
        let sign = microseconds < 0 ? "-" : ""
        return "\(sign)\(microseconds.magnitude / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}

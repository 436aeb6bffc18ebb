/// Reads one JSON document strictly: UTF-8 only, no duplicate names (RFC 8259 leaves open which would count), no lone
/// surrogates, no more than ``deepest`` levels.
struct JSONReader: ~Copyable {
    /// How many arrays and objects may stand inside one another.
    static let deepest = 32

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The document that the bytes hold.
    static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw JSONFault(kind: .notUTF8, offset: 0) }
        var reader = JSONReader(bytes)
        reader.skipBlanks()
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.index == bytes.count else { throw reader.fault(.trailingBytes) }
        return value
    }

    private func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: index < bytes.count || kind != .unexpectedByte ? kind : .unexpectedEnd, offset: index)
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Steps over `byte` if it comes next.
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: Unicode.Scalar) throws(JSONFault) {
        guard skip(byte) else { throw fault(.unexpectedByte) }
    }

    private mutating func value() throws(JSONFault) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(JSONFault) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONFault) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONFault) -> JSONValue
    ) throws(JSONFault) -> JSONValue {
        guard depth < Self.deepest else { throw fault(.tooDeep) }
        index += 1
        depth += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for offset in 0..<text.utf8CodeUnitCount {
            guard next == text.utf8Start[offset] else { throw fault(.unexpectedByte) }
            index += 1
        }
        return value
    }

    private mutating func object() throws(JSONFault) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipBlanks()
        if skip("}") { return .object([]) }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault(.unexpectedByte) }
            let start = index
            let name = try string()
            guard names.insert(name).inserted else { throw JSONFault(kind: .repeatedName, offset: start) }
            skipBlanks()
            try expect(":")
            skipBlanks()
            members.append(JSONValue.Member(name: name, value: try value()))
            skipBlanks()
            if skip("}") { return .object(members) }
            try expect(",")
        }
    }

    private mutating func array() throws(JSONFault) -> JSONValue {
        var elements: [JSONValue] = []
        skipBlanks()
        if skip("]") { return .array([]) }
        while true {
            skipBlanks()
            elements.append(try value())
            skipBlanks()
            if skip("]") { return .array(elements) }
            try expect(",")
        }
    }

    private mutating func number() throws(JSONFault) -> String {
        let start = index
        let isNegative = skip("-")
        guard let first = next, Self.isDigit(first) else { throw fault(isNegative ? .badNumber : .unexpectedByte) }
        if first == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if skip(".") { try digits() }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONFault) {
        guard let first = next, Self.isDigit(first) else { throw fault(.badNumber) }
        while let byte = next, Self.isDigit(byte) { index += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func string() throws(JSONFault) -> String {
        index += 1
        let start = index
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                defer { index += 1 }
                return String(decoding: bytes[start..<index], as: UTF8.self)
            case UInt8(ascii: "\\"): return try escaped(Array(bytes[start..<index]))
            case 0..<0x20: throw fault(.bareControl)
            default: index += 1
            }
        }
        throw fault(.unexpectedEnd)
    }

    /// The rest of a string in which an escape has been met.
    private mutating func escaped(_ head: [UInt8]) throws(JSONFault) -> String {
        var text = head
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fault(.bareControl)
            default:
                text.append(byte)
                index += 1
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
        index += 1
        guard let letter = next else { throw fault(.unexpectedEnd) }
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: UTF8.encode(try scalar()) ?? UTF8.encodedReplacementCharacter)
        default:
            index -= 1
            throw fault(.badEscape)
        }
    }

    /// The scalar of a `\u` escape, or of two that make a surrogate pair.
    private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
        let start = index
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, skip("\\"), skip("u") else { throw JSONFault(kind: .loneSurrogate, offset: start) }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high - 0xD800) << 10 | UInt32(low - 0xDC00)))
        else { throw JSONFault(kind: .loneSurrogate, offset: start) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw fault(.unexpectedEnd) }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw fault(.badEscape)
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }
}

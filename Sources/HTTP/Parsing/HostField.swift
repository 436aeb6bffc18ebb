/// The grammar of `Host` (RFC 9110 section 7.2): a registered name, an IPv4 address or a bracketed IP literal, and
/// perhaps a port.
enum HostField {
    /// Whether `bytes` are a host and perhaps a port; an empty host is not one.
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return false }
        let afterHost: ArraySlice<UInt8>
        if first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > bytes.startIndex + 2 else {
                return false
            }
            let isLiteral = bytes[(bytes.startIndex + 1)..<close].allSatisfy {
                ASCII.hexValue($0) != nil || $0 == ASCII.colon || $0 == ASCII.dot
            }
            guard isLiteral else { return false }
            afterHost = bytes[(close + 1)...]
        } else {
            let end = bytes.firstIndex(of: ASCII.colon) ?? bytes.endIndex
            guard end > bytes.startIndex, bytes[..<end].allSatisfy(isNameByte) else { return false }
            afterHost = bytes[end...]
        }
        guard let colon = afterHost.first else { return true }
        let port = afterHost.dropFirst()
        return colon == ASCII.colon && port.count <= 5 && port.allSatisfy(ASCII.isDigit)
    }

    /// `unreserved`, `sub-delims` or a percent sign.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"),
            UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="),
            UInt8(ascii: "%"):
            true
        default: ASCII.isLetter(byte) || ASCII.isDigit(byte)
        }
    }
}

/// Percent-decoding (RFC 3986 section 2.1), strict: a percent sign that two hexadecimal digits don't follow, a NUL or
/// a result that is not UTF-8 is refused.
enum PercentDecoding {
    /// The decoded bytes, or nil. With `plusIsSpace` a plus sign means a space, as in forms.
    static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            if byte == ASCII.percent {
                guard index + 2 < bytes.endIndex, let high = ASCII.hexValue(bytes[index + 1]),
                    let low = ASCII.hexValue(bytes[index + 2])
                else { return nil }
                byte = high << 4 | low
                index += 2
            } else if byte == ASCII.plus, plusIsSpace {
                byte = ASCII.space
            }
            if byte == 0 { return nil }
            decoded.append(byte)
            index += 1
        }
        return decoded
    }

    /// The decoded text, or nil.
    static func decodeText(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
        decode(bytes, plusIsSpace: plusIsSpace).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

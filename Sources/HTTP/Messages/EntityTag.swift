/// An entity tag (RFC 9110 section 8.8.3).
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// The text between the quotes.
    package let opaque: String
    package let isWeak: Bool

    /// A strong tag. A byte that may not stand between the quotes becomes an underscore.
    package init(_ opaque: String, isWeak: Bool = false) {
        let clean = opaque.utf8.map { Self.isOpaque($0) ? $0 : UInt8(ascii: "_") }
        self.opaque = String(decoding: clean, as: UTF8.self)
        self.isWeak = isWeak
    }

    /// The tag as a field value.
    package var description: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }

    static func isOpaque(_ byte: UInt8) -> Bool {
        byte > ASCII.space && byte != ASCII.quote && byte != 0x7F
    }
}

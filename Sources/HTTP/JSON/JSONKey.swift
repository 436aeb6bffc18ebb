/// A member's name, escaped and quoted once, for members that are written many times.
package struct JSONKey: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The quoted name and the colon.
    let bytes: [UInt8]

    package init(_ name: String) {
        var writer = JSONWriter()
        writer.string(name)
        bytes = writer.bytes + [ASCII.colon]
    }

    package init(stringLiteral name: String) {
        self.init(name)
    }
}

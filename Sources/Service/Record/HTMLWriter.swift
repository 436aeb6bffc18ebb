/// Writes an HTML document as bytes. Text is escaped where it is written, so that no value can become markup.
struct HTMLWriter {
    private(set) var bytes: [UInt8] = []

    /// Markup of the program's own.
    mutating func raw(_ markup: StaticString) {
        markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "\""): raw("&quot;")
            case UInt8(ascii: "'"): raw("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    /// An element around a text.
    mutating func element(_ name: StaticString, _ text: String) {
        element(name) { $0.text(text) }
    }

    mutating func element(_ name: StaticString, class style: StaticString = "", _ body: (inout HTMLWriter) -> Void) {
        raw("<")
        raw(name)
        if style.utf8CodeUnitCount > 0 {
            raw(" class=\"")
            raw(style)
            raw("\"")
        }
        raw(">")
        body(&self)
        raw("</")
        raw(name)
        raw(">")
    }

    /// A table with a head, of which nothing is written when it has no rows.
    mutating func table<Row>(_ head: [StaticString], _ rows: [Row], _ cells: (Row, inout HTMLWriter) -> Void) {
        guard !rows.isEmpty else { return }
        element("table") { table in
            table.element("thead") { part in
                part.element("tr") { line in
                    for title in head { line.element("th") { $0.raw(title) } }
                }
            }
            table.element("tbody") { part in
                for row in rows { part.element("tr") { cells(row, &$0) } }
            }
        }
    }
}

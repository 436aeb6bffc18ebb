/// The fields of a message in the order they came, under lower-case names.
///
/// A value never holds a control character: one that is given here becomes a space (RFC 9110 section 5.5), so that no
/// value from a database or a client can start a line of its own.
package struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field line.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// The field's values as one: several lines are joined by a comma, those of `cookie` by a semicolon
    /// (RFC 9110 section 5.3). Setting replaces all lines of the name; setting nil removes them.
    package subscript(_ lowercasedName: String) -> String? {
        get {
            var joined: String?
            for field in fields where field.name == lowercasedName {
                if let before = joined {
                    joined = before + (lowercasedName == "cookie" ? "; " : ", ") + field.value
                } else {
                    joined = field.value
                }
            }
            return joined
        }
        set {
            fields.removeAll { $0.name == lowercasedName }
            if let newValue { append(lowercasedName, newValue) }
        }
    }

    /// Every value of the field, one per line.
    package func values(_ lowercasedName: String) -> [String] {
        fields.lazy.filter { $0.name == lowercasedName }.map(\.value)
    }

    package func contains(_ lowercasedName: String) -> Bool {
        fields.contains { $0.name == lowercasedName }
    }

    /// Adds a line. The name must be a token: names are written in code, never taken from input.
    package mutating func append(_ name: String, _ value: String) {
        precondition(ASCII.isToken(name.utf8), "a field name is a token")
        let clean =
            value.utf8.contains(where: ASCII.isControl)
            ? String(decoding: value.utf8.map { ASCII.isControl($0) ? ASCII.space : $0 }, as: UTF8.self) : value
        fields.append(Field(name: name.lowercased(), value: clean))
    }

    /// Adds a line that the parser has already checked.
    mutating func append(checkedName name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        let lowercased = String(unsafeUninitializedCapacity: name.count) { buffer in
            var count = 0
            for byte in name {
                buffer[count] = ASCII.lowercased(byte)
                count += 1
            }
            return count
        }
        fields.append(Field(name: lowercased, value: String(decoding: value, as: UTF8.self)))
    }
}

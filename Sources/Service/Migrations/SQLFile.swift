import FoundationEssentials

/// One file of SQL: its name, and its text as it stands, to the byte.
package struct SQLFile: Sendable, Equatable {
    /// With its extension, without its folder: `0001_tenancy.sql`.
    package var name: String
    package var text: String

    /// The `.sql` files of a folder in the order of their names; a folder that is not there holds none.
    ///
    /// - Throws: ``MigrationError/unreadable(_:)`` for a file that can't be read or is not UTF-8 without NUL, and
    ///   ``MigrationError/badName(_:)`` for a name that is not digits, `_`, then lower-case words.
    static func all(in folder: String) throws(MigrationError) -> [SQLFile] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".sql")
        }
        return try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name throws(MigrationError) in
            guard number(of: name) != nil else { throw .badName("\(folder)/\(name)") }
            guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0)
            else { throw .unreadable("\(folder)/\(name)") }
            return SQLFile(name: name, text: text)
        }
    }

    /// The number that a name such as `0001_tenancy.sql` begins with; nil for a name of another form.
    static func number(of name: String) -> Int? {
        guard let underscore = name.firstIndex(of: "_"), name.hasSuffix(".sql") else { return nil }
        let words = name[name.index(after: underscore)...].dropLast(".sql".count)
        let isWord = words.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        }
        guard isWord, !words.isEmpty else { return nil }
        return Int(strict: name[..<underscore])
    }
}

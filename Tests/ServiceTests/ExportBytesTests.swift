import FoundationEssentials
import HTTP
import Testing

@testable import Service

/// No byte of an export changes, goes or comes unseen, not one of its last line either (E2).
@Suite struct ExportBytesTests {
    private static let org = "01a20d49-7e4b-7578-b6ea-9fee961dc493"

    @Test(arguments: [false, true])
    func eachByteIsCaught(isDocument: Bool) throws {
        let path = "\(URL.temporaryDirectory.path)/traveler-export-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(to: path, isDocument: isDocument)
        let whole = try Array(Data(contentsOf: URL(filePath: path)))
        #expect(try FileCheck.check(path).first?.contains("0 entries") == true)
        for index in whole.indices {
            for mask: UInt8 in [0x01, 0x20] {
                var bytes = whole
                bytes[index] ^= mask
                try expectFault(bytes, path, "byte \(index) by \(mask)")
            }
            var bytes = whole
            bytes.remove(at: index)
            try expectFault(bytes, path, "byte \(index) taken out")
            bytes = whole
            bytes.insert(UInt8(ascii: " "), at: index)
            try expectFault(bytes, path, "a space at \(index)")
        }
        try expectFault(whole + [UInt8(ascii: "\n")], path, "a line more")
    }

    /// A digest that somebody put beside an export, and that is right, is not all that is asked of it.
    @Test func aDigestBesideItChangesNothing() throws {
        let path = "\(URL.temporaryDirectory.path)/traveler-export-\(UInt64.random(in: 0...UInt64.max))"
        defer { for path in [path, Sidecar.path(of: path)] { try? FileManager.default.removeItem(atPath: path) } }
        try write(to: path, isDocument: false)
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        func place() throws {
            try Data(bytes).write(to: URL(filePath: path))
            let line = Sidecar.line(HexDigits.text(SHA256.digest(bytes)), path)
            try Data(line).write(to: URL(filePath: Sidecar.path(of: path)))
        }
        try place()
        #expect(try FileCheck.check(path).count == 4)
        bytes[bytes.count - 100] ^= 1
        try place()
        #expect(throws: FileCheck.Fault.self) { try FileCheck.check(path) }
    }

    /// Nothing but a header and tables without rows: these are told by the last line alone.
    private func write(to path: String, isDocument: Bool) throws {
        let file = try ExportFile(path: path)
        let lines = ExportLines(file, isDocument: isDocument)
        let header =
            #"{"kind":"export","format":3,"org":"\#(Self.org)","slug":"acme","scope":"org","run":null,"content":"all"}"#
        try Array(header.utf8).withUnsafeBytes { try lines.header($0) }
        try lines.end(OrgExport.Counts(records: [.init(name: "part", rows: 0), .init(name: "run", rows: 0)]))
        try file.finish()
    }

    private func expectFault(_ bytes: [UInt8], _ path: String, _ what: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
        #expect(throws: FileCheck.Fault.self, "\(what)") { try FileCheck.check(path) }
    }
}

import Glibc
import HTTP

/// Bytes on their way to a client, in a file that has no name: they are fetched at the speed of the database and sent at
/// that of the client, so that a transaction never waits for one.
final class Spool {
    /// The most that one may hold, in bytes.
    static let limit = 16 << 30

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var state = SHA256()
    private(set) var count = 0

    /// In `TMPDIR`, else in `/var/tmp`.
    init() throws(ExportError) {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
        var template = Array("\(directory)/traveler-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw ExportFile.error(directory) }
        unlink(template)
    }

    deinit { close(descriptor) }

    func write(_ bytes: [UInt8]) throws(ExportError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 256 * 1024 { try flush() }
    }

    /// All is written.
    ///
    /// - Returns: its SHA-256.
    func finish() throws(ExportError) -> [UInt8] {
        try flush()
        return state.finish()
    }

    private func flush() throws(ExportError) {
        state.update(buffer)
        count += buffer.count
        guard count <= Self.limit else { throw .tooLarge }
        var sent = 0
        while sent < buffer.count {
            let written = buffer.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), buffer.count - sent)
            }
            if written > 0 {
                sent += written
            } else if errno != EINTR {
                throw ExportFile.error("spool")
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Sends it from its beginning.
    func send(to writer: BodyWriter) throws {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw ExportFile.error("spool") }
        var piece = [UInt8](repeating: 0, count: BodyWriter.pieceSize)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return }
            if count > 0 {
                try piece.withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            } else if errno != EINTR {
                throw ExportFile.error("spool")
            }
        }
    }
}

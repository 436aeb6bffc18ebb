import Glibc

/// A file under way: it stands under its name once it is whole and on the disk, and not at all before.
final class ExportFile {
    let path: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var state = SHA256()
    private var flushed = 0

    private var partial: String { path + ".partial" }

    /// Begins to write. Only its owner can read it.
    init(path: String) throws(ExportError) {
        self.path = path
        descriptor = -1
        descriptor = open(path + ".partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error(path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    /// Adds a line; its end is added here.
    func write(line: UnsafeRawBufferPointer) throws(ExportError) {
        buffer.append(contentsOf: line)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 256 * 1024 { try flush() }
    }

    /// Adds bytes as they are.
    func write(_ bytes: some Sequence<UInt8>) throws(ExportError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 256 * 1024 { try flush() }
    }

    /// How many bytes were written.
    var count: Int { flushed + buffer.count }

    /// The SHA-256 of what was written, in hex.
    func digest() throws(ExportError) -> String {
        try flush()
        let state = state
        return HexDigits.text(state.finish())
    }

    /// Puts the whole file in its place.
    func finish() throws(ExportError) {
        try flush()
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw Self.error(path) }
        descriptor = -1
        guard rename(partial, path) == 0 else { throw Self.error(path) }
    }

    private func flush() throws(ExportError) {
        state.update(buffer)
        flushed += buffer.count
        var sent = 0
        while sent < buffer.count {
            let count = buffer.withUnsafeBytes { bytes in
                Glibc.write(
                    descriptor,
                    UnsafeRawBufferPointer(rebasing: bytes[sent...]).baseAddress,
                    bytes.count - sent
                )
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw Self.error(path)
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    static func error(_ path: String) -> ExportError { .file(path, String(cString: strerror(errno))) }
}

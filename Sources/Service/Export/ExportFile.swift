import Glibc

/// A file under way: it stands under its name once it is whole and on the disk, and not at all before.
final class ExportFile {
    private let path: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

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

    /// Puts the whole file in its place.
    func finish() throws(ExportError) {
        try flush()
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw Self.error(path) }
        descriptor = -1
        guard rename(partial, path) == 0 else { throw Self.error(path) }
    }

    private func flush() throws(ExportError) {
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

/// The lines of a file, read as they are asked for.
struct LineReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(path: String) throws(ExportError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ExportFile.error(path) }
    }

    deinit { close(descriptor) }

    /// The next line without its end; nil after the last. What follows the last line end, if anything, is a line too.
    mutating func next() throws(ExportError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if isAtEnd {
                defer { start = buffer.count }
                return start < buffer.count ? Array(buffer[start...]) : nil
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            try fill()
        }
    }

    private mutating func fill() throws(ExportError) {
        let size = 256 * 1024
        var chunk = [UInt8](repeating: 0, count: size)
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, size) }
        if count > 0 {
            buffer += chunk[..<count]
        } else if count == 0 {
            isAtEnd = true
        } else if errno != EINTR {
            throw ExportFile.error(path)
        }
    }
}

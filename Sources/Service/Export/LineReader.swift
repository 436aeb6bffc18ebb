import Glibc

/// The lines of a file, read as they are asked for.
struct LineReader: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Whether the last line, which was read, has no line end.
    private(set) var isCutOff = false

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
                guard start < buffer.count else { return nil }
                isCutOff = true
                return Array(buffer[start...])
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

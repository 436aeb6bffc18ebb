/// Where a streamed body goes. It gathers small writes into pieces of 64 KiB; `write` blocks while the client reads
/// slowly and throws when the client is gone or too slow.
package final class BodyWriter {
    /// Bytes gathered before a piece leaves.
    package static let pieceSize = 64 * 1024

    private var gathered: [UInt8] = []
    private let sink: (UnsafeRawBufferPointer) throws -> Void

    /// A writer that hands its pieces to `sink`.
    package init(sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        gathered.append(contentsOf: bytes)
        if gathered.count >= Self.pieceSize { try flush() }
    }

    package func write(_ bytes: some Sequence<UInt8>) throws {
        gathered.append(contentsOf: bytes)
        if gathered.count >= Self.pieceSize { try flush() }
    }

    package func write(_ text: String) throws {
        try write(text.utf8)
    }

    /// Sends what has been gathered.
    package func flush() throws {
        guard !gathered.isEmpty else { return }
        try gathered.withUnsafeBytes(sink)
        gathered.removeAll(keepingCapacity: true)
    }

    /// What has been gathered and not sent.
    func takeGathered() -> [UInt8] {
        defer { gathered = [] }
        return gathered
    }
}

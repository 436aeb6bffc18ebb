import Glibc

/// Bytes on their way to a file descriptor.
enum Output {
    /// Writes all of the bytes: by one `write(2)` unless the system takes fewer of them at a time.
    ///
    /// An error ends it without a word: what is written here is meant for people, and they have stopped reading.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written > 0 {
                    rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

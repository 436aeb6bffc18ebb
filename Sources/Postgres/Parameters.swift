import Glibc

/// Lays out the values of one query as libpq takes them: an array of C strings, NULL as a nil pointer.
enum Parameters {
    /// The most parameters a Bind message can count.
    static let limit = 65_535

    /// Says why the values can't be bound, or nothing when they can.
    static func fault(in values: [Value]) -> String? {
        if values.count > limit { return "\(values.count) parameters, at most \(limit) can be bound" }
        for (index, value) in values.enumerated() where value.containsNUL {
            return "parameter $\(index + 1) holds a NUL byte"
        }
        return nil
    }

    /// The bytes that the values take as C strings.
    static func size(of values: [Value]) -> Int {
        values.reduce(0) { $0 + $1.byteCount + 1 }
    }

    /// Runs `body` with the values as C strings, which live until it returns.
    ///
    /// All text goes into one arena, so a query costs one allocation at most, whatever its number of parameters.
    static func withPointers<R>(_ values: [Value], _ body: (UnsafePointer<UnsafePointer<CChar>?>?, Int32) -> R) -> R {
        if values.isEmpty { return body(nil, 0) }
        return withUnsafeTemporaryAllocation(byteCount: size(of: values), alignment: 1) { arena in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: values.count) { pointers in
                var offset = 0
                for (index, value) in values.enumerated() {
                    if case .null = value {
                        pointers.initializeElement(at: index, to: nil)
                        continue
                    }
                    let start = arena.baseAddress.map {
                        UnsafePointer(($0 + offset).assumingMemoryBound(to: CChar.self))
                    }
                    pointers.initializeElement(at: index, to: start)
                    value.withBytes { bytes in
                        UnsafeMutableRawBufferPointer(rebasing: arena[offset...]).copyMemory(from: bytes)
                        offset += bytes.count
                    }
                    arena[offset] = 0
                    offset += 1
                }
                return body(UnsafePointer(pointers.baseAddress), Int32(values.count))
            }
        }
    }
}

extension Value {
    fileprivate var byteCount: Int {
        switch self {
        case .null: 0
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }

    fileprivate func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch self {
        case .null: return body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .text(var text): return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        case .bytes(let bytes): return bytes.withUnsafeBytes(body)
        }
    }

    fileprivate var containsNUL: Bool {
        withBytes { bytes in bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false }
    }
}

import Glibc

/// The numeric host and the port of an IPv4 or IPv6 socket address.
struct SocketAddress {
    let host: String
    let port: UInt16

    /// Nil for an address of another family.
    init?(_ storage: sockaddr_storage) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let length = UInt32(text.count)
        let networkPort: UInt16? = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                var address = bytes.load(as: sockaddr_in.self)
                return inet_ntop(AF_INET, &address.sin_addr, &text, length) == nil ? nil : address.sin_port
            case AF_INET6:
                var address = bytes.load(as: sockaddr_in6.self)
                return inet_ntop(AF_INET6, &address.sin6_addr, &text, length) == nil ? nil : address.sin6_port
            default: return nil
            }
        }
        guard let networkPort else { return nil }
        host = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = UInt16(bigEndian: networkPort)
    }
}

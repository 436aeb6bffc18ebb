/// Where the service answers: an address and port, or a Unix socket.
package enum ListenAddress: Sendable, Equatable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// Reads `HOST:PORT`, `[IPv6]:PORT` or `unix:/PATH`; nil for anything else.
    ///
    /// Port 0 asks the system for a free one. A Unix socket's path is absolute and at most 107 bytes (unix(7)).
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(strict: text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.utf8.allSatisfy({ Self.isAddressByte($0) || $0 == UInt8(ascii: ":") }) else { return nil }
        } else {
            guard host.utf8.allSatisfy(Self.isAddressByte) else { return nil }
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension FixedWidthInteger {
    /// Reads digits and nothing else: `Int("+5")` is a number to the standard library.
    package init?(strict text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}

import Glibc

/// Why a server could not start.
package enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotResolve(host: String)
    /// `errno` of the call that failed.
    case cannotListen(ListenAddress, errno: Int32)
    case cannotPrepare(call: String, errno: Int32)
    case cannotStartThread

    package var description: String {
        switch self {
        case .cannotResolve(let host): "cannot resolve the address \(host)"
        case .cannotListen(let address, let number): "cannot listen on \(address): \(Self.message(number))"
        case .cannotPrepare(let call, let number): "\(call) failed: \(Self.message(number))"
        case .cannotStartThread: "the system gave no thread"
        }
    }

    private static func message(_ number: Int32) -> String {
        var text = [CChar](repeating: 0, count: 256)
        guard strerror_r(number, &text, text.count) == 0 else { return "error \(number)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Why a streamed body could not be sent; thrown by `BodyWriter`, to be passed on.
package enum StreamFailure: Error, Sendable {
    case clientGone
    case clientTooSlow
}

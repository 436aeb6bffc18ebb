/// Which workers handle a request: the many for ordinary requests, or the few for long ones, so that an export never
/// delays a scan at the line.
package enum Lane: Sendable, Hashable, CaseIterable {
    case interactive
    case heavy
}

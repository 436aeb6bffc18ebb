import Glibc
import Synchronization

/// One client's connection: its socket, its parser and what is still to be sent.
///
/// `@unchecked Sendable`: one thread owns a connection at a time. It passes from the reactor to a worker through the work
/// queue's lock, and back when the worker stores the deadline (releasing) and arms the socket, which had been disarmed by
/// `EPOLLONESHOT` at delivery; the reactor loads the deadline (acquiring) before it touches anything else. While the word
/// is `ownedElsewhere` the reactor leaves the connection alone. Only the reactor closes the socket, so its number stays
/// valid for whoever owns the connection.
final class ClientConnection: @unchecked Sendable {
    enum Phase {
        /// Nothing of a next request has come.
        case idle
        /// Bytes of the next request are in the parser already; nobody has looked at them.
        case resuming
        case head
        case body
        /// In the work queue or with a worker.
        case handling
        case writing
        /// All is sent and our side shut; what the client still sends is read and dropped, so that it is not reset
        /// before it has read the answer (RFC 9112 section 9.6).
        case lingering
        /// Of no more use; to be closed.
        case broken
    }

    enum Flush {
        case done
        case blocked
        case broken
    }

    private static let ownedElsewhere = UInt64.max

    let descriptor: Int32
    /// Tells this connection from an earlier one with the same descriptor in late events.
    let generation: UInt32
    let peer: String

    private(set) var phase = Phase.idle
    var parser: RequestParser
    var exchange = Exchange.refused
    /// The head whose body is being read, and where it leads.
    var head: RequestHead?
    var match = Router<Int>.Match.notFound
    var closesAfterOutput = false
    /// When the present phase began.
    private(set) var phaseStart = MonotonicTime.now()
    /// Bytes of an unfinished body that the reactor's budget holds for this connection.
    var budgeted = 0
    /// Bytes read and dropped while lingering.
    var lingered = 0
    var output: [UInt8] = []
    private var sent = 0
    private let deadlineWord = Atomic<UInt64>(ClientConnection.ownedElsewhere)

    init(descriptor: Int32, generation: UInt32, peer: String, limits: Limits) {
        self.descriptor = descriptor
        self.generation = generation
        self.peer = peer
        parser = RequestParser(limits: limits)
    }

    /// What names this connection in an event.
    var token: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor)) }

    /// Bytes not yet sent.
    var pendingOutput: Int { output.count - sent }

    /// Begins a phase, or goes on with the present one.
    func enter(_ next: Phase, at now: @autoclosure () -> MonotonicTime = .now()) {
        guard phase != next else { return }
        phase = next
        phaseStart = now()
    }

    /// Gives the connection to the reactor, which ends it at `deadline`. The socket is armed right after.
    func handOver(until deadline: MonotonicTime) {
        deadlineWord.store(deadline.nanoseconds, ordering: .releasing)
    }

    /// The deadline while the reactor owns the connection, else nil.
    func deadline() -> MonotonicTime? {
        let word = deadlineWord.load(ordering: .acquiring)
        return word == Self.ownedElsewhere ? nil : MonotonicTime(nanoseconds: word)
    }

    /// Takes the connection out of the sweep; the caller has learnt from an event that it is the reactor's.
    func takeOver() {
        _ = deadlineWord.exchange(Self.ownedElsewhere, ordering: .acquiringAndReleasing)
    }

    /// Sends what the socket takes now.
    func flush() -> Flush {
        while sent < output.count {
            let count = output.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                return .blocked
            } else {
                return .broken
            }
        }
        output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
        sent = 0
        return .done
    }

    /// Room that an empty output buffer keeps.
    private static let keptCapacity = 1024
}

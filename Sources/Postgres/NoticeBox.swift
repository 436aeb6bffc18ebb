import CLibPQ

/// Receives what libpq hands over outside of results, on the thread that is inside libpq at that moment.
final class NoticeBox {
    private let handler: (@Sendable (Notice) -> Void)?

    /// Set by a FATAL that reached an idle connection: the server has ended the session, whether or not its end of
    /// the socket is closed yet.
    private(set) var sessionEnded = false

    init(_ handler: (@Sendable (Notice) -> Void)?) { self.handler = handler }

    /// Has `connection` report here instead of on standard error.
    ///
    /// The box is handed over unretained: whoever calls keeps it until after `PQfinish`.
    func install(on connection: OpaquePointer) {
        let receiver: PQnoticeReceiver = { context, result in
            guard let context, let result else { return }
            Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().receive(result)
        }
        PQsetNoticeReceiver(connection, receiver, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ result: OpaquePointer) {
        let error = PostgresError(result: result)
        if error.severity == "FATAL" || error.severity == "PANIC" { sessionEnded = true }
        handler?(
            Notice(
                severity: error.severity,
                sqlState: error.sqlState,
                message: error.message,
                detail: error.detail,
                hint: error.hint
            )
        )
    }
}

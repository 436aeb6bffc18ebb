import HTTP

/// One line a request (law 8 of the house). Never a token, never a query, never a body.
enum AccessLog {
    static func write(_ request: FinishedRequest<Endpoint>, _ note: RequestNote?, to log: Log) {
        if request.status == 500 {
            log.error("request failed", fields(request, note ?? RequestNote()))
        } else if note?.cause != nil {
            log.warning("request not served", fields(request, note ?? RequestNote()))
        } else if request.endpoint?.tag == Operations.tag {
            log.debug("request", fields(request, note ?? RequestNote()))
        } else {
            log.info("request", fields(request, note ?? RequestNote()))
        }
    }

    private static func fields(_ request: FinishedRequest<Endpoint>, _ note: RequestNote) -> Log.Fields {
        [
            "request_id": .text(request.id),
            "method": text(request.method?.rawValue),
            "route": text(request.endpoint?.path),
            "path": text(request.path),
            "status": .integer(request.status),
            "code": text(note.code ?? request.code),
            "org": text(note.org?.text),
            "credential": text(note.credential?.text),
            "peer": .text(request.peer),
            "bytes": .integer(request.bytes),
            "cut": .boolean(request.isCut),
            "round_trips": .integer(note.roundTrips),
            "retries": .integer(note.retries),
            "queue_ms": .duration(request.queue),
            "database_ms": .duration(note.database),
            "total_ms": .duration(request.total),
            "cause": text(note.cause),
        ]
    }

    private static func text(_ text: String?) -> LogValue { text.map { .text($0) } ?? .null }
}

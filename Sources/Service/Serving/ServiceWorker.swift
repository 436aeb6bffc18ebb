import HTTP
import Postgres

/// A worker: one thread, one connection to Postgres, one request at a time. A request is one transaction and, as a rule,
/// one round trip: BEGIN, `enter`, the work and COMMIT leave together.
final class ServiceWorker: Worker {
    private static let enter = Statement("enter", "select traveler.enter($1, $2, $3::integer)")
    private static let claim = Statement(
        "claim_key",
        "select traveler.claim_key($1, sha256(convert_to($2, 'UTF8')))"
    )
    private static let replay = Statement(
        "replay_key",
        "select status, body, version from traveler.replay($1, sha256(convert_to($2, 'UTF8')))"
    )
    /// A dry run waits for nobody: it is a question, and may be asked again.
    private static let dryRunPatience = Statement("dry_run_patience", "set local lock_timeout = '100ms'")

    private static let confirm = Statement(
        "confirm_password",
        "select proof, retry_after_seconds from traveler.confirm_password($1)"
    )
    private static let signing = Statement("may_sign", "select set_config('traveler.signing', $1, true)")

    /// The statements that stand around the work.
    static let statements = [enter, claim, replay, dryRunPatience, RefusedAct.statement, confirm, signing]

    /// How long the note of a refused act may hold up its answer.
    private static let notePatience = Duration.milliseconds(500)

    private let connection: ReconnectingConnection
    private let health: Health
    private let refusals: Lock<RefusalLimit>
    /// What stops the job under way; nil between jobs.
    private let underWay = Lock<CancelHandle?>(nil)

    init(url: Secret, options: Connection.Options, health: Health, refusals: Lock<RefusalLimit>) {
        // Short waits: a restarted server should be found again within a second.
        let backoff = Backoff(first: .milliseconds(50), most: .seconds(1))
        connection = ReconnectingConnection(url: url.reveal(), options: options, backoff: backoff)
        self.health = health
        self.refusals = refusals
    }

    var interrupt: @Sendable () -> Void {
        { [underWay] in underWay.withLock { $0 }?.cancel() }
    }

    func respond(to request: Request, endpoint: Endpoint, parameters: PathParameters) -> Response {
        let before = connection.statistics
        var note = RequestNote()
        var response: Response
        var known: Call?
        do {
            let call = try Call(request, endpoint, parameters)
            known = call
            note.org = call.credential?.org
            note.credential = call.credential?.id
            try health.requireFit()
            response = self.response(try answer(call), to: call)
        } catch {
            let problem = Problem(error)
            note.code = problem.code
            note.cause = problem.cause
            response = problem.response(id: request.id)
            if let call = known, let act = RefusedAct(error, problem, call) { note.refusal = keep(act, call) }
        }
        note.database = connection.statistics.waiting - before.waiting
        note.roundTrips = connection.statistics.roundTrips - before.roundTrips
        note.retries = connection.statistics.retries - before.retries
        response.note = note
        return response
    }

    /// How long one piece of a streamed body may take to fetch.
    private static let piecePatience = Duration.seconds(10)

    /// Sends the body and then its pieces, on this worker's thread.
    private func stream(_ body: [UInt8], _ rest: Answer.Rest, _ call: Call, _ writer: BodyWriter) throws {
        try writer.write(body)
        for number in rest.pieces {
            let piece = try connection.job(deadline: .now + Self.piecePatience) {
                underWay.withLock { $0 = connection.cancellation }
                defer { underWay.withLock { $0 = nil } }
                return try connection.transaction(.readOnly, preamble: entrance(call, patience: Self.piecePatience)) {
                    try rest.fetch(number, $0)
                }
            }
            guard let piece else { throw Problem.notFound }
            try writer.write(piece)
        }
    }

    private func response(_ answer: Answer, to call: Call) -> Response {
        if let tag = answer.tag, call.request.isNotModified(tag) { return .notModified(tag) }
        var response = Response(status: call.isDryRun ? 200 : answer.status, headers: answer.headers)
        if let tag = answer.tag, !call.isDryRun { response.headers["etag"] = tag.description }
        if call.isDryRun { response.headers["traveler-dry-run"] = "true" }
        if let spool = answer.spool {
            response.headers["content-type"] = answer.contentType
            response.body = .stream { try spool.send(to: $0) }
            return response
        }
        guard !answer.body.isEmpty else {
            if call.isDryRun, answer.status == 204 { response.status = 204 }
            return response
        }
        response.headers["content-type"] = answer.contentType
        if let rest = answer.rest {
            response.body = .stream { [self] in try stream(answer.body, rest, call, $0) }
        } else {
            response.body = .bytes(answer.body)
        }
        return response
    }

    /// Does the work, or finds its answer when a key says that it was done before.
    private func answer(_ call: Call) throws -> Answer {
        guard let work = call.endpoint.work else { throw Problem.notFound }
        let deadline = ContinuousClock.now + (call.request.deadline - .now())
        return try connection.job(deadline: deadline) {
            underWay.withLock { $0 = connection.cancellation }
            defer { underWay.withLock { $0 = nil } }
            let proof = try proof(call)
            do {
                return try perform(work, call, proof)
            } catch let error as PostgresError where call.key != nil && !call.isDryRun {
                // Under a key it is safe to ask again: either the key is free and the work is done now, or it is taken
                // and holds the answer.
                if error.kind == .outcomeUnknown { return try performAgain(work, call, proof) }
                guard error.constraint == "idempotency_key_pkey" else { throw error }
                return try replayed(call)
            }
        }
    }

    private func performAgain(_ work: any Work, _ call: Call, _ proof: String?) throws -> Answer {
        do {
            return try perform(work, call, proof)
        } catch let error as PostgresError where error.constraint == "idempotency_key_pkey" {
            return try replayed(call)
        }
    }

    /// The proof of a password that came with a signature; nil when none came. In a transaction of its own, so that a
    /// wrong one is counted whatever becomes of the act.
    private func proof(_ call: Call) throws -> String? {
        guard call.endpoint.signs, let password = call.document["password"]?.text else { return nil }
        return try connection.transaction(.readWrite, preamble: entrance(call)) { transaction in
            let result = try transaction.finish(with: [Query(Self.confirm, [.text(password)])]).last
            if let proof = result?.string(0, 0) { return proof }
            guard let seconds = result?.int(0, 1) else {
                throw Problem(403, "signature_password_wrong", "That is not your password.", rule: "T2")
            }
            var problem = Problem(429, "signing_closed", "You gave too many wrong passwords.", rule: "T2")
            problem.retryAfter = max(1, seconds)
            throw problem
        }
    }

    private func perform(_ work: any Work, _ call: Call, _ proof: String?) throws -> Answer {
        var preamble = entrance(call)
        if let proof { preamble.append(Query(Self.signing, [.text(proof)])) }
        if call.isDryRun {
            preamble.append(Query(Self.dryRunPatience))
        } else if let key = call.key {
            preamble.append(Query(Self.claim, [.text(key), Self.identity(call)]))
        }
        let retry: RetryPolicy = call.isDryRun ? .standard : .withLockTimeout
        return try connection.transaction(work.mode, retry: retry, preamble: preamble + work.preamble) { transaction in
            try work.perform(call, in: transaction)
        }
    }

    /// Notes a refused act, in a transaction of its own. Whatever becomes of that, the answer stands.
    private func keep(_ act: RefusedAct, _ call: Call) -> RefusedAct.Outcome {
        guard refusals.withLock({ $0.take(act.org, at: .now()) }) else { return .dropped }
        let deadline = ContinuousClock.now + min(call.request.deadline - .now(), Self.notePatience)
        do {
            let isKept = try connection.job(deadline: deadline) {
                underWay.withLock { $0 = connection.cancellation }
                defer { underWay.withLock { $0 = nil } }
                return try connection.transaction(.readWrite, retry: .none, preamble: entrance(call)) { transaction in
                    try transaction.finish(with: [act.query]).last?.string(0, 0) == "t"
                }
            }
            return isKept ? .kept : .dropped
        } catch {
            return .failed(String(reflecting: error))
        }
    }

    /// The answer that the key keeps, byte for byte.
    private func replayed(_ call: Call) throws -> Answer {
        try connection.transaction(.readOnly, preamble: entrance(call)) { transaction in
            let query = Query(Self.replay, [Value(call.key), Self.identity(call)])
            let result = try transaction.finish(with: [query]).last
            guard let result, let status = result.int(0, 0), let body = result.withBytes(0, 1, { Array($0) }) else {
                throw Problem.notFound
            }
            var answer = Answer(status: status, body: body)
            answer.tag = result.int(0, 2).map { EntityTag(String($0)) }
            answer.headers["traveler-replayed"] = "true"
            return answer
        }
    }

    private func entrance(_ call: Call) -> [Query] { entrance(call, patience: call.request.deadline - .now()) }

    private func entrance(_ call: Call, patience: Duration) -> [Query] {
        guard let credential = call.credential else { return [] }
        // Each statement for itself is bounded as well, in case the cancel at the deadline doesn't get through.
        let milliseconds = max(1, patience / .milliseconds(1))
        return [
            Query(
                Self.enter,
                [.text(credential.token.reveal()), .text(call.request.id), .int(Int(milliseconds.rounded(.up)))]
            )
        ]
    }

    /// What makes two requests the same under one key. A password is no part of it: of what is kept there is only a
    /// quick digest, and a password must not be found by trying.
    private static func identity(_ call: Call) -> Value {
        var body = call.request.body
        if case .object(let members) = call.document, members.contains(where: { $0.name == "password" }) {
            var json = JSONWriter()
            JSONValue.object(members.filter { $0.name != "password" }).write(into: &json)
            body = json.bytes
        }
        return .bytes(Array("\(call.request.method.rawValue)\n\(call.request.path)\n".utf8) + body)
    }
}

/// What the head of a request says about how to answer it; known before the body has come.
struct Exchange: Sendable {
    /// Nil for a message that the parser refused.
    var method: Method?
    var path: String?
    /// The client's `X-Request-Id` if it is sane, else one made here; repeated in the answer, logs and problems.
    var id: String
    /// The index of the route, when there is one.
    var route: Int?
    var isVersion11 = true
    /// Whether the connection may serve another request after this one.
    var keepsAlive = false
    /// Whether `100 Continue` is due.
    var awaitsContinue = false

    /// The exchange of a message that was refused before its head was complete.
    static var refused: Exchange { Exchange() }

    private init() { id = RequestID.make() }

    init(_ head: RequestHead) {
        method = head.method
        path = head.target.path
        id = RequestID.of(head.headers) ?? RequestID.make()
        isVersion11 = head.isVersion11
        keepsAlive = head.keepsAlive
        awaitsContinue = head.expectsContinue
    }
}

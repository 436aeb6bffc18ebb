/// What the head of a request says about how to answer it; known before the body has come.
struct Exchange: Sendable {
    /// Nil for a message that the parser refused.
    var method: Method?
    var path: String?
    var id: String?
    /// The index of the route, when there is one.
    var route: Int?
    var isVersion11 = true
    /// Whether the connection may serve another request after this one.
    var keepsAlive = false
    /// Whether `100 Continue` is due.
    var awaitsContinue = false

    /// The exchange of a message that was refused before its head was complete.
    static let refused = Exchange()

    init() {}

    init(_ head: RequestHead) {
        method = head.method
        path = head.target.path
        id = Request.saneID(head.headers)
        isVersion11 = head.isVersion11
        keepsAlive = head.keepsAlive
        awaitsContinue = head.expectsContinue
    }
}

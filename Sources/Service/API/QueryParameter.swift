/// A parameter of a route's query.
struct QueryParameter: Sendable {
    enum Kind: Sendable {
        case choice([String])
        /// One of these, or an attribute's key after `attribute.` or `-attribute.` (F4).
        case order([String])
        case uuid
        case boolean
        case integer(ClosedRange<Int>)
        case text(ClosedRange<Int>)
        case time
        case cursor
    }

    var name: String
    var kind: Kind
    var meaning: String
    /// What holds when it is not given; nil where that says nothing.
    var standard: String?

    init(_ name: String, _ kind: Kind, _ meaning: String, standard: String? = nil) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
        self.standard = standard
    }

    static let dryRun = QueryParameter(
        "dry_run",
        .boolean,
        "Judge the request and answer as if it were done, and do nothing. Ids in the answer are not kept.",
        standard: "false"
    )
    static let limit = QueryParameter("limit", .integer(1...200), "How many items at most.", standard: "50")
    static let cursor = QueryParameter("cursor", .cursor, "Where to go on: the next_cursor of the page before.")

    /// Whether a request that names it so means this one: any key stands for `KEY` in a name.
    func isCalled(_ given: String) -> Bool {
        guard let key = name.firstRange(of: "KEY") else { return name == given }
        let (start, end) = (name[..<key.lowerBound], name[key.upperBound...])
        return given.hasPrefix(start) && given.hasSuffix(end) && given.utf8.count > start.utf8.count + end.utf8.count
            && !given.utf8.contains(0)
    }

    /// The value as work binds it; the fault if it isn't one of the kind.
    func accept(_ text: String) throws(Problem) -> String {
        let expected: String
        switch kind {
        case .choice(let choices):
            if choices.contains(text) { return text }
            expected = "one of: \(choices.joined(separator: ", "))"
        case .order(let choices):
            let order = text.hasPrefix("-") ? text.dropFirst() : text[...]
            if choices.contains(text) || order.hasPrefix(AttributeFilter.prefix) { return text }
            expected = "attribute.KEY, -attribute.KEY or one of: \(choices.joined(separator: ", "))"
        case .uuid:
            if let uuid = UUIDText(text) { return uuid.text }
            expected = "a UUID"
        case .boolean:
            if text == "true" || text == "false" { return text }
            expected = "true or false"
        case .integer(let range):
            if text.utf8.count <= 19, let number = Int(strict: text), range.contains(number) { return String(number) }
            expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .text(let lengths):
            if lengths.contains(text.unicodeScalars.count), !text.utf8.contains(0) { return text }
            expected = "a text of \(lengths.lowerBound) to \(lengths.upperBound) characters"
        case .time:
            if TimeText.isValid(text) { return text }
            expected = "a time such as 2026-02-28T13:45:00Z"
        case .cursor:
            if text.utf8.count <= 2000 { return text }
            expected = "the next_cursor of the page before"
        }
        throw .input(.query(name), "parameter_invalid", "\(name) is \(expected).")
    }
}

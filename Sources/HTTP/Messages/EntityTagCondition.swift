/// The value of `If-Match` or `If-None-Match` (RFC 9110 section 13.1).
package enum EntityTagCondition: Hashable, Sendable {
    /// `*`: whatever there is.
    case any
    case tags([EntityTag])

    /// Nil when the value is not `*` or a list of entity tags.
    package init?(_ value: String) {
        var rest = Array(value.utf8)[...]
        rest = ASCII.trimmed(rest)
        if rest.elementsEqual("*".utf8) {
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while !rest.isEmpty {
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.popFirst() == ASCII.quote else { return nil }
            let opaque = rest.prefix(while: EntityTag.isOpaque)
            rest = rest[opaque.endIndex...]
            guard rest.popFirst() == ASCII.quote else { return nil }
            tags.append(EntityTag(String(decoding: opaque, as: UTF8.self), isWeak: isWeak))
            rest = rest.drop(while: ASCII.isBlank)
            guard let comma = rest.popFirst() else { break }
            guard comma == ASCII.comma else { return nil }
            rest = rest.drop(while: ASCII.isBlank)
            guard !rest.isEmpty else { return nil }
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    /// The strong comparison of `If-Match`: both tags strong and equal.
    package func matchesStrongly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): !tag.isWeak && tags.contains(tag)
        }
    }

    /// The weak comparison of `If-None-Match`: the opaque parts are equal.
    package func matchesWeakly(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .tags(let tags): tags.contains { $0.opaque == tag.opaque }
        }
    }
}

extension Request {
    /// Whether the client already holds `tag`: a GET or HEAD whose `If-None-Match` names it is answered 304.
    package func isNotModified(_ tag: EntityTag) -> Bool {
        guard method == .get || method == .head, let value = headers["if-none-match"] else { return false }
        return EntityTagCondition(value)?.matchesWeakly(tag) ?? false
    }
}

extension Response {
    /// The answer to a conditional request whose client already holds `tag` (RFC 9110 section 15.4.5).
    package static func notModified(_ tag: EntityTag, headers: Headers = [:]) -> Response {
        var response = Response(status: 304, headers: headers)
        response.headers["etag"] = tag.description
        return response
    }
}

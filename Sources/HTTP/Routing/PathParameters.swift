/// The values of a route's `{name}` segments.
package struct PathParameters: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var pairs: [Pair]

    private struct Pair: Sendable, Equatable {
        let name: String
        let value: String
    }

    init(names: [String], values: [Substring]) {
        pairs = zip(names, values).map { Pair(name: $0, value: String($1)) }
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0.0, value: $0.1) }
    }

    package subscript(_ name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }
}

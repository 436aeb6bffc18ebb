/// The table of routes. A template is a path whose segments are literal or `{name}`; a literal segment wins over a
/// parameter, and a parameter is never empty.
package struct Router<Endpoint: Sendable>: Sendable {
    /// One entry of the table.
    package struct Route: Sendable {
        package let method: Method
        package let template: String
        package let endpoint: Endpoint

        package init(_ method: Method, _ template: String, _ endpoint: Endpoint) {
            self.method = method
            self.template = template
            self.endpoint = endpoint
        }
    }

    /// What a method and a path lead to.
    package enum Match: Sendable {
        case found(Endpoint, PathParameters)
        /// The path exists, the method doesn't; `allow` is for the Allow field.
        case methodNotAllowed(allow: [Method])
        case notFound
    }

    private struct Leaf {
        var endpoint: Endpoint
        var names: [String]
    }

    private struct Node {
        var literals: [Substring: Int] = [:]
        var parameter: Int?
        var leaves: [Method: Leaf] = [:]
    }

    /// The routes in the order they were given.
    package let routes: [Route]
    private var nodes = [Node()]

    /// Two routes with the same method and the same shape are a mistake in the table and stop the program.
    package init(_ routes: [Route]) {
        self.routes = routes
        for route in routes { insert(route) }
    }

    package init(_ routes: [(Method, String, Endpoint)]) {
        self.init(routes.map { Route($0.0, $0.1, $0.2) })
    }

    /// HEAD finds GET's endpoint unless it has its own.
    package func match(_ method: Method, _ path: String) -> Match {
        guard let (node, values) = find(path) else { return .notFound }
        let leaf = node.leaves[method] ?? (method == .head ? node.leaves[.get] : nil)
        guard let leaf else { return .methodNotAllowed(allow: Self.allowed(node)) }
        return .found(leaf.endpoint, PathParameters(names: leaf.names, values: values))
    }

    /// The methods that the path answers, HEAD and OPTIONS included; nil when no route has the path. `*` stands for the
    /// whole server.
    package func allowedMethods(_ path: String) -> [Method]? {
        if path == "*" { return Method.allCases.filter { method in method == .options || uses(method) } }
        return find(path).map { Self.allowed($0.0) }
    }

    private func uses(_ method: Method) -> Bool {
        routes.contains { $0.method == method || (method == .head && $0.method == .get) }
    }

    private static func allowed(_ node: Node) -> [Method] {
        Method.allCases.filter {
            $0 == .options || node.leaves[$0] != nil || ($0 == .head && node.leaves[.get] != nil)
        }
    }

    private static func segments(_ path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    private mutating func insert(_ route: Route) {
        precondition(route.template.hasPrefix("/"), "a template begins with a slash")
        var index = 0
        var names: [String] = []
        for segment in Self.segments(route.template) {
            if segment.hasPrefix("{"), segment.hasSuffix("}") {
                names.append(String(segment.dropFirst().dropLast()))
                index = step(from: index, to: nodes[index].parameter) { $0.parameter = $1 }
            } else {
                index = step(from: index, to: nodes[index].literals[segment]) { $0.literals[segment] = $1 }
            }
        }
        precondition(nodes[index].leaves[route.method] == nil, "\(route.method) \(route.template) is routed twice")
        nodes[index].leaves[route.method] = Leaf(endpoint: route.endpoint, names: names)
    }

    private mutating func step(from index: Int, to existing: Int?, link: (inout Node, Int) -> Void) -> Int {
        if let existing { return existing }
        nodes.append(Node())
        link(&nodes[index], nodes.count - 1)
        return nodes.count - 1
    }

    private func find(_ path: String) -> (Node, [Substring])? {
        guard path.hasPrefix("/") else { return nil }
        return find(Self.segments(path)[...], from: 0, values: [])
    }

    private func find(_ rest: ArraySlice<Substring>, from index: Int, values: [Substring]) -> (Node, [Substring])? {
        guard let segment = rest.first else { return nodes[index].leaves.isEmpty ? nil : (nodes[index], values) }
        let others = rest.dropFirst()
        if let literal = nodes[index].literals[segment],
            let found = find(others, from: literal, values: values)
        {
            return found
        }
        guard let parameter = nodes[index].parameter, !segment.isEmpty else { return nil }
        return find(others, from: parameter, values: values + [segment])
    }
}

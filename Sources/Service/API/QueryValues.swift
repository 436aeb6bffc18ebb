import HTTP

/// The parameters of a request's query, checked against those that its route has.
struct QueryValues: Sendable {
    private var values: [String: String] = [:]

    init(_ request: Request, _ parameters: [QueryParameter]) throws(Problem) {
        var faults: [InputFault] = []
        for (name, text) in request.query {
            guard let parameter = parameters.first(where: { $0.isCalled(name) }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                let detail = known.isEmpty ? "This path takes no parameters." : "This path takes: \(known)."
                faults.append(InputFault(place: .query(name), code: "parameter_unknown", detail: detail))
                continue
            }
            guard values[name] == nil else {
                faults.append(
                    InputFault(place: .query(name), code: "parameter_repeated", detail: "\(name) is given twice.")
                )
                continue
            }
            do throws(Problem) {
                values[name] = try parameter.accept(text)
            } catch {
                faults += error.faults
            }
        }
        guard faults.isEmpty else { throw .input(Array(faults.prefix(SchemaValidator.mostFaults))) }
    }

    subscript(_ name: String) -> String? { values[name] }

    /// What the parameters of a family are given, by what follows its prefix.
    func family(_ prefix: String) -> [(name: String, value: String)] {
        values.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
            .sorted { $0.name < $1.name }
    }

    /// The parameter as a number, or what holds when it is not given.
    func integer(_ name: String, default standard: Int) -> Int { values[name].flatMap { Int($0) } ?? standard }
}

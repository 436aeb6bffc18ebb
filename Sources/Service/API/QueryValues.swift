import HTTP

/// The parameters of a request's query, checked against those that its route has.
struct QueryValues: Sendable {
    private var values: [String: String] = [:]

    init(_ request: Request, _ parameters: [QueryParameter]) throws(Problem) {
        var faults: [InputFault] = []
        for (name, text) in request.query {
            guard let parameter = parameters.first(where: { $0.name == name }) else {
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

    /// The parameter as a number, or what holds when it is not given.
    func integer(_ name: String, default standard: Int) -> Int { values[name].flatMap { Int($0) } ?? standard }
}

import CLibPQ

extension PostgresError {
    /// Reads every field of a failed `PGresult` (`PQresultErrorField`).
    ///
    /// An error that libpq made itself carries no SQLSTATE: the connection broke.
    init(result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
        }
        guard let code = field("C") else {
            self.init(.connectionLost, String(trimmed: PQresultErrorMessage(result)))
            return
        }
        self.init(.server, field("M") ?? "")
        sqlState = SQLState(code)
        severity = field("V") ?? field("S") ?? "ERROR"
        detail = field("D")
        hint = field("H")
        schema = field("s")
        table = field("t")
        column = field("c")
        constraint = field("n")
        context = field("W")
        position = field("P").flatMap { Int($0) }
        if severity != "ERROR" { kind = .connectionLost }
    }
}

extension String {
    /// A message of libpq without the line end that it closes with; empty for a nil pointer.
    init(trimmed text: UnsafePointer<CChar>?) {
        self = text.map { String(cString: $0) } ?? ""
        while last?.isNewline == true { removeLast() }
    }
}

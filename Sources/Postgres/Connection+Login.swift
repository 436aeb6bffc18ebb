import CLibPQ

extension Connection {
    /// Where the server was reached: a host's name or address, or the folder of its Unix socket.
    package var host: String { pointer.flatMap { String(trimmed: PQhost($0)) } ?? "" }

    /// The port that it was reached at, which names a Unix socket too.
    package var port: String { pointer.flatMap { String(trimmed: PQport($0)) } ?? "" }

    /// The SCRAM-SHA-256 verifier of a password, made on this side, so that neither the server nor its log ever has the
    /// password (`PQencryptPasswordConn`).
    ///
    /// Throws ``PostgresError/Kind/invalidParameter`` when the password holds a NUL.
    package func verifier(of password: String) throws(PostgresError) -> String {
        let pointer = try live()
        if password.utf8.contains(0) { throw PostgresError(.invalidParameter, "the password holds a NUL byte") }
        // The name matters to MD5 alone.
        guard let text = PQencryptPasswordConn(pointer, password, "", "scram-sha-256") else {
            throw PostgresError(.invalidUse, String(trimmed: PQerrorMessage(pointer)))
        }
        defer { PQfreemem(text) }
        return String(cString: text)
    }
}

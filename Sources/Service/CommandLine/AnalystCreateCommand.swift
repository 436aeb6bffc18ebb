import Postgres

/// `traveler analyst create`: a login of Postgres for an analyst of one org (E1). Making roles takes a superuser.
struct AnalystCreateCommand: Command {
    static let name = "analyst create"
    static let arguments = "--org SLUG --name NAME [--connections N] [--password-stdin]"
    static let summary = """
        Creates a Postgres login that reads the views of one org, and prints what is needed to sign in; the password is \
        made, or is the first line of standard input. N connections at a time, 4 unless given.
        """
    static let needs: [Config.Setting] = [.operatorURL]

    private static let create = Statement(
        "analyst_create",
        """
        select extensions.create_analyst($1::text, $2::text, $3::text, $4::integer), current_database()
        """
    )

    private let org: String
    private let analyst: String
    private let connections: Int
    private let hasPassword: Bool

    init(_ words: [String]) throws(UsageError) {
        let arguments = try Arguments(
            words,
            options: ["--org", "--name", "--connections"],
            flags: ["--password-stdin"]
        )
        org = try arguments.required("--org")
        analyst = try arguments.required("--name")
        hasPassword = arguments.has("--password-stdin")
        let count = arguments.value("--connections") ?? "4"
        guard let number = Int(strict: count), (1...100).contains(number) else {
            throw .invalidValue("--connections", expected: "a whole number from 1 to 100")
        }
        connections = number
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let password = hasPassword ? try readPassword(context.console) : Self.makePassword()
        let connection = try context.connectAsOperator()
        let verifier = try connection.verifier(of: password)
        let values: [Value] = [.text(org), .text(analyst), .text(verifier), .int(connections)]
        let result = try connection.execute(Query(Self.create, values))
        let login = result.string(0, 0) ?? ""
        context.console.write("login \(login)")
        if !hasPassword { context.console.write("password \(password)") }
        let database = result.string(0, 1) ?? ""
        context.console.write(
            "psql 'host=\(connection.host) port=\(connection.port) dbname=\(database) user=\(login)'"
        )
        return .fine
    }

    /// 192 random bits, in hex.
    private static func makePassword() -> String {
        (0..<3).map { _ in
            let word = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - word.count) + word
        }
        .joined()
    }

    /// Never an argument: the process list shows those to everyone on the machine.
    private func readPassword(_ console: Console) throws(UsageError) -> String {
        guard let line = console.readLine(), (12...1024).contains(line.utf8.count) else {
            throw .invalidValue(
                "--password-stdin",
                expected: "followed by a password of 12 to 1024 bytes on standard input"
            )
        }
        return line
    }
}

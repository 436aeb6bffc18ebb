import Postgres

/// `traveler user create`: a user of an org with a role of it (T3). Without a password the user signs in by token only.
struct UserCreateCommand: Command {
    static let name = "user create"
    static let arguments = "--org SLUG --email EMAIL --name NAME --role ROLE [--password-stdin]"
    static let summary = "Creates a user and prints its id; the password, if any, is the first line of standard input."
    static let needs: [Config.Setting] = [.migratorURL]

    private static let create = Statement(
        "user_create",
        "select traveler.create_user($1::text, $2::text, $3::text, $4::text, $5::text)"
    )

    private let values: [Value]
    private let hasPassword: Bool

    init(_ words: [String]) throws(UsageError) {
        let names = ["--org", "--email", "--name", "--role"]
        let arguments = try Arguments(words, options: Set(names), flags: ["--password-stdin"])
        values = try names.map { name throws(UsageError) in .text(try arguments.required(name)) }
        hasPassword = arguments.has("--password-stdin")
    }

    func run(_ context: CommandContext) throws -> ExitCode {
        let password: Value = hasPassword ? .text(try readPassword(context.console)) : .null
        let result = try context.connectAsMigrator().execute(Query(Self.create, values + [password]))
        context.console.write(result.string(0, 0) ?? "")
        return .fine
    }

    /// Never an argument: the process list shows those to everyone on the machine.
    private func readPassword(_ console: Console) throws(UsageError) -> String {
        guard let line = console.readLine(), !line.isEmpty, line.utf8.count <= 1024 else {
            throw .invalidValue(
                "--password-stdin",
                expected: "followed by a password of up to 1024 bytes on standard input"
            )
        }
        return line
    }
}

/// `traveler help`: every command, every setting.
struct HelpCommand: Command {
    static let name = "help"
    static let arguments = "[COMMAND]"
    static let summary = "Lists the commands and the settings, or tells about one command."

    private let subject: (any Command.Type)?

    init(_ words: [String]) throws(UsageError) {
        let name = words.joined(separator: " ")
        subject = Program.command(for: words)
        guard name == subject?.name ?? "" else { throw .unknownCommand(name) }
    }

    func run(_ context: CommandContext) -> ExitCode {
        context.console.write(subject.map(Program.help) ?? Self.text)
        return .fine
    }

    private static var text: String {
        """
        traveler \(Version.current): manufacturing run execution

        Commands:
        \(table(Program.commands.map { ($0.usage, $0.summary) }))

        Settings, from the environment:
        \(table(Config.Setting.allCases.map { ($0.rawValue, $0.meaning) }))

        Exit codes: 0 fine, 1 refused or found something, 2 wrong usage.
        """
    }

    private static func table(_ rows: [(String, String)]) -> String {
        rows.map { "  \($0)\n      \($1)" }.joined(separator: "\n")
    }
}

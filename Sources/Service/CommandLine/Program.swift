import Postgres

/// The program behind the executable: finds the command that the words name, and runs it.
package enum Program {
    /// Every command, in the order in which `traveler help` lists them.
    static let commands: [any Command.Type] = [
        ServeCommand.self,
        WorkCommand.self,
        CheckCommand.self,
        MigrateCommand.self,
        VerifyCommand.self,
        ExportCommand.self,
        ImportCommand.self,
        DemoCommand.self,
        OrgCreateCommand.self,
        UserCreateCommand.self,
        TokenCreateCommand.self,
        AnalystCreateCommand.self,
        AnalystListCommand.self,
        AnalystDisableCommand.self,
        HelpCommand.self,
    ]

    /// Runs the program.
    ///
    /// - Parameter words: the arguments, without the program's own name.
    /// - Returns: what the process exits with. Errors are explained on the console.
    package static func run(_ words: [String], environment: [String: String], console: Console) -> ExitCode {
        let words = words.first == "--help" || words.first == "-h" ? ["help"] + words.dropFirst() : words
        guard let command = command(for: words) else {
            console.explain(refusal(of: words))
            return .usage
        }
        let rest = Array(words.dropFirst(command.name.split(separator: " ").count))
        if rest == ["--help"] {
            console.write(help(for: command))
            return .fine
        }
        do {
            let asked = try command.init(rest)
            let config = asked.needs.isEmpty ? Config() : try Config.parse(environment, requiring: asked.needs)
            return try asked.run(CommandContext(config: config, console: console))
        } catch let error as UsageError {
            console.explain("traveler \(command.name): \(error)\nusage: \(command.usage)")
            return .usage
        } catch let error as ConfigErrors {
            console.explain("traveler \(command.name): the settings are not right\n\(error)")
            return .usage
        } catch let error as PostgresError {
            console.explain("traveler \(command.name): \(error.operatorDescription)")
            return .refused
        } catch {
            console.explain("traveler \(command.name): \(error)")
            return .refused
        }
    }

    /// The command whose name the words begin with.
    static func command(for words: [String]) -> (any Command.Type)? {
        commands.first { words.starts(with: $0.name.split(separator: " ").map(String.init)) }
    }

    static func help(for command: any Command.Type) -> String {
        "usage: \(command.usage)\n\n\(command.summary)"
    }

    private static func refusal(of words: [String]) -> String {
        guard let first = words.first else { return "usage: traveler COMMAND; `traveler help` lists the commands" }
        let family = commands.filter { $0.name.hasPrefix("\(first) ") }
        guard family.isEmpty else { return family.map { "usage: \($0.usage)" }.joined(separator: "\n") }
        return "traveler: \(UsageError.unknownCommand(first)); `traveler help` lists them"
    }
}

/// One thing that the program does, as it was asked for. A new command is one file with a type that conforms, and its
/// place in ``Program/commands``.
package protocol Command: SendableMetatype {
    /// The words that call it: `migrate`, `org create`.
    static var name: String { get }
    /// What may follow the name, as usage lines write it; empty for nothing.
    static var arguments: String { get }
    /// What it does, in one line.
    static var summary: String { get }
    /// The settings without which it can do nothing. They are set when ``run(_:)`` is called; a command that needs none
    /// runs whatever the environment says, and sees the defaults.
    static var needs: [Config.Setting] { get }

    /// The same for what it was asked: it may do without some of them.
    var needs: [Config.Setting] { get }

    /// Reads what follows the name; ``Arguments`` takes it apart.
    init(_ words: [String]) throws(UsageError)

    /// Does it. An error means that the work was refused or failed.
    func run(_ context: CommandContext) throws -> ExitCode
}

extension Command {
    package static var arguments: String { "" }
    package static var needs: [Config.Setting] { [] }
    package var needs: [Config.Setting] { Self.needs }

    /// The usage line, without the word `usage`.
    static var usage: String { "traveler \(name)" + (arguments.isEmpty ? "" : " \(arguments)") }
}

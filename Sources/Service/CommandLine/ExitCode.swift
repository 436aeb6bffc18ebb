/// How a command ends, for the shell.
package enum ExitCode: Int32, Sendable {
    case fine = 0
    /// The work was refused or failed, or a check found something.
    case refused = 1
    /// The command or its settings were given wrongly; nothing was done.
    case usage = 2
}

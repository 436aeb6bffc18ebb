import FoundationEssentials
import Glibc
import Service

let status = Program.run(
    Array(CommandLine.arguments.dropFirst()),
    environment: ProcessInfo.processInfo.environment,
    console: .standard
)
exit(status.rawValue)

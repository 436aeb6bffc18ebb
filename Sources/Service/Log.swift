import Glibc

/// The program's log: one JSON object a line, each written by one `write(2)`, so that threads never mix theirs.
///
/// The level is tested before the message and the fields are made: a call below it costs a comparison.
package struct Log: Sendable {
    /// How much a line matters; lines below the configured level are not written.
    package enum Level: String, CaseIterable, Comparable, Sendable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    package typealias Fields = KeyValuePairs<String, LogValue>

    package let level: Level
    private let descriptor: Int32

    /// - Parameter descriptor: where lines go; standard error unless told otherwise.
    package init(level: Level, descriptor: Int32 = STDERR_FILENO) {
        self.level = level
        self.descriptor = descriptor
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        write(.debug, message, fields)
    }

    package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        write(.info, message, fields)
    }

    package func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        write(.warning, message, fields)
    }

    package func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
        write(.error, message, fields)
    }

    private func write(_ level: Level, _ message: () -> String, _ fields: () -> Fields) {
        guard level >= self.level else { return }
        var line = LogLine()
        line.add("ts", .time(.now))
        line.add("level", .text(level.rawValue))
        line.add("msg", .text(message()))
        for (name, value) in fields() { line.add(name, value) }
        Output.write(line.end(), to: descriptor)
    }
}

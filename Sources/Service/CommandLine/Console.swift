import Glibc

/// What a command reads from and writes to; a test puts its own in place.
package struct Console {
    /// Writes a line of the command's result to standard output.
    package var write: (String) -> Void
    /// Writes a line for the person at the terminal to standard error.
    package var explain: (String) -> Void
    /// The next line of standard input without its newline; nil at its end.
    package var readLine: () -> String?

    package init(
        write: @escaping (String) -> Void,
        explain: @escaping (String) -> Void,
        readLine: @escaping () -> String?
    ) {
        self.write = write
        self.explain = explain
        self.readLine = readLine
    }

    /// The process's own streams.
    package static var standard: Console {
        Console(
            write: { put($0, STDOUT_FILENO) },
            explain: { put($0, STDERR_FILENO) },
            readLine: { Swift.readLine(strippingNewline: true) }
        )
    }

    static func put(_ line: String, _ descriptor: Int32) {
        Output.write(Array("\(line)\n".utf8), to: descriptor)
    }
}

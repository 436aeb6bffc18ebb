/// The words after a command's name, taken apart strictly: options with a value (`--slug acme`, `--slug=acme`), flags
/// without one, operands. What the command does not know is refused.
package struct Arguments: Sendable {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    /// What is neither an option nor a flag, in order; all that follows `--` is.
    package private(set) var operands: [String] = []

    /// - Parameters:
    ///   - operands: how many words that are neither options nor flags may stand there.
    /// - Throws: the first ``UsageError`` met.
    package init(
        _ words: [String],
        options: Set<String> = [],
        flags known: Set<String> = [],
        operands limit: Int = 0
    ) throws(UsageError) {
        var rest = words[...]
        var optionsAreOver = false
        while let word = rest.popFirst() {
            guard word.hasPrefix("--"), !optionsAreOver else {
                guard !word.hasPrefix("-") || optionsAreOver else { throw .unknownOption(word) }
                guard operands.count < limit else { throw .unexpectedArgument(word) }
                operands.append(word)
                continue
            }
            if word == "--" {
                optionsAreOver = true
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if known.contains(name), parts.count == 1 {
                guard flags.insert(name).inserted else { throw .repeatedOption(name) }
            } else if options.contains(name) {
                guard values[name] == nil else { throw .repeatedOption(name) }
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst(), !value.isEmpty else {
                    throw .missingValue(name)
                }
                values[name] = value
            } else {
                throw .unknownOption(word)
            }
        }
    }

    package func value(_ option: String) -> String? { values[option] }

    package func required(_ option: String) throws(UsageError) -> String {
        guard let value = values[option] else { throw .missingOption(option) }
        return value
    }

    package func has(_ flag: String) -> Bool { flags.contains(flag) }
}

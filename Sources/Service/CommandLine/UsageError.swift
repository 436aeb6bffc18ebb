/// A command line that can't be understood. The description goes to the person who wrote it.
package enum UsageError: Error, Equatable, CustomStringConvertible {
    case unknownCommand(String)
    case unknownOption(String)
    case missingOption(String)
    case missingValue(String)
    case repeatedOption(String)
    case unexpectedArgument(String)
    case invalidValue(String, expected: String)

    package var description: String {
        switch self {
        case .unknownCommand(let words): "there is no command \(words)"
        case .unknownOption(let option): "there is no option \(option)"
        case .missingOption(let option): "\(option) is missing"
        case .missingValue(let option): "\(option) needs a value"
        case .repeatedOption(let option): "\(option) is given twice"
        case .unexpectedArgument(let argument): "unexpected argument \(argument)"
        case .invalidValue(let option, let expected): "\(option) must be \(expected)"
        }
    }
}

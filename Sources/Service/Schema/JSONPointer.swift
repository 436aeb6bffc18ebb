/// A place in a JSON document (RFC 6901), grown step by step on the way down.
struct JSONPointer: CustomStringConvertible {
    private(set) var description = ""

    /// The place of a member of the object here.
    func member(_ name: String) -> JSONPointer {
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer(description: description + "/" + escaped)
    }

    /// The place of an element of the array here.
    func element(_ index: Int) -> JSONPointer { JSONPointer(description: "\(description)/\(index)") }
}

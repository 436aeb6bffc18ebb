import HTTP
import Postgres

/// What a list is asked for of the org's own attributes (F4): `attribute.KEY=value`, and `attribute.KEY.from` and
/// `attribute.KEY.to` of numbers, dates and times. Postgres says what is wrong with keys and values, all of it at once.
enum AttributeFilter {
    static let prefix = "attribute."

    static let parameters = [
        QueryParameter(
            prefix + "KEY.from",
            .text(1...10_000),
            "Records whose value of the searchable attribute KEY, a number, date or time, is this or later in its order."
        ),
        QueryParameter(prefix + "KEY.to", .text(1...10_000), "Records whose value of it is before this."),
        QueryParameter(
            prefix + "KEY",
            .text(1...10_000),
            "Records that have this value of the searchable attribute KEY, or have it among its values (F4)."
        ),
    ]

    /// What the call asks for, as a JSON object of texts by what follows the prefix; NULL if nothing.
    static func wanted(_ call: Call) -> Value {
        let wanted = call.query.family(prefix)
        return wanted.isEmpty ? .null : object(wanted)
    }

    /// Names and their values as a JSON object of texts.
    static func object(_ members: [(name: String, value: String)]) -> Value {
        var object = JSONWriter()
        object.object { json in
            for (name, value) in members {
                json.key(name)
                json.string(value)
            }
        }
        return .bytes(object.bytes)
    }
}

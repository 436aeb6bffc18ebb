import HTTP

/// Walks a value along a schema: collects every fault and writes what it accepts as the JSON that Postgres gets.
struct SchemaValidator {
    /// Enough to mend a form by; a hostile body would make thousands.
    static let mostFaults = 100

    private(set) var faults: [InputFault] = []
    private var writer = JSONWriter()

    /// The value as JSON again, or its faults.
    static func validate(_ value: JSONValue, _ schema: Schema) -> Result<[UInt8], Faults> {
        var validator = SchemaValidator()
        validator.walk(value, schema, JSONPointer())
        return validator.faults.isEmpty ? .success(validator.writer.bytes) : .failure(Faults(list: validator.faults))
    }

    struct Faults: Error {
        var list: [InputFault]
    }

    private mutating func refuse(_ pointer: JSONPointer, _ code: String, _ detail: String) {
        guard faults.count < Self.mostFaults else { return }
        faults.append(InputFault(place: .body(pointer.description), code: code, detail: detail))
    }

    private mutating func refuseType(_ value: JSONValue, _ pointer: JSONPointer, _ expected: String) {
        refuse(pointer, "wrong_type", "This is \(expected), not \(value.kind).")
    }

    private mutating func walk(_ value: JSONValue, _ schema: Schema, _ pointer: JSONPointer) {
        switch (schema, value) {
        case (.named(_, let shape), _): walk(value, shape(), pointer)
        case (.nullable, .null): writer.null()
        case (.nullable(let schema), _): walk(value, schema, pointer)
        case (.any, _): walkAny(value, pointer)
        case (.object(let members, let isOpen), .object(let given)): walk(given, members, isOpen, pointer)
        case (.array(let element, let counts), .array(let elements)): walk(elements, element, counts, pointer)
        case (.text(let lengths, let form), .string(let text)): accept(text, lengths, form, pointer)
        case (.choice(let choices), .string(let text)):
            if choices.contains(text) {
                writer.string(text)
            } else {
                refuse(pointer, "not_a_choice", "This is one of: \(choices.joined(separator: ", ")).")
            }
        case (.uuid, .string(let text)):
            if let uuid = UUIDText(text) {
                writer.string(uuid.text)
            } else {
                refuse(pointer, "not_a_uuid", "This is a UUID such as 0190a0b4-7c1e-7000-8000-000000000000.")
            }
        case (.decimal(let form), .string(let text)) where !text.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") },
            (.decimal(let form), .number(let text)):
            if let number = form.accept(text) {
                writer.string(number)
            } else {
                refuse(pointer, "out_of_range", "This is \(form.meaning).")
            }
        case (.integer(let range), .number(let text)):
            if let number = Int(text), range.contains(number), text != "-0" {
                writer.number(number)
            } else {
                refuse(
                    pointer,
                    "out_of_range",
                    "This is a whole number from \(range.lowerBound) to \(range.upperBound)."
                )
            }
        case (.number, .number): walkAny(value, pointer)
        case (.boolean, .boolean(let value)): writer.bool(value)
        case (.time, .string(let text)):
            if TimeText.isValid(text) {
                writer.string(text)
            } else {
                refuse(pointer, "not_a_time", "This is a time such as 2026-02-28T13:45:00Z (RFC 3339).")
            }
        default: refuseType(value, pointer, schema.kind)
        }
    }

    private mutating func walk(
        _ given: [JSONValue.Member],
        _ members: [Schema.Member],
        _ isOpen: Bool,
        _ pointer: JSONPointer
    ) {
        writer.beginObject()
        for member in members where member.isRequired && !given.contains(where: { $0.name == member.name }) {
            refuse(pointer.member(member.name), "missing", "This is required.")
        }
        for entry in given {
            if let member = members.first(where: { $0.name == entry.name }) {
                writer.key(entry.name)
                walk(entry.value, member.schema, pointer.member(entry.name))
            } else if isOpen {
                writer.key(entry.name)
                walkAny(entry.value, pointer.member(entry.name))
            } else {
                refuse(pointer.member(entry.name), "unknown", "There is no such member here.")
            }
        }
        writer.endObject()
    }

    private mutating func walk(
        _ elements: [JSONValue],
        _ schema: Schema,
        _ counts: ClosedRange<Int>,
        _ pointer: JSONPointer
    ) {
        guard counts.contains(elements.count) else {
            refuse(pointer, "wrong_count", "This holds \(Self.range(counts)) elements, not \(elements.count).")
            return
        }
        writer.beginArray()
        for (index, element) in elements.enumerated() { walk(element, schema, pointer.element(index)) }
        writer.endArray()
    }

    private mutating func accept(
        _ text: String,
        _ lengths: ClosedRange<Int>,
        _ form: TextForm?,
        _ pointer: JSONPointer
    ) {
        if text.utf8.contains(0) {
            refuse(pointer, "nul", "The character NUL can't be stored.")
        } else if !lengths.contains(text.unicodeScalars.count) {
            refuse(pointer, "wrong_length", "This has \(Self.range(lengths)) characters.")
        } else if let form, !form.matches(text) {
            refuse(pointer, "wrong_form", "This is \(form.name).")
        } else {
            writer.string(text)
        }
    }

    private mutating func walkAny(_ value: JSONValue, _ pointer: JSONPointer) {
        switch value {
        case .null: writer.null()
        case .boolean(let value): writer.bool(value)
        case .string(let text): accept(text, 0...Int.max, nil, pointer)
        case .number(let text):
            if DecimalText(text) != nil {
                writer.raw(text)
            } else {
                refuse(pointer, "out_of_range", "This number has more digits than any measurement.")
            }
        case .array(let elements):
            writer.beginArray()
            for (index, element) in elements.enumerated() { walkAny(element, pointer.element(index)) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                let pointer = pointer.member(member.name)
                if member.name.utf8.contains(0) { refuse(pointer, "nul", "The character NUL can't be stored.") }
                writer.key(member.name)
                walkAny(member.value, pointer)
            }
            writer.endObject()
        }
    }

    private static func range(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (let least, .max): "at least \(least)"
        case (0, let most): "at most \(most)"
        case (let least, let most): least == most ? "\(least)" : "\(least) to \(most)"
        }
    }
}

extension Schema {
    /// What values of it are, for a fault.
    var kind: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .text, .choice, .uuid, .time: "a string"
        case .decimal: "a decimal number, as a string or a number"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .any: "any value"
        case .nullable(let schema): schema.kind + " or null"
        case .named(_, let shape): shape().kind
        }
    }
}

import HTTP
import Postgres

/// Where a list goes on: the sort's name and the key of the last row shown, in a form that clients don't look into.
struct Cursor: Equatable {
    /// What a part of a key is, so that a made-up cursor never reaches the database.
    enum Part: Sendable {
        case integer, uuid, text
    }

    var sort: String
    var key: [String]

    var text: String {
        var json = JSONWriter()
        json.array { json in
            json.string(sort)
            for part in key { json.string(part) }
        }
        return Base64.encodeURL(json.bytes)
    }

    /// The cursor that a text stands for; nil if it is none of this sort.
    init?(_ text: String, sort: String, parts: [Part]) {
        guard let bytes = Base64.decodeURL(text), let document = try? JSONReader.read(bytes),
            case .array(let elements) = document, elements.count == parts.count + 1, elements.first?.text == sort
        else { return nil }
        let key = elements.dropFirst().compactMap(\.text)
        let fits = zip(key, parts).allSatisfy { value, part in
            switch part {
            case .integer: Int(value) != nil
            case .uuid: UUIDText(value) != nil
            case .text: !value.utf8.contains(0)
            }
        }
        guard key.count == parts.count, fits else { return nil }
        self.init(sort: sort, key: key)
    }

    init(sort: String, key: [String]) {
        self.sort = sort
        self.key = key
    }
}

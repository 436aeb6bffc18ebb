import HTTP
import Postgres

/// The org's own attributes in a CSV: a column for each that is defined, archived ones too, the newest last (E2, F4).
///
/// Its name is `attribute.` and the key: no column that is built in has a point in its name.
struct AttributeColumns {
    static let statement = Statement(
        "export_attribute_columns",
        "select d.key from traveler.attribute_definition d where d.org_id = $1::uuid and d.record = $2::text order by d.id"
    )

    let names: [String]
    private let places: [String: Int]

    init(keys: [String]) {
        names = keys.map { AttributeFilter.prefix + $0 }
        places = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    }

    /// Those of one kind of record, as the transaction sees them.
    init(of record: String, org: Value, in transaction: Transaction) throws {
        let result = try transaction.run([Query(Self.statement, [org, .text(record)])])[0]
        self.init(keys: (0..<result.rowCount).compactMap { result.string($0, 0) })
    }

    /// The fields of a row, each with a comma before it. What has several values is a JSON list of them.
    func write(_ document: UnsafeRawBufferPointer, into bytes: inout [UInt8]) throws {
        var texts = [String?](repeating: nil, count: names.count)
        if document.count > 2, case .object(let members) = try JSONReader.read(Array(document)) {
            for member in members {
                guard let place = places[member.name] else { continue }
                texts[place] = Self.text(member.value)
            }
        }
        for text in texts {
            bytes.append(UInt8(ascii: ","))
            guard var text else { continue }
            text.withUTF8 { CSVWriter.text(UnsafeRawBufferPointer($0), into: &bytes) }
        }
    }

    private static func text(_ value: JSONValue) -> String {
        if let text = value.text { return text }
        var writer = JSONWriter()
        value.write(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

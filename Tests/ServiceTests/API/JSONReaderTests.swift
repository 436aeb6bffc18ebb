import FoundationEssentials
import HTTP
import Testing

@testable import Service

@Suite struct JSONReaderTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .boolean(true)), ("\t\r\nfalse\n", .boolean(false)),
        ("0", .number("0")), ("-0", .number("-0")), ("-12.50e+3", .number("-12.50e+3")),
        ("123456789012345678901234567890.000", .number("123456789012345678901234567890.000")),
        (#""""#, .string("")), (#""a\"\\\/\b\f\n\r\t\u00e9""#, .string("a\"\\/\u{8}\u{c}\n\r\té")),
        (#""\ud83d\ude00 \u0000""#, .string("😀 \0")), ("\"é😀\u{7f}\"", .string("é😀\u{7f}")),
        ("[]", .array([])), ("[1, [ ] ,{}]", .array([.number("1"), .array([]), .object([])])),
        (
            #"{"b":1,"a":{"":[null]}}"#,
            .object([
                .init(name: "b", value: .number("1")),
                .init(name: "a", value: .object([.init(name: "", value: .array([.null]))])),
            ])
        ),
    ])
    func reads(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        ("", JSONFault.Kind.unexpectedEnd), (" ", .unexpectedEnd), ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd),
        (#"{"a""#, .unexpectedEnd), (#"{"a":"#, .unexpectedEnd), (#""a"#, .unexpectedEnd), (#""a\"#, .unexpectedEnd),
        (#""\u12"#, .unexpectedEnd), ("tru", .unexpectedEnd), ("[,]", .unexpectedByte), ("[1,]", .unexpectedByte),
        ("{,}", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte), (#"{"a" 1}"#, .unexpectedByte),
        (#"{a:1}"#, .unexpectedByte), ("{'a':1}", .unexpectedByte), ("[1 2]", .unexpectedByte),
        ("True", .unexpectedByte), ("nul1", .unexpectedByte), ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte),
        ("+1", .unexpectedByte), (".5", .unexpectedByte), ("-", .badNumber), ("-a", .badNumber), ("1.", .badNumber),
        ("1.e3", .badNumber), ("1e", .badNumber), ("1e+", .badNumber), ("01", .trailingBytes), ("0x1", .trailingBytes),
        ("1 2", .trailingBytes), ("{}{}", .trailingBytes), ("[]]", .trailingBytes), (#""\x""#, .badEscape),
        (#""\u12G4""#, .badEscape), ("\"a\nb\"", .bareControl), ("\"\u{0}\"", .bareControl),
        (#""\ud800""#, .loneSurrogate), (#""\udc00""#, .loneSurrogate), (#""\ud800\u0041""#, .loneSurrogate),
        (#""\ud800\ud800""#, .loneSurrogate), (#"{"a":1,"a":2}"#, .repeatedName),
        (#"{"a":1,"\u0061":2}"#, .repeatedName),
        ("\u{feff}{}", .unexpectedByte), ("// x\n1", .unexpectedByte),
    ])
    func refuses(_ text: String, _ kind: JSONFault.Kind) {
        #expect(fault(Array(text.utf8))?.kind == kind)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00],
    ])
    func refusesBytesThatAreNotUTF8(_ bytes: [UInt8]) {
        #expect(fault(bytes)?.kind == .notUTF8)
    }

    @Test func nestsAsDeepAsItSaysAndNoDeeper() throws {
        let deepest = JSONReader.deepest
        func nested(_ levels: Int) -> [UInt8] {
            Array((String(repeating: #"{"a":["#, count: levels / 2) + String(repeating: "]}", count: levels / 2)).utf8)
        }
        _ = try JSONReader.read(nested(deepest))
        #expect(fault(nested(deepest + 2))?.kind == .tooDeep)
        #expect(fault([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))?.kind == .tooDeep)
    }

    /// Whatever a document is turned into, it is read to a value that writes and reads to itself, or refused; and never
    /// taken where Foundation refuses it.
    @Test(arguments: 0..<20)
    func agreesWithFoundationOnWhateverAMutationMakes(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let document = Array(
            #"{"a":[1,-2.5e3,true,null,{"b\u00e9":"\ud83d\ude00\n"}],"c":{"d":""},"e":"é😀","f":[[],{}],"g":0}"#.utf8
        )
        let spice = Array(#"{}[]":,\u0019eE+-.tfn d8 é"#.utf8) + [0, 0xFF, 0xC3, 0x1F]
        for _ in 0..<500 {
            var bytes = document
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = spice.randomElement(using: &random) ?? 0
                case 1: bytes.insert(spice.randomElement(using: &random) ?? 0, at: index)
                default: bytes.remove(at: index)
                }
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            var writer = JSONWriter()
            value.write(into: &writer)
            #expect(try JSONReader.read(writer.bytes) == value, "seed \(seed)")
            #expect(throws: Never.self, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))") {
                try JSONDecoder().decode(Anything.self, from: Data(bytes))
            }
        }
    }

    @Test func refusesADocumentCutAtAnyByte() throws {
        let document = Array(#"{"a":[1,{"b":"\u00e9\\"}],"c":null}"#.utf8)
        _ = try JSONReader.read(document)
        for end in 0..<document.count {
            #expect(fault(Array(document[..<end])) != nil, "cut at \(end)")
        }
    }

    private func fault(_ bytes: [UInt8]) -> JSONFault? {
        do throws(JSONFault) {
            _ = try JSONReader.read(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Takes any JSON, so that decoding tells only whether Foundation takes the document.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}

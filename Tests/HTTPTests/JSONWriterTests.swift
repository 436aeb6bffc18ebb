import FoundationEssentials
import Testing

@testable import HTTP

@Suite struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func placesCommasBetweenMembersAndElements() {
        let json = text { writer in
            writer.object { writer in
                writer.key("id")
                writer.string("a")
                writer.key("list")
                writer.array { writer in
                    writer.number(1)
                    writer.bool(true)
                    writer.null()
                    writer.object { _ in }
                    writer.raw("1.50")
                }
                writer.key(JSONKey("last"))
                writer.bool(false)
            }
        }
        #expect(json == #"{"id":"a","list":[1,true,null,{},1.50],"last":false}"#)
    }

    @Test func escapesWhatJSONDemandsAndNothingElse() {
        #expect(text { $0.string("a\"b\\c\n\r\t\u{1}\u{1F}é\u{7F}/") } == #""a\"b\\c\n\r\t\u0001\u001fé"# + "\u{7F}/\"")
        #expect(text { $0.string("") } == #""""#)
    }

    @Test func writesWhatADecoderReadsBack() throws {
        var generator = SplitMix(seed: 0x5EED)
        for _ in 0..<200 {
            let scalars = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                Unicode.Scalar(UInt32.random(in: 0...0xD7FF, using: &generator)) ?? "x"
            }
            var written = String.UnicodeScalarView()
            written.append(contentsOf: scalars)
            let original = String(written)
            var writer = JSONWriter()
            writer.array { $0.string(original) }
            let read = try JSONDecoder().decode([String].self, from: Data(writer.bytes))
            #expect(read.first?.unicodeScalars.elementsEqual(original.unicodeScalars) == true)
        }
    }

    @Test func theNextDocumentBeginsAnew() {
        var writer = JSONWriter()
        for _ in 0..<2 {
            writer.removeWritten()
            writer.object { json in
                json.key("a")
                json.string("b")
            }
            #expect(writer.bytes == Array(#"{"a":"b"}"#.utf8))
        }
    }
}

import Testing

@testable import Postgres

@Suite struct ValueTests {
    @Test(arguments: [Value.text("a\0b"), .text("\0"), .bytes([0x61, 0])]) func refusesNUL(value: Value) {
        #expect(Parameters.fault(in: ["x", value]) == "parameter $2 holds a NUL byte")
    }

    @Test func refusesMoreParametersThanAMessageCounts() {
        #expect(Parameters.fault(in: Array(repeating: nil, count: 65_535)) == nil)
        #expect(Parameters.fault(in: Array(repeating: nil, count: 65_536)) != nil)
    }

    @Test func laysOutTextAsCStringsAndNULLAsNil() {
        let values: [Value] = ["", "grün", nil, .bytes([0x7b, 0x7d]), .int(-7), .bool(true), Value(String?.none)]
        let seen = Parameters.withPointers(values) { pointers, count in
            (0..<Int(count)).map { index in pointers?[index].map { String(cString: $0) } }
        }
        #expect(seen == ["", "grün", nil, "{}", "-7", "t", nil])
    }

    @Test func writesArraysThatCanBeReadBack() {
        let value = Value.array(["a", nil, "", "NULL", #"b"c\d"#, "{x, y}"])
        #expect(value == .bytes(Array(#"{"a",NULL,"","NULL","b\"c\\d","{x, y}"}"#.utf8)))
        #expect(Value.array([]) == .bytes(Array("{}".utf8)))
    }
}

import Testing

@testable import Postgres

extension ServerTests {
    @Suite struct ConnectionTests {
        @Test func executesAQueryAndReadsItsValues() throws {
            let connection = try Database.connect()
            let statement = Statement("values", "select $1::int, $2::text, $3::bool, $4::text, $5::bytea as b")
            let result = try connection.execute(
                Query(statement, ["-42", "zwölf", "t", nil, .bytes(Array("\\x00".utf8))])
            )
            #expect(result.rowCount == 1)
            #expect(result.columnCount == 5)
            #expect(result.int(0, 0) == -42)
            #expect(result.string(0, 1) == "zwölf")
            #expect(result.bool(0, 2) == true)
            #expect(result.isNull(0, 3))
            #expect(result.string(0, 3) == nil)
            #expect(result.withBytes(0, 4) { Array($0) } == Array("\\x00".utf8))
            #expect(result.columnName(4) == "b")
            #expect(result.columnType(0) == 23)
        }
    }
}

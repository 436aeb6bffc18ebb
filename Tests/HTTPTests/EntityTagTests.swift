import Testing

@testable import HTTP

@Suite struct EntityTagTests {
    @Test(arguments: [
        ("*", EntityTagCondition.any),
        (#""a""#, .tags([EntityTag("a")])),
        (#" "a" , W/"b","" "#, .tags([EntityTag("a"), EntityTag("b", isWeak: true), EntityTag("")])),
        (#""a,b""#, .tags([EntityTag("a,b")])),
    ])
    func readsAList(value: String, condition: EntityTagCondition) {
        #expect(EntityTagCondition(value) == condition)
    }

    @Test(arguments: [
        "", " ", "a", #""a"#, #""a" "b""#, #""a","#, #","a""#, #"w/"a""#, #"*, "a""#, #""a b""#, #"W/ "a""#,
    ])
    func refusesWhatIsNoList(value: String) {
        #expect(EntityTagCondition(value) == nil)
    }

    @Test func comparesStronglyForMatchAndWeaklyForNoneMatch() throws {
        let condition = try #require(EntityTagCondition(#"W/"1", "2""#))
        #expect(!condition.matchesStrongly(EntityTag("1")))
        #expect(condition.matchesStrongly(EntityTag("2")))
        #expect(!condition.matchesStrongly(EntityTag("2", isWeak: true)))
        #expect(condition.matchesWeakly(EntityTag("1")))
        #expect(condition.matchesWeakly(EntityTag("2", isWeak: true)))
        #expect(!condition.matchesWeakly(EntityTag("3")))
    }

    @Test func isWrittenAsItIsRead() {
        #expect(EntityTag("a").description == #""a""#)
        #expect(EntityTag("a", isWeak: true).description == #"W/"a""#)
        #expect(EntityTag("a\" b\r").description == #""a__b_""#)
    }

    @Test func isNotModifiedOnlyForGetAndHead() {
        let headers: Headers = ["if-none-match": #""1""#]
        func isNotModified(_ method: Method, _ headers: Headers) -> Bool {
            Request(method: method, path: "/", headers: headers).isNotModified(EntityTag("1"))
        }
        #expect(isNotModified(.get, headers))
        #expect(isNotModified(.head, headers))
        #expect(!isNotModified(.put, headers))
        #expect(!isNotModified(.get, [:]))
        #expect(!isNotModified(.get, ["if-none-match": "1"]))
    }
}

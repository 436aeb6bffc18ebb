import Testing

@testable import Postgres

@Suite struct BackoffTests {
    @Test func doublesUpToTheMostAndStartsOverAfterASuccess() {
        var backoff = Backoff(first: .milliseconds(100), most: .milliseconds(500))
        #expect((0..<4).map { _ in backoff.next(random: 0) } == [100, 200, 400, 500].map { .milliseconds($0) })
        backoff.reset()
        #expect(backoff.next(random: 0) == .milliseconds(100))
    }

    @Test func cutsByUpToHalf() {
        var backoff = Backoff(first: .milliseconds(100))
        #expect(backoff.next(random: 1) == .milliseconds(50))
        #expect(backoff.next(random: 0.5) == .milliseconds(150))
    }

    @Test func staysBoundedHoweverOftenItFails() {
        var backoff = Backoff()
        for _ in 0..<10_000 { #expect(backoff.next() <= .seconds(10)) }
    }
}

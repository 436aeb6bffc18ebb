import Testing

@testable import HTTP

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)),
        ("localhost:0", .tcp(host: "localhost", port: 0)), ("[::1]:80", .tcp(host: "::1", port: 80)),
        ("unix:/run/x.sock", .unix(path: "/run/x.sock")),
    ])
    func readsWhatItWrites(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: ["", "8080", ":80", "a:", "a:b", "a:65536", "a:-1", "::1:80", "unix:", "unix:x", "[]:1"])
    func refuses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func refusesAPathThatNoSocketCanHave() {
        #expect(ListenAddress("unix:/" + String(repeating: "a", count: 107)) == nil)
        #expect(ListenAddress("unix:/" + String(repeating: "a", count: 106)) != nil)
    }
}

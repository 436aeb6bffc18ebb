import Postgres
import Testing

@testable import Service

@Suite struct ConfigTests {
    @Test func anEmptyEnvironmentGivesTheDefaults() throws {
        let config = try Config.parse([:])
        #expect(config.listen == .tcp(host: "127.0.0.1", port: 8080))
        #expect(config.logLevel == .info)
        #expect(config.preparation == .named)
        #expect(config.workers >= 2)
        #expect(config.databaseURL == nil)
    }

    @Test func everySettingIsRead() throws {
        let config = try Config.parse([
            "TRAVELER_DATABASE_URL": "postgresql://service@/a",
            "TRAVELER_MIGRATOR_URL": "postgres://migrator@/a",
            "TRAVELER_WORKER_URL": "postgresql://worker@/a",
            "TRAVELER_DATABASE_DIRECT_URL": "postgresql://service@direct/a",
            "TRAVELER_LISTEN": "unix:/run/traveler.socket",
            "TRAVELER_LOG": "warning",
            "TRAVELER_PREPARE": "unnamed",
            "TRAVELER_WORKERS": "12",
        ])
        #expect(config.databaseURL?.reveal() == "postgresql://service@/a")
        #expect(config.migratorURL?.reveal() == "postgres://migrator@/a")
        #expect(config.workerURL?.reveal() == "postgresql://worker@/a")
        #expect(config.directURL?.reveal() == "postgresql://service@direct/a")
        #expect(config.listen == .unix(path: "/run/traveler.socket"))
        #expect(config.logLevel == .warning)
        #expect(config.preparation == .unnamed)
        #expect(config.workers == 12)
    }

    @Test func theDirectURLIsTheServicesUnlessAPoolerStandsBetween() throws {
        let config = try Config.parse(["TRAVELER_DATABASE_URL": "postgresql://a"])
        #expect(config.directURL?.reveal() == "postgresql://a")
    }

    @Test func aSettingThatIsEmptyCountsAsNotSet() throws {
        #expect(try Config.parse(["TRAVELER_LISTEN": ""]).listen == .tcp(host: "127.0.0.1", port: 8080))
    }

    @Test func everyFaultIsReportedAtOnceAndNoneShowsAValue() {
        let secret = "hunter2"
        let error = #expect(throws: ConfigErrors.self) {
            try Config.parse(
                [
                    "TRAVELER_DATABASE_URL": "host=db password=\(secret)",
                    "TRAVELER_LISTEN": secret,
                    "TRAVELER_LOG": secret,
                    "TRAVELER_PREPARE": secret,
                    "TRAVELER_WORKERS": secret,
                    "TRAVELER_SQL_DIR": "/\(secret)",
                ],
                requiring: [.migratorURL]
            )
        }
        #expect(
            error?.faults.map(\.setting)
                == [.databaseURL, .listen, .logLevel, .preparation, .workers, .sqlDirectory, .migratorURL]
        )
        #expect(error.map { !"\($0)".contains(secret) } == true)
    }

    @Test(arguments: ["1", "257", "+4", "4.0", " 4", "four"])
    func aNumberOfWorkersOutOfBoundsIsRefused(text: String) {
        #expect(throws: ConfigErrors.self) { try Config.parse(["TRAVELER_WORKERS": text]) }
    }

    @Test func aSecretPrintsAndReflectsAsRedacted() throws {
        let config = try Config.parse(["TRAVELER_DATABASE_URL": "postgresql://traveler:hunter2@/a"])
        var dumped = ""
        dump(config, to: &dumped)
        for text in ["\(config)", String(reflecting: config), dumped, "\(config.databaseURL ?? Secret(""))"] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(config)".contains("<redacted>"))
    }

    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddress.tcp(host: "127.0.0.1", port: 8080)),
        ("localhost:0", .tcp(host: "localhost", port: 0)),
        ("[::1]:65535", .tcp(host: "::1", port: 65535)),
        ("unix:/run/t.sock", .unix(path: "/run/t.sock")),
    ])
    func anAddressIsReadAndWrittenAlike(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        "", "8080", ":8080", "localhost", "localhost:", "localhost:65536", "localhost:+80", "::1:80", "[]:80", "a b:80",
        "http://a:80", "unix:", "unix:relative", "unix:/" + String(repeating: "x", count: 107),
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}

import Glibc
package import Postgres

/// What the environment says, checked. Nothing else configures the program.
package struct Config: Sendable, Equatable {
    package var databaseURL: Secret?
    package var migratorURL: Secret?
    package var workerURL: Secret?
    package var operatorURL: Secret?
    package var directURL: Secret?
    /// The user as whom a command acts.
    package var token: Secret?
    package var listen = ListenAddress.tcp(host: "127.0.0.1", port: 8080)
    package var logLevel = Log.Level.info
    package var preparation = Connection.Preparation.named
    /// How many blocking workers, each owning one connection.
    package var workers = Config.workersByDefault
    /// How long `traveler work` waits from one sealing of the history to the next.
    package var workInterval = Duration.seconds(60)
    /// The folder that holds `migrations/` and `logic/`; nil where none was named and none was found.
    package var sqlDirectory: String?

    /// Reads the settings out of an environment.
    ///
    /// - Parameter required: the settings without which the command at hand can do nothing.
    /// - Throws: every fault at once, none of them with a secret's text. A variable that is set and empty counts as
    ///   not set.
    package static func parse(
        _ environment: [String: String],
        requiring required: [Setting] = []
    ) throws(ConfigErrors) -> Config {
        var reader = ConfigReader(environment: environment)
        var config = Config()
        config.databaseURL = reader.url(.databaseURL)
        config.migratorURL = reader.url(.migratorURL)
        config.workerURL = reader.url(.workerURL)
        config.operatorURL = reader.url(.operatorURL)
        config.directURL = reader.url(.directURL) ?? config.databaseURL
        config.token = reader.value(.token, "a token as traveler token create prints it") {
            $0.hasPrefix("tvl_") ? Secret($0) : nil
        }
        if let listen = reader.value(.listen, "HOST:PORT or unix:/PATH", ListenAddress.init) { config.listen = listen }
        let levels = Log.Level.allCases.map(\.rawValue).joined(separator: " or ")
        if let level = reader.value(.logLevel, levels, Log.Level.init(rawValue:)) { config.logLevel = level }
        let preparations: [String: Connection.Preparation] = ["named": .named, "unnamed": .unnamed]
        if let preparation = reader.value(.preparation, "named or unnamed", { preparations[$0] }) {
            config.preparation = preparation
        }
        let workers = reader.value(.workers, "a whole number from 2 to 256") { text in
            Int(strict: text).flatMap { (2...256).contains($0) ? $0 : nil }
        }
        if let workers { config.workers = workers }
        let interval = reader.value(.workInterval, "seconds, a whole number from 1 to 86400") { text in
            Int(strict: text).flatMap { (1...86400).contains($0) ? $0 : nil }
        }
        if let interval { config.workInterval = .seconds(interval) }
        config.sqlDirectory =
            reader.value(.sqlDirectory, "a folder with migrations/ in it") { text in
                SQLDirectory.isOne(text) ? text : nil
            } ?? (reader.isSet(.sqlDirectory) ? nil : SQLDirectory.besideTheBinary())
        for setting in required { reader.require(setting) }
        guard reader.faults.isEmpty else { throw ConfigErrors(faults: reader.faults) }
        return config
    }

    /// Twice the cores: right where Postgres shares them, for a worker waits half its time.
    static let workersByDefault = max(2, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

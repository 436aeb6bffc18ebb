/// Reads settings one by one and collects what is wrong with them.
struct ConfigReader {
    let environment: [String: String]
    private(set) var faults: [ConfigErrors.Fault] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    func isSet(_ setting: Config.Setting) -> Bool {
        !(environment[setting.rawValue] ?? "").isEmpty
    }

    /// The setting as `read` understands it; nil if it is not set, or is a fault, which is then noted.
    mutating func value<Value>(
        _ setting: Config.Setting,
        _ expected: String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard isSet(setting), let text = environment[setting.rawValue] else { return nil }
        if let value = read(text) { return value }
        faults.append(.init(setting: setting, problem: "must be \(expected)"))
        return nil
    }

    /// A libpq connection URI. libpq judges it in full when it connects; here only what is clearly something else
    /// is refused.
    mutating func url(_ setting: Config.Setting) -> Secret? {
        value(setting, "a URI that begins with postgresql:// or postgres://") { text in
            let isURI = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
            return isURI && text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) ? Secret(text) : nil
        }
    }

    mutating func require(_ setting: Config.Setting) {
        guard !isSet(setting) else { return }
        faults.append(.missing(setting))
    }
}

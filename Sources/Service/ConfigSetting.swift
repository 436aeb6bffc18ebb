extension Config {
    /// A setting, by the environment variable that holds it. `traveler help` lists them all from here.
    package enum Setting: String, CaseIterable, Sendable {
        case databaseURL = "TRAVELER_DATABASE_URL"
        case migratorURL = "TRAVELER_MIGRATOR_URL"
        case workerURL = "TRAVELER_WORKER_URL"
        case operatorURL = "TRAVELER_OPERATOR_URL"
        case directURL = "TRAVELER_DATABASE_DIRECT_URL"
        case token = "TRAVELER_TOKEN"
        case listen = "TRAVELER_LISTEN"
        case logLevel = "TRAVELER_LOG"
        case preparation = "TRAVELER_PREPARE"
        case workers = "TRAVELER_WORKERS"
        case workInterval = "TRAVELER_WORK_INTERVAL"
        case sqlDirectory = "TRAVELER_SQL_DIR"

        /// One line for a person: what it is, and what holds where it is not set.
        package var meaning: String {
            switch self {
            case .databaseURL: "libpq URI of the service's login (traveler_service)"
            case .migratorURL: "URI of traveler_migrator: migrate, verify, export, demo, org, user, token, analyst"
            case .workerURL: "libpq URI of traveler_worker: work"
            case .operatorURL: "libpq URI of a superuser: analyst create, analyst disable"
            case .directURL: "the service's URI past a pooler, for exports; default: TRAVELER_DATABASE_URL"
            case .token: "the bearer token of the user as whom import acts"
            case .listen: "HOST:PORT or unix:/PATH; default: 127.0.0.1:8080"
            case .logLevel: "debug, info, warning or error; default: info"
            case .preparation: "named, or unnamed behind pgbouncer older than 1.21; default: named"
            case .workers: "workers, each with one connection, 2 to 256; default: twice the cores"
            case .workInterval: "seconds from one sealing of the history to the next, in work; default: 60"
            case .sqlDirectory: "where migrations/ and logic/ are; default: found beside the binary"
            }
        }
    }
}

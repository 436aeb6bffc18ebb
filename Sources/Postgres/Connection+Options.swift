extension Connection {
    /// How statements reach the server.
    package enum Preparation: Sendable {
        /// Prepared once per connection under their names.
        case named
        /// Parsed anew each time, for a pooler that hands out server connections by transaction without following
        /// names (pgbouncer before 1.21).
        case unnamed
    }

    /// How a connection is made and kept; the URL wins where both speak of the same thing.
    ///
    /// Settings of the session (`TimeZone`, `statement_timeout`, ...) are no part of this: they belong to the role
    /// (`ALTER ROLE ... SET`), where every client gets them and no pooler has to carry them.
    package struct Options: Sendable {
        package var applicationName = "traveler"
        /// Bounds the making of a connection; looking up a host's name is not under it.
        package var connectTimeout: Duration = .seconds(5)
        /// Silence after which the kernel probes a TCP peer.
        package var keepalivesIdle: Duration = .seconds(30)
        package var keepalivesInterval: Duration = .seconds(10)
        package var keepalivesCount = 3
        /// How long sent bytes may stay unacknowledged before the kernel gives a TCP peer up (`TCP_USER_TIMEOUT`).
        package var tcpUserTimeout: Duration = .seconds(15)
        package var preparation = Preparation.named
        /// How long to wait for the server's answer after a cancel, and for a ROLLBACK, before the connection is
        /// discarded.
        package var cleanupTimeout: Duration = .seconds(2)
        /// Receives notices, on the connection's thread and from inside libpq: hand over and return.
        package var onNotice: (@Sendable (Notice) -> Void)?

        package init() {}

        /// The keywords of `PQconnectStartParams`, later ones winning over earlier ones.
        func parameters(url: String) -> [(keyword: String, value: String)] {
            [
                ("fallback_application_name", applicationName),
                ("keepalives", "1"),
                ("keepalives_idle", String(keepalivesIdle.components.seconds)),
                ("keepalives_interval", String(keepalivesInterval.components.seconds)),
                ("keepalives_count", String(keepalivesCount)),
                ("tcp_user_timeout", String(tcpUserTimeout.milliseconds)),
                // One round trip less, and no Kerberos library woken, for a thing that is not offered here.
                ("gssencmode", "disable"),
                ("dbname", url),
                ("client_encoding", "UTF8"),
            ]
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends before its time.
    var milliseconds: Int64 {
        components.seconds * 1_000 + (components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}

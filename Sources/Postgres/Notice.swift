/// A message the server sent beside its answers (NOTICE, WARNING, ...).
package struct Notice: Sendable {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`, never translated; `FATAL` when the server ended an idle session.
    package let severity: String
    package let sqlState: SQLState
    package let message: String
    package let detail: String?
    package let hint: String?
}

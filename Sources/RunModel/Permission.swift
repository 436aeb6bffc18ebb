/// A named permission (T3): what a refusal names and what a person needs to clear a blocker.
package struct Permission: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package static let updateStep = Permission(rawValue: "run_step.update")
    package static let install = Permission(rawValue: "inventory.install")
    package static let receive = Permission(rawValue: "inventory.receive")
    package static let resolveIssue = Permission(rawValue: "issue.resolve")
    package static let editProcedure = Permission(rawValue: "procedure.edit")
}

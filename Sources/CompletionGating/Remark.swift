/// Something that does not block a run's completion by itself and is shown and recorded with it (C2).
package struct Remark: Equatable, Sendable {
    package enum Severity: String, Sendable {
        /// Shown and recorded.
        case note
        /// Waits to be acknowledged, as it stands.
        case warning
    }

    package var kind: BlockerKind
    package var severity: Severity
    /// The issue, step, deviation or redline that it is about.
    package var subjectID: String
    /// The step that it belongs to; nil for what belongs to the run as a whole.
    package var stepID: String?
    package var what: String
    package var clear: String
    /// RFC 3339, UTC.
    package var since: String
    /// What it stands on: an acknowledgment names it, and once it changes, the remark is another one.
    package var stands: String
    /// Who acknowledged it as it stands; nil when nobody did.
    package var acknowledgedBy: String?
    /// Whether the completion waits for someone to acknowledge it.
    package var waits: Bool

    package init(
        kind: BlockerKind,
        severity: Severity,
        subjectID: String,
        stepID: String? = nil,
        what: String,
        clear: String,
        since: String,
        stands: String,
        acknowledgedBy: String? = nil,
        waits: Bool
    ) {
        self.kind = kind
        self.severity = severity
        self.subjectID = subjectID
        self.stepID = stepID
        self.what = what
        self.clear = clear
        self.since = since
        self.stands = stands
        self.acknowledgedBy = acknowledgedBy
        self.waits = waits
    }
}

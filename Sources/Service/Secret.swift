/// A text that must not show: it prints, interpolates and reflects as `<redacted>`.
package struct Secret: Sendable, Equatable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself, for the one call that needs it.
    package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

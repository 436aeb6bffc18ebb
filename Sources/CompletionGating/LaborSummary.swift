/// The labor on a run, as a review shows it: never a gate, but what people look at before they complete (L1-L5).
package struct LaborSummary: Equatable, Sendable {
    /// Sessions that go on; completing their steps ends them (S4).
    package var openSessions: Int
    /// Sessions past the org's limit (L5).
    package var flaggedSessions: Int
    /// Time worked, open sessions up to now.
    package var seconds: Int

    package init(openSessions: Int, flaggedSessions: Int, seconds: Int) {
        self.openSessions = openSessions
        self.flaggedSessions = flaggedSessions
        self.seconds = seconds
    }
}

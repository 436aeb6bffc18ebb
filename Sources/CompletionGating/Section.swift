/// The parts of a completion review, in the order in which people go through them.
package enum Section: String, CaseIterable, Sendable {
    case steps
    case fields
    case parts
    case units
    case attributes
    case redlines
    case issues
    case deviations
}

/// A user of the demo: one per built-in role (T3), named after it.
///
/// The passwords are fixed and known to everyone who reads this: they can be printed again at any time, and exist only
/// where somebody asked for the demo.
enum DemoRole: String, CaseIterable, Sendable {
    case admin, engineer, technician, quality, inventory, planner, viewer

    var email: String { "\(rawValue)@demo.example" }
    var name: String { "Demo \(rawValue)" }
    var password: String { "skateboard-\(rawValue)" }
}

/// Why the demo could not be built.
enum DemoError: Error, Equatable, CustomStringConvertible {
    /// An org has the slug, and no demo made it.
    case orgIsNoDemo(slug: String)
    /// A demo's user could not sign in: the password was changed, or too many wrong ones closed the address.
    case signInFailed(email: String)
    /// An embedded file does not read as what it should be.
    case dataUnreadable(file: String, line: Int)

    var description: String {
        switch self {
        case .orgIsNoDemo(let slug): "the org \(slug) exists and is no demo; name another with --org"
        case .signInFailed(let email): "\(email) can't sign in with the demo's password, or not for some minutes"
        case .dataUnreadable(let file, let line): "line \(line) of the demo's \(file) can't be read"
        }
    }
}

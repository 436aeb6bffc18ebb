/// Why there is no export.
enum ExportError: Error, Equatable, CustomStringConvertible {
    case notFound
    /// The run's page is that of its as-built record, and it has none.
    case notCompleted
    /// The history does not go on from an earlier export.
    case notContinued(String)
    /// A file can't be written or read: the call, and what the system said.
    case file(String, String)
    /// A spool would take more than it may.
    case tooLarge

    var description: String {
        switch self {
        case .notFound: "there is no such org, or no such run in it"
        case .notCompleted: "the run has no as-built record yet, whose page it would be: export it as json or csv"
        case .notContinued(let what): "\(what): export all of it anew"
        case .file(let path, let reason): "\(path): \(reason)"
        case .tooLarge: "there is more of it than one export may hold: ask for less"
        }
    }
}

/// Parts and their mBOMs.
enum Parts {
    static let trackings = ["serial", "lot", "none"]
}

/// The SHA-256 of a file whose form has no room for one, in a file beside it, as `sha256sum --check` reads it.
enum Sidecar {
    static func path(of path: String) -> String { path + ".sha256" }

    /// Puts the file in its place, and its digest beside it.
    static func place(_ file: ExportFile) throws(ExportError) {
        let digest = try file.digest()
        let sidecar = try ExportFile(path: path(of: file.path))
        try sidecar.write(line(digest, file.path))
        try file.finish()
        try sidecar.finish()
    }

    static func line(_ digest: String, _ path: String) -> [UInt8] {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return Array("\(digest)  \(name)\n".utf8)
    }
}

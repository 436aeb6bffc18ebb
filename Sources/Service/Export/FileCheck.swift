import Glibc

/// Checks what an export left, without a database: one file, one with its digest beside it, or a directory.
enum FileCheck {
    /// The first thing that does not hold.
    struct Fault: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// What was checked, in lines for a person.
    ///
    /// - Throws: ``Fault``, or ``ExportError`` when something can't be read.
    static func check(_ path: String) throws -> [String] {
        var lines: [String] = []
        if !isDirectory(path), access(Sidecar.path(of: path), F_OK) == 0 {
            lines = try checkBeside(path)
            // An export is checked as one, whatever somebody put beside it.
            guard try isExport(path) else { return lines }
        }
        var verifier = ExportVerifier()
        return try check(path, &verifier) + lines
    }

    /// Whether a file begins as an export does.
    private static func isExport(_ path: String) throws -> Bool {
        var reader = try LineReader(path: path)
        var verifier = ExportVerifier()
        guard let line = try reader.next() else { return false }
        return (try? verifier.take(line)) != nil
    }

    /// Checks exports of which each goes on from the one before it: each by itself, and that nothing is missing between
    /// them, or says otherwise.
    static func check(joined paths: [String]) throws -> [String] {
        var lines: [String] = []
        var base: ExportEnd?
        for path in paths {
            var verifier = ExportVerifier(keepsEnd: true, after: base)
            do {
                let told = try check(path, &verifier)
                lines += (base == nil ? ["\(path):"] : ["\(path), from where \(base?.name ?? "") ends:"]) + told
            } catch let fault as Fault {
                throw Fault(description: "\(path), \(fault)\(hint(verifier.since, base, paths))")
            }
            base = verifier.end(as: path)
        }
        return lines
    }

    /// What to do about an increment that goes on from another export than the one before it.
    private static func hint(_ since: String?, _ base: ExportEnd?, _ paths: [String]) -> String {
        guard let since, let base, since != base.positions.digest else { return "" }
        guard let path = paths.first(where: { (try? positions(of: $0))?.digest == since }) else {
            return ": the one that it goes on from is left out"
        }
        return ": it belongs after \(path)"
    }

    /// Where the export at a path ends: what the next one goes on from.
    static func positions(of path: String) throws -> ExportPositions {
        let path = isDirectory(path) ? "\(path)/\(ExportDirectory.history)" : path
        var verifier = ExportVerifier(keepsEnd: true)
        _ = try walk(path, &verifier)
        return verifier.end(as: path).positions
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func check(_ path: String, _ verifier: inout ExportVerifier) throws -> [String] {
        if isDirectory(path) { return try checkDirectory(path, &verifier) }
        return describe(try walk(path, &verifier))
    }

    private static func walk(_ path: String, _ verifier: inout ExportVerifier) throws -> ExportVerifier.Summary {
        var reader = try LineReader(path: path)
        do {
            while let line = try reader.next() { try verifier.take(line) }
            let summary = try verifier.finish()
            guard !reader.isCutOff else { throw Fault(description: "the last line has no end: it is cut off") }
            return summary
        } catch let fault as ExportVerifier.Fault {
            throw Fault(description: fault.description)
        }
    }

    private static func describe(_ summary: ExportVerifier.Summary) -> [String] {
        let last = summary.lastSeal.map { ", the last is number \($0.number) with digest \($0.digest)" } ?? ""
        var lines = [
            "history of org \(summary.org): \(summary.chains) chains with \(summary.entries) entries walked",
            "seals: \(summary.seals) recomputed\(last)",
        ]
        let rows = summary.records.reduce(0) { $0 + $1.rows }
        if rows > 0 {
            lines.append("records: \(rows) in \(summary.records.count) tables, each as the history has it")
        }
        if !summary.digest.isEmpty { lines.append("digest of the export: \(summary.digest)") }
        return lines
    }

    private static func checkBeside(_ path: String) throws -> [String] {
        let (digest, _, _) = try digest(of: path)
        var reader = try LineReader(path: Sidecar.path(of: path))
        let line = try reader.next() ?? []
        guard line + [UInt8(ascii: "\n")] == Sidecar.line(digest, path), try reader.next() == nil, !reader.isCutOff
        else {
            throw Fault(description: "\(path): its digest is not the one in \(Sidecar.path(of: path))")
        }
        return ["digest of \(path): \(digest)"]
    }

    private static func checkDirectory(_ path: String, _ verifier: inout ExportVerifier) throws -> [String] {
        let name = "\(path)/\(ExportDirectory.manifest)"
        var reader = try LineReader(path: name)
        guard let line = try reader.next(), let manifest = ExportManifest(line + [UInt8(ascii: "\n")]),
            try reader.next() == nil, !reader.isCutOff
        else { throw Fault(description: "\(name): it was changed, or is no manifest") }
        try expect(manifest.files.map(\.name) + [ExportDirectory.manifest], in: path)
        for file in manifest.files {
            let (digest, bytes, lines) = try digest(of: "\(path)/\(file.name)")
            guard digest == file.digest, bytes == file.bytes else {
                throw Fault(description: "\(path)/\(file.name): it is not what the manifest says")
            }
            // A quoted field may hold line ends of its own: of rows a line each is the least.
            guard file.rows <= lines else {
                throw Fault(description: "\(path)/\(file.name): it has fewer rows than the manifest says")
            }
        }
        let history = try walk("\(path)/\(ExportDirectory.history)", &verifier)
        let rows = manifest.files.filter { $0.name.hasSuffix(".csv") }
        return describe(history) + [
            "tables: \(rows.count) files with \(rows.reduce(0) { $0 + $1.rows }) rows, each with its digest"
        ]
    }

    /// Nothing is there but what the manifest names.
    private static func expect(_ names: [String], in path: String) throws {
        guard let directory = opendir(path) else { throw ExportFile.error(path) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name == "." || name == ".." || names.contains(name) else {
                throw Fault(description: "\(path)/\(name): the manifest does not have it")
            }
        }
    }

    /// A file's SHA-256, its bytes and its line ends.
    private static func digest(of path: String) throws -> (digest: String, bytes: Int, lines: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ExportFile.error(path) }
        defer { close(descriptor) }
        var state = SHA256()
        var bytes = 0
        var lines = 0
        var piece = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return (HexDigits.text(state.finish()), bytes, lines) }
            guard count > 0 || errno == EINTR else { throw ExportFile.error(path) }
            guard count > 0 else { continue }
            state.update(Array(piece[..<count]))
            bytes += count
            lines += piece[..<count].count { $0 == UInt8(ascii: "\n") }
        }
    }
}

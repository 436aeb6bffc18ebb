import FoundationEssentials
import Testing

@testable import Service

/// What follows an export is exported by itself, and joined to it without a database (E2, Y2).
@Suite(.enabled(if: DemoDatabase.isAvailable), BuiltDemo(), .serialized) struct ExportIncrementTests {
    private static let seed = ProcessInfo.processInfo.environment["TRAVELER_TEST_SEED"].flatMap { UInt64($0) } ?? 1

    private let place: ExportPlace
    private let paths: [String]

    /// Three exports, each after the one before it.
    init() throws {
        place = try ExportPlace(try #require(DemoDatabase.shared))
        paths = ["first.ndjson", "second.ndjson", "third.json"].map { [place] in place.file($0) }
        try make(["--format", "ndjson", "--out", paths[0]], entries: nil)
        // What is written has to be another text each time, or it is no change.
        let once = "Once \(UInt64.random(in: 0...UInt64.max))"
        try place.describe("P-1", once)
        try make(["--format", "ndjson", "--since", paths[0], "--out", paths[1]], entries: 1)
        try place.describe("P-1", "Twice")
        try place.describe("P-2", once)
        try make(["--format", "json", "--since", paths[1], "--out", paths[2]], entries: 2)
    }

    private func make(_ words: [String], entries: Int?) throws {
        let made = place.run(["export", "--org", "small"] + words)
        #expect(made.code == .fine, "\(made.lines)")
        if let entries { #expect(made.lines.last?.hasPrefix("\(entries) history entries") == true, "\(made.lines)") }
    }

    @Test func whatGoesOnHolds() throws {
        for given in [paths, [paths[0], paths[1]], [paths[1], paths[2]]] + paths.map({ [$0] }) {
            let (code, lines) = place.run(["verify"] + given)
            #expect(code == .fine && lines.last == "all of it holds", "\(lines)")
        }
        // What it says it goes on from is the digest that the one before ends with.
        let digest = try FileCheck.positions(of: paths[0]).digest
        #expect(try String(contentsOfFile: paths[1], encoding: .utf8).contains("\"since\" : \"\(digest)\""))
    }

    @Test func aDirectoryIsABase() throws {
        let (base, next) = (place.file("base"), place.file("next.ndjson"))
        try make(["--format", "csv", "--out", base], entries: nil)
        try place.describe("P-3", "Once \(UInt64.random(in: 0...UInt64.max))")
        try make(["--format", "ndjson", "--since", base, "--out", next], entries: 1)
        let (code, lines) = place.run(["verify", base, next])
        #expect(code == .fine, "\(lines)")
        try Data("x".utf8).write(to: URL(filePath: "\(base)/more.csv"))
        #expect(place.run(["verify", base, next]).code == .refused)
    }

    @Test func whatIsLeftOutOrSwappedIsNamed() throws {
        let left = place.run(["verify", paths[0], paths[2]])
        #expect(left.code == .refused)
        #expect(left.lines.last?.hasPrefix("BROKEN \(paths[2]), line 1: it goes on from the export") == true)
        #expect(left.lines.last?.hasSuffix(": the one that it goes on from is left out") == true, "\(left.lines)")
        let swapped = place.run(["verify", paths[0], paths[2], paths[1]])
        #expect(swapped.code == .refused && swapped.lines.last?.hasSuffix(": it belongs after \(paths[1])") == true)
        let twice = place.run(["verify", paths[0], paths[1], paths[1]])
        #expect(twice.code == .refused && twice.lines.last?.hasSuffix(": it belongs after \(paths[0])") == true)
        let whole = place.run(["verify", paths[1], paths[0]])
        #expect(whole.lines.last?.contains("it is a whole export, and no increment of \(paths[1])") == true)
    }

    @Test func aFlippedByteInAnyOfThemIsCaught() throws {
        var random = SplitMix(seed: Self.seed)
        for path in paths {
            var bytes = try Array(Data(contentsOf: URL(filePath: path)))
            // The first and the last, and some of every line.
            let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
            let picks = ends.suffix(12) + (0..<20).map { _ in Int(random.next() % UInt64(bytes.count)) }
            for index in [0, bytes.count - 1] + picks.map({ max(0, $0 - Int(random.next() % 40)) }) {
                let mask = UInt8(1 << (random.next() % 8))
                bytes[index] ^= mask
                try Data(bytes).write(to: URL(filePath: path))
                let after = place.run(["verify"] + paths)
                let what = "seed \(Self.seed): byte \(index) of \(path) by \(mask): \(after.lines)"
                #expect(after.code == .refused && after.lines.last?.contains(path) == true, "\(what)")
                bytes[index] ^= mask
            }
            try Data(bytes).write(to: URL(filePath: path))
        }
        #expect(place.run(["verify"] + paths).code == .fine)
    }

    /// An increment of another org, or after an export that the database does not go on from, is none.
    @Test func onlyWhatGoesOnIsExported() throws {
        let out = place.file("none.ndjson")
        let other = place.run(["export", "--org", "demo", "--format", "ndjson", "--since", paths[0], "--out", out])
        #expect(other.code == .refused && other.lines.last?.contains("is of another org") == true, "\(other.lines)")
        // A base of which an anchor was moved: what it says of a chain is not what the database has.
        var lines = try String(contentsOfFile: paths[1], encoding: .utf8).split(separator: "\n").map(String.init)
        let index = try #require(lines.indices.first { lines[$0].contains("\"history_anchor\"") && isStill(lines, $0) })
        lines[index] = lines[index].replacing("\"seq\" : ", with: "\"seq\" : 9")
        let path = place.file("forged.ndjson")
        try ExportPlace.withDigest(lines).write(to: URL(filePath: path))
        let made = place.run(["export", "--org", "small", "--format", "ndjson", "--since", path, "--out", out])
        #expect(made.code == .refused && made.lines.last?.contains("is not as the earlier export has it") == true)
        #expect(!FileManager.default.fileExists(atPath: out))
    }

    /// Whether no entry follows an anchor, and no seal tells where its chain stood.
    private func isStill(_ lines: [String], _ index: Int) -> Bool {
        guard let root = (try? JSONReader.read(Array(lines[index].utf8)))?["root"]?.text else { return false }
        return lines.filter { $0.contains(root) }.count == 1
    }
}

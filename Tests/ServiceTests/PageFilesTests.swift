import FoundationEssentials
import HTTP
import Testing

@testable import Service

@Suite struct PageFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Service/Page").standardizedFileURL

    @Test func everyFileOfTheFolderIsServedAsItIs() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(PageFiles.files.map(\.name) == names)
        for file in PageFiles.files {
            #expect(file.bytes == Array(try Data(contentsOf: Self.folder.appending(path: file.name))), "\(file.name)")
        }
    }

    @Test func theDocumentStandsAtTheRootAndTheRestBesideIt() {
        #expect(PageFiles.assets.paths.first == "/")
        #expect(PageFiles.assets.paths.dropFirst().allSatisfy { $0.hasPrefix("/page/") })
    }

    @Test func whatADocumentOrModuleNamesIsThere() throws {
        let names = Set(PageFiles.files.map(\.name))
        for file in PageFiles.files where file.name.hasSuffix(".js") || file.name.hasSuffix(".html") {
            let text = String(decoding: file.bytes, as: UTF8.self)
            let named =
                file.name == "index.html"
                ? text.matches(of: #/(?:href|src)="page/([^"]+)"/#).map { String($0.1) }
                : text.matches(of: #/ from "\./([^"]+)"/#).map { String($0.1) }
            for name in named { #expect(names.contains(name), "\(file.name) names \(name)") }
        }
    }

    @Test func noFileNeedsMoreThanThePolicyAllows() {
        for file in PageFiles.files {
            let text = String(decoding: file.bytes, as: UTF8.self)
            for sink in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "<style", " style=",
            ] {
                #expect(!text.contains(sink), "\(file.name) holds \(sink)")
            }
            #expect(text.matches(of: #/<script(?![^>]* src=)/#).isEmpty, "\(file.name) holds a script")
            #expect(
                text.matches(of: #/https?:\/\/(?!www\.w3\.org\/2000\/svg)/#).isEmpty,
                "\(file.name) names another origin"
            )
        }
    }
}

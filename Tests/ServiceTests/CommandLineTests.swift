import Testing

@testable import Service

@Suite struct CommandLineTests {
    @Test func helpListsEveryCommandAndEverySetting() {
        let answer = Answer(["help"])
        #expect(answer.status == .fine)
        for command in Program.commands { #expect(answer.output.contains("  \(command.usage)\n")) }
        for setting in Config.Setting.allCases { #expect(answer.output.contains("  \(setting.rawValue)\n")) }
        #expect(Answer(["--help"]).output == answer.output)
    }

    @Test func helpWorksWhateverTheSettingsSay() {
        #expect(Answer(["help", "migrate"], environment: ["TRAVELER_LISTEN": "nonsense"]).status == .fine)
        #expect(Answer(["org", "create", "--help"], environment: ["TRAVELER_LISTEN": "nonsense"]).status == .fine)
    }

    @Test(arguments: [[], ["fly"], ["org"], ["org", "destroy"], ["help", "fly"], ["--version"]])
    func wordsThatNameNoCommandAreWrongUsage(words: [String]) {
        let answer = Answer(words)
        #expect(answer.status == .usage)
        #expect(answer.output.isEmpty)
        #expect(!answer.explanation.isEmpty)
    }

    @Test func aFamilyOfCommandsExplainsItsMembers() {
        #expect(Answer(["org"]).explanation.contains("usage: traveler org create --slug SLUG --name NAME"))
    }

    @Test func usageIsJudgedBeforeTheSettingsAre() {
        let answer = Answer(["org", "create", "--slug", "acme"])
        #expect(answer.status == .usage)
        #expect(answer.explanation.contains("--name is missing"))
    }

    @Test func aCommandNamesEverySettingThatItLacks() {
        let answer = Answer(["migrate"], environment: ["TRAVELER_LOG": "loud"])
        #expect(answer.status == .usage)
        #expect(answer.explanation.contains("TRAVELER_MIGRATOR_URL is not set"))
        #expect(answer.explanation.contains("TRAVELER_LOG must be"))
    }

    @Test func aDatabaseThatDoesNotAnswerIsRefusedWithoutShowingItsURL() {
        let url = "postgresql://traveler:hunter2@/a?host=/nonexistent"
        let answer = Answer(["migrate", "--status"], environment: ["TRAVELER_MIGRATOR_URL": url])
        #expect(answer.status == .refused)
        #expect(answer.explanation.contains("/nonexistent"))
        #expect(!answer.explanation.contains("hunter2"))
    }

    @Test(arguments: ["", String(repeating: "x", count: 1025)])
    func aPasswordThatIsEmptyOrEndlessIsWrongUsage(password: String) {
        let answer = Answer(
            ["user", "create", "--org", "a", "--email", "b", "--name", "c", "--role", "d", "--password-stdin"],
            environment: ["TRAVELER_MIGRATOR_URL": "postgresql:///a?host=/nonexistent"],
            input: password
        )
        #expect(answer.status == .usage)
        #expect(answer.explanation.contains("--password-stdin"))
    }

    @Test func optionsAreReadWithAndWithoutAnEqualsSign() throws {
        let arguments = try Arguments(
            ["--name", "A B", "file", "--slug=x=y", "--dry", "--", "--name"],
            options: ["--name", "--slug"],
            flags: ["--dry", "--wet"],
            operands: 2
        )
        #expect(arguments.value("--name") == "A B")
        #expect(arguments.value("--slug") == "x=y")
        #expect(arguments.operands == ["file", "--name"])
        #expect(arguments.has("--dry") && !arguments.has("--wet"))
    }

    @Test(arguments: [
        (["--name"], UsageError.missingValue("--name")), (["--name="], .missingValue("--name")),
        (["--name", "a", "--name", "b"], .repeatedOption("--name")), (["--dry", "--dry"], .repeatedOption("--dry")),
        (["--dry=yes"], .unknownOption("--dry=yes")), (["--nmae", "a"], .unknownOption("--nmae")),
        (["-n"], .unknownOption("-n")), (["file"], .unexpectedArgument("file")),
    ])
    func whatACommandDoesNotKnowIsRefused(words: [String], error: UsageError) {
        #expect(throws: error) { try Arguments(words, options: ["--name"], flags: ["--dry"]) }
    }
}

/// How the program answered.
private struct Answer {
    var status: ExitCode = .fine
    var output = ""
    var explanation = ""

    init(_ words: [String], environment: [String: String] = [:], input: String? = nil) {
        var (output, explanation) = ("", "")
        let console = Console(
            write: { output += $0 + "\n" },
            explain: { explanation += $0 + "\n" },
            readLine: { input }
        )
        status = Program.run(words, environment: environment, console: console)
        self.output = output
        self.explanation = explanation
    }
}

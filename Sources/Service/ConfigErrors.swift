/// Everything that is wrong with the settings, to be mended in one go.
package struct ConfigErrors: Error, Equatable, CustomStringConvertible {
    /// One setting that is missing or can't be read. Values are not shown: any of them may hold a secret by mistake.
    package struct Fault: Sendable, Equatable {
        package var setting: Config.Setting
        package var problem: String

        static func missing(_ setting: Config.Setting) -> Fault {
            Fault(setting: setting, problem: "is not set: \(setting.meaning)")
        }
    }

    package var faults: [Fault]

    package var description: String {
        faults.map { "\($0.setting.rawValue) \($0.problem)" }.joined(separator: "\n")
    }
}

/// The version of this build, as the migration table, the API's description and `traveler help` give it.
package enum Version {
    package static let current = "0.1.0"
}

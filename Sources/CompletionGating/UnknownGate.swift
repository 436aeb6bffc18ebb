/// Postgres said a word that this build does not know: the schema is newer than the program.
package struct UnknownGate: Error, CustomStringConvertible {
    package let word: String

    package var description: String { "the completion gate says \"\(word)\", which this build does not know" }
}

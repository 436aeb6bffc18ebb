/// A statement with the values of its parameters.
package struct Query: Sendable {
    package let statement: Statement
    package let values: [Value]

    package init(_ statement: Statement, _ values: [Value] = []) {
        self.statement = statement
        self.values = values
    }
}

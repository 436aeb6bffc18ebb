enum Procedures {
    static let fieldTypes = [
        "text", "number", "boolean", "pass_fail", "datetime", "date", "select", "multiselect", "signoff", "user",
        "part",
    ]
}

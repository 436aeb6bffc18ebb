enum Inventory {
    static let statuses = ["available", "unavailable", "work_in_progress", "installed"]
}

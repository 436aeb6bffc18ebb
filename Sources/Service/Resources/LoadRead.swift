import HTTP
import Postgres
import Scheduling

/// What a work center can do on some days, and what it is to do (H6).
struct LoadRead: Work {
    var mode: TransactionMode { .readOnly }
    var statements: [Statement] { ScheduleStore.statements }

    func perform(_ call: Call, in transaction: Transaction) throws -> Answer {
        guard let first = call.query["from"], LocalDate(first) != nil else {
            throw Problem.input(.query("from"), "date_invalid", "Give the first day, such as \"2027-03-01\".")
        }
        let days = try ScheduleStore.load(
            of: call.path("id").lowercased(),
            from: first,
            days: call.query.integer("days", default: 28),
            in: transaction
        )
        guard let days else { throw Problem.notFound }
        var json = JSONWriter(capacity: 64 + days.count * 80)
        json.object { json in
            json.key("days")
            json.array { json in
                for day in days {
                    json.object { json in
                        json.key("date")
                        json.string(day.date.text)
                        json.key("capacity_seconds")
                        if let capacity = day.capacity { json.number(capacity) } else { json.null() }
                        json.key("load_seconds")
                        json.number(day.load)
                    }
                }
            }
        }
        return Answer(status: 200, body: json.bytes)
    }
}

import Postgres

/// Has the views in which analysts see each attribute as a typed column follow what the org defined (F4).
struct AttributeViewsJob: BackgroundJob {
    let name = "attribute-views"
    let interval = Duration.seconds(30)

    private static let keep = Statement("work_attribute_views", "select traveler.keep_attribute_views()")
    private static let waits = Statement(
        "work_attribute_view_waits",
        "select w.view_name, traveler.json_time(w.waits_since), w.saved_views from traveler.waiting_attribute_views() w"
    )

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        try inEachOrg(on: connection) { org, report in
            let results = try connection.transaction(.readWrite, preamble: [enter(org)]) {
                try $0.finish(with: [Query(Self.keep), Query(Self.waits)])
            }
            report.done += results[0].int(0, 0) ?? 0
            for row in 0..<results[1].rowCount {
                let cell = { (column: Int) in results[1].string(row, column) ?? "" }
                let what = "\(cell(0)) keeps its old columns since \(cell(1)): their analysts have to drop \(cell(2))"
                report.waits.append(.init(org: org, error: what))
            }
        }
    }
}

import Postgres

/// Has the views in which analysts see each attribute as a typed column follow what the org defined (F4).
struct AttributeViewsJob: BackgroundJob {
    let name = "attribute-views"
    let interval = Duration.seconds(30)

    private static let keep = Statement("work_attribute_views", "select traveler.keep_attribute_views()")

    func run(on connection: ReconnectingConnection) throws -> JobReport {
        try inEachOrg(on: connection) { org, report in
            report.done += try connection.transaction(.readWrite, preamble: [enter(org)]) {
                try $0.finish(with: [Query(Self.keep)])[0].int(0, 0) ?? 0
            }
        }
    }
}

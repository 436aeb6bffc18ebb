import HTTP

extension Metrics {
    /// All series in Prometheus's text format, version 0.0.4.
    func text(_ server: ServerStatus, _ health: Health.State, uptime: Duration) -> String {
        var page = MetricsPage()
        page.family("traveler_build_info", "gauge", "The running build.")
        page.sample("traveler_build_info", [("version", Version.current)], 1)
        page.single("traveler_uptime_seconds", "gauge", "Since the service started.", uptime / .seconds(1))
        page.single("traveler_database_up", "gauge", "Whether the database is there and fits.", health == .fit ? 1 : 0)

        page.family("traveler_http_requests_total", "counter", "Answers, by route and status.")
        for (name, route) in routes.sorted(by: { $0.key < $1.key }) {
            for (status, count) in route.answers.sorted(by: { $0.key < $1.key }) {
                page.sample(
                    "traveler_http_requests_total",
                    [("route", name), ("status", String(status))],
                    Double(count)
                )
            }
        }
        page.family("traveler_http_problems_total", "counter", "Answers that were problems, by code.")
        for (code, count) in problems.sorted(by: { $0.key < $1.key }) {
            page.sample("traveler_http_problems_total", [("code", code)], Double(count))
        }
        page.family("traveler_refusals_total", "counter", "Acts refused by a rule, by what became of the note of each.")
        for (outcome, count) in [("kept", refusals.kept), ("dropped", refusals.dropped), ("failed", refusals.failed)] {
            page.sample("traveler_refusals_total", [("outcome", outcome)], Double(count))
        }
        page.family(
            "traveler_http_request_duration_seconds",
            "histogram",
            "From a request's last byte to its answer's."
        )
        for (name, route) in routes.sorted(by: { $0.key < $1.key }) {
            page.histogram("traveler_http_request_duration_seconds", [("route", name)], route.duration)
        }
        page.family("traveler_http_queue_seconds", "histogram", "Waiting for a worker.")
        page.histogram("traveler_http_queue_seconds", [], queue)
        page.single("traveler_http_sent_bytes_total", "counter", "Bytes of answers.", Double(bytesSent))
        page.single("traveler_http_cut_total", "counter", "Answers not handed over whole.", Double(cut))
        page.single("traveler_http_connections", "gauge", "Open connections.", Double(server.connections))
        page.single("traveler_http_accepted_total", "counter", "Connections accepted.", Double(server.accepted))
        page.single("traveler_http_waiting", "gauge", "Requests that wait for a worker.", Double(server.waiting))
        page.single("traveler_http_busy_workers", "gauge", "Workers with a request.", Double(server.busyWorkers))
        page.single("traveler_http_shed_total", "counter", "Answered 503: full or late.", Double(server.shed))
        page.single("traveler_http_refused_total", "counter", "Messages the parser refused.", Double(server.refused))
        page.single("traveler_http_timed_out_total", "counter", "Clients that were too slow.", Double(server.timedOut))

        page.family("traveler_database_seconds", "histogram", "Waiting for Postgres, by request.")
        page.histogram("traveler_database_seconds", [], database)
        page.single("traveler_database_round_trips_total", "counter", "Round trips to Postgres.", Double(roundTrips))
        page.single("traveler_database_retries_total", "counter", "Transactions run again.", Double(retries))
        return page.text
    }
}

/// A page of Prometheus's text format under construction.
private struct MetricsPage {
    private(set) var text = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let inner = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        text += name + (inner.isEmpty ? "" : "{\(inner)}") + " \(value)\n"
    }

    mutating func single(_ name: String, _ type: String, _ help: String, _ value: Double) {
        family(name, type, help)
        sample(name, [], value)
    }

    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Metrics.Histogram) {
        var below = 0
        for (bound, count) in zip(Metrics.bounds, histogram.counts) {
            below += count
            sample("\(name)_bucket", labels + [("le", String(bound))], Double(below))
        }
        sample("\(name)_bucket", labels + [("le", "+Inf")], Double(histogram.count))
        sample("\(name)_sum", labels, histogram.sum / .seconds(1))
        sample("\(name)_count", labels, Double(histogram.count))
    }
}

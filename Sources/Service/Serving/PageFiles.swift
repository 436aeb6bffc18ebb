import HTTP

/// The page's files, embedded in the binary from Page/.
enum PageFiles {
    /// What the browser may do on our pages: load from here, and nothing else. With Trusted Types on and no policy of
    /// theirs allowed, no text can become markup or script: assigning to `innerHTML` throws.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")

    /// Every file of Page/ by its name.
    static let files: [(name: String, bytes: [UInt8])] = [
        ("acts.js", PackageResources.acts_js),
        ("api.js", PackageResources.api_js),
        ("approvals.js", PackageResources.approvals_js),
        ("arrows.js", PackageResources.arrows_js),
        ("asbuilt.js", PackageResources.asbuilt_js),
        ("attribute.js", PackageResources.attribute_js),
        ("attributefilters.js", PackageResources.attributefilters_js),
        ("attributes.css", PackageResources.attributes_css),
        ("attributes.js", PackageResources.attributes_js),
        ("attributesview.js", PackageResources.attributesview_js),
        ("attributevalue.js", PackageResources.attributevalue_js),
        ("axis.js", PackageResources.axis_js),
        ("bar.js", PackageResources.bar_js),
        ("batch.js", PackageResources.batch_js),
        ("batches.js", PackageResources.batches_js),
        ("blockers.js", PackageResources.blockers_js),
        ("calendarfault.js", PackageResources.calendarfault_js),
        ("calendars.js", PackageResources.calendars_js),
        ("centers.js", PackageResources.centers_js),
        ("chart.js", PackageResources.chart_js),
        ("correct.js", PackageResources.correct_js),
        ("days.js", PackageResources.days_js),
        ("decimal.js", PackageResources.decimal_js),
        ("definition.js", PackageResources.definition_js),
        ("definitions.js", PackageResources.definitions_js),
        ("deviation.js", PackageResources.deviation_js),
        ("dialog.js", PackageResources.dialog_js),
        ("dom.js", PackageResources.dom_js),
        ("fault.js", PackageResources.fault_js),
        ("field.js", PackageResources.field_js),
        ("files.js", PackageResources.files_js),
        ("filters.js", PackageResources.filters_js),
        ("find.js", PackageResources.find_js),
        ("follow.js", PackageResources.follow_js),
        ("genealogy.js", PackageResources.genealogy_js),
        ("gestures.js", PackageResources.gestures_js),
        ("grid.js", PackageResources.grid_js),
        ("history.js", PackageResources.history_js),
        ("icon.svg", PackageResources.icon_svg),
        ("index.html", PackageResources.index_html),
        ("inputs.js", PackageResources.inputs_js),
        ("install.js", PackageResources.install_js),
        ("labor.js", PackageResources.labor_js),
        ("lateness.js", PackageResources.lateness_js),
        ("loadrow.js", PackageResources.loadrow_js),
        ("main.js", PackageResources.main_js),
        ("me.js", PackageResources.me_js),
        ("moves.js", PackageResources.moves_js),
        ("named.js", PackageResources.named_js),
        ("openrun.js", PackageResources.openrun_js),
        ("parts.js", PackageResources.parts_js),
        ("people.js", PackageResources.people_js),
        ("plan.js", PackageResources.plan_js),
        ("planning.css", PackageResources.planning_css),
        ("planrow.js", PackageResources.planrow_js),
        ("problem.js", PackageResources.problem_js),
        ("queue.js", PackageResources.queue_js),
        ("recorded.js", PackageResources.recorded_js),
        ("replan.js", PackageResources.replan_js),
        ("resolve.js", PackageResources.resolve_js),
        ("rollup.js", PackageResources.rollup_js),
        ("rollups.js", PackageResources.rollups_js),
        ("run.js", PackageResources.run_js),
        ("runacts.js", PackageResources.runacts_js),
        ("runrow.js", PackageResources.runrow_js),
        ("runs.js", PackageResources.runs_js),
        ("scan.js", PackageResources.scan_js),
        ("settimes.js", PackageResources.settimes_js),
        ("shifts.js", PackageResources.shifts_js),
        ("siblings.js", PackageResources.siblings_js),
        ("sign.js", PackageResources.sign_js),
        ("signin.js", PackageResources.signin_js),
        ("sorting.js", PackageResources.sorting_js),
        ("splitoff.js", PackageResources.splitoff_js),
        ("splits.js", PackageResources.splits_js),
        ("step.js", PackageResources.step_js),
        ("steps.js", PackageResources.steps_js),
        ("timeline.css", PackageResources.timeline_css),
        ("timeline.js", PackageResources.timeline_js),
        ("traveler.css", PackageResources.traveler_css),
        ("unit.js", PackageResources.unit_js),
        ("values.js", PackageResources.values_js),
        ("whatif.js", PackageResources.whatif_js),
        ("words.js", PackageResources.words_js),
        ("work.css", PackageResources.work_css),
        ("workqueue.js", PackageResources.workqueue_js),
    ]

    /// The files: `index.html` at the root, the others under /page/.
    static let assets: Assets = {
        var assets = Assets(headers: [
            "content-security-policy": policy, "cross-origin-opener-policy": "same-origin",
        ])
        for (name, bytes) in files {
            let type = Assets.contentType(ofName: name)
            assets.add(path: name == "index.html" ? "/" : "/page/\(name)", contentType: type, bytes: bytes)
        }
        return assets
    }()

    static let endpoints: [Endpoint] = assets.paths.map { path in
        Endpoint(.get, path, "A file of the page.", tag: "Page", access: .anyone, response: nil, .immediate(.asset))
    }
}

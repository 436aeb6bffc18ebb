import HTTP

/// The page at `/`: its files, embedded in the binary, and what they tell a browser to hold them to.
enum PageAssets {
    /// Everything comes from this origin, no script or style stands in a document, and no text can become either:
    /// with Trusted Types on and no policy allowed, assigning to `innerHTML` throws.
    static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")

    /// The files by their names in `Page/`. A module names another by that name, and the document all by `page/NAME`.
    static let files: [(name: String, bytes: [UInt8])] = [
        ("api.js", PackageResources.api_js),
        ("asbuilt.js", PackageResources.asbuilt_js),
        ("blockers.js", PackageResources.blockers_js),
        ("dom.js", PackageResources.dom_js),
        ("history.js", PackageResources.history_js),
        ("icon.svg", PackageResources.icon_svg),
        ("index.html", PackageResources.index_html),
        ("main.js", PackageResources.main_js),
        ("parts.js", PackageResources.parts_js),
        ("people.js", PackageResources.people_js),
        ("problem.js", PackageResources.problem_js),
        ("run.js", PackageResources.run_js),
        ("runs.js", PackageResources.runs_js),
        ("signin.js", PackageResources.signin_js),
        ("steps.js", PackageResources.steps_js),
        ("traveler.css", PackageResources.traveler_css),
        ("words.js", PackageResources.words_js),
    ]

    /// The document at `/`, every other file at `/page/NAME`.
    static func assets() -> Assets {
        var assets = Assets(headers: [
            "content-security-policy": contentSecurityPolicy,
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "referrer-policy": "no-referrer",
        ])
        for file in files {
            assets.add(
                path: file.name == "index.html" ? "/" : "/page/\(file.name)",
                contentType: Assets.contentType(ofName: file.name),
                bytes: file.bytes
            )
        }
        return assets
    }
}

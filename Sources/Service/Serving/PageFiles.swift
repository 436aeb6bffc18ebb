import HTTP

/// The page's files, embedded in the binary from Page/.
enum PageFiles {
    /// What the browser may do on our pages: load from here, and nothing else.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")

    /// Every file of Page/ by its name.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("traveler.css", PackageResources.traveler_css)
    ]

    /// The files, each under its name; `index.html` also at the root.
    static let assets: Assets = {
        var assets = Assets(headers: ["content-security-policy": policy])
        for (name, bytes) in files {
            let type = Assets.contentType(ofName: name)
            assets.add(path: "/\(name)", contentType: type, bytes: bytes)
            if name == "index.html" { assets.add(path: "/", contentType: type, bytes: bytes) }
        }
        return assets
    }()

    static let endpoints: [Endpoint] = assets.paths.map { path in
        Endpoint(.get, path, "A file of the page.", tag: "Page", access: .anyone, response: nil, .immediate(.asset))
    }
}

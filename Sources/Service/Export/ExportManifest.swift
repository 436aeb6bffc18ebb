import HTTP

/// What a directory of an export holds, as `manifest.json`. Its last member is the SHA-256 of all bytes before that.
struct ExportManifest: Equatable {
    struct File: Equatable {
        var name: String
        var bytes: Int
        /// Lines of the history, else rows below the header.
        var rows: Int
        /// SHA-256 in hex.
        var digest: String
    }

    /// The header of the export, as it was written.
    var header: [UInt8]
    var files: [File]

    var bytes: [UInt8] {
        var json = JSONWriter(capacity: 128 + files.count * 160)
        json.object { json in
            json.key("export")
            json.raw(header)
            json.key("files")
            json.array { json in
                for file in files {
                    json.object { json in
                        json.key("name")
                        json.string(file.name)
                        json.key("bytes")
                        json.number(file.bytes)
                        json.key("rows")
                        json.number(file.rows)
                        json.key("sha256")
                        json.string(file.digest)
                    }
                }
            }
        }
        let head = Array(json.bytes.dropLast())
        return head + Array(",\"sha256\":\"\(HexDigits.text(SHA256.digest(head)))\"}\n".utf8)
    }

    init(header: [UInt8], files: [File]) {
        self.header = header
        self.files = files
    }

    /// Reads one back. Nil if a byte of it differs from what its digest covers, or it reads as no manifest.
    init?(_ bytes: [UInt8]) {
        let tail = Array(",\"sha256\":\"".utf8).count + 64 + Array("\"}\n".utf8).count
        guard bytes.count > tail else { return nil }
        let head = Array(bytes.dropLast(tail))
        guard bytes.suffix(tail).elementsEqual(",\"sha256\":\"\(HexDigits.text(SHA256.digest(head)))\"}\n".utf8),
            let json = try? JSONReader.read(bytes), let export = json["export"], case .array(let list)? = json["files"]
        else { return nil }
        var writer = JSONWriter(capacity: 512)
        export.write(into: &writer)
        header = writer.bytes
        files = []
        for file in list {
            guard let name = file["name"]?.text, !name.contains("/"), case .number(let bytes)? = file["bytes"],
                case .number(let rows)? = file["rows"], let digest = file["sha256"]?.text, let bytes = Int(bytes),
                let rows = Int(rows)
            else { return nil }
            files.append(File(name: name, bytes: bytes, rows: rows, digest: digest))
        }
    }
}

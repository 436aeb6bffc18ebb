import HTTP
import Postgres

/// Attachments: files of runs, steps and file fields. One is declared, sent in parts of 1 MiB, each of which may be
/// sent again, and finished; until then nothing shows it.
enum Attachments {
    static let tag = "Attachments"

    /// What is told of an attachment wherever it is shown.
    static let content: [Schema.Member] = [
        .required("id", .uuid), .required("run_step_field_id", .nullable(.uuid)), .required("file_name", .string),
        .required("content_type", .string), .required("byte_size", .count),
        .required(
            "digest",
            .string,
            "SHA-256 in hex; above 1 MiB, SHA-256 of the SHA-256 digests of the parts of 1 MiB, one behind the other."
        ),
        .required("uploaded_by", .actor), .required("archived_at", .nullable(.time)),
        .required("archived_by", .nullable(.actor), "Who archived it; also null when that was before it was kept."),
        .required("created_at", .time),
    ]

    private static let shape: Schema = .named("Attachment") {
        .object(
            content + [
                .required("run_id", .uuid), .required("run_step_id", .nullable(.uuid)), .required("version", .version),
            ]
        )
    }

    private static let upload: Schema = .named("AttachmentUpload") {
        .object([
            .required("id", .uuid, "The attachment's, once it is finished."), .required("run_id", .uuid),
            .required("run_step_id", .nullable(.uuid)), .required("run_step_field_id", .nullable(.uuid)),
            .required("file_name", .string), .required("content_type", .string), .required("byte_size", .count),
            .required("part_size", .count, "The bytes of every part but the last."), .required("parts", .count),
            .required("received", .array(.count), "The parts that have come."), .required("created_at", .time),
        ])
    }

    private static let list = ListPage(
        [
            ListPage.Sort(
                name: "id",
                statement: Statement(
                    "attachment_list",
                    """
                    select a.id, a.run_id, a.run_step_id, a.run_step_field_id, a.file_name, a.content_type, a.byte_size,
                        encode(a.digest, 'hex') as digest, a.uploaded_by, a.archived_at, a.archived_by, a.created_at, a.version, a.id
                    from traveler.attachment a
                    where a.org_id = $1::uuid and ($3::uuid is null or a.id > $3)
                        and ($4::uuid is null or a.run_id = $4) and ($5::uuid is null or a.run_step_id = $5)
                        and ($6::boolean is null or $6 = (a.archived_at is not null))
                    order by a.id limit $2::integer
                    """
                ),
                key: [.uuid]
            )
        ],
        filters: [
            QueryParameter("run_id", .uuid, "The files of this run and of its steps."),
            QueryParameter("run_step_id", .uuid, "The files of this step."),
            QueryParameter("archived", .boolean, "Files that are, or aren't, archived."),
        ]
    )

    private static func document(_ name: StaticString, _ sql: StaticString) -> Document {
        Document(Statement(name, sql), [.path("id")])
    }

    static let endpoints: [Endpoint] = [
        Endpoint(
            .post,
            "/v1/attachment-uploads",
            "Declares a file before its first byte: what it belongs to, its name, type and size (P4).",
            tag: tag,
            body: .object([
                .optional("run_id", .uuid, "One of the three says what it belongs to."),
                .optional("run_step_id", .uuid),
                .optional("run_step_field_id", .uuid, "A field of the type file, whose value the file can then be."),
                .required("file_name", .text(1...255)), .required("content_type", .text(1...100)),
                .required("byte_size", .integer(1...Int(Int32.max) * 1024), "413 above the org's limit."),
            ]),
            status: 201,
            response: upload,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "attachment_declare",
                        "select body, version from traveler.answer($1, $2::integer, traveler.declare_attachment($3::jsonb))"
                    ),
                    [.body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/attachment-uploads/{id}",
            "An upload of the caller's that is not finished, with the parts that have come.",
            tag: tag,
            response: upload,
            .work(
                document(
                    "upload_read",
                    "select d::text, null::integer from traveler.upload_json($1::uuid) d where d is not null"
                )
            )
        ),
        Endpoint(
            .put,
            "/v1/attachment-uploads/{id}/parts/{number}",
            "Takes a part of a file, from 1 on: 1 MiB, the last what is left. Sent again, it replaces what came before.",
            tag: tag,
            bodyLimit: AttachmentContent.partSize,
            response: .object([
                .required("number", .count), .required("byte_size", .count), .required("digest", .string),
            ]),
            refusals: [404, 409],
            takes: .bytes,
            .work(
                Act(
                    Statement(
                        "attachment_write_part",
                        """
                        select body, version from traveler.answer($1, $2::integer,
                            traveler.write_attachment_part($3::uuid, $4::integer, $5, $6::bytea))
                        """
                    ),
                    [.path("id"), .path("number"), .contentDigest, .content]
                )
            )
        ),
        Endpoint(
            .post,
            "/v1/attachment-uploads/{id}/finish",
            "Makes an attachment of an upload whose parts have all come; if a digest is given, only with that one.",
            tag: tag,
            body: .object([
                .optional("digest", .nullable(.text(64...64)), "As the attachment's, in hex."), Batches.siblings,
            ]),
            status: 201,
            response: shape,
            refusals: [409],
            .work(
                Act(
                    Statement(
                        "attachment_finish",
                        """
                        select body, version
                        from traveler.answer($1, $2::integer, traveler.finish_attachment($3::uuid, $4::jsonb))
                        """
                    ),
                    [.path("id"), .body]
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/attachments",
            "The files of the org, of a run or of a step.",
            tag: tag,
            query: list.parameters,
            response: ListPage.shape(shape),
            .work(list)
        ),
        Endpoint(
            .get,
            "/v1/attachments/{id}",
            "An attachment, without its content.",
            tag: tag,
            response: shape,
            .work(
                document(
                    "attachment_read",
                    "select d::text, (d ->> 'version')::integer from traveler.attachment_json($1::uuid) d where d is not null"
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/attachments/{id}/content",
            "The content of an attachment, to save: its ETag is its digest.",
            tag: tag,
            lane: .heavy,
            response: nil,
            gives: .bytes,
            .work(AttachmentContent())
        ),
        Endpoint(
            .post,
            "/v1/attachments/{id}/archive",
            "Archives an attachment of a live run that is no field's value; its content stays (T4).",
            tag: tag,
            body: .object([Batches.siblings]),
            response: shape,
            refusals: [409, 412],
            .work(
                Act(
                    Statement(
                        "attachment_archive",
                        """
                        select body, version from traveler.answer($1, $2::integer,
                            traveler.archive_attachment($3::uuid, $4::integer, $5::jsonb ->> 'siblings'))
                        """
                    ),
                    [.path("id"), .version, .body]
                )
            )
        ),
    ]
}

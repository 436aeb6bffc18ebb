import HTTP
import Postgres

/// The moves of a step beside start and completion (S2), and the acts on a whole run (S15).
enum StepMoves {
    /// A move, by the name of its act in Postgres's table of transitions.
    private struct Move {
        var act: String
        var summary: String
        var takesReason = true

        /// The act as a path has it.
        var word: String { act.replacing("_", with: "-") }
    }

    private static let moves = [
        Move(act: "hold", summary: "Holds a step, and what is in progress inside it; a reason is asked (S10, S12)."),
        Move(act: "release", summary: "Releases a step from hold to where it was held from (S9).", takesReason: false),
        Move(act: "fail", summary: "Fails a step in progress; the org may ask why, and for an issue (S6)."),
        Move(act: "retry", summary: "Takes a failed step back to todo: a new attempt (S14).", takesReason: false),
        Move(
            act: "cancel",
            summary: "Cancels a step and the open ones nested in it; what waited for it waits no more (S8, A2)."
        ),
        Move(
            act: "restore",
            summary: "Brings a canceled step back, unless its downstream has started (A3).",
            takesReason: false
        ),
        Move(act: "reset", summary: "Takes a wrong start back while nothing is entered; a reason is asked (S2)."),
        Move(
            act: "reopen",
            summary: "Brings a completed step back while no downstream one has started; a reason is asked (S2)."
        ),
        Move(
            act: "redline",
            summary:
                "Opens a redline on a step, which can then be edited and not worked on; a reason is asked (S7, D1)."
        ),
        Move(
            act: "release_redline",
            summary: "Releases a step's redline: the step as it is now is to be done (D3, S14).",
            takesReason: false
        ),
        Move(
            act: "cancel_redline",
            summary:
                "Cancels a step's redline: definition and state are as before; a step that it added is withdrawn (D3, D6).",
            takesReason: false
        ),
    ]

    private static let reason = Schema.Member.optional("reason", .text(1...1000), "Why, for the record (S10).")
    private static let all = Schema.Member.optional("all", .boolean, "Brings back all that the same act canceled (S8).")

    private static let one = Statement(
        "step_act",
        """
        select body, version from traveler.answer($1, $2::integer,
            traveler.act_on_steps($3, $4::uuid[], $5::integer, $6, coalesce($7::boolean, false), $8))
        """
    )
    private static let many = Statement(
        "steps_act",
        """
        select body, version from traveler.answer($1, $2::integer,
            traveler.act_on_steps($3, $4::uuid[], null, $5, coalesce($6::boolean, false), $7))
        """
    )
    private static let run = Statement(
        "run_act",
        """
        select body, version from traveler.answer($1, $2::integer, traveler.act_on_run($3, $4::uuid, $5::integer, $6, $7))
        """
    )

    private static func members(_ move: Move) -> [Schema.Member] {
        [Batches.siblings] + (move.takesReason ? [reason] : move.act == "restore" ? [all] : [])
    }

    static let endpoints: [Endpoint] =
        moves.flatMap { move in
            [
                Endpoint(
                    .post,
                    "/v1/steps/{id}/\(move.word)",
                    move.summary,
                    tag: Steps.tag,
                    body: .object(members(move)),
                    response: Steps.acted,
                    refusals: [409, 412],
                    .work(
                        Act(
                            one,
                            [.constant(move.act), .ids, .version, .member("reason"), .flag("all"), .member("siblings")]
                        )
                    )
                ),
                Endpoint(
                    .post,
                    "/v1/steps/\(move.word)",
                    "The same for up to 1,000 steps at once: all or none.",
                    tag: Steps.tag,
                    lane: .heavyAbove(bytes: Steps.manyBytes),
                    body: .object([.required("ids", .array(.uuid, 1...1000))] + members(move)),
                    response: Steps.acted,
                    refusals: [404, 409],
                    .work(Act(many, [.constant(move.act), .ids, .member("reason"), .flag("all"), .member("siblings")]))
                ),
            ]
        }
        + [
            runAct("hold", "Holds all open steps of a run in one act; a reason is asked (S15)."),
            runAct("release", "Releases what holding the run as a whole held, and no more (S15)."),
            runAct("cancel", "Cancels all open steps of a run in one act (S15)."),
        ]

    private static func runAct(_ act: String, _ summary: String) -> Endpoint {
        Endpoint(
            .post,
            "/v1/runs/{id}/\(act)",
            summary,
            tag: Runs.tag,
            body: .object((act == "release" ? [] : [reason]) + [Batches.siblingRuns]),
            response: Runs.detail,
            refusals: [409, 412],
            .work(Act(run, [.constant(act), .path("id"), .version, .member("reason"), .member("siblings")]))
        )
    }
}

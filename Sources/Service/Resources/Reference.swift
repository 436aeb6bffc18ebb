import HTTP
import Postgres

/// What the rules are made of, as data: transitions (S2), permissions and roles (T3).
enum Reference {
    static let tag = "Reference"

    static let endpoints: [Endpoint] = [
        Endpoint(
            .get,
            "/v1/step-transitions",
            "The moves that a step can make, each with its permission (S2).",
            tag: tag,
            response: RowItems.shape(
                .named("StepTransition") {
                    .object([
                        .required("from_state", .choice(Steps.states)), .required("to_state", .choice(Steps.states)),
                        .required("permission", .string), .required("act", .string), .required("rule", .string),
                        .required("reason", .choice(["none", "org", "required"]), "Whether it asks why (S10)."),
                    ])
                }
            ),
            .work(
                RowItems(
                    Statement(
                        "step_transition_list",
                        """
                        select t.from_state, t.to_state, t.permission, t.act, t.rule, t.reason from traveler.step_transition t
                        order by t.from_state, t.to_state, t.act
                        """
                    )
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/units",
            "The units of measurement that convert into each other, by dimension (P4).",
            tag: tag,
            response: RowItems.shape(
                .named("Unit") {
                    .object([
                        .required("symbol", .string), .required("dimension", .string), .required("numerator", .exact),
                        .required("denominator", .exact),
                        .required(
                            "shift",
                            .exact,
                            "The base unit's value is (value + shift) * numerator / denominator."
                        ),
                    ])
                }
            ),
            .work(
                RowItems(
                    Statement(
                        "unit_list",
                        """
                        select u.symbol, u.dimension, u.numerator, u.denominator, u.shift from traveler.unit u
                        order by u.dimension, u.symbol
                        """
                    )
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/permissions",
            "Everything that a role can permit (T3).",
            tag: tag,
            response: RowItems.shape(
                .named("Permission") { .object([.required("name", .string), .required("description", .string)]) }
            ),
            .work(
                RowItems(
                    Statement(
                        "permission_list",
                        "select p.name, p.description from traveler.permission p order by p.name"
                    )
                )
            )
        ),
        Endpoint(
            .get,
            "/v1/roles",
            "The roles of the org and what each holds (T3).",
            tag: tag,
            response: RowItems.shape(
                .named("Role") {
                    .object([
                        .required("id", .uuid), .required("name", .string), .required("built_in", .boolean),
                        .required("permissions", .array(.string)),
                    ])
                }
            ),
            .work(
                RowItems(
                    Statement(
                        "role_list",
                        """
                        select r.id, r.name, r.built_in,
                            (select coalesce(json_agg(rp.permission order by rp.permission), '[]') from traveler.role_permission rp
                                where rp.org_id = $1::uuid and rp.role_id = r.id and rp.revoked_at is null) as permissions
                        from traveler.role r where r.org_id = $1::uuid order by r.name
                        """
                    ),
                    [.org]
                )
            )
        ),
    ]
}

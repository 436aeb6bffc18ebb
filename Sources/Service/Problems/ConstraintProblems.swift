import Postgres

/// What a broken constraint means to a caller, by the constraint's name: the one table for all of them (law 13 of the
/// house). A test holds it against the catalogue.
enum ConstraintProblems {
    private typealias Entry = (status: Int, code: String, rule: String?, detail: String)

    /// The problem of an error of SQLSTATE class 23; nil when the constraint is none that a request can break.
    static func problem(for error: PostgresError) -> Problem? {
        guard let name = error.constraint, let entry = table[name] else { return nil }
        return Problem(entry.status, entry.code, entry.detail, rule: entry.rule)
    }

    /// The constraints that a request can break.
    static var names: [String] { Array(table.keys) }

    /// A record that is there already.
    private static func taken(_ code: String, _ detail: String, rule: String? = nil) -> Entry {
        (409, code, rule, detail)
    }

    /// A name or id of something that the org does not have.
    private static func unknown(_ code: String, _ detail: String) -> Entry { (422, code, "T1", detail) }

    /// A value that can't be.
    private static func invalid(_ code: String, _ detail: String, rule: String? = nil) -> Entry {
        (422, code, rule, detail)
    }

    private static let table: [String: Entry] = [
        // users
        "user_account_email_key": taken("user_exists", "The org has a user with this address."),
        "user_account_email_form": invalid("email_invalid", "The address is not one."),
        "user_account_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "user_role_live_key": taken("role_held", "The user holds this role already."),
        // parts and mBOMs
        "part_number_revision_key": taken("part_exists", "The org has a part with this number and revision."),
        "part_number_length": invalid("part_number_length", "A part number has 1 to 100 characters."),
        "part_revision_length": invalid("revision_length", "A revision has 1 to 20 characters."),
        "part_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "part_tracking": invalid("tracking_invalid", "Tracking is serial, lot or none.", rule: "I1"),
        "part_number_pattern_form": invalid(
            "number_pattern_invalid",
            "A pattern of serial or lot numbers has one place for the number, as in SN-{0000}.",
            rule: "I1"
        ),
        "part_unit_length": invalid("unit_length", "A unit has 1 to 20 characters."),
        "mbom_part_version_key": taken("mbom_version_exists", "Someone else has just drafted the same version."),
        "mbom_released_key": taken("mbom_released", "The part has a released mBOM.", rule: "B1"),
        "mbom_line_part_fkey": unknown("part_unknown", "A line names a part that the org does not have."),
        "mbom_line_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "mbom_substitute_part_fkey": unknown("part_unknown", "A substitute is a part that the org does not have."),
        "mbom_substitute_part_key": invalid("substitute_twice", "A line names a substitute twice."),
        // suppliers and purchase orders
        "supplier_code_key": taken("supplier_exists", "The org has a supplier with this code."),
        "supplier_location_key": taken("location_taken", "Another supplier has this place.", rule: "O1"),
        "supplier_code_length": invalid("code_length", "A code has 1 to 50 characters."),
        "supplier_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "purchase_order_note_length": invalid("note_length", "A note has 5,000 characters at most."),
        "purchase_order_line_part_fkey": unknown("part_unknown", "A line names a part that the org does not have."),
        "purchase_order_line_names_what": invalid("line_names_nothing", "Say what a line is of.", rule: "O1"),
        "purchase_order_line_description_length": invalid(
            "description_length",
            "A description has 1 to 500 characters."
        ),
        "purchase_order_line_operation_length": invalid("operation_length", "An operation has 1 to 500 characters."),
        "purchase_order_line_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "purchase_order_line_price_not_negative": invalid("price_invalid", "A price is 0 or more."),
        "purchase_order_line_currency_form": invalid("currency_invalid", "A currency is three capital letters."),
        "purchase_order_line_need_date_is_a_day": invalid("need_date_invalid", "The day of need is a day."),
        "outside_process_live_key": taken("linked_already", "The step is linked to this line.", rule: "O1"),
        "outside_shipment_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "outside_shipment_reference_length": invalid("reference_length", "A reference has 1 to 200 characters."),
        "outside_shipment_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters."),
        "outside_shipment_location_fkey": unknown("location_unknown", "The org has no such location."),
        // the org
        "reason_label_key": taken("reason_exists", "The list of this act has this reason."),
        "reason_label_length": invalid("label_length", "A reason has 1 to 200 characters."),
        "reason_act": invalid("act_unknown", "There are no reasons for this act."),
        "org_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "org_open_issue_policy": invalid("policy_invalid", "A policy is note, warning or gate.", rule: "C2"),
        "org_accepted_deviation_policy": invalid("policy_invalid", "A policy is note, warning or gate.", rule: "C2"),
        "org_undone_step_policy": invalid("policy_invalid", "A policy is note, warning or gate.", rule: "C2"),
        "org_unmerged_redline_policy": invalid("policy_invalid", "A policy is note, warning or gate.", rule: "C2"),
        "org_fail_reason": invalid("policy_invalid", "A policy is off, optional or required.", rule: "S10"),
        "org_cancel_reason": invalid("policy_invalid", "A policy is off, optional or required.", rule: "S10"),
        // teams and assignments
        "team_name_key": taken("team_exists", "The org has a team with this name.", rule: "S11"),
        "team_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "org_attachment_limit": invalid("limit_invalid", "The limit of a file is 1 MiB to 10 GiB.", rule: "P4"),
        "attachment_upload_file_name": invalid(
            "file_name_invalid",
            "A file's name has 1 to 255 characters, and no slash, backslash or control character.",
            rule: "P4"
        ),
        // locations
        "location_name_key": taken("location_exists", "The org has a location with this name."),
        "location_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "location_parent_fkey": unknown("location_unknown", "The parent is a location that the org does not have."),
        "location_not_own_parent": invalid("location_own_parent", "A location does not lie in itself."),
        // tools
        "tool_number_key": taken("tool_exists", "The org has a tool with this number."),
        "tool_number_length": invalid("tool_number_length", "A tool's number has 1 to 100 characters."),
        "tool_name_length": invalid("name_length", "A name has 1 to 200 characters."),
        "tool_serial_length": invalid("serial_length", "A serial number has 1 to 100 characters."),
        // inventory
        "part_inventory_serial_key": taken("serial_taken", "The part has a unit with this serial number.", rule: "I1"),
        "part_inventory_serial_is_one": invalid("serialized_is_one", "A unit with a serial number is one.", rule: "I1"),
        "part_inventory_serial_length": invalid("serial_length", "A serial number has 1 to 100 characters."),
        "part_inventory_lot_length": invalid("lot_length", "A lot number has 1 to 100 characters."),
        "part_inventory_location_fkey": unknown("location_unknown", "There is no such location in the org."),
        "part_inventory_part_fkey": unknown("part_unknown", "There is no such part in the org."),
        "part_inventory_quantity_not_negative": taken("not_enough", "There is less here than that.", rule: "I6"),
        "part_inventory_installed_has_no_location": taken(
            "installed_has_no_location",
            "It is installed: it is where its assembly is.",
            rule: "B3"
        ),
        "part_inventory_kit_name_length": invalid(
            "kit_name_length",
            "A kit's name has 1 to 100 characters.",
            rule: "I2"
        ),
        "part_inventory_hold_reason_length": invalid(
            "reason_length",
            "A reason has 1 to 1,000 characters.",
            rule: "I2"
        ),
        "inventory_movement_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "I4"),
        "installation_designator_length": invalid(
            "designator_length",
            "A reference designator has 1 to 100 characters.",
            rule: "B2"
        ),
        "part_inventory_scrapped_is_whole": taken("inventory_scrapped", "It is scrapped.", rule: "I4"),
        "inventory_movement_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        // procedures
        "procedure_title_length": invalid("title_length", "A title has 1 to 200 characters."),
        "procedure_standard_builds_nothing": invalid(
            "standard_step_builds",
            "A standard step names no part: the procedures that refer to it do.",
            rule: "P2"
        ),
        "procedure_step_standard_content": invalid(
            "standard_step_content",
            "A step has its own instructions, or those of its standard step.",
            rule: "P2"
        ),
        "procedure_part_fkey": unknown("part_unknown", "The procedure names a part that the org does not have."),
        "procedure_family_version_key": taken(
            "procedure_version_exists",
            "Someone else has just drafted this version."
        ),
        "procedure_released_key": taken("procedure_released", "The procedure has a released version.", rule: "P1"),
        "procedure_step_title_length": invalid("title_length", "A step's title has 1 to 200 characters."),
        "procedure_step_five_levels": invalid("step_depth", "Steps nest up to five levels.", rule: "P3"),
        "procedure_step_location_fkey": unknown(
            "location_unknown",
            "A step names a location that the org does not have."
        ),
        "procedure_step_lead_time_not_negative": invalid("lead_time_invalid", "A lead time is not negative."),
        "procedure_step_lineage_key": invalid(
            "lineage_twice",
            "Two steps go back to the same step of the versions before.",
            rule: "D4"
        ),
        "procedure_step_edge_not_self": taken("dependency_cycle", "A step does not wait for itself.", rule: "P6"),
        "procedure_field_name_length": invalid("name_length", "A field's name has 1 to 200 characters."),
        "procedure_field_type": invalid("field_type", "There is no such type of field.", rule: "P4"),
        "procedure_field_options": invalid(
            "field_options",
            "A select or multiselect field has options, and no other field has.",
            rule: "P4"
        ),
        "procedure_field_signoff_role": invalid(
            "field_signoff",
            "Only a sign-off field names a role or a peer.",
            rule: "P4"
        ),
        "procedure_field_number_only": invalid(
            "field_number_only",
            "Only a number field has a unit, limits, a target or tolerances.",
            rule: "P4"
        ),
        "procedure_field_limits_are_numbers": invalid("field_limits", "A limit is a number.", rule: "P4"),
        "procedure_field_range": invalid("field_range", "A field's minimum is above its maximum.", rule: "P4"),
        "procedure_field_tolerance": invalid(
            "field_tolerance",
            "Tolerances go with a target, and a target goes without minimum and maximum.",
            rule: "P4"
        ),
        "procedure_field_datagrid": invalid(
            "field_datagrid",
            "A datagrid field has columns, and no other field has.",
            rule: "P4"
        ),
        "procedure_field_compare": invalid("field_compare", "Only a number is held against another field.", rule: "P4"),
        "procedure_field_compare_not_self": invalid(
            "field_compare",
            "A field is not held against itself.",
            rule: "P4"
        ),
        "procedure_requirement_part_fkey": unknown(
            "part_unknown",
            "A step requires a part that the org does not have."
        ),
        "procedure_requirement_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        // runs
        "run_title_length": invalid("title_length", "A run's title has 1 to 200 characters."),
        "run_quantity_positive": invalid("quantity_invalid", "A run's quantity is above 0."),
        "run_step_field_not_applicable_allowed": invalid(
            "not_applicable_refused",
            "A field does not allow the answer \"not applicable\".",
            rule: "P4"
        ),
        "procedure_field_meaning": invalid("field_meaning", "What it means is said of a sign-off field.", rule: "P4"),
        "procedure_approval_approvers": invalid("approvers_invalid", "A step asks for 1 to 20 approvers.", rule: "P5"),
        "procedure_approval_role_key": invalid("approval_twice", "A step asks each role once.", rule: "P5"),
        "redline_approval_policy_approvers": invalid(
            "approvers_invalid",
            "The org asks for 1 to 20 approvers.",
            rule: "D3"
        ),
        "redline_approval_policy_role_key": invalid("approval_twice", "The org asks each role once.", rule: "D3"),
        "redline_approval_rejected_with_reason": invalid(
            "reason_length",
            "A rejection says why: 1 to 1,000 characters.",
            rule: "D3"
        ),
        "approval_refused_with_reason": invalid(
            "reason_length",
            "A refusal says why: 1 to 1,000 characters.",
            rule: "P5"
        ),
        "approval_delegation_ends_after_start": invalid(
            "delegation_ends_before_start",
            "A delegation ends after it starts.",
            rule: "P5"
        ),
        "approval_delegation_reason_length": invalid(
            "reason_length",
            "A reason has 1 to 1,000 characters.",
            rule: "P5"
        ),
        "deviation_rationale_length": invalid("rationale_length", "A rationale has 1 to 2,000 characters.", rule: "D5"),
        // what a redline writes
        "redline_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "S10"),
        "redline_open_key": taken("redline_open", "The step is in redline already.", rule: "D1"),
        "run_step_title_length": invalid("title_length", "A step's title has 1 to 200 characters."),
        "run_step_location_fkey": unknown("location_unknown", "There is no such location in the org."),
        // attributes
        "attribute_definition_key_key": taken(
            "attribute_exists",
            "Such records have an attribute of this key.",
            rule: "F1"
        ),
        "attribute_definition_record": invalid(
            "record_invalid",
            "Records of this kind have no attributes.",
            rule: "F1"
        ),
        "attribute_definition_key_form": invalid(
            "key_invalid",
            "A key is a lower-case letter and up to 62 more, digits or _.",
            rule: "F1"
        ),
        "attribute_definition_label_length": invalid("label_length", "A label has 1 to 200 characters.", rule: "F1"),
        "attribute_definition_type": invalid("type_invalid", "There is no such type of attribute.", rule: "F1"),
        "attribute_definition_required_from": invalid(
            "required_from_invalid",
            "From its creation on an attribute is required of runs alone; of others at their completion.",
            rule: "F2"
        ),
        "work_calendar_name_key": taken("calendar_exists", "The org has a calendar of this name."),
        "work_calendar_name_length": invalid("name_length", "A calendar's name has 1 to 200 characters."),
        "location_work_calendar_fkey": unknown("work_calendar_unknown", "There is no such calendar in the org."),
        "location_capacity_positive": invalid(
            "capacity_invalid",
            "A work center takes 1 to 10,000 steps at a time.",
            rule: "H3"
        ),
        "location_plans_a_work_center": invalid(
            "no_work_center",
            "Only a work center has a calendar or a capacity.",
            rule: "H3"
        ),
        "run_step_schedule_in_order": invalid("schedule_order", "A step does not end before it starts.", rule: "H1"),
        "run_step_schedule_is_a_time": invalid("time_invalid", "A planned time is a moment.", rule: "H1"),
        "run_schedule_in_order": invalid("schedule_order", "A run does not end before it starts.", rule: "H1"),
        "run_schedule_is_a_time": invalid("time_invalid", "A planned time is a moment.", rule: "H1"),
        "run_step_lead_time_not_negative": invalid("lead_time_invalid", "A lead time is not negative."),
        "run_step_five_levels": invalid("step_depth", "Steps nest up to five levels.", rule: "P3"),
        "run_step_edge_not_self": taken("dependency_cycle", "A step does not wait for itself.", rule: "P6"),
        "run_step_edge_upstream_fkey": unknown("step_unknown", "The run has no such step to wait for."),
        "run_step_field_name_length": invalid("name_length", "A field's name has 1 to 200 characters."),
        "run_step_field_type": invalid("field_type", "There is no such type of field.", rule: "P4"),
        "run_step_field_options": invalid(
            "field_options",
            "A select or multiselect field has options, and no other field has.",
            rule: "P4"
        ),
        "run_step_field_signoff_role": invalid(
            "field_signoff",
            "Only a sign-off field names a role or a peer.",
            rule: "P4"
        ),
        "run_step_field_number_only": invalid(
            "field_number_only",
            "Only a number field has a unit, limits, a target or tolerances.",
            rule: "P4"
        ),
        "run_step_field_limits_are_numbers": invalid("field_limits", "A limit is a number.", rule: "P4"),
        "run_step_field_meaning": invalid("field_meaning", "What it means is said of a sign-off field.", rule: "P4"),
        "run_step_field_range": invalid("field_range", "A field's minimum is above its maximum.", rule: "P4"),
        "run_step_field_tolerance": invalid(
            "field_tolerance",
            "Tolerances go with a target, and a target goes without minimum and maximum.",
            rule: "P4"
        ),
        "run_step_field_datagrid": invalid(
            "field_datagrid",
            "A datagrid field has columns, and no other field has.",
            rule: "P4"
        ),
        "run_step_field_compare": invalid("field_compare", "Only a number is held against another field.", rule: "P4"),
        "run_step_field_compare_not_self": invalid(
            "field_compare",
            "A field is not held against itself.",
            rule: "P4"
        ),
        "run_step_field_compare_fkey": unknown("field_unknown", "The run has no such field to hold one against."),
        "run_reopening_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "C6"),
        "org_session_limit": invalid("limit_invalid", "The limit of a session is 1 to 10,080 minutes.", rule: "L5"),
        "labor_rate_one_subject": invalid("rate_subject", "A rate is of a role or of a location.", rule: "L4"),
        "labor_rate_positive": invalid("rate_invalid", "A rate is above 0.", rule: "L4"),
        "labor_rate_ends_after_start": invalid("rate_ends_before_start", "A rate ends after it starts.", rule: "L4"),
        "labor_rate_of_role_once": taken("rate_overlap", "The role has a rate for these days.", rule: "L4"),
        "labor_rate_of_location_once": taken("rate_overlap", "The location has a rate for these days.", rule: "L4"),
        "labor_rate_role_fkey": unknown("role_unknown", "There is no such role in the org."),
        "labor_rate_location_fkey": unknown("location_unknown", "There is no such location in the org."),
        "labor_session_open_key": taken("checked_in", "The user is checked in on this step already.", rule: "L1"),
        "build_requirement_needed_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "build_requirement_never_above_need": taken("above_need", "That is more than is needed.", rule: "B2"),
        "build_requirement_exception_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "build_requirement_exception_reason_length": invalid(
            "reason_length",
            "A reason has 1 to 1,000 characters.",
            rule: "B5"
        ),
        "run_supply_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "run_supply_end_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "H3"),
        // issues
        "issue_title_length": invalid("title_length", "An issue's title has 1 to 300 characters."),
        "issue_description_length": invalid("description_length", "A description has up to 20,000 characters."),
        "issue_cause_length": invalid("cause_length", "A cause has 1 to 300 characters."),
        "issue_disposition_note_length": invalid("note_length", "A note has 1 to 4,000 characters."),
        "issue_run_fkey": unknown("run_unknown", "There is no such run in the org."),
        "issue_comment_length": invalid("comment_length", "A comment has 1 to 10,000 characters."),
        "disposition_type_name_length": invalid("name_length", "A name has 1 to 100 characters."),
        "disposition_type_name_key": taken(
            "disposition_type_exists",
            "The org has such a type of disposition.",
            rule: "Q1"
        ),
        "disposition_type_availability": invalid(
            "availability_invalid",
            "Inventory is available immediately, released on resolve, or permanently unavailable.",
            rule: "Q1"
        ),
        // batches
        "batch_title_length": invalid("title_length", "A batch's title has 1 to 200 characters."),
        "batch_run_live_key": taken("run_in_batch", "The run is in a batch already.", rule: "K1"),
        "batch_run_left_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "K4"),
        "procedure_field_batch_scope": invalid(
            "batch_scope_invalid",
            "In a batch a field's value is per_run or shared.",
            rule: "K3"
        ),
        "run_step_field_batch_scope": invalid(
            "batch_scope_invalid",
            "In a batch a field's value is per_run or shared.",
            rule: "K3"
        ),
        // splitting runs
        "run_split_issue_fkey": unknown("issue_unknown", "There is no such issue in the org."),
        "run_split_location_fkey": unknown("location_unknown", "There is no such location in the org."),
        "run_split_quantity_positive": invalid("quantity_invalid", "A quantity is above 0.", rule: "X1"),
        "run_split_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "X1"),
        "run_split_outcome": invalid(
            "outcome_invalid",
            "Units are merged, reworked, scrapped, used as is, or returned to the vendor.",
            rule: "X7"
        ),
        "run_split_outcome_reason_length": invalid("reason_length", "A reason has 1 to 1,000 characters.", rule: "X7"),
        "installation_resolution_quantity_positive": invalid("quantity_invalid", "A quantity is above 0.", rule: "X5"),
        "installation_resolution_assembly_fkey": unknown("inventory_unknown", "There is no such part inventory."),
        "installation_quantity_positive": invalid("quantity_invalid", "A quantity is above 0."),
        "installation_not_in_itself": taken(
            "assembly_in_itself",
            "An assembly is not installed in itself.",
            rule: "B2"
        ),
        "installation_live_key": taken("inventory_unavailable", "It is installed already.", rule: "B2"),
    ]
}

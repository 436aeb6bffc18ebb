import Postgres
import Testing

@testable import Service

@Suite(.enabled(if: ServedAPI.isAvailable), .served) struct ConstraintProblemsTests {
    private static let constraints = Statement(
        "test_constraints",
        """
        select k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'traveler' and k.contype in ('c', 'u', 'f', 'x') and not c.relispartition
        union
        select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'traveler' and x.indisunique and not x.indisprimary and not c.relispartition
        order by 1
        """
    )

    /// No request can break these: what they hold is made by the acts themselves, fixed by a trigger that speaks first,
    /// or written by the operator alone. A new constraint belongs here with a reason, or in the table with a sentence.
    private static let unreachable: Set<String> = [
        // the operator's: orgs, credentials, roles and what they hold
        "org_slug_key", "org_slug_form", "org_counter_name_key", "org_counter_org_fkey",
        "credential_kind", "credential_session_expires", "credential_name_length", "credential_digest_length",
        "credential_user_fkey", "role_name_key", "role_name_form", "role_org_fkey", "role_permission_role_fkey",
        "role_permission_permission_fkey", "role_permission_live_key", "user_account_org_fkey", "user_role_user_fkey",
        "user_role_role_fkey", "permission_name_form",
        // keys and history: made by claim_key, by import_file, which knows a file that came before, and by the history's triggers
        "idempotency_key_length", "idempotency_key_user_fkey", "idempotency_key_import_key",
        "transaction_history_operation", "transaction_history_digest_length",
        // seals: made by the background job
        "history_seal_digest_length", "history_seal_org_fkey",
        // keys to the record that the act itself has just made or locked
        "part_org_fkey", "location_org_fkey", "tool_org_fkey", "procedure_field_compare_fkey",
        "attachment_upload_run_fkey", "attachment_upload_step_fkey", "attachment_upload_field_fkey",
        "attachment_part_upload_fkey", "attachment_original_fkey", "attachment_run_fkey", "attachment_step_fkey",
        "attachment_field_fkey",
        "mbom_part_fkey", "mbom_line_mbom_fkey", "mbom_substitute_mbom_fkey",
        "mbom_substitute_line_fkey", "procedure_org_fkey", "procedure_step_procedure_fkey",
        "procedure_step_parent_fkey", "procedure_step_edge_upstream_fkey", "procedure_step_edge_downstream_fkey",
        "procedure_field_step_fkey", "procedure_field_signoff_role_fkey", "procedure_requirement_step_fkey",
        "run_procedure_fkey", "run_part_fkey", "run_created_by_fkey", "run_inventory_run_fkey",
        "run_inventory_inventory_fkey", "run_step_run_fkey", "run_step_origin_fkey", "run_step_parent_fkey",
        "run_step_edge_downstream_fkey", "redline_run_fkey", "redline_step_fkey",
        "nested_schedule_step_fkey", "run_schedule_run_fkey", "work_calendar_org_fkey",
        // attributes: their guard says it better, and before them
        "attribute_definition_org_fkey", "attribute_value_definition_fkey", "attribute_value_is_one",
        "attribute_definition_options", "attribute_definition_retired_options",
        "attribute_definition_required_since", "run_attributes_form", "run_step_attributes_form",
        "procedure_attributes_form", "procedure_step_attributes_form", "issue_attributes_form",
        "part_inventory_attributes_form",
        "run_step_field_run_step_fkey", "run_step_field_signoff_role_fkey", "labor_session_step_fkey",
        "labor_session_user_fkey", "build_requirement_run_fkey", "build_requirement_step_fkey",
        "build_requirement_part_fkey", "build_requirement_parent_fkey", "build_requirement_not_own_parent",
        "build_requirement_under_its_assembly", "build_requirement_per_assembly_positive",
        "build_requirement_substitute_requirement_fkey",
        "build_requirement_substitute_part_fkey", "installation_run_fkey", "installation_requirement_fkey",
        "installation_inventory_fkey", "installation_assembly_fkey", "as_built_record_run_fkey",
        "run_reopening_run_fkey", "run_reopening_record_fkey", "run_reopening_record_key",
        "batch_org_fkey", "batch_number_key", "batch_dissolving_is_whole", "batch_run_batch_fkey", "batch_run_run_fkey",
        "batch_run_leaving_is_whole", "labor_session_division",
        // what splits and resolutions make by their own triggers
        "run_split_run_fkey", "run_split_parent_fkey", "run_split_rework_fkey", "run_split_number_key",
        "run_split_in_run_key", "run_split_not_own_parent", "run_split_closing_is_whole", "run_split_rework_names_run",
        "run_split_step_split_fkey", "run_split_step_step_fkey", "run_split_step_once_key", "run_inventory_split_fkey",
        "part_inventory_split_fkey", "part_inventory_on_run_or_split", "part_inventory_reserved_split_fkey",
        "part_inventory_reserved_split_of_run", "build_requirement_split_fkey", "build_requirement_origin_fkey",
        "build_requirement_of_split_has_origin", "build_requirement_shared_not_negative", "build_requirement_by_split",
        "installation_split_fkey", "installation_origin_fkey", "installation_in_run_key",
        "installation_shares_not_negative", "installation_share_installation_fkey",
        "installation_share_requirement_fkey", "installation_share_assembly_fkey", "installation_share_live_key",
        "installation_resolution_installation_fkey", "installation_resolution_requirement_fkey",
        "part_inventory_origin_fkey", "part_inventory_installation_fkey", "part_inventory_building_run_fkey",
        "completion_acknowledgment_run_fkey", "completion_acknowledgment_once_key",
        "team_org_fkey", "team_member_team_fkey", "team_member_user_fkey", "team_member_live_key",
        "assignment_run_fkey",
        "assignment_step_fkey", "assignment_user_fkey", "assignment_team_fkey", "assignment_location_fkey",
        "assignment_one_assignee", "assignment_end_is_whole", "assignment_live_key",
        "part_inventory_reserved_run_fkey", "part_inventory_merged_into_fkey", "part_inventory_shipped_not_negative",
        "part_inventory_merged_is_empty",
        "inventory_movement_from_fkey", "inventory_movement_to_fkey", "inventory_movement_run_fkey",
        "step_transition_permission_fkey",
        // numbers and positions that the acts count
        "mbom_line_position_key", "procedure_step_position_key", "procedure_field_position_key", "run_number_key",
        "run_step_position_key", "run_step_position_plain", "run_step_field_position_key",
        "procedure_step_in_procedure_key", "run_step_in_run_key",
        "build_requirement_in_run_key", "procedure_step_edge_ends_key", "run_step_edge_ends_key",
        "build_requirement_substitute_part_key", "as_built_record_number_key", "run_inventory_once_key",
        "run_inventory_live_key", "run_inventory_freed_was_taken", "installation_removed_run_fkey",
        "installation_removed_by_other_run", "carried_installation_run_fkey", "carried_installation_requirement_fkey",
        "carried_installation_installation_fkey", "carried_installation_once_key",
        "carried_installation_quantity_positive",
        // states, stamps and derived columns that triggers write
        "mbom_state", "mbom_released_at", "procedure_state", "procedure_released_at", "procedure_step_root_depth",
        "inventory_movement_kind", "inventory_movement_ends", "run_counters_not_negative", "run_completed_has_number",
        "run_step_held_from", "run_step_field_stale_signature",
        "step_transition_reason", "issue_number_key", "issue_state", "issue_step_has_run", "issue_step_fkey",
        "reason_org_fkey", "issue_disposition_fkey", "issue_assigned_to_fkey", "issue_disposition_is_signed",
        "issue_leaves_pending_disposed", "issue_resolved_is_signed", "issue_inventory_issue_fkey",
        "issue_inventory_inventory_fkey", "issue_inventory_live_key", "issue_approval_issue_fkey",
        "issue_approval_role_fkey", "issue_approval_once_key", "issue_comment_issue_fkey", "disposition_type_org_fkey",
        "disposition_type_role_type_fkey", "disposition_type_role_role_fkey", "disposition_type_role_once_key",
        "disposition_type_role_duty", "build_requirement_exception_requirement_fkey",
        "build_requirement_exception_issue_fkey", "build_requirement_exception_withdrawal_is_whole",
        "issue_transition_from", "issue_transition_to", "issue_transition_moves", "issue_transition_reason",
        "issue_transition_permission_fkey",
        "run_step_state", "run_step_root_depth", "run_step_completed_is_signed", "run_step_started",
        "redline_number_key", "redline_kind", "redline_state", "redline_came_from", "redline_before_is_whole",
        "redline_closing_is_whole", "run_step_withdrawn", "run_step_field_value_or_not_applicable",
        "run_step_field_value_not_json_null",
        "run_step_field_entry_is_signed", "labor_session_ends_after_start", "installation_removal_is_whole",
        "run_step_field_detail_of_value", "run_step_field_range_of_value", "unit_factor_positive",
        "attachment_upload_byte_size", "attachment_upload_field_has_step", "attachment_part_number",
        "attachment_part_size", "attachment_part_digest", "attachment_digest_length",
        "tool_calibration_due_is_a_day",
        "as_built_record_digest", "step_transition_from", "step_transition_to", "step_transition_moves",
        // a run saved as a procedure: its act has locked the run, and begins a family
        "procedure_saved_run_fkey", "procedure_saved_run_begins_family",
        // standard steps: their triggers look up what is referred to, and what is pulled
        "procedure_step_standard_fkey", "run_step_standard_version_fkey",
        // what the service itself notes of a refusal, after the request
        "refusal_request_id_length", "refusal_method", "refusal_route_length", "refusal_status", "refusal_code_form",
        "refusal_rule_length", "refusal_message_length", "refusal_subject_count", "refusal_step_has_run",
        "refusal_user_fkey", "refusal_run_fkey", "refusal_step_fkey",
        // approvals of redlines: their triggers say who, what and once; the act has locked the issue
        "redline_in_run_key", "redline_issue_fkey", "redline_approval_policy_role_fkey", "redline_approval_decision",
        "redline_approval_delegated", "redline_approval_digest_length", "redline_approval_void_reason",
        "redline_approval_redline_fkey", "redline_approval_role_fkey", "redline_approval_user_fkey",
        "redline_approval_principal_fkey", "redline_approval_delegation_fkey", "redline_approval_person_key",
        "redline_approval_principal_key", "redline_merge_once_key", "redline_merge_redline_fkey",
        "redline_merge_procedure_fkey", "redline_applied_from_fkey", "redline_applied_once_key",
        "redline_source_run_step_fkey", "redline_source_procedure_step_fkey", "redline_source_of_added",
        // what runs wait for: the act looks up both runs, and its trigger says the rest
        "run_supply_not_itself", "run_supply_end_is_whole", "run_supply_requirement_fkey",
        "run_supply_supplying_run_fkey", "run_supply_live_key",
        // signatures, approvals and deviations: their triggers say who, what and once
        "procedure_approval_step_fkey", "procedure_approval_role_fkey", "run_step_approval_requirement_step_fkey",
        "run_step_approval_requirement_role_fkey", "run_step_approval_requirement_role_key",
        "run_step_approval_requirement_in_step_key", "run_step_approval_requirement_approvers",
        "approval_delegation_not_self", "approval_delegation_from_fkey", "approval_delegation_to_fkey",
        "approval_delegation_role_fkey", "approval_decision", "approval_delegated", "approval_void_reason",
        "approval_requirement_fkey", "approval_user_fkey", "approval_principal_fkey", "approval_delegation_fkey",
        "approval_person_key", "approval_principal_key", "deviation_void_reason", "deviation_step_fkey",
        "deviation_field_fkey", "deviation_live_key", "signature_kind", "signature_subject", "signature_digest",
        "signature_void_reason", "signature_step_fkey", "signature_field_fkey", "signature_approval_fkey",
        "signature_deviation_fkey", "signature_step_key", "signature_field_key", "signature_failure_user_fkey",
        // purchase orders and outside processes: their triggers look up, count and stamp
        "supplier_location_fkey", "purchase_order_number_key", "purchase_order_counters_not_negative",
        "purchase_order_supplier_fkey", "purchase_order_line_transition_from", "purchase_order_line_transition_to",
        "purchase_order_line_transition_moves", "purchase_order_line_transition_reason",
        "purchase_order_line_transition_permission_fkey", "purchase_order_line_position_key",
        "purchase_order_line_state", "purchase_order_line_never_above_order", "purchase_order_line_never_above_sent",
        "purchase_order_line_approved_by_another", "purchase_order_line_sent_when_ordered",
        "purchase_order_line_order_fkey", "outside_process_in_run_key", "outside_process_sent_not_negative",
        "outside_process_never_above_sent", "outside_process_withdrawn_unsent", "outside_process_step_fkey",
        "outside_process_line_fkey", "outside_shipment_kind", "outside_shipment_shortfall_has_issue",
        "outside_shipment_process_fkey", "outside_shipment_issue_fkey", "part_inventory_outside_fkey",
    ]

    private func catalogue() throws -> Set<String> {
        let result = try #require(ServedAPI.shared).connect().execute(Query(Self.constraints))
        return Set((0..<result.rowCount).compactMap { result.string($0, 0) })
    }

    @Test func everyConstraintThatARequestCanBreakHasASentence() throws {
        let known = Set(ConstraintProblems.names).union(Self.unreachable)
        let missing = try catalogue().subtracting(known).sorted()
        #expect(missing == [])
    }

    @Test func theTableNamesNoConstraintThatIsGone() throws {
        let catalogue = try catalogue()
        #expect(Set(ConstraintProblems.names).subtracting(catalogue).sorted().isEmpty)
        #expect(Self.unreachable.subtracting(catalogue).sorted().isEmpty)
        #expect(Self.unreachable.isDisjoint(with: ConstraintProblems.names))
    }
}

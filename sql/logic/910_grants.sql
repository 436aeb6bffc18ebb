-- Who may do what. The service reads tables and calls acts; it writes no table itself (law 8 of the conventions).

grant usage on schema traveler to traveler_service, traveler_worker, traveler_migrator;

do $$
declare
    r record;
begin
    for r in
        select c.oid::regclass as name, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'traveler' and c.relkind in ('r', 'p', 'v') and not c.relispartition
    loop
        execute format('revoke all on %s from public, traveler_service, traveler_worker', r.name);
        if r.relname not in ('credential', 'idempotency_key', 'org_counter', 'refusal', 'attachment_upload', 'attachment_part', 'integrity_violations', 'history_violations', 'history_seal_violations', 'as_built_violations', 'signature_violations', 'split_violations', 'outside_violations', 'schedule_violations', 'supply_violations', 'attribute_violations') then
            execute format('grant select on %s to traveler_service, traveler_worker', r.name);
        end if;
    end loop;
    for r in
        select p.oid::regprocedure as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('traveler', 'traveler_private') and p.prokind in ('f', 'a')
    loop
        execute format('revoke all on function %s from public, traveler_service, traveler_worker', r.name);
    end loop;
end $$;
grant select (org_id, id, user_id, kind, name, expires_at, revoked_at, created_at, version) on traveler.credential to traveler_service, traveler_worker;

grant execute on function
    traveler.new_id(), traveler.json_time(timestamptz), traveler.json_decimal(numeric), traveler.canonical_json(jsonb),
    traveler.current_org(), traveler.current_user_id(), traveler.has_permission(text), traveler.schema_version()
    to traveler_service, traveler_worker;
grant execute on function
    traveler.enter(text, text, integer), traveler.sign_in(text, text, text, integer), traveler.sign_out(), traveler.me(),
    traveler.claim_key(text, bytea), traveler.answer(text, integer, jsonb), traveler.replay(text, bytea),
    traveler.add_user(jsonb), traveler.change_user(uuid, integer, jsonb), traveler.user_json(uuid),
    traveler.org_json(), traveler.change_org(integer, jsonb), traveler.create_reason(jsonb), traveler.archive_reason(uuid, integer),
    traveler.create_part(jsonb), traveler.change_part(uuid, integer, jsonb), traveler.part_json(uuid),
    traveler.create_location(jsonb), traveler.location_json(uuid),
    traveler.create_tool(jsonb), traveler.change_tool(uuid, integer, jsonb), traveler.tool_json(uuid),
    traveler.create_mbom(uuid, jsonb), traveler.release_mbom(uuid, integer), traveler.mbom_json(uuid), traveler.import_rows(jsonb), traveler.import_file(jsonb, bytea, boolean),
    traveler.receive_inventory(jsonb), traveler.change_inventory(uuid, integer, jsonb), traveler.inventory_json(uuid), traveler.inventory_location(uuid),
    traveler.create_procedure(jsonb), traveler.replace_procedure(uuid, integer, jsonb), traveler.move_procedure(uuid, integer, text),
    traveler.new_procedure_version(uuid), traveler.procedure_json(uuid), traveler.save_run_as_procedure(uuid, jsonb),
    traveler.create_run(jsonb), traveler.complete_run(uuid, integer, jsonb), traveler.acknowledge_warnings(uuid, jsonb), traveler.blocker_permission(text), traveler.reopen_run(uuid, integer, text, uuid[]),
    traveler.superseded_content(uuid), traveler.as_built_difference(uuid, integer, integer), traveler.run_json(uuid), traveler.run_summary_json(uuid),
    traveler.act_on_steps(text, uuid[], integer, text, boolean, text), traveler.act_on_run(text, uuid, integer, text, text), traveler.step_behind(uuid, uuid),
    traveler.is_available(text, boolean), traveler.divided_seconds(bigint, integer, integer), traveler.available_steps(uuid),
    traveler.start_steps(uuid[], integer, text), traveler.complete_steps(uuid[], integer, jsonb, text), traveler.enter_values(uuid, integer, jsonb), traveler.correct_values(uuid, integer, jsonb), traveler.step_json(uuid),
    traveler.create_work_calendar(jsonb), traveler.change_work_calendar(uuid, integer, jsonb), traveler.work_calendar_json(uuid),
    traveler.change_location(uuid, integer, jsonb), traveler.plan_facts(jsonb), traveler.lock_plan(jsonb), traveler.load_facts(uuid, date, integer),
    traveler.set_schedule(jsonb),
    traveler.supply_requirement(uuid, jsonb), traveler.end_run_supply(uuid, integer, text), traveler.run_supply_json(uuid), traveler.supply_state(boolean, boolean, boolean, boolean), traveler.work_queue(uuid, uuid),
    traveler.rollup_members(text, uuid, uuid, integer), traveler.org_rollup(uuid, uuid), traveler.runs_behind(integer, bigint),
    traveler.timeline(timestamptz, timestamptz, integer, bigint, uuid, text, uuid, uuid, uuid, uuid, jsonb),
    traveler.unscheduled_runs(integer, bigint, text, uuid, uuid, uuid, uuid, jsonb),
    traveler.create_team(jsonb), traveler.change_team(uuid, integer, jsonb), traveler.team_json(uuid),
    traveler.assign(uuid, uuid, jsonb),
    traveler.declare_attachment(jsonb), traveler.write_attachment_part(uuid, integer, text, bytea), traveler.finish_attachment(uuid, jsonb),
    traveler.archive_attachment(uuid, integer, text), traveler.attachment_json(uuid), traveler.upload_json(uuid), traveler.attachment_content(uuid, integer),
    traveler.confirm_password(text), traveler.sign_steps(uuid[], integer), traveler.signature_json(uuid), traveler.decide_approval(text, uuid, integer, jsonb),
    traveler.create_approval_delegation(jsonb), traveler.end_approval_delegation(uuid, integer), traveler.accept_deviation(uuid, jsonb),
    traveler.edit_redline(uuid, integer, jsonb), traveler.add_step(uuid, jsonb), traveler.copy_step(uuid, jsonb), traveler.redlines_json(uuid), traveler.redline_json(uuid),
    traveler.change_redline(uuid, integer, jsonb), traveler.move_redline(text, uuid, integer), traveler.decide_redline(text, uuid, integer, jsonb),
    traveler.redline_merge_preview(uuid, jsonb), traveler.merge_redline(uuid, jsonb), traveler.redline_application_preview(uuid, jsonb), traveler.apply_redline(uuid, jsonb),
    traveler.check_in(uuid, integer), traveler.check_out(uuid, integer, text), traveler.change_session(uuid, integer, jsonb),
    traveler.create_labor_rate(jsonb), traveler.end_labor_rate(uuid, integer, jsonb),
    traveler.install(uuid, jsonb), traveler.uninstall(uuid, integer, text), traveler.installation_json(uuid),
    traveler.abom(uuid, timestamptz), traveler.where_used(uuid, timestamptz), traveler.where_lot_used(uuid, text, timestamptz), traveler.abom_difference(uuid, text), traveler.abom_comparison(uuid, uuid), traveler.history_json(uuid, bigint, integer),
    traveler.run_as_of(uuid, timestamptz, bigint), traveler.run_difference(uuid, timestamptz, timestamptz),
    traveler.record_refusal(text, text, integer, text, text, text, uuid[]),
    traveler.refusals(integer, uuid, text, text, uuid, uuid, timestamptz, timestamptz)
    to traveler_service;
grant execute on function
    traveler.create_disposition_type(jsonb), traveler.archive_disposition_type(uuid, integer), traveler.disposition_type_json(uuid), traveler.disposition_types_json(),
    traveler.create_issue(jsonb), traveler.change_issue(uuid, integer, jsonb), traveler.dispose_issue(uuid, integer, jsonb), traveler.approve_issue(uuid, integer),
    traveler.move_issue(text, uuid, integer, text), traveler.link_issue(uuid, jsonb), traveler.unlink_issue(uuid, jsonb), traveler.comment_issue(uuid, text), traveler.issue_json(uuid),
    traveler.except_requirement(uuid, jsonb), traveler.withdraw_exception(uuid, integer, text), traveler.exception_json(uuid)
    to traveler_service;
grant execute on function
    traveler.create_batch(jsonb), traveler.join_batch(uuid, integer, jsonb), traveler.leave_batch(uuid, jsonb), traveler.dissolve_batch(uuid, integer), traveler.batch_json(uuid),
    traveler.sibling_report(uuid, text),
    traveler.adjust_inventory(uuid, integer, jsonb), traveler.scrap_inventory(uuid, integer, jsonb), traveler.unscrap_inventory(uuid, integer, jsonb),
    traveler.move_inventory(uuid, integer, jsonb), traveler.hold_inventory(uuid, integer, jsonb), traveler.release_inventory(uuid, integer, jsonb),
    traveler.ship_inventory(uuid, integer, jsonb), traveler.return_inventory(uuid, integer, jsonb), traveler.split_inventory(uuid, integer, jsonb),
    traveler.merge_inventory(uuid, integer, jsonb), traveler.reserve_inventory(uuid, integer, jsonb), traveler.unreserve_inventory(uuid, integer)
    to traveler_service;
grant execute on function
    traveler.split_facts(uuid, uuid, jsonb), traveler.split_run(uuid, uuid, integer, jsonb, jsonb), traveler.split_json(uuid), traveler.install_into_split(uuid, jsonb),
    traveler.resolve_installation(uuid, integer, jsonb), traveler.close_split(uuid, integer, text, text), traveler.rework_split(uuid, integer, jsonb), traveler.scrap_run(uuid, integer, jsonb), traveler.unit_progress(uuid)
    to traveler_service;
grant execute on function
    traveler.create_supplier(jsonb), traveler.change_supplier(uuid, integer, jsonb), traveler.supplier_json(uuid),
    traveler.create_purchase_order(jsonb), traveler.change_purchase_order(uuid, integer, jsonb), traveler.change_purchase_order_line(uuid, integer, jsonb),
    traveler.act_on_purchase_order(text, uuid, integer, jsonb), traveler.purchase_order_json(uuid),
    traveler.link_outside_process(uuid, integer, jsonb), traveler.unlink_outside_process(uuid, integer), traveler.send_outside(uuid, integer, jsonb),
    traveler.receive_outside(uuid, integer, jsonb), traveler.short_outside(uuid, integer, jsonb), traveler.outside_process_json(uuid), traveler.run_cost_json(uuid)
    to traveler_service;
grant execute on function
    traveler.create_attribute_definition(jsonb), traveler.change_attribute_definition(uuid, integer, jsonb), traveler.archive_attribute_definition(uuid, integer),
    traveler.attribute_definition_json(uuid), traveler.set_run_attributes(uuid, integer, jsonb),
    traveler.records_by_attributes(text, jsonb, text, boolean, integer, text, bigint, uuid, jsonb)
    to traveler_service;
grant execute on function traveler.enter_system(uuid, text) to traveler_worker, traveler_migrator;
grant execute on function traveler.work_orgs(), traveler.seal_history(integer), traveler.prepare_history_partitions(integer), traveler.drop_stale_uploads(integer), traveler.keep_attribute_views(), traveler.waiting_attribute_views()
    to traveler_worker;
grant execute on function traveler.create_org(text, text), traveler.create_user(text, text, text, text, text), traveler.create_token(text, text, text)
    to traveler_migrator;

-- Field values: who may enter and sign, when values may be written (P4, S13). What each type takes: 094_field_types.sql.

-- Whoever writes a value: the step is in progress, the type is right, a signature is the actor's own.
create or replace function traveler_private.guard_field_value() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_state text;
    v_fault text;
    v_corrects boolean;
begin
    new.stale := false;
    -- A new attempt voids its signatures by a trigger of its own (S14).
    if pg_trigger_depth() > 1 and new.value is null and not new.not_applicable then
        new.entered_by := null;
        new.entered_at := null;
        return new;
    end if;
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select s.state into v_state from traveler.run_step s where s.org_id = new.org_id and s.id = new.run_step_id;
    -- S13: on a completed step of a live run a value is corrected, with its permission and a reason, and what went stale is signed again.
    v_corrects := v_state = 'completed' and new.type <> 'signoff' and coalesce(trim(traveler_private.reason()), '') <> '';
    if v_corrects then
        perform traveler_private.require('run_step.correct');
        perform traveler_private.demand(new.value is not null or new.not_applicable, 409, 'correction_clears', 'S13',
            format('A correction gives "%s" another value, and does not clear it.', new.name));
    else
        perform traveler_private.demand(v_state = 'in_progress' or v_state = 'completed' and old.stale and new.value is not null, 409, 'values_closed', 'S13',
            format('"%s" can be entered while its step is in progress; the step is %s.', new.name, replace(v_state, '_', ' ')),
            case v_state when 'completed' then 'Correct the value with a reason.' else 'Start the step first.' end);
        perform traveler_private.require('run_step.update');
        -- S11: whom the step is assigned to does the work; who signs for it is a matter of roles.
        if new.type <> 'signoff' then
            perform traveler_private.require_assigned(array[new.run_step_id]);
        end if;
    end if;
    if new.value is null and not new.not_applicable then
        new.entered_by := null;
        new.entered_at := null;
        return new;
    end if;
    if new.value is not null then
        v_fault := traveler_private.field_value_fault(new);
        perform traveler_private.demand(v_fault is null, 422, 'field_value', 'P4', format('"%s" %s.', new.name, v_fault), null,
            jsonb_build_object('field_id', new.id));
    end if;
    if new.type = 'signoff' then
        perform traveler_private.demand(new.signoff_role_id is null or exists (
            select from traveler.user_role ur where ur.org_id = new.org_id and ur.role_id = new.signoff_role_id
                and ur.user_id = traveler.current_user_id() and ur.revoked_at is null),
            403, 'signoff_role', 'P4', format('"%s" is signed by a holder of the role %s.', new.name,
                (select r.name from traveler.role r where r.org_id = new.org_id and r.id = new.signoff_role_id)));
        perform traveler_private.demand(not new.peer or (traveler.current_user_id() is not null and not exists (
            select from traveler.labor_session l where l.org_id = new.org_id and l.run_step_id = new.run_step_id
                and l.user_id = traveler.current_user_id())
            and not exists (
            select from traveler.run_step_field x where x.org_id = new.org_id and x.run_step_id = new.run_step_id
                and x.type <> 'signoff' and x.entered_by = traveler_private.actor())),
            403, 'signoff_peer', 'P4', format('"%s" is signed by someone who did no work on this step.', new.name));
    end if;
    if new.type <> 'signoff' and not v_corrects then
        perform traveler_private.demand(not exists (
            select from traveler.run_step_field x where x.org_id = new.org_id and x.run_step_id = new.run_step_id
                and x.peer and x.value is not null and x.entered_by = traveler_private.actor()),
            409, 'signed_as_peer', 'P4', 'A peer who signed this step does no work on it.', 'Take your signature back first.');
    end if;
    new.entered_by := traveler_private.actor();
    new.entered_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_field_value is 'Trigger: judges every written value by state, type, role and peer, and stamps who entered it (P4, S13).';
create or replace trigger _110_guard_field_value before update of value, value_detail, not_applicable, entered_by, entered_at on traveler.run_step_field
    for each row execute function traveler_private.guard_field_value();

create or replace trigger _120_refuse_derived before update of stale on traveler.run_step_field
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('run_step_field', 'S13', 'Whether a signature is stale');
create or replace trigger _110_guard_field_empty before insert on traveler.run_step_field
    for each row when (new.value is not null or new.not_applicable or new.entered_by is not null)
    execute function traveler_private.refuse_derived('run_step_field', 'P2', 'The value of a new field');

drop function if exists traveler_private.write_values(uuid, jsonb);
create or replace function traveler_private.write_values(p_step uuid, p_request jsonb, p_siblings uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_rows integer;
begin
    perform traveler_private.demand((select count(*) = count(distinct v ->> 'field_id') from jsonb_array_elements(p_request -> 'values') v),
        422, 'field_twice', 'P4', 'A field is given twice.');
    select count(*) into v_rows from jsonb_array_elements(p_request -> 'values') v
    join traveler.run_step_field f on f.org_id = v_org and f.run_step_id = p_step and f.id = (v ->> 'field_id')::uuid and f.withdrawn_at is null;
    perform traveler_private.demand(v_rows = jsonb_array_length(p_request -> 'values'), 404, 'field_unknown', 'P4', 'One of the fields is not on this step.');
    update traveler.run_step_field f set
        value = case when coalesce((v ->> 'not_applicable')::boolean, false) or jsonb_typeof(v -> 'value') = 'null' then null
            when f.type = 'datagrid' or v ->> 'unit' is not null then traveler_private.kept_value(f, v)
            when f.type = 'number' and jsonb_typeof(v -> 'value') = 'number' then to_jsonb(v ->> 'value')
            else v -> 'value' end,
        value_detail = case when v ->> 'unit' is not null and v ->> 'value' is not null then jsonb_build_object('unit', v ->> 'unit', 'value', v ->> 'value') end,
        not_applicable = coalesce((v ->> 'not_applicable')::boolean, false)
    from (
        select (v ->> 'field_id')::uuid as id, v from jsonb_array_elements(p_request -> 'values') v
        union all
        -- K3: a shared value is one for all siblings; each has the field in the same place.
        select y.id, v from jsonb_array_elements(p_request -> 'values') v
        join traveler.run_step_field x on x.org_id = v_org and x.id = (v ->> 'field_id')::uuid and traveler_private.is_shared(x.type, x.batch_scope)
        cross join unnest(p_siblings) i
        join traveler.run_step_field y on y.org_id = v_org and y.run_step_id = i and y.position = x.position and y.type = x.type) t (id, v)
    where f.org_id = v_org and f.id = t.id and f.withdrawn_at is null;
end
$$;
comment on function traveler_private.write_values is 'Writes the values of a request to the fields of a step, and the shared ones to its siblings (K3); the guard judges each.';

-- PUT /v1/steps/{id}/values: {values: [{field_id, value?, unit? | not_applicable?}]}; a null value clears the field.
create or replace function traveler.enter_values(p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
    v_ids uuid[] := array[p_step];
begin
    perform traveler_private.require('run_step.update');
    v_ids := traveler_private.lock_batches(v_ids, traveler_private.with_siblings(v_ids), p_request ->> 'siblings');
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    perform traveler_private.write_values(p_step, p_request, array_remove(v_ids, p_step));
    return traveler_private.step_answer(array[p_step]);
end
$$;
comment on function traveler.enter_values is 'Enters, clears or signs fields of a step in progress (P4, S13).';

-- POST /v1/steps/{id}/correct: {reason, values: [{field_id, value?, unit? | not_applicable?}]}
create or replace function traveler.correct_values(p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids uuid[] := array[p_step];
begin
    perform traveler_private.require('run_step.correct');
    perform traveler_private.give_reason(p_request ->> 'reason');
    v_ids := traveler_private.lock_batches(v_ids, traveler_private.with_siblings(v_ids), p_request ->> 'siblings');
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.demand((select s.state from traveler.run_step s where s.org_id = traveler.current_org() and s.id = p_step) = 'completed',
        409, 'step_not_completed', 'S13', 'Only a completed step''s values are corrected.', 'Enter the values while the step is in progress.');
    perform traveler_private.expect_step_version(array[p_step], p_version);
    perform traveler_private.write_values(p_step, p_request, array_remove(v_ids, p_step));
    return traveler_private.step_answer(array[p_step]);
end
$$;
comment on function traveler.correct_values is 'Corrects values of a completed step of a live run, with a reason; its signatures go stale (S13).';

-- What becomes of a redline (D1, D3): edited, submitted, approved or rejected, opened again, and closed once, released or canceled.

-- Whoever changes a redline: it is turned between modify and remove while it is open, goes from state to state as here, and is closed once.
-- What approvals come to is theirs to say.
create or replace function traveler_private.guard_redline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from traveler.run r where r.org_id = old.org_id and r.id = old.run_id for no key update;
    perform traveler_private.demand(new.issue_id is not distinct from old.issue_id or old.closed_at is null and new.state = old.state, 409, 'redline_closed', 'D1',
        format('Redline %s is %s already.', old.number, old.state));
    perform traveler_private.demand((old.run_id, old.run_step_id, old.number, old.reason, old.author, old.came_from, old.before, old.opened_at, old.created_at)
            is not distinct from (new.run_id, new.run_step_id, new.number, new.reason, new.author, new.came_from, new.before, new.opened_at, new.created_at)
            and (old.kind = 'add') = (new.kind = 'add'),
        409, 'redline_fixed', 'D1', 'What a redline says of the step as it was, and who opened it and why, stays.', 'Cancel it, and open another.');
    perform traveler_private.demand(old.closed_at is null, 409, 'redline_closed', 'D3',
        format('Redline %s is %s already.', old.number, old.state), 'Open another on the step.');
    if new.state = old.state then
        if new.kind <> old.kind then
            perform traveler_private.demand_redline(old.run_step_id);
        else
            perform traveler_private.require_author(old);
        end if;
        perform traveler_private.demand((new.closed_at, new.closed_by, new.after) is null, 409, 'derived', 'D3', 'How a redline was closed is derived and cannot be set.',
            'Release or cancel it.');
        return new;
    end if;
    perform traveler_private.demand(new.kind = old.kind and case new.state
            when 'open' then old.state in ('submitted', 'approved', 'rejected')
            when 'submitted' then old.state = 'open' or old.state in ('approved', 'rejected') and pg_trigger_depth() > 1
            when 'approved' then old.state in ('submitted', 'rejected') and pg_trigger_depth() > 1
            when 'rejected' then old.state in ('submitted', 'approved') and pg_trigger_depth() > 1
            else true end, 409, 'redline_move', 'D3',
        format('Redline %s is %s; it can''t be %s.', old.number, old.state, new.state),
        case when new.state in ('approved', 'rejected') then 'Approve or reject it, in a role that the org asks for.' else 'Open it again, submit, release or cancel it.' end);
    if new.state in ('open', 'submitted') and pg_trigger_depth() = 1 then
        perform traveler_private.require_author(old);
    end if;
    if new.state = 'submitted' then
        perform traveler_private.demand(pg_trigger_depth() > 1 or exists (
                select from traveler.redline_approval_policy q where q.org_id = old.org_id and q.ended_at is null), 409, 'approval_not_asked', 'D3',
            'The org asks for no approval of redlines.', 'Release it.');
        return new;
    elsif new.state = 'open' then
        update traveler.redline_approval a set voided_at = now(), void_reason = 'changed'
        where a.org_id = old.org_id and a.redline_id = old.id and a.voided_at is null;
        return new;
    elsif new.state in ('approved', 'rejected') then
        return new;
    elsif new.state = 'released' then
        perform traveler_private.refuse(409, m.code, 'D3', m.message, m.clear) from traveler_private.redline_unapproved(old) m limit 1;
    end if;
    new.after := traveler_private.placed_definition(old.run_step_id);
    new.closed_at := clock_timestamp();
    new.closed_by := traveler_private.actor();
    if new.state = 'canceled' and new.kind <> 'add' then
        perform traveler_private.restore_definition(old);
    elsif new.state = 'released' then
        -- Values stay as the starting point (S14), but for those that the field as it is now would not take, or that mean
        -- something else in another unit.
        update traveler.run_step_field f set value = null
        where f.org_id = old.org_id and f.run_step_id = old.run_step_id and f.withdrawn_at is null and f.value is not null and case
            when f.type = 'number' then exists (select from jsonb_array_elements(old.before -> 'fields') b
                where (b ->> 'id')::uuid = f.id and b ->> 'unit' is distinct from f.unit)
            when f.type = 'datagrid' and exists (
                select from jsonb_array_elements(old.before -> 'fields') b, jsonb_array_elements(b #> '{datagrid,columns}') was, jsonb_array_elements(f.datagrid -> 'columns') c
                where (b ->> 'id')::uuid = f.id and c ->> 'key' = was ->> 'key' and c ->> 'unit' is distinct from was ->> 'unit') then true
            when f.type in ('select', 'multiselect', 'datagrid') then traveler_private.field_value_fault(f) is not null
            else false end;
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_redline is 'Trigger: how a redline goes from state to state, that it is closed once, and stamped; canceled, it gives back its step''s definition (D1, D3).';
-- Whoever opened a redline goes on with it; others need the permission.
create or replace function traveler_private.require_author(p_redline traveler.redline) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_redline.author <> traveler_private.actor() then
        perform traveler_private.require('redline.create');
    end if;
end
$$;
comment on function traveler_private.require_author is 'Refuses unless the actor opened the redline or holds redline.create (D1).';
create or replace trigger _100_guard_redline before update on traveler.redline for each row execute function traveler_private.guard_redline();

-- D3: the definition as it was. What the redline added is withdrawn, what it withdrew is there again.
create or replace function traveler_private.restore_definition(p_redline traveler.redline) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.run_step s set title = b.title, instructions = b.instructions, location_id = b.location_id, lead_time_seconds = b.lead_time_seconds,
        required = b.required, position = b.position, attributes = coalesce(b.attributes, s.attributes)
    from jsonb_populate_record(null::traveler.run_step, p_redline.before) b
    where s.org_id = p_redline.org_id and s.id = p_redline.run_step_id;
    update traveler.run_step_field f set withdrawn_at = clock_timestamp()
    where f.org_id = p_redline.org_id and f.run_step_id = p_redline.run_step_id and f.withdrawn_at is null
        and f.id not in (select b.id from jsonb_populate_recordset(null::traveler.run_step_field, p_redline.before -> 'fields') b);
    update traveler.run_step_field f set withdrawn_at = null, name = b.name, unit = b.unit, required = b.required, allow_not_applicable = b.allow_not_applicable,
        options = b.options, signoff_role_id = b.signoff_role_id, peer = b.peer, meaning = b.meaning, batch_scope = b.batch_scope, minimum = b.minimum, maximum = b.maximum, target = b.target,
        tolerance_minus = b.tolerance_minus, tolerance_plus = b.tolerance_plus, datagrid = b.datagrid, compare_op = b.compare_op,
        compare_field_id = b.compare_field_id
    from jsonb_populate_recordset(null::traveler.run_step_field, p_redline.before -> 'fields') b
    where f.org_id = p_redline.org_id and f.run_step_id = p_redline.run_step_id and f.id = b.id;
    update traveler.run_step_edge e set withdrawn_at = clock_timestamp()
    where e.org_id = p_redline.org_id and e.downstream_id = p_redline.run_step_id and e.withdrawn_at is null
        and e.id not in (select (b ->> 'id')::uuid from jsonb_array_elements(p_redline.before -> 'upstream') b);
    update traveler.run_step_edge e set withdrawn_at = null
    from jsonb_array_elements(p_redline.before -> 'upstream') b
    where e.org_id = p_redline.org_id and e.downstream_id = p_redline.run_step_id and e.id = (b ->> 'id')::uuid and e.withdrawn_at is not null;
    -- A redline that was opened before requirements were a redline's matter says nothing of them.
    if p_redline.before ? 'requirements' then
        perform traveler_private.restore_requirements(p_redline);
    end if;
    -- Nor does one that was opened before steps had attributes say anything of those.
    if (traveler_private.run_step_definition(p_redline.run_step_id) - case when p_redline.before ? 'requirements' then '' else 'requirements' end
            - case when p_redline.before ? 'attributes' then '' else 'attributes' end)
            <> p_redline.before - array['state', 'stands_after'] then
        raise exception 'redline %: the step is not what it was before', p_redline.id;
    end if;
end
$$;
comment on function traveler_private.restore_definition is 'Gives a step back the definition that it had before a redline, to the byte (D3).';

-- Redlines (D1, D3, D6): a redline's row is the one door into the state and out of it, and what a step in redline is open to.

-- A step's definition as a redline keeps it: its fields, build requirements and the steps it waits for, in the columns' own names. Whatever is no value
-- of a field is its definition, columns that come later too. Numbers that have decimals are strings, as everywhere.
create or replace function traveler_private.run_step_definition(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
begin
    return (
        select jsonb_build_object('title', s.title, 'instructions', s.instructions, 'location_id', s.location_id, 'lead_time_seconds', s.lead_time_seconds,
            'required', s.required, 'attributes', s.attributes, 'parent_id', s.parent_id, 'position', s.position,
            'fields', (select coalesce(jsonb_agg(to_jsonb(f) - array['org_id', 'run_id', 'run_step_id', 'value', 'value_detail', 'not_applicable', 'entered_by', 'entered_at',
                        'created_at', 'withdrawn_at', 'stale', 'number_value', 'out_of_range', 'version']
                    || jsonb_build_object('minimum', f.minimum::text, 'maximum', f.maximum::text, 'target', f.target::text,
                        'tolerance_minus', f.tolerance_minus::text, 'tolerance_plus', f.tolerance_plus::text) order by f.position), '[]')
                from traveler.run_step_field f where f.org_id = s.org_id and f.run_step_id = s.id and f.withdrawn_at is null),
            'requirements', traveler_private.step_requirements(s.id),
            'upstream', (select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'run_step_id', e.upstream_id) order by e.upstream_id), '[]')
                from traveler.run_step_edge e where e.org_id = s.org_id and e.downstream_id = s.id and e.withdrawn_at is null))
        from traveler.run_step s where s.org_id = traveler_private.org() and s.id = p_step
    );
end
$$;
comment on function traveler_private.run_step_definition is 'A step''s definition, fields, build requirements and upstream dependencies, as a redline keeps it (D1).';

-- Where closing a redline leads its step (S2, D6). A hold that a released step returns to is one from todo: its attempt is over.
create or replace function traveler_private.redline_target(p_kind text, p_came_from text, p_act text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_act
        when 'release_redline' then case when p_kind = 'remove' then 'canceled' when p_came_from = 'hold' then 'hold' else 'todo' end
        when 'cancel_redline' then coalesce(p_came_from, 'canceled') end;
end
$$;
comment on function traveler_private.redline_target is 'The state that releasing or canceling a redline leads its step to (S2, D6).';

-- What keeps a step from being again what it was before its newest redline: it will wait for what it waited for then, whatever the
-- redline has made of that (A1, A2).
create or replace function traveler_private.redline_blockers(p_ids uuid[])
returns table (run_step_id uuid, kind text, blocking_step_id uuid, blocking_title text, blocking_state text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    select i, 'upstream', x.id, x.title, x.state
    from unnest(p_ids) i
    cross join lateral (select o.before from traveler.redline o where o.org_id = v_org and o.run_step_id = i order by o.number desc limit 1) d
    cross join lateral jsonb_array_elements(d.before -> 'upstream') e
    join traveler.run_step u on u.org_id = v_org and u.id = (e ->> 'run_step_id')::uuid
    cross join lateral (
        select u.id where u.state <> 'canceled'
        union all
        select b.run_step_id from traveler.step_behind(v_org, u.id) b where u.state = 'canceled') y
    join traveler.run_step x on x.org_id = v_org and x.id = y.id
    where x.state <> 'completed'
    union all
    select c.id, 'parent', p.id, p.title, p.state
    from traveler.run_step c join traveler.run_step p on p.org_id = c.org_id and p.id = c.parent_id
    where c.org_id = v_org and c.id = any (p_ids) and p.state <> 'in_progress';
end
$$;
comment on function traveler_private.redline_blockers is 'What a step whose redline is canceled waits for, one row a reason (A1, D3).';

-- P6: whether canceling a step's open redline would give back a dependency that now closes a ring. The guard of the dependencies is
-- asked, so that both say the same.
create or replace function traveler_private.redline_ring(p_step uuid) returns table (code text, rule text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_message text;
    v_clear text;
begin
    perform traveler_private.refuse_ring('run', array_agg(distinct e.run_id), array_agg(e.upstream_id), array_agg(e.downstream_id))
    from traveler.redline o
    cross join lateral jsonb_array_elements(o.before -> 'upstream') b
    join traveler.run_step_edge e on e.org_id = o.org_id and e.id = (b ->> 'id')::uuid and e.withdrawn_at is not null
    where o.org_id = traveler_private.org() and o.run_step_id = p_step and o.closed_at is null having count(*) > 0;
exception when sqlstate 'TV409' then
    get stacked diagnostics v_message = message_text, v_clear = pg_exception_hint;
    return query select 'dependency_cycle', 'P6', v_message, v_clear;
end
$$;
comment on function traveler_private.redline_ring is 'The ring of dependencies that canceling a redline would close; no row when there is none (P6, S16).';

-- The act by which a step has just left redline: what its newest redline says, never what the writer does.
create or replace function traveler_private.redline_act(p_step uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select case o.state when 'released' then 'release_redline' when 'canceled' then 'cancel_redline' end
        from traveler.redline o where o.org_id = traveler_private.org() and o.run_step_id = p_step order by o.number desc limit 1);
end
$$;
comment on function traveler_private.redline_act is 'The act that closed a step''s newest redline; null while it is open (D3).';

-- The stamps of a move into redline or out of it; the redline's record says which move it is. A canceled redline gives back what
-- the step was, to the byte: that it was redlined stays in the history and in the redline (D3). A released one begins a new attempt
-- of what had started (S14); a hold goes on, for its own reason and as part of the act that held it (S15).
create or replace function traveler_private.stamp_redline_move(p_old traveler.run_step, p_new traveler.run_step) returns traveler.run_step
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
begin
    if not exists (select from traveler.step_transition t where t.from_state = p_old.state and t.to_state = p_new.state) then
        perform traveler_private.refuse_move(p_new.title, p_old.state, p_new.state);
    end if;
    select * into v_redline from traveler.redline o where o.org_id = p_new.org_id and o.run_step_id = p_new.id order by o.number desc limit 1;
    p_new.state_changed_at := clock_timestamp();
    p_new.state_changed_by := traveler_private.actor();
    p_new.state_reason := traveler_private.reason();
    p_new.state_act := traveler_private.act_id();
    p_new.held_from := null;
    p_new.completed_at := null;
    p_new.completed_by := null;
    p_new.attempt := p_old.attempt;
    p_new.started_at := p_old.started_at;
    p_new.withdrawn_at := null;
    if p_new.state = 'redline' then
        perform traveler_private.demand(v_redline.id is not null and v_redline.closed_at is null and v_redline.came_from = p_old.state, 409, 'redline_missing', 'D1',
            format('"%s" goes into redline by opening a redline on it.', p_new.title), 'Open a redline, with its reason.');
        p_new.state_reason := v_redline.reason;
        return p_new;
    end if;
    perform traveler_private.demand(v_redline.closed_at is not null
            and p_new.state = traveler_private.redline_target(v_redline.kind, v_redline.came_from, traveler_private.redline_act(p_new.id)), 409, 'redline_open', 'D3',
        format('"%s" leaves redline when its redline is released or canceled.', p_new.title), 'Release or cancel its redline.');
    if p_new.state = 'canceled' then
        p_new.withdrawn_at := p_new.state_changed_at;
    elsif v_redline.state = 'canceled' then
        return jsonb_populate_record(p_new, v_redline.before -> 'state');
    else
        p_new.attempt := p_old.attempt + case when p_old.started_at is null then 0 else 1 end;
        p_new.started_at := null;
        if p_new.state = 'hold' then
            p_new.held_from := 'todo';
            p_new.state_reason := v_redline.before #>> '{state,state_reason}';
            p_new.state_act := (v_redline.before #>> '{state,state_act}')::uuid;
        end if;
    end if;
    return p_new;
end
$$;
comment on function traveler_private.stamp_redline_move is 'The stamps of a step''s move into redline or out of it, as its redline''s record has them (S14, D3, D6).';

-- Whoever opens a redline: when, by whom, from where and what the step was come from the step, not from the writer.
create or replace function traveler_private.open_redline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_run traveler.run;
    v_step traveler.run_step;
begin
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    perform traveler_private.demand(v_run.completed_at is null, 409, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', v_run.number),
        'An admin can reopen the run with a reason.');
    new.state := 'open';
    new.author := traveler_private.actor();
    new.opened_at := clock_timestamp();
    new.after := null;
    new.closed_at := null;
    new.closed_by := null;
    select coalesce(max(o.number), 0) + 1 into new.number from traveler.redline o where o.org_id = new.org_id and o.run_id = new.run_id;
    if new.kind = 'add' then
        perform traveler_private.require('redline.create');
        perform traveler_private.demand(v_run.created_at <> now() and not exists (
                select from traveler.run_step s where s.org_id = new.org_id and s.id = new.run_step_id), 409, 'step_exists', 'D1',
            'A redline adds a step that is not there yet to a run that is.', 'Open a redline on the step.');
        new.before := null;
        new.came_from := null;
    else
        perform from traveler.run_step s where s.org_id = new.org_id and s.id = new.run_step_id for no key update;
        select * into v_step from traveler.run_step s where s.org_id = new.org_id and s.run_id = new.run_id and s.id = new.run_step_id;
        perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'There is no such step.');
        perform traveler_private.demand(v_step.state <> 'redline', 409, 'redline_open', 'D1', format('"%s" is in redline already.', v_step.title),
            'Edit it, or release or cancel its redline.');
        if v_step.withdrawn_at is not null or not exists (select from traveler.step_transition t where t.from_state = v_step.state and t.to_state = 'redline') then
            perform traveler_private.refuse_move(v_step.title, v_step.state, 'redline');
        end if;
        new.came_from := v_step.state;
        new.before := traveler_private.placed_definition(v_step.id) || jsonb_build_object('state', traveler_private.step_state_facts(v_step));
    end if;
    perform traveler_private.give_reason(new.reason);
    return new;
end
$$;
comment on function traveler_private.open_redline is 'Trigger: judges and stamps a redline that opens, and keeps what its step was (D1).';
create or replace trigger _100_open_redline before insert on traveler.redline for each row execute function traveler_private.open_redline();

create or replace function traveler_private.step_state_facts(p_step traveler.run_step) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
begin
    return jsonb_build_object('state', p_step.state, 'attempt', p_step.attempt, 'held_from', p_step.held_from, 'state_reason', p_step.state_reason,
        'state_changed_at', p_step.state_changed_at, 'state_changed_by', p_step.state_changed_by, 'state_act', p_step.state_act,
        'started_at', p_step.started_at, 'completed_at', p_step.completed_at, 'completed_by', p_step.completed_by);
end
$$;
comment on function traveler_private.step_state_facts is 'What canceling a redline restores of a step''s state, by its columns'' names (D3).';

-- S12: what is in progress inside a step in progress goes on hold with it, in the same statement. All that one statement opens or closes
-- moves together, before siblings are judged.
create or replace function traveler_private.move_redlined_steps() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_ids uuid[];
    v_nested uuid[];
    v_rows integer;
begin
    if tg_op = 'INSERT' then
        v_ids := array(select n.run_step_id from new_rows n where n.kind <> 'add');
        v_nested := array(select n.id from traveler_private.nested_steps(v_ids) n where n.state = 'in_progress' and n.id <> all (v_ids));
        if v_ids <> '{}' then
            update traveler.run_step s set state = case when s.id = any (v_ids) then 'redline' else 'hold' end
            where s.org_id = v_org and s.id = any (v_ids || v_nested);
            get diagnostics v_rows = row_count;
        end if;
    else
        v_ids := array(select n.run_step_id from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id and o.closed_at is null where n.closed_at is not null);
        if v_ids <> '{}' then
            update traveler.run_step s set state = traveler_private.redline_target(n.kind, n.came_from, traveler_private.redline_act(s.id))
            from new_rows n
            where n.closed_at is not null and n.run_step_id = any (v_ids) and s.org_id = v_org and s.id = n.run_step_id and s.state = 'redline';
            get diagnostics v_rows = row_count;
        end if;
    end if;
    if v_rows <> cardinality(v_ids || v_nested) then
        raise exception 'redlines: % of % steps moved', v_rows, cardinality(v_ids || v_nested);
    end if;
    return null;
end
$$;
comment on function traveler_private.move_redlined_steps is 'Trigger: opening redlines moves their steps into redline, closing them moves the steps out (S2, S12).';
create or replace trigger _110_move_steps_in after insert on traveler.redline referencing new table as new_rows
    for each statement execute function traveler_private.move_redlined_steps();
create or replace trigger _110_move_steps_out after update on traveler.redline referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.move_redlined_steps();

-- S7, D1: who writes the definition of a step of a live run, and how, is asked here for each table and every writer.
create or replace function traveler_private.demand_redline(p_step uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
begin
    select * into v_redline from traveler.redline o where o.org_id = traveler_private.org() and o.run_step_id = p_step and o.closed_at is null;
    perform traveler_private.demand(found, 409, 'run_is_a_copy', 'P2', 'The definition of a run''s step is fixed when the run is created.',
        'Open a redline on the step, and edit it there.');
    -- D3: approvers judge what they see. The cancellation gives back what was before from any state.
    perform traveler_private.demand(v_redline.state = 'open' or pg_trigger_depth() > 1, 409, 'redline_submitted', 'D3',
        format('Redline %s is %s: it is opened again before it is edited.', v_redline.number, v_redline.state), 'Open it again, which voids its approvals.');
    if v_redline.author <> traveler_private.actor() then
        perform traveler_private.require('redline.create');
    end if;
end
$$;
comment on function traveler_private.demand_redline is 'Refuses unless the step is in redline and the actor opened it or holds redline.create (P2, S7, D1).';

-- The run's lock first, so that an edit and the redline's closing see each other.
create or replace function traveler_private.guard_redline_edit() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    -- What a step asks for is pulled anew as it starts, by its own trigger (P2).
    if not (pg_trigger_depth() > 1 and tg_table_name = 'run_step_field' and exists (
            select from traveler.run_step s where s.org_id = new.org_id and s.id = (to_jsonb(new) ->> tg_argv[0])::uuid and s.state = 'in_progress')) then
        perform traveler_private.demand_redline((to_jsonb(new) ->> tg_argv[0])::uuid);
    end if;
    if tg_argv[0] <> 'id' and new.withdrawn_at is not null then
        new.withdrawn_at := coalesce(old.withdrawn_at, clock_timestamp());
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_redline_edit is 'Trigger: a step of a run is edited while it is in redline only (S7, D1).';
create or replace trigger _050_guard_redline_edit before update of title, instructions, location_id, lead_time_seconds, required, position, attributes on traveler.run_step
    for each row when ((old.title, old.instructions, old.location_id, old.lead_time_seconds, old.required, old.position, old.attributes)
        is distinct from (new.title, new.instructions, new.location_id, new.lead_time_seconds, new.required, new.position, new.attributes))
    execute function traveler_private.guard_redline_edit('id');
create or replace trigger _050_guard_redline_edit before update of withdrawn_at on traveler.run_step_edge
    for each row when (old.withdrawn_at is distinct from new.withdrawn_at) execute function traveler_private.guard_redline_edit('downstream_id');
create or replace trigger _050_guard_redline_edit before update of name, unit, required, allow_not_applicable, options, signoff_role_id, peer, meaning, batch_scope, minimum, maximum,
    target, tolerance_minus, tolerance_plus, datagrid, compare_op, compare_field_id, withdrawn_at on traveler.run_step_field
    for each row when ((old.name, old.unit, old.required, old.allow_not_applicable, old.options, old.signoff_role_id, old.peer, old.meaning, old.batch_scope, old.minimum, old.maximum,
            old.target, old.tolerance_minus, old.tolerance_plus, old.datagrid, old.compare_op, old.compare_field_id, old.withdrawn_at)
        is distinct from (new.name, new.unit, new.required, new.allow_not_applicable, new.options, new.signoff_role_id, new.peer, new.meaning, new.batch_scope, new.minimum, new.maximum,
            new.target, new.tolerance_minus, new.tolerance_plus, new.datagrid, new.compare_op, new.compare_field_id, new.withdrawn_at))
    execute function traveler_private.guard_redline_edit('run_step_id');

-- D1: what is asked no more is not answered. A new attempt voids signatures by a trigger of its own (S14).
create or replace function traveler_private.guard_withdrawn_field() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(pg_trigger_depth() > 1 and new.value is null and not new.not_applicable, 409, 'field_withdrawn', 'D1',
        format('"%s" was withdrawn by a redline: it is asked no more.', new.name));
    return new;
end
$$;
comment on function traveler_private.guard_withdrawn_field is 'Trigger: a withdrawn field keeps its value (D1, T4).';
create or replace trigger _105_guard_withdrawn_field before update of value, not_applicable on traveler.run_step_field
    for each row when (old.withdrawn_at is not null and (old.value, old.not_applicable) is distinct from (new.value, new.not_applicable))
    execute function traveler_private.guard_withdrawn_field();

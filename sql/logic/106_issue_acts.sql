-- Acts on issues, and what the API answers of one (Q1). The guards judge; an act finds, locks and says what is missing.

-- S16 for issues: which acts its caller may do now, and why the others not, from the guard's own sources.
create or replace function traveler_private.issue_acts_json(p_issue uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('act', t.act, 'to_state', t.to_state, 'permission', t.permission, 'reason', t.reason,
            'allowed', p.allowed and o.obstacles is null,
            'refusals', case when p.allowed then '[]' else jsonb_build_array(jsonb_build_object('code', 'permission_missing', 'rule', 'T3',
                    'message', format('This needs the permission %s.', t.permission), 'clear', 'Ask an admin of your org for a role that holds it.')) end
                || coalesce(o.obstacles, '[]')) order by t.act), '[]')
        from traveler.issue i
        cross join lateral (
            select x.act, x.to_state, x.permission, x.reason from traveler.issue_transition x where x.from_state = i.state
            union all
            select 'dispose', 'pending', 'issue.dispose', 'off' where i.state <> 'resolved') t
        cross join lateral (select traveler.has_permission(t.permission) as allowed) p
        cross join lateral (
            select jsonb_agg(jsonb_build_object('code', x.code, 'rule', 'Q1', 'message', x.message, 'clear', x.clear)) as obstacles
            from traveler_private.issue_obstacles(i.id, t.to_state) x where t.act <> 'dispose') o
        where i.org_id = v_org and i.id = p_issue
    );
end
$$;
comment on function traveler_private.issue_acts_json is 'The moves of an issue: allowed now or not, and why (S16, Q1).';

-- GET /v1/issues/{id}
create or replace function traveler.issue_json(p_issue uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', i.id, 'number', i.number, 'title', i.title, 'description', i.description, 'state', i.state, 'cause', i.cause,
            'run_id', i.run_id, 'run_number', r.number, 'run_step_id', i.run_step_id, 'assigned_to', i.assigned_to, 'state_reason', i.state_reason,
            'created_by', i.created_by, 'created_at', traveler.json_time(i.created_at),
            'resolved_by', i.resolved_by, 'resolved_at', traveler.json_time(i.resolved_at), 'attributes', i.attributes, 'version', i.version)
            || jsonb_build_object(
            'disposition', case when i.disposition_type_id is not null then jsonb_build_object('disposition_type_id', t.id, 'name', t.name,
                'availability', t.availability, 'note', i.disposition_note, 'number', i.disposition_number, 'disposed_by', i.disposed_by,
                'disposed_at', traveler.json_time(i.disposed_at)) end,
            'approvals', (select coalesce(jsonb_agg(jsonb_build_object('role', o.name, 'approved_by', x.approved_by,
                    'approved_at', traveler.json_time(x.created_at)) order by o.name), '[]')
                from traveler.disposition_type_role a join traveler.role o on o.org_id = a.org_id and o.id = a.role_id
                left join traveler.issue_approval x on x.org_id = a.org_id and x.issue_id = i.id
                    and x.disposition_number = i.disposition_number and x.role_id = a.role_id
                where a.org_id = i.org_id and a.disposition_type_id = i.disposition_type_id and a.duty = 'approve'),
            'inventory', (select coalesce(jsonb_agg(jsonb_build_object('part_inventory_id', n.id, 'part_id', n.part_id, 'part_number', p.part_number,
                    'revision', p.revision, 'serial_number', n.serial_number, 'lot_number', n.lot_number, 'quantity', traveler.json_decimal(n.quantity),
                    'status', n.status, 'linked_at', traveler.json_time(l.created_at)) order by l.id), '[]')
                from traveler.issue_inventory l
                join traveler.part_inventory n on n.org_id = l.org_id and n.id = l.part_inventory_id
                join traveler.part p on p.org_id = n.org_id and p.id = n.part_id
                where l.org_id = i.org_id and l.issue_id = i.id and l.unlinked_at is null),
            'exceptions', (select coalesce(jsonb_agg(traveler.exception_json(e.id) order by e.id), '[]') from traveler.build_requirement_exception e
                where e.org_id = i.org_id and e.issue_id = i.id),
            'redlines', (select coalesce(jsonb_agg(traveler_private.redline_json(d) - array['before', 'after', 'approvals'] order by d.id), '[]')
                from traveler.redline d where d.org_id = i.org_id and d.issue_id = i.id),
            'comments', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'body', c.body, 'created_by', c.created_by,
                    'created_at', traveler.json_time(c.created_at)) order by c.id), '[]')
                from traveler.issue_comment c where c.org_id = i.org_id and c.issue_id = i.id),
            'acts', traveler_private.issue_acts_json(i.id))
        from traveler.issue i
        left join traveler.run r on r.org_id = i.org_id and r.id = i.run_id
        left join traveler.disposition_type t on t.org_id = i.org_id and t.id = i.disposition_type_id
        where i.org_id = traveler.current_org() and i.id = p_issue
    );
end
$$;
comment on function traveler.issue_json is 'An issue with its disposition, approvals, inventory, exceptions, comments and acts; null when the org has no such issue.';

-- The ids of a request, each of a record of the org's, or 422.
create or replace function traveler_private.inventory_of(p_ids jsonb) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids uuid[] := array(select distinct x::uuid from jsonb_array_elements_text(p_ids) x);
begin
    perform traveler_private.demand(cardinality(v_ids) = (select count(*) from traveler.part_inventory i
        where i.org_id = traveler_private.org() and i.id = any (v_ids)), 422, 'inventory_unknown', 'T1', 'There is no such part inventory.');
    return v_ids;
end
$$;
comment on function traveler_private.inventory_of is 'The ids of part inventory that a request names; refuses one that the org does not have.';

create or replace function traveler_private.expect_assignee(p_user uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(p_user is null or exists (select from traveler.user_account u
        where u.org_id = traveler_private.org() and u.id = p_user and u.active), 422, 'user_unknown', 'T1', 'The org has no such active user.');
end
$$;
comment on function traveler_private.expect_assignee is 'Refuses to assign to whom the org does not have.';

-- POST /v1/issues: {title, description?, cause?, run_id?, run_step_id?, assigned_to?, part_inventory_ids?, attributes?}
create or replace function traveler.create_issue(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_run uuid := (p_request ->> 'run_id')::uuid;
    v_step uuid := (p_request ->> 'run_step_id')::uuid;
    v_rows uuid[];
begin
    perform traveler_private.require('issue.create');
    v_rows := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
    perform traveler_private.expect_assignee((p_request ->> 'assigned_to')::uuid);
    if v_step is not null then
        select s.run_id into v_run from traveler.run_step s where s.org_id = v_org and s.id = v_step and s.run_id = coalesce(v_run, s.run_id);
        perform traveler_private.demand(found, 422, 'step_unknown', 'T1', 'There is no such step, or it is of another run.');
    end if;
    -- Before the org's counter, which a failing step takes while it holds its inventory and its run.
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (v_rows) order by i.id for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id = v_run for no key update;
    insert into traveler.issue (org_id, id, number, title, description, cause, run_id, run_step_id, assigned_to, attributes, created_by)
    values (v_org, v_id, traveler_private.next_number('issue'), p_request ->> 'title', coalesce(p_request ->> 'description', ''), p_request ->> 'cause',
        v_run, v_step, (p_request ->> 'assigned_to')::uuid, coalesce(p_request -> 'attributes', '{}'), traveler_private.actor());
    insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) select v_org, v_id, x from unnest(v_rows) x;
    return traveler.issue_json(v_id);
end
$$;
comment on function traveler.create_issue is 'Reports an issue, linked to what it is about (Q1).';

-- PATCH /v1/issues/{id}: {title?, description?, cause?, assigned_to?, attributes?}
create or replace function traveler.change_issue(p_issue uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.issue;
begin
    perform traveler_private.require('issue.update');
    v_now := traveler_private.lock_issue(p_issue);
    perform traveler_private.expect_version('issue', p_issue, v_now.version, p_version);
    perform traveler_private.expect_assignee((p_request ->> 'assigned_to')::uuid);
    update traveler.issue i set
        title = coalesce(p_request ->> 'title', i.title), description = coalesce(p_request ->> 'description', i.description),
        cause = case when p_request ? 'cause' then p_request ->> 'cause' else i.cause end,
        assigned_to = case when p_request ? 'assigned_to' then (p_request ->> 'assigned_to')::uuid else i.assigned_to end,
        attributes = traveler_private.merged_attributes(i.attributes, p_request -> 'attributes')
    where i.org_id = v_org and i.id = p_issue;
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.change_issue is 'Changes what is written of an open issue, and whom it is assigned to (Q1).';

-- POST /v1/issues/{id}/dispose: {disposition_type_id, note?}
create or replace function traveler.dispose_issue(p_issue uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_type uuid := (p_request ->> 'disposition_type_id')::uuid;
    v_now traveler.issue;
begin
    perform traveler_private.require('issue.dispose');
    v_now := traveler_private.lock_issue(p_issue);
    perform traveler_private.expect_version('issue', p_issue, v_now.version, p_version);
    perform traveler_private.demand(exists (select from traveler.disposition_type t where t.org_id = v_org and t.id = v_type),
        422, 'disposition_type_unknown', 'T1', 'There is no such disposition type.');
    perform traveler_private.demand((v_now.disposition_type_id, v_now.disposition_note) is distinct from (v_type, p_request ->> 'note'),
        409, 'already_disposed', 'Q1', format('Issue %s has this disposition already.', v_now.number));
    update traveler.issue i set disposition_type_id = v_type, disposition_note = p_request ->> 'note' where i.org_id = v_org and i.id = p_issue;
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.dispose_issue is 'Sets the disposition of an open issue, or changes it, which takes the issue back to pending and asks for new approvals (Q1).';

-- POST /v1/issues/{id}/approve: for each role that the disposition still waits for and the caller holds
create or replace function traveler.approve_issue(p_issue uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.issue;
    v_waiting uuid[];
    v_rows integer;
begin
    perform traveler_private.require('issue.approve');
    v_now := traveler_private.lock_issue(p_issue);
    perform traveler_private.expect_version('issue', p_issue, v_now.version, p_version);
    v_waiting := array(
        select a.role_id from traveler.disposition_type_role a
        where a.org_id = v_org and a.disposition_type_id = v_now.disposition_type_id and a.duty = 'approve' and not exists (
            select from traveler.issue_approval x where x.org_id = v_org and x.issue_id = p_issue
                and x.disposition_number = v_now.disposition_number and x.role_id = a.role_id)
        order by a.role_id);
    perform traveler_private.demand(v_waiting <> '{}', 409, 'nothing_to_approve', 'Q1', format('Issue %s waits for no approval.', v_now.number));
    insert into traveler.issue_approval (org_id, issue_id, disposition_number, role_id, approved_by)
    select v_org, p_issue, v_now.disposition_number, x, traveler_private.actor() from unnest(v_waiting) x where traveler_private.holds_role(x);
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows > 0, 403, 'role_missing', 'Q1', 'You hold none of the roles that the disposition waits for: ' || (
        select string_agg(r.name, ', ' order by r.name) from traveler.role r where r.org_id = v_org and r.id = any (v_waiting)) || '.',
        'Ask someone who holds one of them.');
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.approve_issue is 'Approves the disposition of an issue for the roles that it waits for and the caller holds (Q1).';

-- POST /v1/issues/{id}/start, submit, return, resolve, reopen: {reason?}
create or replace function traveler.move_issue(p_act text, p_issue uuid, p_version integer default null, p_reason text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.issue;
    v_move traveler.issue_transition;
begin
    select * into v_move from traveler.issue_transition t where t.act = p_act;
    perform traveler_private.demand(found, 422, 'act_unknown', 'Q1', format('There is no act "%s" on an issue.', p_act));
    perform traveler_private.require(v_move.permission);
    if p_reason is not null then
        perform traveler_private.give_reason(p_reason);
    end if;
    v_now := traveler_private.lock_issue(p_issue);
    perform traveler_private.expect_version('issue', p_issue, v_now.version, p_version);
    perform traveler_private.demand(v_now.state <> v_move.to_state, 409, 'already_there', 'Q1',
        format('Issue %s is already %s.', v_now.number, replace(v_now.state, '_', ' ')));
    -- Two acts may lead to one state: each only from where it begins.
    perform traveler_private.demand(v_now.state = v_move.from_state, 409, 'move_not_allowed', 'Q1',
        format('Issue %s is %s: to %s it, it is %s first.', v_now.number, replace(v_now.state, '_', ' '), p_act, replace(v_move.from_state, '_', ' ')),
        null, jsonb_build_object('state', v_now.state));
    update traveler.issue i set state = v_move.to_state where i.org_id = v_org and i.id = p_issue;
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.move_issue is 'Starts, submits, returns, resolves or reopens an issue (Q1).';

-- POST /v1/issues/{id}/link and unlink: {part_inventory_ids}
create or replace function traveler.link_issue(p_issue uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_rows uuid[];
begin
    perform traveler_private.require('issue.create');
    perform traveler_private.lock_issue(p_issue);
    v_rows := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
    insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id) select v_org, p_issue, x from unnest(v_rows) x
    on conflict (org_id, issue_id, part_inventory_id) where unlinked_at is null do nothing;
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.link_issue is 'Links inventory to an open issue, which then decides whether it may be used (Q1, I2).';

create or replace function traveler.unlink_issue(p_issue uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_rows uuid[];
    v_unlinked integer;
begin
    perform traveler_private.require('issue.dispose');
    perform traveler_private.lock_issue(p_issue);
    v_rows := traveler_private.inventory_of(p_request -> 'part_inventory_ids');
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    update traveler.issue_inventory l set unlinked_at = now()
    where l.org_id = v_org and l.issue_id = p_issue and l.part_inventory_id = any (v_rows) and l.unlinked_at is null;
    get diagnostics v_unlinked = row_count;
    perform traveler_private.demand(v_unlinked = cardinality(v_rows), 409, 'not_linked', 'Q1', 'The issue is not linked to all of these.');
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.unlink_issue is 'Takes inventory off an open issue, which then no longer keeps it from being used (Q1, I2).';

-- POST /v1/issues/{id}/comment: {body}
create or replace function traveler.comment_issue(p_issue uuid, p_body text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('issue.create');
    perform traveler_private.lock_issue(p_issue);
    insert into traveler.issue_comment (org_id, issue_id, body, created_by) values (traveler.current_org(), p_issue, p_body, traveler_private.actor());
    return traveler.issue_json(p_issue);
end
$$;
comment on function traveler.comment_issue is 'Says something to an issue, in whatever state it is.';

-- Issues (Q1): the moves as data, the guards over whoever writes, and what an issue keeps from being used (I2).

insert into traveler.issue_transition (from_state, to_state, permission, act, reason) values
    ('pending', 'in_progress', 'issue.update', 'start', 'off'),
    ('in_progress', 'in_review', 'issue.update', 'submit', 'off'),
    ('in_review', 'in_progress', 'issue.update', 'return', 'required'),
    ('in_review', 'resolved', 'issue.resolve', 'resolve', 'optional'),
    ('resolved', 'in_progress', 'issue.resolve', 'reopen', 'required')
on conflict (from_state, to_state) do update set permission = excluded.permission, act = excluded.act, reason = excluded.reason
where (issue_transition.permission, issue_transition.act, issue_transition.reason) <> (excluded.permission, excluded.act, excluded.reason);

-- I2: what keeps a row from being used, one row an issue. An issue without a disposition keeps what it is about until someone has
-- decided; disposed as available immediately it frees it at once, on resolve when it is resolved, and else never.
create or replace view traveler.inventory_issue_hold with (security_invoker = true) as
    select l.org_id, l.part_inventory_id, s.id as issue_id, s.number
    from traveler.issue_inventory l
    join traveler.issue s on s.org_id = l.org_id and s.id = l.issue_id
    left join traveler.disposition_type t on t.org_id = s.org_id and t.id = s.disposition_type_id
    where l.unlinked_at is null
        and case t.availability when 'available_immediately' then false when 'permanently_unavailable' then true else s.state <> 'resolved' end;
comment on view traveler.inventory_issue_hold is 'Which issue keeps which inventory from being used (Q1, I2).';

-- The rows are locked before they are judged: whoever changes what keeps one of them comes through here, and the last sees all.
create or replace function traveler_private.derive_issue_holds(p_rows uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    perform from traveler.part_inventory i where i.org_id = v_org and i.id = any (p_rows) order by i.id for no key update;
    update traveler.part_inventory i set issue_hold = not i.issue_hold
    where i.org_id = v_org and i.id = any (p_rows)
        and i.issue_hold <> exists (select from traveler.inventory_issue_hold h where h.org_id = i.org_id and h.part_inventory_id = i.id);
end
$$;
comment on function traveler_private.derive_issue_holds is 'Derives whether issues keep some inventory from being used (I2).';

create or replace function traveler_private.keep_linked_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.derive_issue_holds(array(select n.part_inventory_id from new_rows n));
    return null;
end
$$;
comment on function traveler_private.keep_linked_inventory is 'Trigger: what is linked to an issue is kept by it, what is unlinked is not (I2).';
create or replace trigger _500_keep_linked after insert on traveler.issue_inventory referencing new table as new_rows
    for each statement execute function traveler_private.keep_linked_inventory();
create or replace trigger _500_keep_unlinked after update on traveler.issue_inventory referencing new table as new_rows
    for each statement execute function traveler_private.keep_linked_inventory();

create or replace function traveler_private.keep_issue_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.derive_issue_holds(array(
        select l.part_inventory_id from new_rows n
        join old_rows o on o.org_id = n.org_id and o.id = n.id
        join traveler.issue_inventory l on l.org_id = n.org_id and l.issue_id = n.id and l.unlinked_at is null
        where (o.state, o.disposition_type_id) is distinct from (n.state, n.disposition_type_id)));
    return null;
end
$$;
comment on function traveler_private.keep_issue_inventory is 'Trigger: an issue''s inventory follows its disposition and its state (I2).';
create or replace trigger _500_keep_inventory after update on traveler.issue referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.keep_issue_inventory();

create or replace function traveler_private.holds_role(p_role uuid) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from traveler.user_role u
        where u.org_id = traveler_private.org() and u.user_id = traveler.current_user_id() and u.role_id = p_role and u.revoked_at is null);
end
$$;
comment on function traveler_private.holds_role is 'Whether the acting user holds a role; the system''s own work holds none.';

-- What stands in the way of a move of an issue, one row an obstacle, its state and the permission aside.
create or replace function traveler_private.issue_obstacles(p_issue uuid, p_to text)
returns table (status integer, code text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
    v_issue traveler.issue;
    v_roles text;
begin
    select * into v_issue from traveler.issue i where i.org_id = v_org and i.id = p_issue;
    if v_issue.disposition_type_id is null then
        return query select 409, 'disposition_missing', format('Issue %s has no disposition.', v_issue.number), 'Set its disposition first.';
    end if;
    if p_to <> 'resolved' then
        return;
    end if;
    return query
    select 409, 'approval_missing', format('The disposition of issue %s is not approved by %s.', v_issue.number, r.name),
        format('Someone with the role %s, other than who set the disposition, approves it.', r.name)
    from traveler.disposition_type_role a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
    where a.org_id = v_org and a.disposition_type_id = v_issue.disposition_type_id and a.duty = 'approve' and not exists (
        select from traveler.issue_approval x where x.org_id = v_org and x.issue_id = p_issue
            and x.disposition_number = v_issue.disposition_number and x.role_id = a.role_id)
    order by r.name;
    select string_agg(r.name, ', ' order by r.name) into v_roles
    from traveler.disposition_type_role a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
    where a.org_id = v_org and a.disposition_type_id = v_issue.disposition_type_id and a.duty = 'close'
    having bool_and(not traveler_private.holds_role(a.role_id));
    if found then
        return query select 403, 'role_missing', format('Issue %s is resolved by the roles that its disposition names: %s.', v_issue.number, v_roles),
            'Ask someone who holds one of them.';
    end if;
end
$$;
comment on function traveler_private.issue_obstacles is 'What keeps an issue from a move: disposition, approvals, closure roles (Q1).';

-- What an issue is about never changes; what becomes of it is judged by the guard.
create or replace trigger _100_refuse_identity_change before update of number, run_id, run_step_id, created_by on traveler.issue
    for each row when ((old.number, old.run_id, old.run_step_id, old.created_by) is distinct from (new.number, new.run_id, new.run_step_id, new.created_by))
    execute function traveler_private.refuse_identity_change('issue');

create or replace function traveler_private.guard_new_issue() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- C2: an open issue is a warning of its run, and whatever makes one keeps the run from completing meanwhile.
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    -- S6: the issue of a failure is made by the failing, under its permission.
    if pg_trigger_depth() = 1 then
        perform traveler_private.require('issue.create');
    end if;
    perform traveler_private.demand(new.state = 'pending' and new.disposition_number = 0
            and num_nonnulls(new.disposition_type_id, new.disposition_note, new.state_reason, new.resolved_by, new.resolved_at) = 0,
        409, 'issue_starts_pending', 'Q1', 'An issue starts in pending, without a disposition.');
    new.created_by := traveler_private.actor();
    return new;
end
$$;
comment on function traveler_private.guard_new_issue is 'Trigger: an issue starts in pending (Q1).';
create or replace trigger _110_guard_new_issue before insert on traveler.issue
    for each row execute function traveler_private.guard_new_issue();

-- Judges every change of an issue, and stamps it: the stamps come from the change, not from the writer. A change of the disposition
-- goes back to pending in the same statement, whatever state the statement names.
create or replace function traveler_private.guard_issue() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_move traveler.issue_transition;
    v_obstacle record;
begin
    if (old.state, old.disposition_type_id, old.disposition_note) is distinct from (new.state, new.disposition_type_id, new.disposition_note) then
        -- Its inventory follows it (I2).
        perform from traveler.part_inventory i where i.org_id = new.org_id and i.id in (
            select l.part_inventory_id from traveler.issue_inventory l where l.org_id = new.org_id and l.issue_id = new.id and l.unlinked_at is null)
        order by i.id for no key update;
    end if;
    -- So does the warning of its run, which stands on all that the issue is (C2).
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    new.disposition_number := old.disposition_number;
    new.disposed_by := old.disposed_by;
    new.disposed_at := old.disposed_at;
    new.state_reason := old.state_reason;
    new.resolved_by := old.resolved_by;
    new.resolved_at := old.resolved_at;
    perform traveler_private.demand(old.state <> 'resolved' or (old.title, old.description, old.cause, old.assigned_to, old.attributes, old.disposition_type_id, old.disposition_note)
            is not distinct from (new.title, new.description, new.cause, new.assigned_to, new.attributes, new.disposition_type_id, new.disposition_note),
        409, 'issue_resolved', 'Q1', format('Issue %s is resolved.', old.number), 'Open it again first, with a reason.');
    if (old.title, old.description, old.cause, old.assigned_to, old.attributes) is distinct from (new.title, new.description, new.cause, new.assigned_to, new.attributes) then
        perform traveler_private.require('issue.update');
    end if;
    if (old.disposition_type_id, old.disposition_note) is distinct from (new.disposition_type_id, new.disposition_note) then
        perform traveler_private.require('issue.dispose');
        perform traveler_private.demand(new.disposition_type_id is not null, 409, 'disposition_stays', 'Q1', 'A disposition is changed, not taken away.',
            'Set another one.');
        perform traveler_private.demand(new.disposition_type_id is not distinct from old.disposition_type_id or exists (
            select from traveler.disposition_type t where t.org_id = new.org_id and t.id = new.disposition_type_id and t.archived_at is null),
            409, 'disposition_type_archived', 'Q1', 'The org does not offer this disposition.', 'Set one that it offers.');
        new.disposition_number := old.disposition_number + 1;
        new.disposed_by := traveler_private.actor();
        new.disposed_at := clock_timestamp();
        new.state := 'pending';
        new.state_reason := traveler_private.reason();
    elsif new.state <> old.state then
        select * into v_move from traveler.issue_transition t where t.from_state = old.state and t.to_state = new.state;
        perform traveler_private.demand(found, 409, 'move_not_allowed', 'Q1',
            format('Issue %s is %s and can''t go to %s.', old.number, replace(old.state, '_', ' '), replace(new.state, '_', ' ')),
            (select 'From here an issue can: ' || string_agg(t.act, ', ' order by t.act) || '.' from traveler.issue_transition t where t.from_state = old.state),
            jsonb_build_object('state', old.state, 'allowed',
                (select jsonb_agg(t.to_state order by t.to_state) from traveler.issue_transition t where t.from_state = old.state)));
        perform traveler_private.require(v_move.permission);
        perform traveler_private.demand(v_move.reason <> 'required' or coalesce(trim(traveler_private.reason()), '') <> '', 422, 'reason_missing', 'Q1',
            format('Say why: to %s an issue needs a reason.', v_move.act), 'Give a reason.');
        select * into v_obstacle from traveler_private.issue_obstacles(old.id, new.state) limit 1;
        if found then
            perform traveler_private.refuse(v_obstacle.status, v_obstacle.code, 'Q1', v_obstacle.message, v_obstacle.clear);
        end if;
        new.state_reason := traveler_private.reason();
        new.resolved_by := case when new.state = 'resolved' then traveler_private.actor() end;
        new.resolved_at := case when new.state = 'resolved' then clock_timestamp() end;
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_issue is 'Trigger: judges and stamps every change of an issue: disposition, moves, what is written of it (Q1).';
create or replace trigger _110_guard_issue before update on traveler.issue
    for each row when ((old.title, old.description, old.cause, old.assigned_to, old.attributes, old.state, old.disposition_type_id, old.disposition_note, old.disposition_number,
            old.disposed_by, old.disposed_at, old.state_reason, old.resolved_by, old.resolved_at)
        is distinct from (new.title, new.description, new.cause, new.assigned_to, new.attributes, new.state, new.disposition_type_id, new.disposition_note,
            new.disposition_number, new.disposed_by, new.disposed_at, new.state_reason, new.resolved_by, new.resolved_at))
    execute function traveler_private.guard_issue();

-- The issue's row lock keeps its resolution and what is linked, approved or excepted under it apart.
create or replace function traveler_private.lock_issue(p_issue uuid) returns traveler.issue
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_issue traveler.issue;
begin
    perform from traveler.issue i where i.org_id = traveler_private.org() and i.id = p_issue for no key update;
    select * into v_issue from traveler.issue i where i.org_id = traveler_private.org() and i.id = p_issue;
    perform traveler_private.demand(found, 404, 'issue_unknown', 'T1', 'There is no such issue.');
    return v_issue;
end
$$;
comment on function traveler_private.lock_issue is 'Locks an issue and answers it as it is then; refuses an unknown one (404).';

create or replace function traveler_private.guard_issue_inventory() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_issue traveler.issue := traveler_private.lock_issue(new.issue_id);
begin
    -- What a split of a split hands on was a resolved issue's as well: the group may still be open.
    perform traveler_private.demand(v_issue.state <> 'resolved' or tg_op = 'UPDATE' and pg_trigger_depth() > 1, 409, 'issue_resolved', 'Q1',
        format('Issue %s is resolved.', v_issue.number), 'Open it again first, with a reason.');
    if tg_op = 'INSERT' then
        if pg_trigger_depth() = 1 then
            perform traveler_private.require('issue.create');
        end if;
        perform traveler_private.demand(new.unlinked_at is null, 409, 'link_starts_live', 'Q1', 'Inventory is linked before it is unlinked.');
    else
        -- What is unlinked may be free to use: that decides as a disposition does. A split of a split hands it on to its own issue (X7).
        if pg_trigger_depth() = 1 then
            perform traveler_private.require('issue.dispose');
        end if;
        perform traveler_private.demand((old.issue_id, old.part_inventory_id) = (new.issue_id, new.part_inventory_id)
            and old.unlinked_at is null and new.unlinked_at is not null, 409, 'link_fixed', 'Q1', 'A link is taken back once, and never rewritten.',
            'Link it again.');
        new.unlinked_at := clock_timestamp();
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_issue_inventory is 'Trigger: inventory is linked to an open issue, and unlinked by who may dispose it (Q1).';
create or replace trigger _100_guard_issue_inventory before insert or update on traveler.issue_inventory
    for each row execute function traveler_private.guard_issue_inventory();

create or replace function traveler_private.guard_issue_approval() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_issue traveler.issue := traveler_private.lock_issue(new.issue_id);
begin
    perform traveler_private.require('issue.approve');
    perform traveler_private.demand(v_issue.state <> 'resolved' and exists (
        select from traveler.disposition_type_role a
        where a.org_id = new.org_id and a.disposition_type_id = v_issue.disposition_type_id and a.role_id = new.role_id and a.duty = 'approve'),
        409, 'nothing_to_approve', 'Q1', format('Issue %s waits for no approval by that role.', v_issue.number));
    perform traveler_private.demand(traveler_private.holds_role(new.role_id), 403, 'role_missing', 'Q1', 'Only a holder of the role approves for it.',
        'Ask someone who holds it.');
    perform traveler_private.demand(v_issue.disposed_by <> traveler_private.actor(), 409, 'own_disposition', 'Q1',
        'Nobody approves the disposition that they set.', 'Ask someone else who holds the role.');
    new.disposition_number := v_issue.disposition_number;
    new.approved_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_issue_approval is 'Trigger: a disposition is approved, as it stands, for a role by its holder, not by who set it (Q1).';
create or replace trigger _100_guard_issue_approval before insert on traveler.issue_approval
    for each row execute function traveler_private.guard_issue_approval();
create or replace trigger _010_refuse_change before update on traveler.issue_approval
    for each row execute function traveler_private.refuse_change('issue_approval', 'Q1');
alter table traveler.issue_approval enable always trigger _010_refuse_change;

create or replace function traveler_private.stamp_issue_comment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('issue.create');
    new.created_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.stamp_issue_comment is 'Trigger: a comment is its writer''s.';
create or replace trigger _100_stamp_comment before insert on traveler.issue_comment
    for each row execute function traveler_private.stamp_issue_comment();
create or replace trigger _010_refuse_change before update on traveler.issue_comment
    for each row execute function traveler_private.refuse_change('issue_comment', 'Q1');
alter table traveler.issue_comment enable always trigger _010_refuse_change;

-- S6: a failed step becomes an issue of its run, the step and what the run builds, when the org says so.
create or replace function traveler_private.create_issue_of_failure() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_issues uuid[];
    v_runs uuid[];
begin
    if exists (select from new_rows n where n.state = 'failed') and (select o.fail_creates_issue from traveler.org o where o.org_id = v_org) then
        with made as (
            insert into traveler.issue (org_id, number, title, description, run_id, run_step_id, created_by)
            select v_org, traveler_private.next_number('issue'), format('Run %s: "%s" failed', r.number, left(n.title, 200)),
                coalesce(n.state_reason, ''), n.run_id, n.id, n.state_changed_by
            from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id and o.state <> 'failed'
            join traveler.run r on r.org_id = v_org and r.id = n.run_id
            where n.state = 'failed'
            returning id, run_id
        )
        select array_agg(m.id), array_agg(m.run_id) into v_issues, v_runs from made m;
        insert into traveler.issue_inventory (org_id, issue_id, part_inventory_id)
        select v_org, m.id, ri.part_inventory_id
        from unnest(v_issues, v_runs) m (id, run_id)
        join traveler.run_inventory ri on ri.org_id = v_org and ri.run_id = m.run_id and ri.live;
    end if;
    return null;
end
$$;
comment on function traveler_private.create_issue_of_failure is 'Trigger: creates the issue of a failed step, linked to its run, the step and what the run builds (S6).';
create or replace trigger _530_create_issue after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.create_issue_of_failure();

-- Assignments and teams (S11): they route work, and restrict who may work only where the org says so.

-- Whom steps are meant for, person by person: a step's own users and teams or, where it has none, those of its run. A work center is
-- nobody in particular.
create or replace view traveler.assignee with (security_invoker = true) as
    select a.org_id, a.run_id, a.run_step_id, a.user_id from traveler.assignment a where a.ended_at is null and a.user_id is not null
    union all
    select a.org_id, a.run_id, a.run_step_id, m.user_id
    from traveler.assignment a join traveler.team_member m on m.org_id = a.org_id and m.team_id = a.team_id and m.left_at is null
    where a.ended_at is null;
comment on view traveler.assignee is 'The users of the live assignments, by name or by their team; run_step_id is null where the run as a whole is assigned (S11).';
create or replace view traveler.step_assignee with (security_invoker = true) as
    select p.org_id, p.run_id, p.run_step_id, p.user_id from traveler.assignee p where p.run_step_id is not null
    union
    select p.org_id, p.run_id, s.id, p.user_id
    from traveler.assignee p join traveler.run_step s on s.org_id = p.org_id and s.run_id = p.run_id
    where p.run_step_id is null and not exists (
        select from traveler.assignment x where x.org_id = s.org_id and x.run_step_id = s.id and x.ended_at is null and x.location_id is null);
comment on view traveler.step_assignee is 'The users whom each step is meant for, by name or by their team, or by its run''s assignment (S11).';

-- The steps among some that are meant for others than the acting user, where the org restricts work to those it is meant for.
create or replace function traveler_private.meant_for_others(p_ids uuid[]) returns table (run_step_id uuid, assigned_to text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if not (select o.assignment_restricts from traveler.org o where o.org_id = v_org) then
        return;
    end if;
    return query
    select s.id, (
        select string_agg(x.name, ', ' order by x.name) from (
            select coalesce(u.name, t.name) as name
            from traveler.assignment a
            left join traveler.user_account u on u.org_id = a.org_id and u.id = a.user_id
            left join traveler.team t on t.org_id = a.org_id and t.id = a.team_id
            where a.org_id = v_org and a.run_id = s.run_id and a.ended_at is null and a.location_id is null
                and (a.run_step_id = s.id or a.run_step_id is null and not exists (
                    select from traveler.assignment y where y.org_id = v_org and y.run_step_id = s.id and y.ended_at is null and y.location_id is null))) x)
    from traveler.run_step s
    where s.org_id = v_org and s.id = any (p_ids) and exists (
            select from traveler.assignment a where a.org_id = v_org and a.run_id = s.run_id and a.ended_at is null and a.location_id is null
                and (a.run_step_id = s.id or a.run_step_id is null))
        and not exists (
            select from traveler.step_assignee e where e.org_id = v_org and e.run_id = s.run_id and e.run_step_id = s.id
                and e.user_id = traveler.current_user_id())
    order by s.id;
end
$$;
comment on function traveler_private.meant_for_others is 'Which of some steps the acting user may not work on, and whom they are meant for (S11).';

drop function if exists traveler_private.require_assigned(uuid);
create or replace function traveler_private.require_assigned(p_steps uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_other record;
begin
    select * into v_other from traveler_private.meant_for_others(p_steps) limit 1;
    if found then
        perform traveler_private.refuse(403, 'not_assigned', 'S11', format('The step is assigned to %s.', v_other.assigned_to),
            'Ask for it to be assigned to you.', jsonb_build_object('run_step_id', v_other.run_step_id));
    end if;
end
$$;
comment on function traveler_private.require_assigned is 'Refuses work on a step that is meant for others, where the org restricts it (S11).';

-- S11: an assignment names who is there to take it, and ends once; what it ties stays as it was.
create or replace function traveler_private.guard_assignment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.assign');
    if tg_op = 'INSERT' then
        perform traveler_private.demand(new.user_id is null or exists (
            select from traveler.user_account u where u.org_id = new.org_id and u.id = new.user_id and u.active),
            422, 'user_unknown', 'S11', 'An assignee is an active user of the org.');
        perform traveler_private.demand(new.team_id is null or exists (
            select from traveler.team t where t.org_id = new.org_id and t.id = new.team_id and t.archived_at is null),
            422, 'team_unknown', 'S11', 'An assignee is a team that is not archived.');
        perform traveler_private.demand(new.location_id is null or exists (
            select from traveler.location l where l.org_id = new.org_id and l.id = new.location_id and l.work_center),
            422, 'work_center_unknown', 'S11', 'An assignee is a work center of the org.');
        new.assigned_by := traveler_private.actor();
        new.ended_at := null;
        new.ended_by := null;
    else
        perform traveler_private.demand((old.run_id, old.run_step_id, old.user_id, old.team_id, old.location_id, old.assigned_by, old.created_at)
            is not distinct from (new.run_id, new.run_step_id, new.user_id, new.team_id, new.location_id, new.assigned_by, new.created_at)
            and old.ended_at is null and new.ended_at is not null,
            409, 'assignment_fixed', 'S11', 'An assignment stays what it was, and ends once.', 'Assign anew.');
        new.ended_at := clock_timestamp();
        new.ended_by := traveler_private.actor();
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_assignment is 'Trigger: who assigns, to whom; an assignment only ends (S11).';
create or replace trigger _100_guard_assignment before insert or update on traveler.assignment
    for each row execute function traveler_private.guard_assignment();

create or replace function traveler_private.guard_team_member() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand((old.team_id, old.user_id) = (new.team_id, new.user_id) and old.left_at is null and new.left_at is not null,
        409, 'membership_fixed', 'S11', 'A membership stays the one of its user and team, and ends once.', 'Add the user anew.');
    return new;
end
$$;
comment on function traveler_private.guard_team_member is 'Trigger: a membership only ends (S11, T4).';
create or replace trigger _100_guard_team_member before update on traveler.team_member
    for each row execute function traveler_private.guard_team_member();

create or replace function traveler.team_json(p_team uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', t.id, 'name', t.name, 'archived_at', traveler.json_time(t.archived_at), 'created_at', traveler.json_time(t.created_at),
            'members', (select coalesce(jsonb_agg(jsonb_build_object('user_id', u.id, 'name', u.name) order by u.name, u.id), '[]')
                from traveler.team_member m join traveler.user_account u on u.org_id = m.org_id and u.id = m.user_id
                where m.org_id = t.org_id and m.team_id = t.id and m.left_at is null),
            'version', t.version)
        from traveler.team t where t.org_id = traveler.current_org() and t.id = p_team
    );
end
$$;
comment on function traveler.team_json is 'A team with its members as JSON; null when the org has no such team.';

-- The members become exactly those given; whoever stays keeps the day on which they came.
create or replace function traveler_private.set_members(p_team uuid, p_users jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_users uuid[] := array(select distinct u::uuid from jsonb_array_elements_text(p_users) u order by 1);
begin
    perform traveler_private.demand((select count(*) from traveler.user_account u where u.org_id = v_org and u.id = any (v_users)) = cardinality(v_users),
        422, 'user_unknown', 'T1', 'One of the users does not exist.');
    update traveler.team_member m set left_at = now()
    where m.org_id = v_org and m.team_id = p_team and m.left_at is null and m.user_id <> all (v_users);
    insert into traveler.team_member (org_id, team_id, user_id)
    select v_org, p_team, u from unnest(v_users) u
    where not exists (select from traveler.team_member m where m.org_id = v_org and m.team_id = p_team and m.user_id = u and m.left_at is null);
end
$$;
comment on function traveler_private.set_members is 'Makes the members of a team those given (S11).';

-- POST /v1/teams: {name, user_ids?}
create or replace function traveler.create_team(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('org.manage');
    insert into traveler.team (org_id, name) values (traveler.current_org(), p_request ->> 'name') returning id into v_id;
    perform traveler_private.set_members(v_id, coalesce(p_request -> 'user_ids', '[]'));
    return traveler.team_json(v_id);
end
$$;
comment on function traveler.create_team is 'Makes a team of users (S11).';

-- PATCH /v1/teams/{id}: {name?, user_ids?, archived?}
create or replace function traveler.change_team(p_team uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.team;
begin
    perform traveler_private.require('org.manage');
    select * into v_now from traveler.team t where t.org_id = v_org and t.id = p_team for no key update;
    perform traveler_private.demand(found, 404, 'team_unknown', 'T1', 'There is no such team.');
    perform traveler_private.expect_version('team', p_team, v_now.version, p_version);
    update traveler.team t set name = coalesce(p_request ->> 'name', t.name),
        archived_at = case (p_request ->> 'archived')::boolean when true then coalesce(t.archived_at, now()) when false then null else t.archived_at end
    where t.org_id = v_org and t.id = p_team;
    if p_request ? 'user_ids' then
        perform traveler_private.set_members(p_team, p_request -> 'user_ids');
    end if;
    return traveler.team_json(p_team);
end
$$;
comment on function traveler.change_team is 'Renames or archives a team, or says who is in it (S11).';

create or replace function traveler_private.assignments_json(p_run uuid, p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'run_step_id', a.run_step_id, 'user_id', a.user_id, 'team_id', a.team_id,
            'location_id', a.location_id, 'name', coalesce(u.name, t.name, l.name), 'assigned_by', a.assigned_by,
            'assigned_at', traveler.json_time(a.created_at)) order by a.run_step_id nulls first, a.id), '[]')
        from traveler.assignment a
        left join traveler.user_account u on u.org_id = a.org_id and u.id = a.user_id
        left join traveler.team t on t.org_id = a.org_id and t.id = a.team_id
        left join traveler.location l on l.org_id = a.org_id and l.id = a.location_id
        where a.org_id = traveler_private.org() and a.run_id = p_run and a.ended_at is null and (p_step is null or a.run_step_id = p_step)
    );
end
$$;
comment on function traveler_private.assignments_json is 'The live assignments of a run and its steps, or of one step, as JSON (S11).';

-- One statement over all of them, so that siblings are assigned together (K3).
drop function if exists traveler_private.assign_one(uuid, uuid, jsonb);
create or replace function traveler_private.assign_all(p_runs uuid[], p_steps uuid[], p_request jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    with wanted as (
        select distinct u.id::uuid as user_id, null::uuid as team_id, null::uuid as location_id from jsonb_array_elements_text(coalesce(p_request -> 'user_ids', '[]')) u (id)
        union all select distinct null::uuid, t.id::uuid, null::uuid from jsonb_array_elements_text(coalesce(p_request -> 'team_ids', '[]')) t (id)
        union all select distinct null::uuid, null::uuid, l.id::uuid from jsonb_array_elements_text(coalesce(p_request -> 'location_ids', '[]')) l (id)
    ), target as (
        select t.run_id, t.run_step_id from unnest(p_runs, p_steps) t (run_id, run_step_id)
    ), ended as (
        update traveler.assignment a set ended_at = now(), ended_by = ''
        from target t
        where a.org_id = v_org and a.run_id = t.run_id and a.run_step_id is not distinct from t.run_step_id and a.ended_at is null
            and not exists (select from wanted w where (w.user_id, w.team_id, w.location_id) is not distinct from (a.user_id, a.team_id, a.location_id))
    )
    insert into traveler.assignment (org_id, run_id, run_step_id, user_id, team_id, location_id, assigned_by)
    select v_org, t.run_id, t.run_step_id, w.user_id, w.team_id, w.location_id, ''
    from target t cross join wanted w
    where not exists (
        select from traveler.assignment a
        where a.org_id = v_org and a.run_id = t.run_id and a.run_step_id is not distinct from t.run_step_id and a.ended_at is null
            and (w.user_id, w.team_id, w.location_id) is not distinct from (a.user_id, a.team_id, a.location_id))
    order by t.run_step_id;
end
$$;
comment on function traveler_private.assign_all is 'Makes the assignments of a run, or of steps, those of a request (S11, K3).';

-- K3: whom siblings are assigned to is changed in all of them. A run that joined with assignments of its own keeps those (K4): it is the
-- change that is judged.
create or replace function traveler_private.guard_sibling_assignments() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[];
    v_left record;
begin
    v_siblings := array(select distinct s.sibling_id from traveler.run_step s
        where s.org_id = v_org and s.sibling_id is not null and s.id = any (array(select n.run_step_id from new_rows n)));
    if v_siblings = '{}' then
        return null;
    end if;
    with changed as materialized (
        select distinct s.sibling_id, n.user_id, n.team_id, n.location_id
        from new_rows n join traveler.run_step s on s.org_id = v_org and s.id = n.run_step_id and s.sibling_id = any (v_siblings)
    ), sibling as materialized (
        select x.sibling_id, x.id, x.title, r.number
        from traveler.run_step x join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null
        where x.org_id = v_org and x.sibling_id = any (v_siblings)
    ), assigned as materialized (
        select x.sibling_id, x.id, a.user_id, a.team_id, a.location_id
        from sibling x join traveler.assignment a on a.org_id = v_org and a.run_step_id = x.id and a.ended_at is null
    )
    select min(x.title) as title, min(x.number) as number into v_left
    from changed c
    join sibling x on x.sibling_id = c.sibling_id
    left join assigned a on a.id = x.id and coalesce(a.user_id, a.team_id, a.location_id) = coalesce(c.user_id, c.team_id, c.location_id)
    group by c.sibling_id, c.user_id, c.team_id, c.location_id
    having count(a.id) not in (0, count(*))
    limit 1;
    if found then
        perform traveler_private.refuse(409, 'sibling_left', 'K3', format('"%s" is assigned as its siblings are, that in run %s among them.', v_left.title, v_left.number),
            'Assign all of them, or take the run out of its batch.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_sibling_assignments is 'Trigger: siblings are assigned together, whoever assigns them (K3).';
create or replace trigger _120_guard_sibling_assignments_insert after insert on traveler.assignment referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_assignments();
create or replace trigger _120_guard_sibling_assignments_update after update on traveler.assignment referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_assignments();

-- PUT /v1/runs/{id}/assignment, /v1/steps/{id}/assignment: {user_ids?, team_ids?, location_ids?}: exactly these from now on.
create or replace function traveler.assign(p_run uuid, p_step uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_run uuid := p_run;
    v_ids uuid[] := array[p_step];
begin
    perform traveler_private.require('run.assign');
    if p_step is not null then
        v_ids := traveler_private.lock_batches(v_ids, traveler_private.with_siblings(v_ids), p_request ->> 'siblings');
        perform traveler_private.lock_steps(v_ids);
        perform traveler_private.assign_all(array_agg(s.run_id order by s.id), array_agg(s.id order by s.id), p_request) from traveler.run_step s where s.org_id = v_org and s.id = any (v_ids);
        select s.run_id into v_run from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    else
        perform from traveler.run r where r.org_id = v_org and r.id = p_run for no key update;
        perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
        perform traveler_private.assign_all(array[p_run], array[null]::uuid[], p_request);
    end if;
    return jsonb_build_object('run_id', v_run, 'run_step_id', p_step, 'assignments', (
        select coalesce(jsonb_agg(x order by x ->> 'id'), '[]') from jsonb_array_elements(traveler_private.assignments_json(v_run, p_step)) x
        where p_step is not null or x ->> 'run_step_id' is null));
end
$$;
comment on function traveler.assign is 'Says whom a run or a step is assigned to: these users, teams and work centers, and no others (S11).';

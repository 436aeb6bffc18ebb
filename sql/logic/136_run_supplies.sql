-- H2, H3: runs that wait for what other runs build.

-- Whoever writes: a requirement waits for live runs of a part that it takes, for no more than it needs nor than they build, and at no
-- depth does a run wait for itself. One at a time in an org: two could close a ring of runs between them.
create or replace function traveler_private.guard_run_supply() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_need traveler.build_requirement;
    v_run traveler.run;
    v_supplier traveler.run;
    v_left numeric;
    v_ring text;
begin
    perform traveler_private.require('run.schedule');
    perform from traveler.org o where o.org_id = v_org for no key update;
    perform from traveler.run r where r.org_id = v_org and r.id in (new.run_id, new.supplying_run_id) order by r.id for no key update;
    select * into v_need from traveler.build_requirement q where q.org_id = v_org and q.id = new.build_requirement_id;
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = new.run_id;
    select * into v_supplier from traveler.run r where r.org_id = v_org and r.id = new.supplying_run_id;
    perform traveler_private.demand(num_nonnulls(new.ended_by, new.ended_at, new.end_reason) = 0, 409, 'supply_starts_live', 'H3', 'A run waits before it no longer does.');
    perform traveler_private.demand(v_need.run_split_id is null, 409, 'requirement_of_group', 'H3', 'What a group of split-off units needs is no matter of the run''s schedule.',
        'Name a requirement of the run itself.');
    perform traveler_private.demand(not v_need.made_on_assembly, 409, 'made_here', 'H3', 'What the run makes on its assembly comes from no other run.', 'Name a requirement that is installed.');
    perform traveler_private.demand(v_need.withdrawn_at is null and not exists (
            select from traveler.run_step s where s.org_id = v_org and s.id = v_need.run_step_id and s.withdrawn_at is not null), 409, 'requirement_withdrawn', 'D6',
        'The requirement was withdrawn: nothing is waited for.');
    perform traveler_private.demand(v_supplier.completed_at is null and v_supplier.status <> 'canceled', 409, 'supplying_run_ended', 'H3',
        format('Run %s is %s: there is nothing to wait for.', v_supplier.number, replace(v_supplier.status, '_', ' ')), 'Name a live run.');
    perform traveler_private.demand(v_run.status <> 'canceled', 409, 'run_canceled', 'H3', format('Run %s is canceled: it waits for nothing.', v_run.number), 'Bring the run back first.');
    perform traveler_private.demand(traveler_private.takes_part(v_need, v_supplier.part_id), 409, 'part_not_approved', 'B2',
        (select format('Run %s builds %s, which is neither what is required here nor an approved substitute.', v_supplier.number, p.part_number)
            from traveler.part p where p.org_id = v_org and p.id = v_supplier.part_id),
        'Name a run that builds the required part or one of its substitutes.');
    v_left := v_need.quantity_needed - (select coalesce(sum(s.quantity), 0) from traveler.run_supply s
        where s.org_id = v_org and s.build_requirement_id = v_need.id and s.ended_at is null);
    perform traveler_private.demand(new.quantity <= v_left, 409, 'above_need', 'H3',
        format('%s more are needed, not %s: the rest comes from other runs.', traveler.json_decimal(v_left), traveler.json_decimal(new.quantity)),
        'Wait for no more than what is open.', jsonb_build_object('open', traveler.json_decimal(v_left)));
    v_left := v_supplier.quantity - (select coalesce(sum(s.quantity), 0) from traveler.run_supply s
        where s.org_id = v_org and s.supplying_run_id = v_supplier.id and s.ended_at is null);
    perform traveler_private.demand(new.quantity <= v_left, 409, 'above_output', 'H3',
        format('%s of what run %s builds are left, not %s: the rest is waited for by others.', traveler.json_decimal(v_left), v_supplier.number, traveler.json_decimal(new.quantity)),
        'Wait for less, or for another run.', jsonb_build_object('open', traveler.json_decimal(v_left)));
    v_ring := traveler_private.ring_of_waiting(new.run_id, new.supplying_run_id);
    perform traveler_private.demand(v_ring is null, 409, 'waiting_in_a_ring', 'H3', format('The runs would wait for each other: %s.', v_ring), 'End one of these waits first.');
    new.created_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_run_supply is 'Trigger: which output a run can wait for, and that no run waits for itself at any depth (H3).';
create or replace trigger _100_guard_supply before insert on traveler.run_supply
    for each row execute function traveler_private.guard_run_supply();

-- Each run is met once, by the first way to it: the ring is told by its run numbers. Ended runs count: they may be reopened.
create or replace function traveler_private.ring_of_waiting(p_run uuid, p_supplier uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_from uuid[] := array[]::uuid[];
    v_seen uuid[] := array[p_supplier];
    v_new uuid[] := array[p_supplier];
    v_next uuid[];
    v_by uuid[] := array[null::uuid];
    v_next_by uuid[];
    v_at uuid := p_run;
    v_told text;
begin
    while v_new <> '{}' and not p_run = any (v_seen) loop
        select coalesce(array_agg(x.id), '{}'), coalesce(array_agg(x.by), '{}') into v_next, v_next_by from (
            select distinct on (s.supplying_run_id) s.supplying_run_id as id, s.run_id as by
            from traveler.run_supply s
            where s.org_id = v_org and s.run_id = any (v_new) and s.ended_at is null and s.supplying_run_id <> all (v_seen)
            order by s.supplying_run_id, s.run_id) x;
        v_seen := v_seen || v_next;
        v_by := v_by || v_next_by;
        v_new := v_next;
    end loop;
    if not p_run = any (v_seen) then
        return null;
    end if;
    -- Back from the run to the one that it is to wait for: each of them waits for the one before it.
    loop
        v_from := v_at || v_from;
        exit when v_at = p_supplier;
        v_at := v_by[array_position(v_seen, v_at)];
    end loop;
    select string_agg('run ' || r.number, ', which waits for ' order by x.place) into v_told
    from unnest(p_run || v_from) with ordinality x (id, place) join traveler.run r on r.org_id = v_org and r.id = x.id;
    return v_told;
end
$$;
comment on function traveler_private.ring_of_waiting is 'The ring that a run would close by waiting for another, told by run numbers; null when there is none (H3).';

create or replace function traveler_private.guard_run_supply_end() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('run.schedule');
    perform traveler_private.demand((old.run_id, old.build_requirement_id, old.supplying_run_id, old.quantity, old.created_by, old.created_at)
            = (new.run_id, new.build_requirement_id, new.supplying_run_id, new.quantity, new.created_by, new.created_at)
            and old.ended_at is null and new.ended_at is not null,
        409, 'supply_fixed', 'H3', 'What a run waits for is ended once, and never rewritten.', 'End it, then have the run wait anew.');
    new.ended_at := clock_timestamp();
    new.ended_by := traveler_private.actor();
    return new;
end
$$;
comment on function traveler_private.guard_run_supply_end is 'Trigger: what a run waits for is only ever ended, once and with a reason (H3).';
create or replace trigger _100_guard_supply_end before update on traveler.run_supply
    for each row execute function traveler_private.guard_run_supply_end();

-- D1: a redline takes from a requirement nothing that its run waits for; whoever planned that ends the wait first, so that a redline that is
-- canceled finds all as before. A split may leave less to need or to build than is waited for: the units may come back.
create or replace function traveler_private.demand_waits_fit(q traveler.build_requirement, p_needed_before numeric) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_wait record;
begin
    select s.id, r.number, r.part_id, p.part_number, sum(s.quantity) over () as waited,
        q.withdrawn_at is null and traveler_private.takes_part(q, r.part_id) as is_taken into v_wait
    from traveler.run_supply s
    join traveler.run r on r.org_id = q.org_id and r.id = s.supplying_run_id
    join traveler.part p on p.org_id = q.org_id and p.id = r.part_id
    where s.org_id = q.org_id and s.build_requirement_id = q.id and s.ended_at is null
    order by is_taken, s.id desc limit 1;
    perform traveler_private.demand(not found or v_wait.is_taken and (q.quantity_needed >= p_needed_before or v_wait.waited <= q.quantity_needed), 409,
        'requirement_waited_for', 'H3', case when v_wait.is_taken
            then format('Part %s: %s come from other runs, and %s would be needed.', v_wait.part_number, traveler.json_decimal(v_wait.waited), traveler.json_decimal(q.quantity_needed))
            else format('Run %s builds %s for it, which would no longer be required.', v_wait.number, v_wait.part_number) end,
        'End that the run waits for it first.', jsonb_build_object('build_requirement_id', q.id, 'run_supply_id', v_wait.id));
end
$$;
comment on function traveler_private.demand_waits_fit is 'Refuses what would make a run wait for what it does not need (H3, D1).';

create or replace function traveler_private.guard_waits() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand_waits_fit(new, old.quantity_needed);
    return null;
end
$$;
comment on function traveler_private.guard_waits is 'Trigger: what a run waits for is still what its requirement asks for, after a redline (H3, D1).';
create or replace trigger _110_guard_waits after update on traveler.build_requirement
    for each row when ((old.part_id, old.quantity_per_unit, old.withdrawn_at) is distinct from (new.part_id, new.quantity_per_unit, new.withdrawn_at))
    execute function traveler_private.guard_waits();

create or replace function traveler_private.guard_waits_for_substitute() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand_waits_fit(q, q.quantity_needed)
    from traveler.build_requirement q where q.org_id = new.org_id and q.id = new.build_requirement_id;
    return null;
end
$$;
comment on function traveler_private.guard_waits_for_substitute is 'Trigger: what a run waits for is still approved in place of the part, after a redline (H3, D1).';
create or replace trigger _110_guard_waits after update on traveler.build_requirement_substitute
    for each row when (old.withdrawn_at is null and new.withdrawn_at is not null) execute function traveler_private.guard_waits_for_substitute();

-- What a wait stands at, in one place. Inlined.
create or replace function traveler.supply_state(p_is_ended boolean, p_is_met boolean, p_is_completed boolean, p_is_canceled boolean) returns text
language sql immutable parallel safe
as $$ select case when p_is_ended then 'ended' when p_is_met then 'met' when p_is_completed then 'delivered' when p_is_canceled then 'canceled' else 'waiting' end $$;
comment on function traveler.supply_state is 'What a wait stands at: ended; met by what is installed; delivered, the supplying run being completed; canceled with that; else waiting (H3).';

create or replace function traveler.run_supply_json(p_supply uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    return (
        select jsonb_build_object('id', s.id, 'run_id', s.run_id, 'run_number', w.number, 'build_requirement_id', s.build_requirement_id, 'run_step_id', q.run_step_id,
            'supplying_run_id', s.supplying_run_id, 'supplying_run_number', r.number, 'part_id', r.part_id, 'quantity', traveler.json_decimal(s.quantity),
            'state',
            traveler.supply_state(s.ended_at is not null, q.quantity_installed + q.quantity_excepted + q.quantity_carried >= q.quantity_needed, r.completed_at is not null, r.status = 'canceled'),
            'created_by', s.created_by, 'created_at', traveler.json_time(s.created_at), 'ended_by', s.ended_by,
            'ended_at', traveler.json_time(s.ended_at), 'end_reason', s.end_reason, 'version', s.version)
        from traveler.run_supply s
        join traveler.run w on w.org_id = v_org and w.id = s.run_id
        join traveler.run r on r.org_id = v_org and r.id = s.supplying_run_id
        join traveler.build_requirement q on q.org_id = v_org and q.id = s.build_requirement_id
        where s.org_id = v_org and s.id = p_supply
    );
end
$$;
comment on function traveler.run_supply_json is 'What a run waits for, as JSON; null when the org has no such wait (H3).';

-- POST /v1/build-requirements/{id}/supplies: {supplying_run_id, quantity?}; all that is open and left unless given.
create or replace function traveler.supply_requirement(p_requirement uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_supplier uuid := (p_request ->> 'supplying_run_id')::uuid;
    v_run uuid;
    v_open numeric;
    v_withdrawn boolean;
    v_id uuid;
begin
    perform traveler_private.require('run.schedule');
    perform from traveler.org o where o.org_id = v_org for no key update;
    select q.run_id into v_run from traveler.build_requirement q where q.org_id = v_org and q.id = p_requirement;
    perform traveler_private.demand(found, 404, 'requirement_unknown', 'T1', 'There is no such build requirement.');
    perform traveler_private.demand(exists (select from traveler.run r where r.org_id = v_org and r.id = v_supplier), 422, 'run_unknown', 'T1', 'There is no such run to wait for.');
    perform traveler_private.demand(v_run <> v_supplier, 409, 'waiting_in_a_ring', 'H3', 'A run can''t wait for itself.', 'Name another run.');
    perform from traveler.run r where r.org_id = v_org and r.id in (v_run, v_supplier) order by r.id for no key update;
    select least(q.quantity_needed - (select coalesce(sum(s.quantity), 0) from traveler.run_supply s where s.org_id = v_org and s.build_requirement_id = q.id and s.ended_at is null),
        r.quantity - (select coalesce(sum(s.quantity), 0) from traveler.run_supply s where s.org_id = v_org and s.supplying_run_id = r.id and s.ended_at is null)),
        q.withdrawn_at is not null into v_open, v_withdrawn
    from traveler.build_requirement q, traveler.run r where q.org_id = v_org and q.id = p_requirement and r.org_id = v_org and r.id = v_supplier;
    perform traveler_private.demand(not exists (select from traveler.run_supply s where s.org_id = v_org and s.build_requirement_id = p_requirement
        and s.supplying_run_id = v_supplier and s.ended_at is null), 409, 'waits_already', 'H3', 'The requirement waits for that run already.', 'End that first.');
    perform traveler_private.demand(v_withdrawn or p_request ->> 'quantity' is not null or v_open > 0, 409, 'nothing_open', 'H3',
        'All that is needed comes from other runs, or all that the run builds is waited for by others.', 'End another wait first.');
    insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
    values (v_org, v_run, p_requirement, v_supplier, coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), v_open), '')
    returning id into v_id;
    return traveler.run_supply_json(v_id);
end
$$;
comment on function traveler.supply_requirement is 'Has a build requirement wait for what another run builds, in a quantity (H2, H3).';

-- POST /v1/run-supplies/{id}/end: {reason}
create or replace function traveler.end_run_supply(p_supply uuid, p_version integer, p_reason text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.run_supply;
begin
    perform traveler_private.require('run.schedule');
    select * into v_now from traveler.run_supply s where s.org_id = v_org and s.id = p_supply;
    perform traveler_private.demand(found, 404, 'run_supply_unknown', 'T1', 'There is no such wait.');
    perform from traveler.run r where r.org_id = v_org and r.id = v_now.run_id for no key update;
    select * into v_now from traveler.run_supply s where s.org_id = v_org and s.id = p_supply for no key update;
    perform traveler_private.expect_version('run_supply', p_supply, v_now.version, p_version);
    perform traveler_private.demand(v_now.ended_at is null, 409, 'already_ended', 'H3', 'It was ended before.');
    perform traveler_private.give_reason(p_reason);
    update traveler.run_supply s set ended_at = now(), ended_by = '', end_reason = p_reason where s.org_id = v_org and s.id = p_supply;
    return traveler.run_supply_json(p_supply);
end
$$;
comment on function traveler.end_run_supply is 'Ends, with a reason, that a run waits for what another builds (H3).';

-- Read by the operator over all orgs. A run reaches itself through any of its rings. What was split off a run, and did not come back,
-- counts with it: of that more is waited for than there is now.
create or replace view traveler.supply_violations with (security_invoker = true) as
    with recursive reach as (
        select s.org_id, s.run_id, s.supplying_run_id as id from traveler.run_supply s where s.ended_at is null
        union
        select r.org_id, r.run_id, s.supplying_run_id from reach r join traveler.run_supply s on s.org_id = r.org_id and s.run_id = r.id and s.ended_at is null
    ), live as (
        select s.*, r.part_id as built_part_id from traveler.run_supply s join traveler.run r on r.org_id = s.org_id and r.id = s.supplying_run_id where s.ended_at is null
    ), units as (
        select r.org_id, r.id as run_id, r.quantity + coalesce(g.quantity, 0) as quantity
        from (select l.org_id, l.run_id as id from live l union select l.org_id, l.supplying_run_id from live l) x
        join traveler.run r on r.org_id = x.org_id and r.id = x.id
        left join (select s.org_id, s.run_id, sum(s.quantity) as quantity from traveler.run_split s where s.outcome is distinct from 'merged' group by s.org_id, s.run_id) g
            on g.org_id = x.org_id and g.run_id = x.id
    )
    select 'H3' as rule, r.org_id, r.run_id as record, 'the run waits for what it builds itself' as what from reach r where r.id = r.run_id
    union all
    select 'H3', l.org_id, l.id, case when q.withdrawn_at is not null or w.withdrawn_at is not null then 'it is waited for by a requirement that was withdrawn'
        else 'what is waited for is neither the required part nor an approved substitute' end
    from live l
    join traveler.build_requirement q on q.org_id = l.org_id and q.id = l.build_requirement_id
    left join traveler.run_step w on w.org_id = q.org_id and w.id = q.run_step_id
    where q.withdrawn_at is not null or w.withdrawn_at is not null or l.built_part_id <> q.part_id and not exists (
        select from traveler.build_requirement_substitute b
        where b.org_id = q.org_id and b.build_requirement_id = q.id and b.part_id = l.built_part_id and b.withdrawn_at is null)
    union all
    select 'H3', q.org_id, q.id, format('%s are waited for, and %s needed', trim_scale(x.quantity), trim_scale(q.quantity_per_unit * u.quantity))
    from (select l.org_id, l.build_requirement_id as id, sum(l.quantity) as quantity from live l group by l.org_id, l.build_requirement_id) x
    join traveler.build_requirement q on q.org_id = x.org_id and q.id = x.id
    join units u on u.org_id = q.org_id and u.run_id = q.run_id
    where x.quantity > q.quantity_per_unit * u.quantity
    union all
    select 'H3', u.org_id, u.run_id, format('%s of what it builds are waited for, and it builds %s', trim_scale(x.quantity), trim_scale(u.quantity))
    from (select l.org_id, l.supplying_run_id as id, sum(l.quantity) as quantity from live l group by l.org_id, l.supplying_run_id) x
    join units u on u.org_id = x.org_id and u.run_id = x.id
    where x.quantity > u.quantity;
comment on view traveler.supply_violations is 'Runs that wait for themselves, and waits for what is not needed or not built: empty when all is well (H3).';

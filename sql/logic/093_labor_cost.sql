-- What labor adds up to, and what it costs (L4).

-- L4: a rate is never rewritten. It can be ended, not before tomorrow, so that no day that has cost anything changes its cost.
create or replace function traveler_private.guard_rate() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_today date := (now() at time zone 'UTC')::date;
begin
    if tg_op = 'INSERT' then
        perform traveler_private.demand(not exists (
                select from traveler.labor_rate r where r.org_id = new.org_id and r.role_id is not distinct from new.role_id
                    and r.location_id is not distinct from new.location_id and r.valid_from >= new.valid_from),
            409, 'rate_starts_later', 'L4', 'A new rate starts later than those that there are.');
    else
        perform traveler_private.demand((old.role_id, old.location_id, old.hourly_rate, old.valid_from, old.created_by)
                is not distinct from (new.role_id, new.location_id, new.hourly_rate, new.valid_from, new.created_by)
            and old.valid_to is null and new.valid_to is not null,
            409, 'rate_fixed', 'L4', 'A rate is not rewritten, and ends once.', 'End it, and add one that starts later.');
        perform traveler_private.demand(new.valid_to > v_today, 409, 'rate_in_force', 'L4', 'A rate holds through today at least.',
            'End it tomorrow or later.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_rate is 'Trigger: a rate only ends, and a new one starts later (L4).';
create or replace trigger _100_guard_rate before insert or update on traveler.labor_rate
    for each row execute function traveler_private.guard_rate();

create or replace function traveler_private.rate_json(p_rate uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', r.id, 'role_id', r.role_id, 'location_id', r.location_id, 'hourly_rate', traveler.json_decimal(r.hourly_rate),
            'valid_from', r.valid_from, 'valid_to', r.valid_to, 'created_by', r.created_by, 'created_at', traveler.json_time(r.created_at), 'version', r.version)
        from traveler.labor_rate r where r.org_id = traveler_private.org() and r.id = p_rate
    );
end
$$;
comment on function traveler_private.rate_json is 'A labor rate as JSON.';

-- POST /v1/labor-rates: {role_id | location_id, hourly_rate, valid_from}; valid_from is the UTC day of a time.
create or replace function traveler.create_labor_rate(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid;
begin
    perform traveler_private.require('org.manage');
    -- One at a time, so that each sees the rates before it.
    perform from traveler.org o where o.org_id = v_org for no key update;
    insert into traveler.labor_rate (org_id, role_id, location_id, hourly_rate, valid_from, created_by)
    values (v_org, (p_request ->> 'role_id')::uuid, (p_request ->> 'location_id')::uuid, (p_request ->> 'hourly_rate')::numeric,
        ((p_request ->> 'valid_from')::timestamptz at time zone 'UTC')::date, traveler_private.actor())
    returning id into v_id;
    return traveler_private.rate_json(v_id);
end
$$;
comment on function traveler.create_labor_rate is 'Adds a rate of a role or a work center (L4).';

-- POST /v1/labor-rates/{id}/end: {valid_to}
create or replace function traveler.end_labor_rate(p_rate uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.labor_rate;
begin
    perform traveler_private.require('org.manage');
    select * into v_now from traveler.labor_rate r where r.org_id = v_org and r.id = p_rate for no key update;
    perform traveler_private.demand(found, 404, 'rate_unknown', 'T1', 'There is no such rate.');
    perform traveler_private.expect_version('labor_rate', p_rate, v_now.version, p_version);
    update traveler.labor_rate r set valid_to = ((p_request ->> 'valid_to')::timestamptz at time zone 'UTC')::date where r.org_id = v_org and r.id = p_rate;
    return traveler_private.rate_json(p_rate);
end
$$;
comment on function traveler.end_labor_rate is 'Ends a rate on the day from which it holds no more (L4).';

-- K6: the part of some seconds that one of several siblings has, so that the parts of all add up to them.
create or replace function traveler.divided_seconds(p_seconds bigint, p_by integer, p_place integer) returns bigint
language sql immutable parallel safe
as $$ select p_seconds * p_place / p_by - p_seconds * (p_place - 1) / p_by $$;
comment on function traveler.divided_seconds is 'The part of a session''s whole seconds that one of the siblings has over which it is divided (K6).';

-- L4: each session, cut at midnight UTC. A day's whole seconds are counted from the session's start, so that its days add up to it.
-- The rate of a day is its work center's, or else the highest of the roles that the user held when the session began.
create or replace view traveler.labor_day with (security_invoker = true) as
    select l.org_id, l.id as labor_session_id, l.user_id, l.run_id, l.run_step_id, s.location_id, d.day, d.seconds,
        coalesce(w.hourly_rate, r.hourly_rate) as hourly_rate
    from traveler.labor_session l
    join traveler.run_step s on s.org_id = l.org_id and s.run_id = l.run_id and s.id = l.run_step_id
    -- What goes on counts up to now; what has begun since this transaction did, not yet.
    cross join lateral (select coalesce(l.ended_at, greatest(now(), l.started_at)) as ended_at) e
    cross join lateral (
        select x.day::date as day,
            traveler.divided_seconds(floor(extract(epoch from least(e.ended_at, (x.day + interval '1 day') at time zone 'UTC') - l.started_at))::bigint, l.divided_by, l.divided_place)
                - traveler.divided_seconds(floor(extract(epoch from greatest(l.started_at, x.day at time zone 'UTC') - l.started_at))::bigint, l.divided_by, l.divided_place) as seconds
        from generate_series(date_trunc('day', l.started_at at time zone 'UTC'), e.ended_at at time zone 'UTC', interval '1 day') x (day)) d
    left join traveler.labor_rate w on w.org_id = l.org_id and w.location_id = s.location_id
        and w.valid_from <= d.day and (w.valid_to is null or w.valid_to > d.day)
    left join lateral (
        select max(x.hourly_rate) as hourly_rate from traveler.user_role u
        join traveler.labor_rate x on x.org_id = u.org_id and x.role_id = u.role_id and x.valid_from <= d.day and (x.valid_to is null or x.valid_to > d.day)
        where u.org_id = l.org_id and u.user_id = l.user_id and u.created_at <= l.started_at
            and (u.revoked_at is null or u.revoked_at > l.started_at)) r on true;
comment on view traveler.labor_day is 'Labor by session and UTC day, in whole seconds, with the rate of that day (L4).';

-- O1: what came back is what is paid, at the price of its line. A run's cost has it next to its labor.
create or replace view traveler.outside_cost with (security_invoker = true) as
    select o.org_id, o.id as outside_process_id, o.run_id, o.run_step_id, o.purchase_order_line_id, l.currency, o.quantity_received,
        o.quantity_received * l.unit_price as cost
    from traveler.outside_process o
    join traveler.purchase_order_line l on l.org_id = o.org_id and l.id = o.purchase_order_line_id
    where o.quantity_received > 0;
comment on view traveler.outside_cost is 'What outside work on runs costs: quantity received by unit price, in the currency of the order (O1).';

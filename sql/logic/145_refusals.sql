-- Refused acts, noted after the transaction that they failed in has been rolled back: the service calls in a second one.

create or replace trigger _010_refuse_change before update on traveler.refusal
    for each row execute function traveler_private.refuse_change('refusal', 'Y1');
alter table traveler.refusal enable always trigger _010_refuse_change;

-- Who and where come from the context, what from the service; a caller can make nothing up but the words. Neither can one fill the
-- disk: the columns are short, and an org notes so many a minute.
create or replace function traveler.record_refusal(
    p_method text, p_route text, p_status integer, p_code text, p_rule text, p_message text, p_subjects uuid[]
) returns boolean
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    c text[] := traveler_private.context();
    c_most_a_minute constant integer := 1200;
    v_org uuid := c[1]::uuid;
    v_subjects uuid[] := coalesce(p_subjects[1:50], '{}');
    v_runs uuid[];
    v_steps uuid[];
begin
    if (select count(*) from (
            select from traveler.refusal r where r.org_id = v_org and r.at > now() - interval '1 minute' limit c_most_a_minute) x) = c_most_a_minute then
        return false;
    end if;
    select array_agg(distinct x.run_id), array_agg(distinct x.run_step_id) filter (where x.run_step_id is not null) into v_runs, v_steps from (
        select r.id as run_id, null::uuid as run_step_id from traveler.run r where r.org_id = v_org and r.id = any (v_subjects)
        union all
        select s.run_id, s.id from traveler.run_step s where s.org_id = v_org and s.id = any (v_subjects)
        union all
        select n.run_id, null from traveler.installation n where n.org_id = v_org and n.id = any (v_subjects)
        union all
        select l.run_id, l.run_step_id from traveler.labor_session l where l.org_id = v_org and l.id = any (v_subjects)) x;
    insert into traveler.refusal (org_id, user_id, request_id, method, route, status, code, rule, message, subject_ids, run_id, run_step_id)
    values (v_org, nullif(c[2], '')::uuid, left(nullif(convert_from(decode(c[5], 'hex'), 'UTF8'), ''), 200), p_method, p_route, p_status, p_code, p_rule,
        left(p_message, 1000), v_subjects, case when cardinality(v_runs) = 1 then v_runs[1] end,
        case when cardinality(v_runs) = 1 and cardinality(v_steps) = 1 then v_steps[1] end);
    return true;
end
$$;
comment on function traveler.record_refusal is 'Notes an act of the caller''s that was refused; false when the org has noted too many within a minute.';

create or replace function traveler_private.first_id(p_at timestamptz) returns uuid
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    -- 48 bits of milliseconds (RFC 9562, version 7).
    return (lpad(to_hex((extract(epoch from least(greatest(p_at, '1970-01-01Z'), '2200-01-01Z')) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
end
$$;
comment on function traveler_private.first_id is 'The id before all that traveler.new_id() makes from a moment on.';

-- GET /v1/refusals, newest first. The table is closed to the service, so that there is no way around the permission.
create or replace function traveler.refusals(
    p_limit integer, p_before uuid default null, p_rule text default null, p_code text default null, p_user uuid default null,
    p_run uuid default null, p_from timestamptz default null, p_to timestamptz default null
) returns table (id uuid, at timestamptz, user_id uuid, user_name text, request_id text, method text, route text, status integer, code text, rule text,
    message text, subject_ids jsonb, run_id uuid, run_step_id uuid)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.require('refusal.read');
    return query
    select r.id, r.at, r.user_id, u.name, r.request_id, r.method, r.route, r.status, r.code, r.rule, r.message, to_jsonb(r.subject_ids), r.run_id, r.run_step_id
    from (
        select * from traveler.refusal r
        where r.org_id = v_org and (p_before is null or r.id < p_before) and (p_rule is null or r.rule = p_rule) and (p_code is null or r.code = p_code)
            and (p_user is null or r.user_id = p_user) and (p_run is null or r.run_id = p_run)
            and (p_from is null or r.at >= p_from) and (p_to is null or r.at < p_to)
            -- An id begins with the time it was made at, just before the row's own: what is asked for by time is a stretch of ids.
            and (p_from is null or r.id >= traveler_private.first_id(p_from - interval '1 second'))
            and (p_to is null or r.id < traveler_private.first_id(p_to + interval '1 second'))
        order by r.id desc limit p_limit) r
    join traveler.user_account u on u.org_id = v_org and u.id = r.user_id
    order by r.id desc;
end
$$;
comment on function traveler.refusals is 'The org''s refused acts, newest first, from before one of them on; to holders of refusal.read.';

-- The schedule for ops/bench (psql -v runs=N), in a database that seed.sql has set: :runs bare runs besides, planned over ten years, and one
-- run of 300 steps. call bench.timeline(token, window, page) reads the runs that are planned in a window as the service does,
-- call bench.rollup(token) what the org is planned by. What each took is in bench.took.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create table bench.took (what text, size integer, ms double precision);

-- Bare rows, by none of the triggers: what is read here is what is planned, not what was done.
set session_replication_role = replica;
alter table traveler.run disable trigger user;
select o.org_id as org, p.id as part from traveler.org o join traveler.part p on p.org_id = o.org_id where o.slug = 'bench' and p.part_number = 'BENCH' \gset
insert into traveler.run (org_id, id, number, title, part_id, quantity)
select :'org', bench.run_id(10000000 + r), 10000000 + r, 'Planned ' || r, :'part', 1 from generate_series(1, :runs) r;
-- From hours to months long: most of them days.
insert into traveler.run_schedule (org_id, run_id, effective_start, effective_end)
select :'org', bench.run_id(10000000 + r), x.starts, x.starts + make_interval(hours => (3 ^ (1 + r % 7))::integer)
from generate_series(1, :runs) r cross join lateral (select timestamptz '2022-01-01' + interval '10 years' * ((r::bigint * 7919 % :runs)::float8 / :runs) as starts) x;
alter table traveler.run enable trigger user;
set session_replication_role = origin;
vacuum analyze traveler.run, traveler.run_schedule;

create function bench.long_run() returns uuid language plpgsql as $$
declare
    v_part uuid := (traveler.create_part(jsonb_build_object('part_number', 'LONG', 'name', 'Long', 'tracking', 'none')) ->> 'id')::uuid;
    v_procedure uuid;
begin
    v_procedure := (traveler.create_procedure(jsonb_build_object('title', 'Long', 'part_id', v_part, 'steps', (select jsonb_agg(jsonb_build_object('key', 's' || n, 'title', 'S' || n,
        'after', case when n = 1 then '[]' else jsonb_build_array('s' || n - 1) end) order by n) from generate_series(1, 300) n))) ->> 'id')::uuid;
    perform traveler.move_procedure(v_procedure, 1, 'released');
    return (traveler.create_run(jsonb_build_object('procedure_id', v_procedure)) ->> 'id')::uuid;
end
$$;
begin;
select traveler.enter_system(:'org', 'bench');
select bench.long_run() as long \gset
select traveler.set_schedule(jsonb_build_object('steps', (select jsonb_agg(jsonb_build_object('id', s.id,
    'scheduled_start', timestamptz '2027-03-01' + s.position * interval '1 hour', 'scheduled_end', timestamptz '2027-03-01' + (s.position + 1) * interval '1 hour'))
    from traveler.run_step s where s.org_id = :'org' and s.run_id = :'long'))) is not null as planned;
commit;
create table bench.long_step as select s.id, s.position from traveler.run_step s where s.org_id = :'org' and s.run_id = :'long';
create unique index on bench.long_step (position) include (id);
grant select on bench.long_step to traveler_service;
vacuum analyze bench.long_step;

create procedure bench.timeline(p_token text, p_window interval, p_page integer) language plpgsql as $$
declare
    v_began timestamptz;
    v_shown bigint;
begin
    perform traveler.enter(p_token, 'bench', 600000);
    v_began := clock_timestamp();
    select count(*) into v_shown
    from traveler.timeline(timestamptz '2027-03-01', timestamptz '2027-03-01' + p_window, p_page, null, null, null, null, null, null, null, null) t where t.late is not null;
    if v_shown < p_page then
        raise exception 'the timeline shows % runs of %', v_shown, p_page;
    end if;
    insert into bench.took values ('timeline, ' || p_window, p_page, extract(epoch from clock_timestamp() - v_began) * 1000);
    commit;
end
$$;

create procedure bench.rollup(p_token text) language plpgsql as $$
declare
    v_began timestamptz;
    v_members bigint;
begin
    perform traveler.enter(p_token, 'bench', 600000);
    v_began := clock_timestamp();
    select o.members into v_members from traveler.org_rollup(null, null) o;
    insert into bench.took values ('rollup', v_members, extract(epoch from clock_timestamp() - v_began) * 1000);
    commit;
end
$$;

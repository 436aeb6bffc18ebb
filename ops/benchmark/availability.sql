-- Runs of 300 steps for ops/bench (psql), in a database that seed.sql has set: one a shape of the graph, named by its title.
-- Canceled steps, where there are any, are 100 of them.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create function bench.step(p_number integer, p_after integer[], p_inside jsonb default '[]') returns jsonb language sql immutable as $$
    select jsonb_build_object('key', 's' || p_number, 'title', 'Step ' || p_number, 'steps', p_inside,
        'after', coalesce((select jsonb_agg(distinct 's' || a) from unnest(p_after) a), '[]'))
$$;
-- Steps nested five levels deep, 31 in all, the second of each pair after the first.
create function bench.nest(p_number integer, p_level integer, p_after integer[]) returns jsonb language plpgsql immutable as $$
declare
    v_below integer := 2 ^ (5 - p_level) - 1;
begin
    return bench.step(p_number, p_after, case when p_level = 5 then '[]' else jsonb_build_array(
        bench.nest(p_number + 1, p_level + 1, '{}'), bench.nest(p_number + 1 + v_below, p_level + 1, array[p_number + 1])) end);
end
$$;
create function bench.shape(p_title text, p_steps jsonb, p_canceled int4range) returns void language plpgsql as $$
declare
    v_part uuid := (traveler.create_part(jsonb_build_object('part_number', p_title, 'name', p_title)) ->> 'id')::uuid;
    v_procedure uuid := (traveler.create_procedure(jsonb_build_object('title', p_title, 'part_id', v_part, 'steps', p_steps)) ->> 'id')::uuid;
    v_run uuid;
begin
    perform traveler.move_procedure(v_procedure, 1, 'released');
    v_run := (traveler.create_run(jsonb_build_object('procedure_id', v_procedure)) ->> 'id')::uuid;
    if not isempty(p_canceled) then
        perform traveler.act_on_steps('cancel', array(select s.id from traveler.run_step s
            where s.run_id = v_run and substr(s.title, 6)::integer <@ p_canceled), null, 'bench');
    end if;
end
$$;
begin;
select traveler.enter_system((select o.org_id from traveler.org o where o.slug = 'bench'), 'bench');
create temporary table shape on commit drop as
    select 'chain' as title, (select jsonb_agg(bench.step(n, case when n > 1 then array[n - 1] end) order by n) from generate_series(1, 300) n) as steps
    union all
    select 'layers', (select jsonb_agg(bench.step(n, case when n > 30 then
        array(select (n - 1) / 30 * 30 - 30 + (n - 1 + k * 7) % 30 + 1 from generate_series(0, case when n % 3 = 0 then 3 else 2 end) k) end) order by n)
        from generate_series(1, 300) n)
    union all
    select 'fan-in', (select jsonb_agg(bench.step(n, case when n > 297 then array(select generate_series(1, 297)) end) order by n) from generate_series(1, 300) n)
    union all
    select 'nested', (select jsonb_agg(bench.nest(31 * n + 1, 1, case when n > 0 then array[31 * n - 30] end) order by n) from generate_series(0, 9) n);
select bench.shape(s.title, s.steps, 'empty') from shape s;
select bench.shape(s.title || ', canceled', s.steps, '[51,150]') from shape s where s.title in ('chain', 'layers');
commit;
vacuum analyze;

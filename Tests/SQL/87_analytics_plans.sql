-- Law 6, E1: under the policies the questions that the page calls fast are answered through indexes, in an org that is most of the
-- table and in one that is a speck in it. 20,000 runs of the one, 40 of the other.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
select plan(45);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('acme', test.released('Build', test.part('CART'), '[{"title": "Fit"}]'));
select test.keep('acme run', test.run(test.the('acme'))), traveler.create_attribute_definition('{"record": "run", "key": "color", "label": "Color", "type": "text", "searchable": true}') is not null;
commit;
begin;
select test.enter('stranger');
select test.keep('bolt', test.released('Build', test.part('CART'), '[{"title": "Fit"}]'));
select test.keep('bolt run', test.run(test.the('bolt'))), traveler.create_attribute_definition('{"record": "run", "key": "color", "label": "Color", "type": "text", "searchable": true}') is not null;
commit;
reset session authorization;

-- Rows as a long life would leave them, without the triggers that would make the story one; what else they would say is not asked for.
do $$
declare
    t text;
    c record;
begin
    for c in select conrelid::regclass as name, conname from pg_constraint where contype = 'c' and conrelid in ('traveler.run'::regclass, 'traveler.issue'::regclass, 'traveler.part_inventory'::regclass) loop
        execute format('alter table %s drop constraint %I', c.name, c.conname);
    end loop;
    foreach t in array array['run', 'run_step', 'run_step_field', 'issue', 'labor_session', 'part_inventory', 'transaction_history', 'installation', 'build_requirement', 'run_step_edge', 'attribute_value'] loop
        execute format('alter table traveler.%I disable trigger all', t);
    end loop;
end $$;
create function test.much(p_org text, p_runs integer) returns void language plpgsql as $$
declare
    v_org uuid := test.org_id(p_org);
    v_run traveler.run;
    v_step traveler.run_step;
    v_user uuid := test.user_id(case p_org when 'acme' then 'admin' else 'stranger' end);
begin
    select * into v_run from traveler.run r where r.id = test.the(p_org || ' run');
    select * into v_step from traveler.run_step s where s.run_id = v_run.id;
    create temporary table made as select n, traveler.new_id() as run_id, traveler.new_id() as step_id, traveler.new_id() as unit_id from generate_series(1, p_runs) n;
    insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity, created_at, steps_hold, steps_completed, completed_at, completed_by, completion_number)
    select v_org, m.run_id, 1000 + m.n, 'Run ' || m.n, v_run.procedure_id, v_run.part_id, 1, now() - make_interval(hours => m.n), (m.n % 1000 = 0)::integer, (m.n % 1000 <> 0)::integer * 2,
        case when m.n % 1000 <> 0 then now() end, case when m.n % 1000 <> 0 then 'user:' || v_user end, (m.n % 1000 <> 0)::integer from made m;
    insert into traveler.run_step (org_id, id, run_id, origin_step_id, position, title, state)
    select v_org, m.step_id, m.run_id, v_step.origin_step_id, 1, 'Fit', 'todo' from made m
    union all select v_org, traveler.new_id(), m.run_id, null, 2, 'Check', 'todo' from made m;
    insert into traveler.run_step_field (org_id, run_id, run_step_id, position, name, type)
    select v_org, m.run_id, m.step_id, 1, 'Note', 'text' from made m;
    insert into traveler.issue (org_id, number, title, state, run_id, created_by)
    select v_org, m.n, 'Issue', case when m.n % 1000 = 0 then 'pending' else 'resolved' end, m.run_id, 'user:' || v_user from made m;
    insert into traveler.labor_session (org_id, run_id, run_step_id, user_id, started_at, ended_at)
    select v_org, m.run_id, m.step_id, v_user, now() - make_interval(hours => m.n), now() - make_interval(hours => m.n - 1) from made m;
    insert into traveler.part_inventory (org_id, id, part_id, lot_number, quantity)
    select v_org, m.unit_id, v_run.part_id, 'L' || m.n, 1 from made m;
    insert into traveler.transaction_history (org_id, root_id, seq, at, root_table, table_name, row_id, operation, transaction_id, actor, via, db_role, payload, digest)
    select v_org, m.run_id, n.seq, now() - make_interval(secs => m.n * 60), 'run', 'run_step', m.step_id, 'update', pg_current_xact_id(), 'user:' || v_user, 'service', 'traveler_service', '{}', sha256('') from made m, generate_series(1, 2) n (seq);
    insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value)
    select v_org, d.id, m.run_id, 1, 'run', 1000 + m.n, 'Color ' || m.n % 1000 from made m, traveler.attribute_definition d where d.org_id = v_org and d.key = 'color';
    perform test.keep(p_org || ' one', m.run_id), test.keep(p_org || ' step', m.step_id), test.keep(p_org || ' unit', m.unit_id) from made m where m.n = p_runs / 2;
    drop table made;
end
$$;
select test.much('acme', 20000), test.much('bolt', 40);
vacuum analyze;

-- The tables that a question reads from end to end, and for how long it ran.
create function test.scans(p_name text, p_sql text) returns text language plpgsql as $$
declare
    v_plan jsonb := test.asks(p_name, 'explain (analyze, format json) ' || p_sql)::jsonb;
begin
    return coalesce((select string_agg(distinct x ->> 'Relation Name', ', ')
        from jsonb_path_query(v_plan, '$.** ? (@."Node Type" == "Seq Scan")') x
        where x ->> 'Relation Name' ~ '^(run|run_step|run_step_field|issue|labor_session|part_inventory|transaction_history.*|attribute_value)$' and (x ->> 'Actual Loops')::integer > 0
            -- A partition without rows is read in no time.
            and ((x ->> 'Actual Rows')::float8 > 0 or coalesce((x ->> 'Rows Removed by Filter')::float8, 0) > 0)), 'none')
        || case when (v_plan #>> '{0,Execution Time}')::float8 > 500 then format(' in %s ms', v_plan #>> '{0,Execution Time}') else '' end;
end
$$;
select is(test.scans(o, format(replace(q, 'RUN', quote_literal(test.the(o || ' one'))), quote_literal(test.the(o || ' step')), quote_literal(test.the(o || ' unit')), quote_literal(test.user_id(case o when 'acme' then 'admin' else 'stranger' end)))), 'none', o || ' asks: ' || q)
from unnest(array['acme', 'bolt']) o, unnest(array[
    'select * from runs where id = RUN',
    'select * from runs where number = 1020',
    'select * from runs where status = ''hold'' order by number desc limit 50',
    'select number, title, part_number from runs order by number desc limit 50',
    'select count(*) from run_step_sessions s join users u on u.id = s.user_id where u.name = ''Admin'' and s.user_id = %3$s and s.started_at >= now() - interval ''10 hours''',
    'select * from run_steps where run_id = RUN order by position',
    'select * from run_steps where id = %1$s',
    'select * from run_step_fields where run_id = RUN',
    'select r.number, s.title, f.name from runs r join run_steps s on s.run_id = r.id join run_step_fields f on f.run_step_id = s.id where r.number = 1020',
    'select * from run_step_sessions where run_id = RUN',
    'select r.number, r.status from attribute_values v join runs r on r.id = v.record_id where v.record = ''run'' and v.key = ''color'' and v.text_value = ''Color 7'' order by v.record_number desc limit 50',
    'select count(*) from attribute_values where record = ''run'' and key = ''color'' and text_value >= ''Color 990'' and text_value < ''Color 991''',
    'select * from issues where state = ''pending'' order by number desc limit 50',
    'select * from issues where run_id = RUN',
    'select * from part_inventory where id = %2$s',
    'select * from transaction_history where root_id = RUN order by seq',
    'select * from transaction_history where row_id = %1$s order by seq desc limit 10',
    'select count(*) from transaction_history where at >= now() - interval ''30 seconds''',
    'select * from completion_blockers where run_id = RUN',
    'select * from build_requirements where run_id = RUN',
    'select * from abom_tree where root_inventory_id = %2$s',
    'select * from runs_as_of(now() - interval ''1 minute'', RUN)']) q;
select tap.dblink_exec('acme', 'set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off');
select is(test.scans('acme', format('select * from runs where id = %L', test.the('acme one'))), 'run', 'without an index to go by, the same question reads the table');
select test.forget_analysts();
select * from finish();

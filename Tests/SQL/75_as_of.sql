-- Y3: from its history any run can be shown as it was at any moment, and two moments compared. What the tables said while people
-- worked was written down; the history must say the same afterwards.
\ir support/world.psql
select plan(42);

create table test.moment (n serial primary key, at timestamptz not null, act text not null, answer text not null, document jsonb not null, rows jsonb not null);
grant all on test.moment to public;
grant usage on sequence test.moment_n_seq to public;
create table test.run_table as select t.table_name, t.id_column, t.left_out from traveler_private.history_table t where t.root_table = 'run';
grant select on test.run_table to public;

-- What the tables say of a run: by the documents of the API, and row by row of every table that joins a run's chain.
create function test.document(p_run uuid) returns jsonb language plpgsql as $$
declare
    d jsonb := traveler.run_json(p_run);
begin
    return d || jsonb_build_object('steps', (select jsonb_agg(s || traveler.step_json((s ->> 'id')::uuid)) from jsonb_array_elements(d -> 'steps') s));
end
$$;
create function test.rows(p_run uuid) returns jsonb language plpgsql as $$
declare
    t record;
    v_rows jsonb;
    v_all jsonb := '{}';
begin
    for t in select * from test.run_table loop
        execute format('select jsonb_object_agg(x.id, to_jsonb(x) - %L::text[]) from traveler.%I x where x.%I = $1', t.left_out, t.table_name,
            case when t.table_name = 'run' then 'id' else 'run_id' end) into v_rows using p_run;
        v_all := v_all || jsonb_build_object(t.table_name, coalesce(v_rows, '{}'));
    end loop;
    return v_all;
end
$$;
create function test.rows_of_history(p_run uuid, p_at timestamptz) returns jsonb language sql as $$
    select jsonb_object_agg(t.table_name, coalesce((select jsonb_object_agg(i.row_id, i.image)
        from traveler_private.run_images(p_run, traveler_private.chain_at(p_run, p_at)) i where i.table_name = t.table_name), '{}')) from test.run_table t
$$;
-- Of one document what the other has as well: what waits for whom, and what may be done, is told of the present alone.
create function test.narrow(p_wide jsonb, p_narrow jsonb) returns jsonb language plpgsql as $$
begin
    if jsonb_typeof(p_wide) = 'object' and jsonb_typeof(p_narrow) = 'object' then
        return (select coalesce(jsonb_object_agg(k, test.narrow(p_wide -> k, p_narrow -> k)), '{}') from jsonb_object_keys(p_narrow) k where p_wide ? k);
    elsif jsonb_typeof(p_wide) = 'array' and jsonb_typeof(p_narrow) = 'array' then
        return (select coalesce(jsonb_agg(test.narrow(w, p_narrow -> (i::integer - 1)) order by i), '[]') from jsonb_array_elements(p_wide) with ordinality x (w, i));
    end if;
    return p_wide;
end
$$;

-- One act of someone's, done or refused, and what the tables say then.
create procedure test.do_and_note(p_actor text, p_act text, p_reason text default null) language plpgsql as $$
declare
    v_answer text := 'done';
    v_step traveler.run_step;
begin
    perform test.enter(p_actor, p_act);
    -- Mostly one that can be acted on so.
    select * into v_step from traveler.run_step s where s.run_id = test.the('run')
    order by random() < 0.9 and s.state is distinct from case p_act when 'start' then 'todo' when 'complete' then 'in_progress' when 'fail' then 'in_progress'
        when 'reset' then 'in_progress' when 'check in' then 'in_progress' when 'release' then 'hold' when 'retry' then 'failed' when 'restore' then 'canceled'
        when 'reopen' then 'completed' else s.state end, random() limit 1;
    begin
        case
        when p_act = 'enter' then
            perform traveler.enter_values(f.run_step_id, null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', f.id) || case f.name
                when 'Torque' then jsonb_build_object('value', (10 + random() * 12)::numeric(6, 3)::text)
                when 'Note' then '{"not_applicable": true}' else '{"value": true}' end)))
            from (select f.* from traveler.run_step_field f join traveler.run_step s on s.id = f.run_step_id where f.run_id = test.the('run')
                order by s.state <> 'in_progress' and random() < 0.9, random() limit 1) f;
        when p_act = 'correct' then
            perform traveler.correct_values(f.run_step_id, null, jsonb_build_object('reason', p_reason,
                'values', jsonb_build_array(jsonb_build_object('field_id', f.id, 'value', (10 + random() * 10)::numeric(5, 2)::text))))
            from traveler.run_step_field f where f.id = test.field(test.the('run'), 'Torque');
        when p_act = 'install' then
            perform traveler.install(test.the('run'), jsonb_strip_nulls(jsonb_build_object('build_requirement_id', q.id, 'part_inventory_id', i.id,
                'quantity', case when random() < 0.5 then '1' end)))
            from (select * from traveler.build_requirement q where q.run_id = test.the('run') order by random() limit 1) q
            cross join lateral (select * from traveler.part_inventory i where i.part_id = q.part_id and i.status = 'available' limit 1) i;
        when p_act = 'uninstall' then
            perform traveler.uninstall(n.id, null, p_reason) from (
                select * from traveler.installation n where n.run_id = test.the('run') and n.removed_at is null order by random() limit 1) n;
        when p_act = 'start' then perform traveler.start_steps(array[v_step.id]);
        when p_act = 'complete' then perform traveler.complete_steps(array[v_step.id]);
        when p_act = 'check in' then perform traveler.check_in(v_step.id);
        when p_act = 'check out' then
            perform traveler.check_out(l.id) from (select * from traveler.labor_session l where l.run_id = test.the('run') and l.ended_at is null limit 1) l;
        when p_act = 'sign' then
            perform traveler.enter_values(f.run_step_id, null, jsonb_build_object('values', jsonb_build_array(jsonb_build_object('field_id', f.id, 'value', true))))
            from traveler.run_step_field f where f.run_id = test.the('run') and f.stale;
            perform traveler.sign_steps(array(select b.run_step_id from traveler.completion_blocker b
                where b.run_id = test.the('run') and b.kind = 'signature_stale' and b.subject_id = b.run_step_id));
        when p_act = 'complete run' then perform traveler.complete_run(test.the('run'));
        when p_act = 'reopen run' then perform traveler.reopen_run(test.the('run'), null, p_reason);
        when p_act ~ ' all$' then perform traveler.act_on_run(split_part(p_act, ' ', 1), test.the('run'), null, p_reason);
        else perform traveler.act_on_steps(p_act, array[v_step.id], null, p_reason);
        end case;
    exception when others then
        v_answer := sqlerrm;
        if sqlstate not like 'TV4%' and sqlstate not like '23%' then
            raise;
        end if;
    end;
    commit;
    perform test.enter('viewer');
    insert into test.moment (at, act, answer, document, rows) values (clock_timestamp(), p_act, v_answer, test.document(test.the('run')), test.rows(test.the('run')));
    commit;
end
$$;
create procedure test.work_at_random(p_times integer) language plpgsql as $$
declare
    v_acts text[] := array['start', 'start', 'start', 'start', 'complete', 'complete', 'complete', 'hold', 'release', 'release', 'fail', 'retry', 'cancel', 'restore', 'reset',
        'reopen', 'enter', 'enter', 'enter', 'correct', 'install', 'install', 'uninstall', 'check in', 'check out', 'hold all', 'release all', 'complete run', 'reopen run'];
begin
    for i in 1 .. p_times loop
        call test.do_and_note(case when random() < 0.8 then 'admin' else 'quality' end, v_acts[1 + floor(random() * cardinality(v_acts))::integer], 'Why not.');
    end loop;
end
$$;
-- To the end, which chance may not come to.
create procedure test.finish() language plpgsql as $$
declare
    v_act text;
begin
    for i in 1 .. 30 loop
        foreach v_act in array array['release all', 'release', 'retry', 'restore', 'start', 'enter', 'install', 'sign', 'complete', 'complete run'] loop
            perform test.enter('admin');
            exit when (select r.completed_at is not null from traveler.run r where r.id = test.the('run'));
            call test.do_and_note('admin', v_act);
        end loop;
    end loop;
    commit;
end
$$;
grant execute on all routines in schema test to public;

-- A run with something of everything, and work on it --------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bolt', test.part('BOLT')), test.keep('nut', test.part('NUT')), test.keep('cart', test.part('CART', 'serial')), test.keep('bench', test.location('Bench'));
select test.mbom(test.the('cart'), test.line(test.the('bolt'), '4', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('nut')))));
select test.keep('bolts', test.receive(test.the('bolt'), '1000')), test.keep('nuts', test.receive(test.the('nut'), '1000.5'));
select test.keep('procedure', test.released('Build a cart', test.the('cart'), jsonb_build_array(
    jsonb_build_object('key', 'fit', 'title', 'Fit', 'location_id', test.the('bench'), 'requirements', jsonb_build_array(test.line(test.the('nut'), '2.5')),
        'fields', '[{"name": "Torque", "type": "number", "unit": "Nm", "minimum": "10", "maximum": "20.50"}, {"name": "Seen", "type": "signoff", "required": false},
            {"name": "Note", "type": "text", "required": false, "allow_not_applicable": true}]'::jsonb),
    '{"key": "paint", "title": "Paint", "after": ["fit"], "steps": [{"title": "Sand"}, {"title": "Spray", "required": false}]}'::jsonb,
    '{"title": "Pack", "after": ["paint"]}'::jsonb, '{"title": "Label"}'::jsonb)));
commit;
select clock_timestamp() as before \gset
begin;
select test.enter('planner');
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["C1"]}'));
commit;
select setseed(0.75);
call test.work_at_random(80);
call test.finish();
call test.do_and_note('admin', 'correct', 'Too late.');
call test.do_and_note('admin', 'reopen run', 'A bolt is loose.');
call test.do_and_note('admin', 'correct', 'Misread.');
call test.work_at_random(30);
call test.finish();
reset session authorization;

begin;
select test.enter('viewer');
select cmp_ok((select count(distinct m.act) from test.moment m where m.answer = 'done'), '>=', 12::bigint, 'much was done');
select cmp_ok((select count(*) from test.moment m where m.answer <> 'done'), '>=', 30::bigint, 'and much refused');
select is_empty($$ select m.n, m.act from test.moment m where test.rows_of_history(test.the('run'), m.at) is distinct from m.rows $$,
    'every row of every table of the run, as of each moment, is what it was');
select is_empty($$ select m.n, m.act from test.moment m cross join lateral traveler.run_as_of(test.the('run'), m.at) d
    where test.narrow(d, m.document) is distinct from test.narrow(m.document, d) $$,
    'and so is all that the run''s documents said: status, counters and quantities, which no entry holds, among it');
select is(test.narrow(d, test.document(test.the('run'))), test.narrow(test.document(test.the('run')), d), 'as of now is now') from traveler.run_as_of(test.the('run'), clock_timestamp()) d;
select ok(test.narrow(test.document(test.the('run')), d) ?& array['id', 'number', 'title', 'status', 'quantity', 'procedure', 'part', 'steps_total', 'steps_completed', 'steps_canceled',
    'created_at', 'started_at', 'completed_at', 'completion_number', 'version', 'units', 'steps', 'build_requirements', 'as_built_records', 'reopenings'], 'with all that was compared')
from traveler.run_as_of(test.the('run'), clock_timestamp()) d;
select ok(test.narrow(test.document(test.the('run')), d) #> '{steps,0}' ?& array['id', 'parent_id', 'depth', 'position', 'title', 'instructions', 'location_id', 'location', 'lead_time_seconds',
    'required', 'state', 'attempt', 'held_from', 'state_reason', 'state_changed_at', 'state_changed_by', 'started_at', 'completed_at', 'completed_by', 'upstream_ids', 'fields', 'sessions', 'version'],
    'of a step as well')
from traveler.run_as_of(test.the('run'), clock_timestamp()) d;
select cmp_ok((select count(distinct m.document ->> 'status') from test.moment m), '>=', 4::bigint, 'through many a status');
select is(traveler.run_as_of(test.the('run'), :'before'), null, 'before it was made there was no run');
select is(traveler.run_as_of(test.the('run'), '-infinity'), null, 'since ever');
select is_empty($$ select m.n from test.moment m cross join lateral traveler.run_as_of(test.the('run'), m.at) d
    where d - 'as_of' is distinct from traveler.run_as_of(test.the('run'), p_seq => (d #>> '{as_of,seq}')::bigint) - 'as_of' $$, 'an entry''s number names the same moment');
select is_empty($$ select m.n from test.moment m cross join lateral traveler.run_as_of(test.the('run'), m.at) d
    join traveler.transaction_history h on h.root_id = test.the('run') and h.seq = (d #>> '{as_of,seq}')::bigint
    where d #>> '{as_of,digest}' <> encode(h.digest, 'hex') or (d #>> '{as_of,at}')::timestamptz <> m.at or h.at > m.at $$, 'which is cited by its digest');
select is(traveler.run_as_of(test.the('run'), p_seq => 1000000), null, 'an entry that is not there shows nothing');
select is(traveler.run_as_of(test.the('run'), p_seq => 0), null, 'nor does the one before the first');
select is(traveler.run_as_of(test.the('cart'), clock_timestamp()), null, 'a part is no run, whatever history it has');
select test.refuses($$ select traveler.run_as_of(test.the('run'), clock_timestamp() + interval '1 minute') $$, 'TV422 Y3 moment_in_future', 'nothing is known of the future');
select test.refuses($$ select traveler.run_as_of(test.the('run')) $$, 'TV422 Y3 moment_missing', 'a moment is asked for');
select test.refuses($$ select traveler.run_as_of(test.the('run'), clock_timestamp(), 3) $$, 'TV422 Y3 moment_missing', 'and one only');

-- Two moments compared ---------------------------------------------------------------------------------------------------

create function test.columns(p_rows jsonb) returns table (name text, row_id text, col text, value jsonb) language sql as $$
    select t.key, r.key, c.key, c.value from jsonb_each(p_rows) t cross join lateral jsonb_each(t.value) r cross join lateral jsonb_each(r.value) c
    where c.key <> all (array['org_id', 'id', 'run_id', 'version']) and c.value <> 'null'
$$;
create function test.difference(p_from timestamptz, p_to timestamptz) returns table (name text, row_id text, col text, before jsonb, after jsonb) language sql as $$
    select x ->> 'table', x ->> 'row_id', c ->> 'column', nullif(c -> 'before', 'null'), nullif(c -> 'after', 'null')
    from jsonb_array_elements(traveler.run_difference(test.the('run'), p_from, p_to) -> 'changes') x cross join lateral jsonb_array_elements(x -> 'columns') c
$$;
create function test.wrong_differences() returns table (a integer, b integer, name text, row_id text, col text) language plpgsql as $$
#variable_conflict use_column
declare
    r record;
begin
    for r in select x.n as a, y.n as b, x.at, y.at as later, x.rows, y.rows as later_rows
        from test.moment x join test.moment y on y.n >= x.n where (x.n * 7 + y.n * 13) % 251 = 0
    loop
        return query
        select r.a, r.b, coalesce(e.name, d.name), coalesce(e.row_id, d.row_id), coalesce(e.col, d.col) from (
            select name, row_id, col, f.value as before, t.value as after
            from test.columns(r.rows) f full join test.columns(r.later_rows) t using (name, row_id, col) where f.value is distinct from t.value) e
        full join test.difference(r.at, r.later) d using (name, row_id, col)
        where e.before is distinct from d.before or e.after is distinct from d.after;
    end loop;
end
$$;
commit;
begin;
select test.enter('viewer');
select is_empty('select * from test.wrong_differences()', 'two moments differ in exactly those columns in which their tables did');
select is(traveler.run_difference(test.the('run'), m.at, m.at) -> 'changes', '[]', 'a moment does not differ from itself') from test.moment m where m.n = 20;
select is((select jsonb_agg(distinct x -> 'what') from jsonb_array_elements(traveler.run_difference(test.the('run'), :'before') -> 'changes') x), '["added"]',
    'since before it was made, all was added');
select is(traveler.run_difference(test.the('run'), :'before', :'before'), null, 'up to then there is nothing to tell');
select is_empty($$ select a.* from jsonb_to_recordset(traveler.run_difference(test.the('run'), (select m.at from test.moment m where m.n = 5)) -> 'acts')
    a (first_seq bigint, last_seq bigint, actor text, reason text)
    left join lateral (select count(*), count(distinct h.transaction_id) as acts, min(h.actor) as actor, string_agg(distinct h.reason, ', ') as reason
        from traveler.transaction_history h where h.root_id = test.the('run') and h.seq between a.first_seq and a.last_seq) h on true
    where h.count <> a.last_seq - a.first_seq + 1 or h.acts <> 1 or h.actor <> a.actor or h.reason is distinct from a.reason $$, 'each act says which entries are its own, whose it was and why');
select is((select sum(a.last_seq - a.first_seq + 1) from jsonb_to_recordset(d -> 'acts') a (first_seq bigint, last_seq bigint)),
    ((d #>> '{to,seq}')::bigint - (d #>> '{from,seq}')::bigint)::numeric, 'and none is left out')
from traveler.run_difference(test.the('run'), (select m.at from test.moment m where m.n = 5)) d;
select is_empty($$ select m.n from test.moment m join test.moment l on l.n = m.n + 40 cross join lateral traveler.run_difference(test.the('run'), m.at, l.at) d
    where d #>> '{from,status}' is distinct from m.document ->> 'status' or d #>> '{to,status}' is distinct from l.document ->> 'status' $$, 'both with their status');
select test.refuses($$ select traveler.run_difference(test.the('run'), clock_timestamp(), clock_timestamp() - interval '1 second') $$, 'TV422 Y3 moments_reversed', 'the earlier comes first');
select test.refuses($$ select traveler.run_difference(test.the('run'), clock_timestamp() + interval '1 day') $$, 'TV422 Y3 moment_in_future', 'both have passed');
select test.refuses($$ select traveler.run_difference(test.the('run'), '-infinity', 'infinity') $$, 'TV422 Y3 moment_in_future', 'also the later');
select test.refuses($$ select traveler.run_difference(test.the('run'), null) $$, 'TV422 Y3 moment_missing', 'and one is asked for');
select test.enter('stranger');
select is(traveler.run_as_of(test.the('run'), clock_timestamp()), null, 'another org has no such run');
select is(traveler.run_difference(test.the('run'), '-infinity'), null, 'nor anything to compare');
commit;

-- A second run, in small ------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('planner');
select test.keep('small', test.run(test.the('procedure'), '{"serial_numbers": ["C2"]}'));
commit;
begin;
select test.enter('technician', 'req-1');
select test.start(test.step(test.the('small'), 'Label'));
select clock_timestamp() as between \gset
select pg_sleep(0.001) \gset
select test.complete(test.step(test.the('small'), 'Label'));
select test.start(test.step(test.the('small'), 'Fit'));
select traveler.enter_values(test.step(test.the('small'), 'Fit'), null, jsonb_build_object('values',
    jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('small'), 'Torque'), 'value', '12.5'))));
commit;
begin;
select test.enter('viewer');
select is(traveler.run_as_of(test.the('small'), :'between') ->> 'status', 'todo', 'an act that was not committed had not happened');
select is(traveler.run_as_of(test.the('small'), :'between') #>> '{as_of,seq}', (select max(h.seq)::text from traveler.transaction_history h
    where h.root_id = test.the('small') and h.request_id <> 'req-1'), 'nothing of it');
select results_eq($$ select x ->> 'label', c -> 'before', c -> 'after', x ->> 'actor'
        from (select max(h.at) as at from traveler.transaction_history h where h.root_id = test.the('small') and h.request_id <> 'req-1') h
        cross join lateral jsonb_array_elements(traveler.run_difference(test.the('small'), h.at) -> 'changes') x
        cross join lateral jsonb_array_elements(x -> 'columns') c
        where c ->> 'column' in ('state', 'value') order by 1 $$,
    $$ values ('Fit', '"todo"'::jsonb, '"in_progress"'::jsonb, 'user:' || test.user_id('technician')), ('Fit: Torque', 'null', '"12.5"', 'user:' || test.user_id('technician')),
        ('Label', '"todo"', '"completed"', 'user:' || test.user_id('technician')) $$, 'what a person reads: which record, from what to what, by whom');
commit;
reset session authorization;

-- What comes later: a column, a table, a step that is withdrawn, a part of the history that was detached ------------------

begin;
select test.enter_owner();
set local role traveler_owner;
alter table traveler.run_step add column later text;
create table traveler.later (org_id uuid not null, id uuid not null, run_id uuid not null, note text, version integer not null default 1, primary key (org_id, id));
select traveler_private.keep_history('run_step', 'run', 'run_id'), traveler_private.keep_history('later', 'run', 'run_id'), traveler_private.keep_orgs_apart();
insert into traveler.later values (test.org_id('acme'), test.the('bench'), test.the('small'), 'Hello');
update traveler.run_step s set later = 'now' where s.id = test.step(test.the('small'), 'Pack');
select results_eq($$ select s ->> 'title', s ->> 'later' from jsonb_array_elements(traveler.run_as_of(test.the('small'), clock_timestamp()) -> 'steps') s where s ? 'later' $$,
    $$ values ('Pack', 'now') $$, 'a column that came later is shown from when it came');
select is(traveler.run_as_of(test.the('small'), clock_timestamp()) #>> '{records,later,0,note}', 'Hello', 'a table that came later is shown as well');
select is(traveler.run_as_of(test.the('small'), :'between') #> '{records,later}', '[]', 'and was empty then');
rollback;
begin;
select test.enter_owner();
insert into traveler.transaction_history
select h.org_id, h.root_id, (select max(x.seq) + 1 from traveler.transaction_history x where x.root_id = h.root_id), clock_timestamp(), h.root_table, h.table_name, h.row_id, 'update',
    pg_current_xact_id(), h.actor, h.via, h.db_role, h.request_id, h.reason,
    jsonb_set(h.payload::jsonb, '{after}', h.payload::jsonb -> 'after' || jsonb_build_object('withdrawn_at', now(), 'state', 'redline'))::text, h.digest
from traveler.transaction_history h where h.row_id = test.step(test.the('small'), 'Pack') order by h.seq desc limit 1;
select is((select (d ->> 'status') || ' ' || (d ->> 'steps_total') from traveler.run_as_of(test.the('small'), clock_timestamp()) d), 'in_progress 5', 'a withdrawn step does not count (D6)');
alter table traveler.transaction_history disable trigger _010_refuse_change;
delete from traveler.transaction_history h where h.root_id = test.the('small') and h.seq = 2;
select test.refuses($$ select traveler.run_as_of(test.the('small'), clock_timestamp()) $$, 'TV409 Y3 history_detached', 'what is missing of the history is not taken for nothing');
select test.refuses($$ select traveler.run_difference(test.the('small'), '-infinity') $$, 'TV409 Y3 history_detached', 'nor in a comparison');
rollback;
begin;
select test.enter_owner();
-- An entry's time is taken before it waits for the chain.
insert into traveler.transaction_history
select h.org_id, h.root_id, h.seq + 1, now() - interval '2 hours', h.root_table, h.table_name, h.row_id, 'update', pg_current_xact_id(), h.actor, h.via, h.db_role, h.request_id, h.reason,
    h.payload, h.digest
from traveler.transaction_history h where h.root_id = test.the('small') order by h.seq desc limit 1;
select is(traveler_private.chain_at(test.the('small'), now() - interval '1 hour'), null, 'an entry was not there before those in front of it');
rollback;
select test.whole();
select * from finish();

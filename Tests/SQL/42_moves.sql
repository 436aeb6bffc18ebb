-- The step machine: S2 in full, S6 to S10, S12, S14, S15, S16, and I2 of a canceled run.
\ir support/world.psql
select plan(70);

create function test.act(p_act text, p_step uuid, p_reason text default null, p_all boolean default false) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason, p_all) $$;
create function test.state(p_step uuid) returns text
language sql stable as $$ select s.state from traveler.run_step s where s.id = p_step $$;
grant execute on all functions in schema test to public;

-- The table of moves is S2's, and D6's ways out of redline for good.
select results_eq($$ select from_state collate "C", to_state collate "C", act collate "C", reason collate "C" from traveler.step_transition order by 1, 2, 3 $$, $$ values
    ('canceled' collate "C", 'todo' collate "C", 'restore' collate "C", 'none' collate "C"), ('completed', 'redline', 'redline', 'required'), ('completed', 'todo', 'reopen', 'required'),
    ('failed', 'redline', 'redline', 'required'), ('failed', 'todo', 'retry', 'none'),
    ('hold', 'canceled', 'cancel', 'org'), ('hold', 'in_progress', 'release', 'none'), ('hold', 'redline', 'redline', 'required'), ('hold', 'todo', 'release', 'none'),
    ('in_progress', 'canceled', 'cancel', 'org'), ('in_progress', 'completed', 'complete', 'none'), ('in_progress', 'failed', 'fail', 'org'),
    ('in_progress', 'hold', 'hold', 'required'), ('in_progress', 'redline', 'redline', 'required'), ('in_progress', 'todo', 'reset', 'required'),
    ('redline', 'canceled', 'cancel_redline', 'none'), ('redline', 'canceled', 'release_redline', 'none'), ('redline', 'completed', 'cancel_redline', 'none'),
    ('redline', 'failed', 'cancel_redline', 'none'), ('redline', 'hold', 'cancel_redline', 'none'), ('redline', 'hold', 'release_redline', 'none'),
    ('redline', 'in_progress', 'cancel_redline', 'none'), ('redline', 'todo', 'cancel_redline', 'none'), ('redline', 'todo', 'release_redline', 'none'),
    ('todo', 'canceled', 'cancel', 'org'), ('todo', 'hold', 'hold', 'required'), ('todo', 'in_progress', 'start', 'none'), ('todo', 'redline', 'redline', 'required') $$,
    'the moves are those of S2');

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(
    '{"key": "a", "title": "A", "fields": [{"name": "Note", "type": "text", "required": false}, {"name": "Sign", "type": "signoff"}]}'::jsonb,
    '{"key": "b", "title": "B", "after": ["a"]}'::jsonb,
    '{"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2"}, {"title": "P3", "required": false, "steps": [{"title": "P31"}]}]}'::jsonb,
    '{"title": "Z", "after": ["b", "p"]}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- Every pair of states, by direct SQL of the owner: what is not in the table is refused, whatever else would allow it ------

reset session authorization;
create function test.leap(p_from text, p_to text, p_started timestamptz default now()) returns text language plpgsql as $$
declare
    v_refusal text;
begin
    alter table traveler.run_step disable trigger user;
    update traveler.run_step set state = p_from, held_from = case when p_from = 'hold' then 'in_progress' end, started_at = p_started,
        completed_at = case when p_from = 'completed' then now() end, completed_by = case when p_from = 'completed' then 'x' end where id = test.the('P31');
    alter table traveler.run_step enable trigger user;
    v_refusal := test.refusal(format('update traveler.run_step set state = %L where id = test.the(''P31'')', p_to));
    raise exception using errcode = 'TVBCK', message = v_refusal;
exception when sqlstate 'TVBCK' then
    return sqlerrm;
end
$$;
begin;
select test.enter_owner();
select results_eq($$
    select (f || ' to ' || t) collate "C" from unnest(array['todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled']) f,
        unnest(array['todo', 'in_progress', 'hold', 'redline', 'completed', 'failed', 'canceled']) t
    where f <> t and test.leap(f, t) <> 'TV409 S2 move_not_allowed' order by 1 $$, $$
    select distinct (from_state || ' to ' || to_state) collate "C" from traveler.step_transition order by 1 $$, 'a move is refused exactly when the table does not have it');
select is_empty($$
    select f || ' to ' || t from unnest(array['todo', 'hold', 'redline', 'canceled']) f, unnest(array['in_progress', 'completed', 'failed']) t
    where not exists (select from traveler.step_transition x where (x.from_state, x.to_state) = (f, t))
        and test.leap(f, t, null) <> 'TV409 S2 move_not_allowed' $$, 'and in the same words when the step has never started');
commit;
set session authorization traveler_service;

-- Hold and release (S9, S10) ------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.act('hold', test.the('A')) $$, 'TV422 S10 reason_missing', 'a hold without a reason is refused');
select test.refuses($$ select test.act('hold', test.the('A'), '  ') $$, 'TV422 S10 reason_missing', 'and blanks are no reason');
select test.act('hold', test.the('A'), 'no torque wrench');
select is((select s.state || ' ' || s.held_from || ' ' || s.state_reason || ' ' || s.state_changed_by from traveler.run_step s where s.id = test.the('A')),
    'hold todo no torque wrench user:' || test.user_id('technician'), 'a held step says from where, why and by whom');
select is((select h.reason from traveler.transaction_history h where h.row_id = test.the('A') order by h.seq desc limit 1), 'no torque wrench', 'so does the history');
select is((select r.status from traveler.run r where r.id = test.the('run')), 'hold', 'and the run reads hold');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 S9 release_elsewhere', 'hold blocks work (S7)');
select test.act('release', test.the('A'));
select is(test.state(test.the('A')), 'todo', 'release brings it back to where it was');
select test.start(test.the('A'));
select test.act('hold', test.the('A'), 'lunch');
select is((select count(*) from traveler.labor_session l where l.run_step_id = test.the('A') and l.ended_at is null), 0::bigint, 'a hold checks everyone out (S4)');
select test.refuses($$ select test.value(test.field(test.the('run'), 'Note'), '"x"') $$, 'TV409 S13 values_closed', 'and nothing is entered meanwhile (S7)');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 S9 move_not_allowed', 'who starts a step that was held in progress has not released it (S9)');
select test.act('release', test.the('A'));
select is((select s.state || ' ' || (select count(*) from traveler.labor_session l where l.run_step_id = s.id and l.ended_at is null) from traveler.run_step s where s.id = test.the('A')),
    'in_progress 0', 'a step held in progress comes back in progress with nobody checked in (S9)');
commit;

-- A wrong start, failing, trying again (S2, S6, S14) --------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.act('reset', test.the('A')) $$, 'TV422 S10 reason_missing', 'a wrong start is taken back with a reason');
select test.act('reset', test.the('A'), 'wrong unit');
select is((select s.state || ' ' || s.attempt || ' ' || (s.started_at is null) from traveler.run_step s where s.id = test.the('A')), 'todo 2 true', 'and the next start is attempt 2');
select test.start(test.the('A'));
select test.value(test.field(test.the('run'), 'Note'), '"torn"');
select test.value(test.field(test.the('run'), 'Sign'), 'true');
select test.refuses($$ select test.act('reset', test.the('A'), 'wrong unit') $$, 'TV409 S2 work_entered', 'not when something was entered');
select test.refuses($$ select test.act('retry', test.the('A')) $$, 'TV409 S2 move_not_allowed', 'only a failed step is tried again');
select test.act('fail', test.the('A'), 'torn gasket');
select is((select r.status from traveler.run r where r.id = test.the('run')), 'failed', 'a failed step fails its run (R1)');
select is((select count(*) from traveler.issue), 0::bigint, 'no issue unless the org says so');
select test.act('retry', test.the('A'));
select is((select s.attempt || ' ' || f.value::text from traveler.run_step s join traveler.run_step_field f on f.run_step_id = s.id and f.name = 'Note' where s.id = test.the('A')),
    '3 "torn"', 'values stay as the starting point of the next attempt');
select ok((select f.value is null and f.entered_by is null from traveler.run_step_field f where f.run_step_id = test.the('A') and f.name = 'Sign'), 'signatures do not');
select ok((select bool_or(h.payload::jsonb #>> '{before,value}' = 'true') from traveler.transaction_history h where h.row_id = test.field(test.the('run'), 'Sign')), 'but the history keeps them');
commit;
reset session authorization;
begin;
select test.enter_owner();
update traveler.org set fail_creates_issue = true, fail_reason = 'required' where org_id = test.org_id('acme');
commit;
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.start(test.the('A'));
select test.refuses($$ select test.act('fail', test.the('A')) $$, 'TV422 S10 reason_missing', 'a failure asks for a reason when the org says so');
select test.act('fail', test.the('A'), 'torn again');
select is((select i.number || ' ' || i.title || ' ' || i.description || ' ' || (i.run_id = test.the('run')) || ' ' || i.state from traveler.issue i where i.run_step_id = test.the('A')),
    '1 Run 1: "A" failed torn again true pending', 'and becomes an issue of its run and step (S6)');
select test.act('retry', test.the('A'));
rollback;

-- Nested steps (S8, S12) ------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.act('retry', test.the('A')) where test.state(test.the('A')) = 'failed';
select test.start(test.the('P'));
select test.start(test.the('P1'));
select test.refuses($$ select test.act('fail', test.the('P'), 'x') $$, 'TV409 S12 nested_step_in_progress', 'a step does not fail while a nested one is in progress');
select test.refuses($$ select test.act('reset', test.the('P'), 'x') $$, 'TV409 S12 nested_step_in_progress', 'nor goes back to todo');
select test.act('hold', test.the('P'), 'fire drill');
select is(test.state(test.the('P1')) || ' ' || test.state(test.the('P2')), 'hold todo', 'what is in progress inside a held step is held with it, what is in todo is not');
select test.refuses($$ select test.act('release', test.the('P1')) $$, 'TV409 A1 step_not_available', 'and released only after it');
select test.act('release', test.the('P'));
select test.act('release', test.the('P1'));
select test.act('fail', test.the('P1'), 'x');
select test.refuses($$ select test.act('cancel', test.the('P')) $$, 'TV409 S8 nested_step_failed', 'a step is not canceled while a nested one is failed');
select test.act('retry', test.the('P1'));
select test.work(test.the('P2'));
select test.act('cancel', test.the('P3'));
select test.act('cancel', test.the('P'), 'not on this unit');
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run') and s.title like 'P%'),
    'P canceled, P1 canceled, P2 completed, P3 canceled, P31 canceled', 'canceling takes the open nested steps along and leaves the completed ones');
select test.refuses($$ select test.act('restore', test.the('P1')) $$, 'TV409 S12 ancestor_closed', 'a nested step comes back after the step around it');
select test.act('restore', test.the('P'));
select is(test.state(test.the('P')) || ' ' || test.state(test.the('P1')), 'todo canceled', 'restoring brings back that step alone');
select test.act('cancel', test.the('P'));
rollback;
begin;
select test.enter('technician');
select test.act('cancel', test.the('P'), 'x');
select test.act('restore', test.the('P'), p_all => true);
select is((select count(*) from traveler.run_step s where s.run_id = test.the('run') and s.state = 'canceled'), 0::bigint, 'or, asked so, all that the same act canceled');
rollback;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run_step set state = 'canceled' where id = test.the('P') $$, 'TV409 S8 nested_step_left', 'by hand too, a step is not canceled without what is nested in it');
commit;
reset role;

-- Reopening a step (S2, S14) --------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.act('retry', test.the('A')) where test.state(test.the('A')) = 'failed';
select test.start(test.the('A'));
select test.value(test.field(test.the('run'), 'Sign'), 'true');
select test.complete(test.the('A'));
select test.refuses($$ select test.act('reopen', test.the('A'), 'x') $$, 'TV403 T3 permission_missing', 'reopening a step asks for run_step.reopen');
select test.start(test.the('B'));
select test.enter('quality');
select test.refuses($$ select test.act('reopen', test.the('A')) $$, 'TV422 S10 reason_missing', 'and for a reason');
select test.refuses($$ select test.act('reopen', test.the('A'), 'x') $$, 'TV409 S2 downstream_started', 'not while a downstream step has started');
select is(test.refusal_detail($$ select test.act('reopen', test.the('A'), 'x') $$, 'blocking_step_id') #>> '{}', test.the('B')::text, 'and the refusal names it');
select test.act('hold', test.the('B'), 'x');
select test.refuses($$ select test.act('reopen', test.the('A'), 'x') $$, 'TV409 S2 downstream_started', 'a step held in progress has started');
select test.act('release', test.the('B'));
select test.act('reset', test.the('B'), 'x');
select test.act('reopen', test.the('A'), 'missed a bolt');
select ok((select s.state = 'todo' and s.completed_at is null and s.attempt > 1 from traveler.run_step s where s.id = test.the('A')), 'a reopened step is todo, in a new attempt');
rollback;

-- Whole-run acts (S15), I2 ------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.start(test.step(test.the('run 2'), 'P'));
select test.start(test.step(test.the('run 2'), 'P1'));
select test.act('hold', test.step(test.the('run 2'), 'B'), 'on its own');
select traveler.act_on_run('hold', test.the('run 2'), null, 'customer call');
select is((select r.status || ' ' || r.steps_hold || ' ' || r.steps_total from traveler.run r where r.id = test.the('run 2')), 'hold 8 8', 'a run on hold holds all its open steps');
select test.refuses($$ select traveler.act_on_run('hold', test.the('run 2'), null, 'again') $$, 'TV409 S15 run_held', 'once');
select traveler.act_on_run('release', test.the('run 2'));
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run 2') and s.title in ('A', 'B', 'P', 'P1', 'P2')),
    'A todo, B hold, P in_progress, P1 in_progress, P2 todo', 'release frees only what that act held');
select test.refuses($$ select traveler.act_on_run('release', test.the('run 2')) $$, 'TV409 S15 run_not_held', 'and there is nothing more to release');
select test.act('fail', test.step(test.the('run 2'), 'P1'), 'x');
select traveler.act_on_run('cancel', test.the('run 2'), null, 'order withdrawn');
select is((select r.status || ' ' || i.status from traveler.run r join traveler.part_inventory i on i.building_run_id = r.id where r.id = test.the('run 2')), 'canceled never_built',
    'canceling a run cancels all of it, failed steps through todo, and what it was to build was never built');
select test.refuses($$ select traveler.act_on_run('cancel', test.the('run 2')) $$, 'TV409 S15 nothing_to_cancel', 'once');
select test.act('restore', test.step(test.the('run 2'), 'A'));
select is((select r.status || ' ' || i.status from traveler.run r join traveler.part_inventory i on i.building_run_id = r.id where r.id = test.the('run 2')), 'todo work_in_progress',
    'a step brought back brings its run back');
rollback;
begin;
select test.enter('admin');
select test.keep('run 3', test.run(test.the('procedure'), '{"serial_numbers": ["U3"]}'));
select test.start(test.step(test.the('run 3'), 'A'));
select test.value(test.field(test.the('run 3'), 'Sign'), 'true');
select test.complete(test.step(test.the('run 3'), 'A'));
select traveler.act_on_run('cancel', test.the('run 3'), null, 'good enough');
select is((select r.status || ' ' || i.status from traveler.run r join traveler.run_inventory ri on ri.run_id = r.id join traveler.part_inventory i on i.id = ri.part_inventory_id where r.id = test.the('run 3')),
    'partial_complete available', 'the cancel that leaves no required step open completes the run (C3)');
commit;

-- What may I do now, and why not (S16) -------------------------------------------------------------------------------------

begin;
select test.enter('viewer');
select is((select string_agg(a ->> 'act', ' ' order by a ->> 'act') from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'acts') a), 'cancel hold redline start', 'a step lists its acts');
select is((select string_agg(distinct x ->> 'code', ' ') from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'acts') a, jsonb_array_elements(a -> 'refusals') x where a ->> 'act' = 'start'),
    'permission_missing step_not_available', 'with all that stands in the way of each');
select test.enter('technician');
select is((select string_agg(a ->> 'act', ' ' order by a ->> 'act') from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'acts') a where (a ->> 'allowed')::boolean), 'cancel hold', 'and which are open now');
select is((select a ->> 'reason' from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'acts') a where a ->> 'act' = 'hold'), 'required', 'and whether one asks why');
select is((select distinct x ->> 'code' from jsonb_array_elements(traveler.step_json(test.step(test.the('run 3'), 'A')) -> 'acts') a, jsonb_array_elements(a -> 'refusals') x
    where x ->> 'rule' = 'C5'), 'run_completed', 'on a completed run, none');
commit;
-- The answer and the guard agree: every act of every step, tried.
reset session authorization;
create function test.disagreements() returns table (step text, act text, said boolean, refusal text) language plpgsql as $$
declare
    r record;
begin
    for r in select s.id, s.title, a from traveler.run_step s, jsonb_array_elements(traveler.step_json(s.id) -> 'acts') a loop
        step := r.title;
        act := r.a ->> 'act';
        said := (r.a ->> 'allowed')::boolean;
        begin
            refusal := test.refusal(case act when 'start' then format('select test.start(%L)', r.id) when 'complete' then format('select test.complete(%L)', r.id)
                else format('select test.act(%L, %L, ''why'')', act, r.id) end);
            raise exception using errcode = 'TVBCK', message = refusal;
        exception when sqlstate 'TVBCK' then
            refusal := sqlerrm;
        end;
        if said <> (refusal = 'went through') then
            return next;
        end if;
    end loop;
end
$$;
grant execute on function test.disagreements() to public;
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.act('retry', test.the('A')) where test.state(test.the('A')) = 'failed';
select test.start(test.the('P')), test.start(test.the('P1'));
select test.act('hold', test.the('P2'), 'x');
select is_empty('select * from test.disagreements()', 'what a step says can be done is what can be done, for a technician');
select test.enter('viewer');
select is_empty('select * from test.disagreements()', 'and for a viewer');
select test.enter('admin');
select is_empty('select * from test.disagreements()', 'and for an admin');
rollback;

-- So it is with a run: every act of every run, held, canceled, completed and on its way; each refusal is one that was told.
reset session authorization;
create function test.run_disagreements() returns table (run text, act text, said boolean, refusal text) language plpgsql as $$
declare
    r record;
begin
    for r in select n.id, n.number || ' ' || n.status as name, a from traveler.run n, jsonb_array_elements(traveler.run_json(n.id) -> 'acts') a loop
        run := r.name;
        act := r.a ->> 'act';
        said := (r.a ->> 'allowed')::boolean;
        begin
            refusal := test.refusal(case act when 'complete' then format('select traveler.complete_run(%L)', r.id)
                when 'reopen' then format('select traveler.reopen_run(%L, null, ''why'')', r.id)
                else format('select traveler.act_on_run(%L, %L, null, ''why'')', act, r.id) end);
            raise exception using errcode = 'TVBCK', message = refusal;
        exception when sqlstate 'TVBCK' then
            refusal := sqlerrm;
        end;
        if said <> (refusal = 'went through')
            or not said and not exists (select from jsonb_array_elements(r.a -> 'refusals') x where refusal like '%' || (x ->> 'rule') || ' ' || (x ->> 'code')) then
            return next;
        end if;
    end loop;
end
$$;
grant execute on function test.run_disagreements() to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run 4', test.run(test.the('procedure'), '{"serial_numbers": ["U4"]}'));
select traveler.act_on_run('hold', test.the('run 4'), null, 'customer call');
select test.keep('run 5', test.run(test.the('procedure'), '{"serial_numbers": ["U5"]}'));
select traveler.act_on_run('cancel', test.the('run 5'), null, 'order withdrawn');
select is((select string_agg(a ->> 'act', ' ' order by a ->> 'act') filter (where (a ->> 'allowed')::boolean) from jsonb_array_elements(traveler.run_json(test.the('run 4')) -> 'acts') a),
    'cancel release', 'a run tells its acts');
select is((select string_agg(a ->> 'act', ' ' order by a ->> 'act') filter (where (a ->> 'allowed')::boolean) from jsonb_array_elements(traveler.run_json(test.the('run 3')) -> 'acts') a),
    'reopen', 'a completed one, that it can be reopened');
select is_empty('select * from test.run_disagreements()', 'what a run says can be done is what can be done, for an admin');
select test.refuses($$ select traveler.act_on_run('hold', test.the('run 5'), null, 'x') $$, 'TV409 S15 nothing_to_hold', 'a canceled run has no step to hold');
select test.refuses($$ select traveler.act_on_run('hold', test.the('run 3'), null, 'x') $$, 'TV409 C5 run_completed', 'and a completed one is locked');
select test.enter('technician');
select is_empty('select * from test.run_disagreements()', 'and for a technician');
select test.enter('viewer');
select is_empty('select * from test.run_disagreements()', 'and for a viewer');
rollback;

-- Another org's steps, wrong words ---------------------------------------------------------------------------------------------

begin;
select test.enter('stranger');
select test.refuses($$ select test.act('hold', test.the('A'), 'x') $$, 'TV404 T1 step_unknown', 'another org''s step does not exist');
select test.refuses($$ select traveler.act_on_run('hold', test.the('run'), null, 'x') $$, 'TV404 T1 run_unknown', 'nor its run');
select test.enter('admin');
select test.refuses($$ select test.act('start', test.the('A')) $$, 'TV422 S2 act_unknown', 'start and complete are acts of their own');
select test.refuses($$ select test.act(null, test.the('A')) $$, 'TV422 S2 act_unknown', 'null is no act');
select test.refuses($$ select traveler.act_on_steps('hold', array[test.the('A')], 99, 'x') $$, 'TV412 stale', 'a stale act is refused');
commit;
reset session authorization;
select test.whole();
select * from finish();

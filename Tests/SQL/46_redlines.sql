-- Redlines: S1, S2's moves into redline and out of it, S7, S12, S14, A4, D1 to D3, D6: opened, edited, released, canceled, added, removed.
\ir support/world.psql
select plan(87);

create function test.act(p_act text, p_step uuid, p_reason text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.state(p_step uuid) returns text language sql stable as $$ select s.state from traveler.run_step s where s.id = p_step $$;
create function test.upstream(p_step uuid) returns text language sql stable as $$
    select coalesce(string_agg(u.title, ' ' order by u.title), 'nothing') from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id
    where e.downstream_id = p_step and e.withdrawn_at is null
$$;
-- All of a step that people may see, versions and withdrawn records aside.
create function test.whole_step(p_step uuid) returns jsonb language sql stable as $$
    select to_jsonb(s) - 'version' || jsonb_build_object(
        'fields', (select jsonb_agg(to_jsonb(f) - 'version' order by f.position) from traveler.run_step_field f where f.run_step_id = s.id and f.withdrawn_at is null),
        'edges', (select jsonb_agg(to_jsonb(e) - 'version' order by e.id) from traveler.run_step_edge e where e.downstream_id = s.id and e.withdrawn_at is null),
        'open_sessions', (select count(*) from traveler.labor_session l where l.run_step_id = s.id and l.ended_at is null))
    from traveler.run_step s where s.id = p_step
$$;
create function test.redline(p_step uuid) returns traveler.redline language sql stable as $$
    select d from traveler.redline d where d.run_step_id = p_step order by d.number desc limit 1
$$;
-- To a state, into redline, through all that an edit can do, and back.
create function test.get_to(p_state text) returns void language plpgsql as $$
begin
    if p_state <> 'todo' then
        perform test.start(test.the('A'));
        perform test.value(test.field(test.the('run'), 'N'), '"5"'), test.value(test.field(test.the('run'), 'Sign'), 'true');
    end if;
    perform case p_state when 'hold' then test.act('hold', test.the('A'), 'why') when 'failed' then test.act('fail', test.the('A'), 'why')
        when 'completed' then test.complete(test.the('A')) end;
    if p_state = 'corrected' then
        perform test.complete(test.the('A'));
        perform traveler.correct_values(test.the('A'), null, jsonb_build_object('reason', 'misread', 'values', jsonb_build_array(
            jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'value', '4'))));
    end if;
end
$$;
create function test.there_and_back(p_state text) returns setof text language plpgsql as $$
declare
    v_before jsonb;
begin
    perform test.enter('admin');
    perform test.get_to(p_state);
    perform test.enter('admin');
    v_before := test.whole_step(test.the('A'));
    perform test.act('redline', test.the('A'), 'try');
    perform test.edit(test.the('A'), jsonb_build_object('title', 'Z', 'required', false, 'lead_time_seconds', 5, 'location_id', test.the('bench'), 'instructions', 'i',
        'upstream_ids', jsonb_build_array(test.the('F')), 'add_fields', '[{"name": "New", "type": "text"}]'::jsonb, 'withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'Pick')),
        'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'name', 'M', 'unit', 'mm', 'maximum', null, 'minimum', '5.5', 'required', false),
            jsonb_build_object('field_id', test.field(test.the('run'), 'Sign'), 'signoff_role', 'quality', 'peer', true))));
    perform test.edit(test.the('A'), jsonb_build_object('remove', true));
    perform test.act('cancel_redline', test.the('A'));
    return next tap.is(test.whole_step(test.the('A')), case p_state when 'in_progress' then v_before || '{"open_sessions": 0}' else v_before end,
        format('%s: canceled, the step is what it was', p_state));
    return next tap.is((select d.state || ' ' || (d.after ->> 'title') || ' ' || (d.came_from) from test.redline(test.the('A')) d),
        'canceled Z ' || case p_state when 'corrected' then 'completed' else p_state end, 'and the redline says what it proposed');
end
$$;
create function test.columns(p_column jsonb) returns jsonb language sql as $$ select test.edit(test.the('G'), jsonb_build_object('change_fields', jsonb_build_array(
    jsonb_build_object('field_id', test.field(test.the('grid run'), 'Widths'), 'datagrid', jsonb_build_object('columns', jsonb_build_array('{"key": "w", "label": "W", "type": "number"}' || p_column)))))) $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('screw', test.part('SCREW')), test.keep('bench', test.location('Bench'));
select test.keep('procedure', test.released('Build', test.the('part'), jsonb_build_array(
    '{"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5.50"}, {"name": "Pick", "type": "select", "options": ["x", "y"], "required": false},
        {"name": "Sign", "type": "signoff", "required": false}]}'::jsonb,
    '{"key": "b", "title": "B", "after": ["a"]}'::jsonb,
    '{"key": "c", "title": "C", "after": ["b"]}'::jsonb,
    '{"key": "p", "title": "P", "steps": [{"title": "P1", "steps": [{"title": "P11", "steps": [{"title": "P111"}]}]}, {"title": "P2", "required": false}]}'::jsonb,
    '{"key": "f", "title": "F"}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["U1"]}')), test.keep('other run', test.run(test.the('procedure'), '{"serial_numbers": ["U2"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- Opening (S10, D1, S7, D2) -----------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.act('redline', test.the('A'), 'x') $$, 'TV403 T3 permission_missing', 'a redline is opened with redline.create');
select test.enter('engineer');
select test.refuses($$ select test.act('redline', test.the('A')) $$, 'TV422 S10 reason_missing', 'and with a reason');
select test.refuses($$ select test.act('redline', test.the('A'), ' ') $$, 'TV422 S10 reason_missing', 'blanks are none');
select test.act('redline', test.the('A'), 'torque too low');
select results_eq($$ select s.state, s.state_reason, s.state_changed_by, r.status from traveler.run_step s join traveler.run r on r.id = s.run_id where s.id = test.the('A') $$,
    $$ values ('redline', 'torque too low', 'user:' || test.user_id('engineer'), 'redline') $$, 'the step is in redline, with who and why, and so is its run');
select results_eq($$ select d.number, d.kind, d.state, d.reason, d.author, d.came_from, d.before ->> 'title', d.before #>> '{fields,0,maximum}', d.before #>> '{state,state}', d.after
        from traveler.redline d where d.run_step_id = test.the('A') $$,
    $$ values (1, 'modify', 'open', 'torque too low', 'user:' || test.user_id('engineer'), 'todo', 'A', '5.50', 'todo', null::jsonb) $$, 'the redline keeps what the step was, to the last zero');
select is((traveler.step_json(test.the('A')) #>> '{redline,number}') || (traveler.run_json(test.the('run')) #>> '{redlines,0,run_step_id}'), '1' || test.the('A'), 'step and run show it');
select is(traveler.redlines_json(test.the('run')) #>> '{0,after,title}', 'A', 'with the step as it is now after it');
select test.refuses($$ select test.act('redline', test.the('A'), 'x') $$, 'TV409 S2 move_not_allowed', 'one at a time');
select test.refuses($$ select test.start(test.the('A')) $$, 'TV409 D3 redline_open', 'it can''t be started (S7)');
select test.refuses(format('select test.act(%L, test.the(''A''), ''x'')', a), 'TV409 S2 move_not_allowed', format('nor is there a way to %s it', a))
from unnest(array['fail', 'hold', 'cancel', 'reset', 'release', 'restore']) a;
select test.refuses($$ select test.complete(test.the('A')) $$, 'TV409 D3 redline_open', 'nor is it signed off');
select test.refuses($$ select test.value(test.field(test.the('run'), 'N'), '"1"') $$, 'TV409 S13 values_closed', 'nor filled in');
select test.start(test.the('F'));
select is(test.state(test.the('F')), 'in_progress', 'other branches go on (D2)');
select test.refuses($$ select test.start(test.the('B')) $$, 'TV409 A1 step_not_available', 'what is downstream does not');
select test.refuses($$ select traveler.act_on_run('cancel', test.the('run'), null, 'x') $$, 'TV409 S15 step_in_redline', 'its run is not canceled (S15)');
select test.enter('stranger');
select test.refuses($$ select test.act('redline', test.the('B'), 'x') $$, 'TV404 T1 step_unknown', 'another org''s step does not exist');
select test.refuses($$ select test.edit(test.the('A'), '{"title": "Mine"}') $$, 'TV404 T1 step_unknown', 'nor is it edited');
select test.refuses($$ select traveler.add_step(test.the('run'), '{"title": "Mine", "reason": "x"}') $$, 'TV404 T1 run_unknown', 'nor is one added to its run');
select is(traveler.redlines_json(test.the('run')), null, 'nor are its redlines read');
rollback;

-- Editing (S7, D1, A4) ------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.refuses($$ select test.edit(test.the('B'), '{"title": "Other"}') $$, 'TV409 P2 run_is_a_copy', 'a step that is not in redline is not edited');
select test.act('hold', test.the('B'), 'x');
select test.refuses($$ select test.edit(test.the('B'), '{"title": "Other"}') $$, 'TV409 P2 run_is_a_copy', 'hold blocks edits too');
select test.act('release', test.the('B'));
select test.act('redline', test.the('B'), 'new tool');
select test.edit(test.the('B'), jsonb_build_object('title', 'B2', 'instructions', 'Use the new tool.', 'location_id', test.the('bench'), 'lead_time_seconds', 60, 'required', false,
    'upstream_ids', jsonb_build_array(test.the('F'), test.the('P11')), 'add_fields', '[{"name": "Gap", "type": "number", "unit": "mm", "target": "1.0", "tolerance_minus": 0, "tolerance_plus": "0.10"},
        {"name": "Ok", "type": "signoff", "signoff_role": "quality", "peer": true, "required": false}]'::jsonb));
select results_eq($$ select s.title, s.instructions, s.location_id, s.lead_time_seconds, s.required, test.upstream(s.id) from traveler.run_step s where s.id = test.the('B') $$,
    $$ values ('B2', 'Use the new tool.', test.the('bench'), 60, false, 'F P11') $$, 'one request edits the definition and what it waits for');
select results_eq($$ select f.position, f.name, f.unit, f.target, f.tolerance_plus, f.required, f.peer, f.signoff_role_id is not null from traveler.run_step_field f where f.run_step_id = test.the('B') order by 1 $$,
    $$ values (1, 'Gap', 'mm', 1.0, 0.10, true, false, false), (2, 'Ok', null, null, null, false, true, true) $$, 'and its fields');
select test.edit(test.the('B'), jsonb_build_object('location_id', null, 'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'Gap'), 'name', 'Slit', 'unit', null)),
    'withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'Ok'))));
select results_eq($$ select x ->> 'name', x ->> 'unit', x ->> 'target' from jsonb_array_elements(traveler.step_json(test.the('B')) -> 'fields') x $$, $$ values ('Slit', null, '1') $$,
    'what is not named stays as it is; what is withdrawn is asked no more');
select is((select s.location_id from traveler.run_step s where s.id = test.the('B')), null, 'null takes the place away');
select is((select count(*) from traveler.run_step_field f where f.run_step_id = test.the('B') and f.withdrawn_at is not null), 1::bigint, 'but it is kept (T4)');
select test.refuses(format('select test.edit(test.the(''B''), %L)', e), r, format('refused: %s', test.brief(e::text))) from (values
    (jsonb_build_object('upstream_ids', jsonb_build_array(test.the('B'))), '23514 run_step_edge_not_self'),
    (jsonb_build_object('upstream_ids', jsonb_build_array(test.the('C'))), 'TV409 P6 dependency_cycle'),
    (jsonb_build_object('upstream_ids', jsonb_build_array(test.step(test.the('other run'), 'A'))), '23503 run_step_edge_upstream_fkey'),
    (jsonb_build_object('title', 'X', 'withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'N'))), 'TV404 P4 field_unknown'),
    (jsonb_build_object('withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'Ok'))), 'TV404 P4 field_unknown'),
    (jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'name', 'M'))), 'TV404 P4 field_unknown'),
    (jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'Slit'), 'maximum', '1'))), '23514 run_step_field_tolerance'),
    (jsonb_build_object('add_fields', '[{"name": "M", "type": "number", "minimum": "2", "maximum": "1"}]'::jsonb), '23514 run_step_field_range'),
    (jsonb_build_object('add_fields', '[{"name": "M", "type": "number", "minimum": "NaN"}]'::jsonb), 'TV422 P4 decimal_invalid'),
    (jsonb_build_object('add_fields', '[{"name": "M", "type": "signoff", "signoff_role": "emperor"}]'::jsonb), 'TV422 P4 role_unknown'),
    (jsonb_build_object('add_fields', '[{"name": "M", "type": "text", "options": ["x"]}]'::jsonb), '23514 run_step_field_options'),
    (jsonb_build_object('lead_time_seconds', -1), '23514 run_step_lead_time_not_negative'),
    (jsonb_build_object('title', ''), '23514 run_step_title_length'),
    (jsonb_build_object('location_id', test.the('part')), '23503 run_step_location_fkey')) x (e, r);
select test.edit(test.the('B'), '{"add_fields": [{"name": "Grid", "type": "datagrid", "datagrid": {"columns": [{"key": "a", "label": "A", "type": "number", "maximum": "2"}]}}]}');
select test.edit(test.the('B'), jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'Less', 'type', 'number',
    'compare', jsonb_build_object('op', '<', 'field_id', test.field(test.the('run'), 'N'))))));
select is((select string_agg(f.name || ' ' || coalesce(f.compare_op, f.datagrid #>> '{columns,0,maximum}'), ', ' order by f.position) from traveler.run_step_field f
    where f.run_step_id = test.the('B') and f.name in ('Grid', 'Less')), 'Grid 2, Less <', 'grids and comparisons too');
select test.refuses($$ select test.edit(test.the('B'), jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'Less', 'type', 'number',
    'compare', jsonb_build_object('op', '<', 'field_id', test.field(test.the('other run'), 'N')))))) $$, 'TV422 P4 field_compare', 'with a number of the run');
select is((select s.title from traveler.run_step s where s.id = test.the('B')), 'B2', 'a request that is refused in part changes nothing');
select test.act('redline', test.the('P'), 'x');
select test.refuses($$ select test.edit(test.the('P'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('P11')))) $$, 'TV409 P6 dependency_cycle', 'a step does not wait for what is nested in it');
select test.refuses($$ select test.edit(test.the('P'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('B')))) $$, 'TV409 P6 dependency_cycle',
    'nor for what waits for something nested in it');
select test.refuses($$ select traveler.edit_redline(test.the('B'), 99, '{"title": "X"}') $$, 'TV412 stale', 'a stale edit is refused');
select test.enter('technician');
select test.refuses($$ select test.edit(test.the('B'), '{"title": "X"}') $$, 'TV403 T3 permission_missing', 'and one without redline.create');
select test.refuses($$ select test.act('release_redline', test.the('B')) $$, 'TV403 T3 permission_missing', 'releasing asks for redline.approve');
select test.enter('quality');
select test.refuses($$ select test.act('cancel_redline', test.the('B')) $$, 'TV403 T3 permission_missing', 'canceling for redline.create');
select test.act('release_redline', test.the('B'));
select results_eq($$ select s.state, s.attempt, s.title, test.upstream(s.id), d.state, d.closed_by, d.after ->> 'title', d.before ->> 'title' from traveler.run_step s, test.redline(s.id) d where s.id = test.the('B') $$,
    $$ values ('todo', 1, 'B2', 'F P11', 'released', 'user:' || test.user_id('quality'), 'B2', 'B') $$, 'released, the step is to be done as it was edited');
select test.refuses($$ select test.act('release_redline', test.the('B')) $$, 'TV409 S2 move_not_allowed', 'once');
select test.refuses($$ select test.edit(test.the('B'), '{"title": "X"}') $$, 'TV403 T3 permission_missing', 'and is edited no more');
select test.enter('technician');
select test.refuses($$ select test.start(test.the('B')) $$, 'TV409 A1 step_not_available', 'it waits for what was added');
select test.work(test.the('F'));
select test.enter('engineer');
select test.act('release_redline', test.the('P'));
select test.enter('technician');
select test.start(test.the('P')), test.start(test.the('P1')), test.start(test.the('P11'));
select test.work(test.the('P111')), test.complete(test.the('P11'));
select test.start(test.the('B'));
select is(test.state(test.the('B')), 'in_progress', 'and no more for what was removed');
rollback;

-- A new attempt (S14): what was started before the redline is done anew -----------------------------------------------------

begin;
select test.enter('admin');
select test.start(test.the('A'));
select test.value(test.field(test.the('run'), 'N'), '"5"'), test.value(test.field(test.the('run'), 'Pick'), '"y"'), test.value(test.field(test.the('run'), 'Sign'), 'true');
select test.act('redline', test.the('A'), 'x');
select is((select count(*) from traveler.labor_session l where l.run_step_id = test.the('A') and l.ended_at is null), 0::bigint, 'going into redline checks everyone out (S4)');
select test.edit(test.the('A'), jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'Pick'), 'options', '["x"]'::jsonb),
    jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'maximum', '4'))));
select test.act('release_redline', test.the('A'));
select results_eq($$ select s.state, s.attempt, s.started_at from traveler.run_step s where s.id = test.the('A') $$, $$ values ('todo', 2, null::timestamptz) $$, 'a step that was started begins a new attempt');
select results_eq($$ select f.name, f.value #>> '{}', f.out_of_range from traveler.run_step_field f where f.run_step_id = test.the('A') order by f.position $$,
    $$ values ('N', '5', true), ('Pick', null, false), ('Sign', null, false) $$, 'values stay, judged anew; those that the field would not take, and signatures, do not');
select test.act('redline', test.the('A'), 'x');
select test.edit(test.the('A'), jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'unit', 'mm'))));
select test.act('release_redline', test.the('A'));
select is((select f.value from traveler.run_step_field f where f.id = test.field(test.the('run'), 'N')), null, 'a number in another unit is measured again');
rollback;
begin;
select test.enter('admin');
select test.start(test.the('A'));
select traveler.act_on_run('hold', test.the('run'), null, 'strike');
select test.act('redline', test.the('A'), 'meanwhile');
select test.act('release_redline', test.the('A'));
select results_eq($$ select s.state, s.held_from, s.attempt, s.state_reason from traveler.run_step s where s.id = test.the('A') $$, $$ values ('hold', 'todo', 2, 'strike') $$,
    'a step redlined on hold is released to hold, from todo, for the hold''s own reason');
select traveler.act_on_run('release', test.the('run'));
select is(test.state(test.the('A')), 'todo', 'and the hold''s own release frees it (S15)');
rollback;

-- Canceling gives everything back (D3) ---------------------------------------------------------------------------------------

begin; select test.enter('admin'); select * from test.there_and_back('todo'); rollback;
begin; select test.enter('admin'); select * from test.there_and_back('in_progress'); rollback;
begin; select test.enter('admin'); select * from test.there_and_back('hold'); rollback;
begin; select test.enter('admin'); select * from test.there_and_back('failed'); rollback;
begin; select test.enter('admin'); select * from test.there_and_back('completed'); rollback;
begin; select test.enter('admin'); select * from test.there_and_back('corrected'); rollback;
begin;
select test.enter('admin');
select test.act('redline', test.the('B'), 'x');
select test.edit(test.the('B'), '{"upstream_ids": []}');
select test.edit(test.the('B'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('A'))));
select test.act('cancel_redline', test.the('B'));
select results_eq($$ select e.withdrawn_at is null, count(*) from traveler.run_step_edge e where e.downstream_id = test.the('B') group by 1 order by 1 $$, $$ values (false, 1::bigint), (true, 1) $$,
    'a dependency taken away and added anew is the old one again');
-- What was given up in one redline, and taken the other way round in another, is not given back.
select test.act('redline', test.the('B'), 'x'), test.act('redline', test.the('A'), 'x');
select test.edit(test.the('B'), '{"upstream_ids": []}');
select test.edit(test.the('A'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('B'))));
select test.refuses($$ select test.act('cancel_redline', test.the('B')) $$, 'TV409 P6 dependency_cycle', 'a redline is not canceled into a ring of dependencies');
select test.act('cancel_redline', test.the('A'));
select test.act('cancel_redline', test.the('B'));
select is(test.upstream(test.the('B')), 'A', 'until the other one is');
rollback;

-- A grid's columns: what is derived from a grid and its columns is no change of what was signed (D3), and another unit is another value --

begin;
select test.enter('admin');
select test.keep('grid run', test.run(test.released('Grids', test.the('part'), '[{"key": "g", "title": "G", "fields": [
    {"name": "Widths", "type": "datagrid", "datagrid": {"columns": [{"key": "w", "label": "W", "type": "number", "unit": "mm", "maximum": "10"}]}},
    {"name": "Sign", "type": "signoff"}]}, {"key": "h", "title": "H", "after": ["g"]}, {"key": "i", "title": "I"}]'), '{"serial_numbers": ["U9"]}'));
select test.keep('G', test.step(test.the('grid run'), 'G'));
select test.start(test.the('G'));
select test.value(test.field(test.the('grid run'), 'Widths'), '[{"w": "5"}]'), test.value(test.field(test.the('grid run'), 'Sign'), 'true');
select test.complete(test.the('G'));
select test.act('redline', test.the('G'), 'x');
select test.columns('{"unit": "mm", "maximum": "4"}');
select ok((select f.out_of_range from traveler.run_step_field f where f.id = test.field(test.the('grid run'), 'Widths')), 'a redlined column judges the cells that are there');
select test.act('cancel_redline', test.the('G'));
select results_eq($$ select g.kind, g.voided_at is null, f.stale from traveler.signature g left join traveler.run_step_field f on f.id = g.run_step_field_id where g.run_step_id = test.the('G') order by 1 $$,
    $$ values ('field', true, false), ('step', true, null) $$, 'canceled, what was signed is signed');
select test.act('redline', test.the('G'), 'x');
select test.columns('{"unit": "mm", "maximum": "4"}');
select test.act('release_redline', test.the('G'));
select is((select f.value from traveler.run_step_field f where f.id = test.field(test.the('grid run'), 'Widths')), '[{"w": "5"}]', 'released, the cells stay as the starting point');
select test.act('redline', test.the('G'), 'x');
select test.columns('{"unit": "in", "maximum": "10"}');
select test.act('release_redline', test.the('G'));
select is((select f.value from traveler.run_step_field f where f.id = test.field(test.the('grid run'), 'Widths')), null, 'and are measured again in another unit');
-- Y3: what was withdrawn is told apart as of a moment too.
select test.act('redline', test.step(test.the('grid run'), 'H'), 'x');
select test.edit(test.step(test.the('grid run'), 'H'), jsonb_build_object('upstream_ids', jsonb_build_array(test.step(test.the('grid run'), 'I'))));
select test.act('release_redline', test.step(test.the('grid run'), 'H'));
select is((select x -> 'upstream_ids' from jsonb_array_elements(traveler.run_as_of(test.the('grid run'), clock_timestamp()) -> 'steps') x where x ->> 'title' = 'H'),
    jsonb_build_array(test.step(test.the('grid run'), 'I')), 'as of a moment, a step waits for what it then waited for');
select is((select string_agg(e ->> 'upstream_id', ' ') from jsonb_array_elements(traveler.run_as_of(test.the('grid run'), clock_timestamp()) #> '{records,run_step_edge}') e), test.the('G')::text,
    'and what it waited for no more is among the records');
rollback;
reset session authorization;
select test.whole();
select * from finish();

-- Redlines applied to other runs: D4 (what each would get, or why not; all or those that are able; conflicts shown), K3 (siblings with them, or they leave).
\ir support/world.psql
select plan(67);

create function test.act(p_act text, p_step uuid, p_siblings text default null) returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'x', false, p_siblings) $$;
-- Redlines a step in one go, and keeps the redline by its name.
create function test.redlined(p_name text, p_step uuid, p_edit jsonb, p_siblings text default null) returns void language plpgsql as $$
begin
    perform test.act('redline', p_step, p_siblings);
    perform traveler.edit_redline(p_step, null, p_edit);
    perform test.keep(p_name, (select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null));
    perform test.act('release_redline', p_step);
end
$$;
create function test.named(p_runs text[]) returns jsonb language sql stable as $$ select jsonb_agg(test.the(r)) from unnest(p_runs) r $$;
create function test.apply(p_redline text, p_siblings text, variadic p_runs text[]) returns jsonb language sql as $$
    select traveler.apply_redline(test.the(p_redline), jsonb_build_object('run_ids', test.named(p_runs), 'siblings', p_siblings))
$$;
create function test.preview(p_redline text, variadic p_runs text[]) returns jsonb language sql as $$
    select traveler.redline_application_preview(test.the(p_redline), jsonb_build_object('run_ids', test.named(p_runs))) -> 'runs'
$$;
-- Run by run: what would be done, or why not.
create function test.judged(p_redline text, variadic p_runs text[]) returns text language sql as $$
    select string_agg(format('%s %s', x ->> 'run_number', coalesce(x ->> 'code', (select string_agg(m ->> 'member' || ' ' || (m ->> 'outcome'), ', ' order by m ->> 'member')
        from jsonb_array_elements(x -> 'members') m))), '; ' order by x ->> 'run_number')
    from jsonb_array_elements(test.preview(p_redline, variadic p_runs)) x
$$;
-- A run's steps without what is its own.
create function test.plain(p_run uuid) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('title', s.title, 'instructions', s.instructions, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required, 'in', p.title, 'state', s.state,
        'fields', (select jsonb_agg(traveler_private.field_form(to_jsonb(f), 'run_step') - 'compare' || jsonb_build_object('held_against', c.name, 'op', f.compare_op) order by f.name)
            from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null),
        'after', (select jsonb_agg(u.title order by u.title) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id where e.downstream_id = s.id and e.withdrawn_at is null))
        order by s.title)
    from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id where s.run_id = p_run and s.withdrawn_at is null
$$;
create function test.state_of(p_title text) returns text language sql stable as $$
    select string_agg(s.state, ' ' order by r.number) from traveler.run_step s join traveler.run r on r.id = s.run_id where s.title = p_title and s.withdrawn_at is null
$$;
create function test.in_batch() returns text language sql stable as $$
    select string_agg(r.number::text, ' ' order by r.number) from traveler.batch_run b join traveler.run r on r.id = b.run_id where b.left_at is null
$$;
create function test.by_hand(p_source uuid, p_run text, p_title text) returns void language sql as $$
    insert into traveler.redline (org_id, run_id, run_step_id, reason, applied_from_id)
    select s.org_id, s.run_id, s.id, 'x', p_source from traveler.run_step s where s.id = test.step(test.the(p_run), p_title)
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('bench', test.location('Bench'));
select test.keep('v1', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "instructions": "Do.", "fields": [{"name": "N", "type": "number", "maximum": "5.50", "unit": "mm", "required": false}, {"name": "M", "type": "number", "required": false},
        {"name": "Pick", "type": "select", "options": ["x", "y"], "required": false}]},
    {"key": "b", "title": "B", "after": ["a"]}, {"key": "c", "title": "C", "after": ["b"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2"}]}, {"title": "Q"}]'));
select test.keep('run ' || n, test.run(test.the('v1'), jsonb_build_object('serial_numbers', jsonb_build_array('U' || n)))) from generate_series(1, 7) n;
commit;

-- What changes in a step: text, fields, dependencies ------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.act('redline', test.step(test.the('run 1'), 'A'));
select test.keep('open', (select d.id from traveler.redline d where d.closed_at is null));
select test.refuses($$ select test.judged('open', 'run 2') $$, 'TV409 D4 redline_not_released', 'what is not released is not applied');
select test.refuses($$ select test.apply('open', null, 'run 2') $$, 'TV409 D4 redline_not_released', 'nor is it by its act');
select test.act('cancel_redline', test.step(test.the('run 1'), 'A'));
select test.act('redline', test.step(test.the('run 1'), 'A'));
select traveler.edit_redline(test.step(test.the('run 1'), 'A'), null, jsonb_build_object('title', 'A2', 'instructions', 'Do it well.', 'lead_time_seconds', 60, 'location_id', test.the('bench'),
    'required', false, 'upstream_ids', jsonb_build_array(test.step(test.the('run 1'), 'Q')),
    'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run 1'), 'N'), 'name', 'Width', 'maximum', null, 'minimum', '0.10')),
    'withdraw_fields', jsonb_build_array(test.field(test.the('run 1'), 'Pick')),
    'add_fields', '[{"name": "Ok", "type": "signoff", "signoff_role": "quality", "peer": true}, {"name": "Depth", "type": "number", "required": false}]'::jsonb));
select traveler.edit_redline(test.step(test.the('run 1'), 'A2'), null, jsonb_build_object(
    'add_fields', jsonb_build_array(jsonb_build_object('name', 'Less', 'type', 'number', 'required', false, 'compare', jsonb_build_object('op', '<', 'field_id', test.field(test.the('run 1'), 'Depth')))),
    'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run 1'), 'M'), 'compare', jsonb_build_object('op', '<=', 'field_id', test.field(test.the('run 1'), 'Depth'))))));
select test.keep('r', (select d.id from traveler.redline d where d.closed_at is null));
select test.act('release_redline', test.step(test.the('run 1'), 'A2'));
select is(test.judged('r', 'run 2'), '2 field:Depth take, field:Less take, field:M take, field:N take, field:Ok take, field:Pick take, instructions take, lead_time_seconds take, '
    || 'location_id take, required take, title take, upstream:Q take', 'D4: the preview names what the redline would change');
select is((select jsonb_build_array(m -> 'before', m -> 'now', m -> 'after') from jsonb_array_elements(test.preview('r', 'run 2') -> 0 -> 'members') m where m ->> 'member' = 'title'),
    '["A", "A", "A2"]', 'with both sides and the run between them');
select is(test.state_of('A'), 'todo todo todo todo todo todo', 'and writes nothing');
select is(test.judged('r', 'run 1'), '1 redline_of_run', 'a run that it is of has it');
select test.apply('r', null, 'run 2', 'run 3');
select is(test.state_of('A2'), 'todo redline redline', 'applied, it is a redline there, open');
select is((select string_agg(format('%s %s %s %s', r.number, d.number, d.state, d.reason), ', ' order by r.number) from traveler.redline d join traveler.run r on r.id = d.run_id where d.applied_from_id = test.the('r')),
    '2 1 open x, 3 1 open x', 'that says where it is from');
select is(test.judged('r', 'run 2'), '2 redline_applied', 'and is not applied twice');
select test.refuses($$ select test.apply('r', null, 'run 2') $$, 'TV409 D4 redline_misfits', 'by nobody');
select test.act('release_redline', s.id) from traveler.run_step s where s.title = 'A2' and s.state = 'redline';
reset session authorization;
select is(test.plain(test.the('run 2')), test.plain(test.the('run 1')), 'released, the run is as the first one is');
select is_empty('select * from traveler.integrity_violations', 'and all is whole');
set session authorization traveler_service;
select test.act('redline', test.step(test.the('run 4'), 'A'));
select test.act('cancel_redline', test.step(test.the('run 4'), 'A'));
select test.apply('r', null, 'run 4');
select test.act('cancel_redline', test.step(test.the('run 4'), 'A2'));
select is(test.judged('r', 'run 4') ~ '^4 field:Depth take', true, 'canceled there, it may be applied anew');
rollback;

-- What can't take it, by name ----------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redlined('r', test.step(test.the('run 1'), 'A'), jsonb_build_object('title', 'A2', 'change_fields', jsonb_build_array(
    jsonb_build_object('field_id', test.field(test.the('run 1'), 'N'), 'maximum', '7')), 'add_fields', '[{"name": "New", "type": "text", "required": false}]'::jsonb));
select test.redlined('other', test.step(test.the('run 2'), 'A'), jsonb_build_object('title', 'Else', 'instructions', 'More.', 'change_fields', jsonb_build_array(
    jsonb_build_object('field_id', test.field(test.the('run 2'), 'N'), 'unit', 'in')), 'add_fields', '[{"name": "New", "type": "number"}]'::jsonb));
select is(test.judged('r', 'run 2'), '2 redline_conflict', 'D4: what is something else there is a conflict');
select is((select string_agg(format('%s %s: %s', m ->> 'member', m ->> 'outcome', m ->> 'why'), ' ' order by m ->> 'member') from jsonb_array_elements(test.preview('r', 'run 2') -> 0 -> 'members') m),
    'field:N conflict: It is something else there. field:New conflict: The run''s step has another field of this name. title conflict: It is something else there.', 'shown, not guessed');
select test.refuses($$ select test.apply('r', 'able', 'run 2') $$, 'TV409 D4 redline_misfits', 'and not applied');
select test.redlined('gone', test.step(test.the('run 3'), 'A'), '{"remove": true}');
select is(test.judged('r', 'run 3'), '3 step_missing', 'a step that is there no more takes nothing');
select test.act('redline', test.step(test.the('run 4'), 'A'));
select is(test.judged('r', 'run 4'), '4 redline_open', 'nor does one in redline');
select test.act('cancel', test.step(test.the('run 5'), 'A'));
select is(test.judged('r', 'run 5'), '5 move_not_allowed', 'nor one that is canceled');
select is(test.judged('r', 'run 6'), '6 field:N take, field:New take, title take', 'another takes it');
select test.refuses($$ select test.apply('r', null, 'run 2', 'run 3', 'run 6') $$, 'TV409 D4 redline_misfits', 'all or nothing');
select is((select jsonb_agg(x -> 'run_number' order by x -> 'run_number') from jsonb_array_elements(test.refusal_detail($$ select test.apply('r', null, 'run 2', 'run 3', 'run 6') $$, 'runs')) x),
    '[2, 3]', 'naming each that can''t');
select is((select jsonb_build_array(jsonb_path_query_array(x, '$.applied[*].run_number'), jsonb_path_query_array(x, '$.left_out[*].code')) from test.apply('r', 'able', 'run 2', 'run 3', 'run 4', 'run 5', 'run 6') x),
    '[[6], ["redline_conflict", "step_missing", "redline_open", "move_not_allowed"]]', 'or those that are able, the others named');
select traveler.change_org(null, '{"complete_by_act": true}');
select test.work(test.step(test.the('run 7'), s)) from unnest(array['A', 'B', 'C', 'Q']) s;
select test.start(test.step(test.the('run 7'), 'P'));
select test.work(test.step(test.the('run 7'), s)) from unnest(array['P1', 'P2']) s;
select test.complete(test.step(test.the('run 7'), 'P'));
select traveler.complete_run(test.the('run 7'));
select is(test.judged('r', 'run 7'), '7 run_completed', 'C5: a completed run takes none');
select traveler.act_on_run('cancel', test.the('run 3'));
select is(test.judged('r', 'run 3'), '3 run_ended', 'a canceled run takes none');
select test.refuses($$ select traveler.apply_redline(test.the('r'), jsonb_build_object('run_ids', jsonb_build_array(traveler.new_id()))) $$, 'TV422 T1 run_unknown', 'runs are named that there are');
select test.refuses($$ select traveler.apply_redline(test.the('r'), '{"run_ids": []}') $$, 'TV422 T1 run_unknown', 'at least one');
select test.refuses($$ select test.apply('r', 'some', 'run 6') $$, 'TV422 K3 siblings_unknown', 'all, able or none');
select test.refuses($$ select traveler.apply_redline(traveler.new_id(), jsonb_build_object('run_ids', test.named(array['run 6']))) $$, 'TV404 T1 redline_unknown', 'of a redline that there is');
-- What came to the same is not done again.
select test.redlined('r same', test.step(test.the('run 1'), 'B'), '{"title": "B2"}');
select test.redlined('same', test.step(test.the('run 6'), 'B'), '{"title": "B2"}');
select is(test.judged('r same', 'run 6'), '6 nothing_to_apply', 'what is so already stays');
rollback;
begin;
select test.enter('technician');
select test.refuses($$ select traveler.apply_redline(traveler.new_id(), '{}') $$, 'TV403 T3 permission_missing', 'T3: it takes the right to redline');
rollback;

-- Steps added, around each other, and removed; dependencies that would close a ring -------------------------------------------------

begin;
select test.enter('engineer');
select test.keep('X', (traveler.add_step(test.the('run 1'), jsonb_build_object('title', 'X', 'reason', 'x', 'upstream_ids', jsonb_build_array(test.step(test.the('run 1'), 'B')), 'lead_time_seconds', 7,
    'add_fields', '[{"name": "Deep", "type": "number", "maximum": "1.50"}, {"name": "T", "type": "text"}]'::jsonb)) ->> 'id')::uuid);
select test.keep('add X', (select d.id from traveler.redline d where d.run_step_id = test.the('X')));
select test.keep('Y', (traveler.add_step(test.the('run 1'), jsonb_build_object('title', 'Y', 'reason', 'x', 'parent_id', test.the('X'))) ->> 'id')::uuid);
select test.keep('add Y', (select d.id from traveler.redline d where d.run_step_id = test.the('Y')));
select test.act('release_redline', test.the('X')), test.act('release_redline', test.the('Y'));
select test.redlined('r C', test.step(test.the('run 1'), 'C'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('X')), 'add_fields', jsonb_build_array(
    jsonb_build_object('name', 'Less', 'type', 'number', 'compare', jsonb_build_object('op', '<', 'field_id', test.field(test.the('run 1'), 'Deep'))))));
select test.redlined('r P2', test.step(test.the('run 1'), 'P2'), '{"remove": true}');
select is(test.judged('add Y', 'run 2') || ' | ' || test.judged('r C', 'run 2'), '2 step_missing | 2 redline_conflict', 'what is nested in an added step, waits for it or is held against it waits for its redline');
select is((select string_agg(format('%s %s: %s', m ->> 'member', m ->> 'outcome', m ->> 'why'), ' ' order by m ->> 'member') from jsonb_array_elements(test.preview('r C', 'run 2') -> 0 -> 'members') m),
    'field:Less conflict: The run has nothing to hold it against. upstream:B take:  upstream:X conflict: The run has no such step to wait for.', 'and says what it lacks');
select is(test.judged('add X', 'run 2'), '2 step take, upstream:B take', 'which is applied first');
select test.apply('add X', null, 'run 2', 'run 3');
select is(test.judged('add Y', 'run 2'), '2 step take', 'and then the others');
select test.apply('add Y', null, 'run 2'), test.apply('r C', null, 'run 2'), test.apply('r P2', null, 'run 2');
select test.act('release_redline', s.id) from traveler.run_step s where s.run_id = test.the('run 2') and s.state = 'redline' order by s.depth;
reset session authorization;
select is(test.plain(test.the('run 2')), test.plain(test.the('run 1')), 'added, nested, waited for and removed: both runs are alike');
set session authorization traveler_service;
-- The step is the same one from then on, wherever it was applied; what the copy is redlined to goes back to the first.
select test.redlined('r X', test.step(test.the('run 2'), 'X'), '{"title": "X2"}');
select is(test.judged('r X', 'run 1') || ' | ' || test.judged('r X', 'run 3') || ' | ' || test.judged('r X', 'run 4'), '1 title take | 3 redline_open | 4 step_missing', 'an added step is the same one in all runs that it was applied to');
select is(test.judged('add X', 'run 2', 'run 4'), '2 redline_applied; 4 step take, upstream:B take', 'and added once');
-- It is one step of the procedure too.
select test.keep('v2', (traveler.merge_redline(test.the('add X'), '{}') ->> 'id')::uuid);
select test.keep('copy', (select d.id from traveler.redline d where d.applied_from_id = test.the('add X') and d.run_id = test.the('run 2')));
select is((select m ->> 'why' from jsonb_array_elements(traveler.redline_merge_preview(test.the('copy'), '{}') -> 'members') m where m ->> 'member' = 'step'),
    'The procedure has this step already.', 'merged once, it is not merged from its copies');
select traveler.move_procedure(test.the('v2'), null, 'released');
select test.keep('run 8', test.run(test.the('v2'), '{"serial_numbers": ["U8"]}'));
select is(test.judged('add X', 'run 8') || ' | ' || test.judged('r X', 'run 8'), '8 step_exists | 8 title take', 'a run of the version that has it has it');
select is(test.judged('r P2', 'run 8'), '8 step take', 'a step is the same one in runs of another version');
select test.redlined('r P1', test.step(test.the('run 3'), 'P1'), '{"instructions": "Else."}');
select test.redlined('no P1', test.step(test.the('run 1'), 'P1'), '{"remove": true}');
select is(test.judged('no P1', 'run 3', 'run 4'), '3 redline_conflict; 4 step take', 'a step that changed is not removed unseen');
select test.redlined('Q waits', test.step(test.the('run 1'), 'Q'), jsonb_build_object('upstream_ids', jsonb_build_array(test.step(test.the('run 1'), 'A'))));
select test.redlined('A waits', test.step(test.the('run 4'), 'A'), jsonb_build_object('upstream_ids', jsonb_build_array(test.step(test.the('run 4'), 'Q'))));
select is(test.judged('Q waits', 'run 4') || (select m ->> 'why' from jsonb_array_elements(test.preview('Q waits', 'run 4') -> 0 -> 'members') m),
    '4 redline_conflict"Q" would wait for "A", which waits for it, lies inside it or contains it.', 'P6: a ring is seen beforehand');
rollback;
begin;
select test.enter('admin');
select test.keep('Z', (traveler.add_step(test.the('run 1'), jsonb_build_object('title', 'Z', 'reason', 'x', 'parent_id', test.step(test.the('run 1'), 'P'))) ->> 'id')::uuid);
select test.act('release_redline', test.the('Z'));
select test.keep('add Z', (select d.id from traveler.redline d where d.run_step_id = test.the('Z')));
select test.act('cancel', test.step(test.the('run 2'), 'P'));
select is(test.judged('add Z', 'run 2'), '2 ancestor_closed', 'S12: nothing is added in a step that is canceled');
rollback;

-- What a step needs is compared.
begin;
select test.enter('admin');
select test.keep('needing', test.released('Needing', test.the('part'), jsonb_build_array(jsonb_build_object('title', 'A', 'requirements', jsonb_build_array(
    jsonb_build_object('part_id', test.part('SCREW'), 'quantity_per_unit', '2'))), '{"title": "B"}'::jsonb)));
select test.keep('needing ' || n, test.run(test.the('needing'), jsonb_build_object('serial_numbers', jsonb_build_array('N' || n)))) from generate_series(1, 2) n;
select test.redlined('no A', test.step(test.the('needing 1'), 'A'), '{"remove": true}');
select is(test.judged('no A', 'needing 2'), '9 step take', 'a step with the same needs is removed');
select test.redlined('needs', test.step(test.the('needing 2'), 'A'), jsonb_build_object('add_requirements', jsonb_build_array(
    jsonb_build_object('part_id', test.part('NUT'), 'quantity_per_unit', '1'))));
select is(test.judged('no A', 'needing 2'), '9 redline_conflict', 'one with others is not');
rollback;

-- A step that another version has elsewhere is not the same step.
begin;
select test.enter('engineer');
select test.redlined('r', test.step(test.the('run 1'), 'P1'), '{"title": "P1b"}');
select test.keep('v2', (traveler.new_procedure_version(test.the('v1')) ->> 'id')::uuid);
select traveler.replace_procedure(test.the('v2'), null, jsonb_build_object('title', 'Build', 'part_id', test.the('part'), 'steps', jsonb_build_array('{"title": "A"}'::jsonb,
    '{"title": "C", "steps": [{"title": "P1"}]}'::jsonb)));
select traveler.move_procedure(test.the('v2'), null, 'released');
select test.keep('run 8', test.run(test.the('v2'), '{"serial_numbers": ["U8"]}'));
select is(test.judged('r', 'run 2', 'run 8'), '2 title take; 8 step_missing', 'nor is one that is nested in another');
rollback;

-- Batches: what one is given, all are, or those that can't leave ----------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redlined('r', test.step(test.the('run 1'), 'A'), '{"title": "A2"}');
select test.keep('X', (traveler.add_step(test.the('run 1'), '{"title": "X", "reason": "x"}') ->> 'id')::uuid);
select test.act('release_redline', test.the('X'));
select test.keep('add X', (select d.id from traveler.redline d where d.run_step_id = test.the('X')));
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', test.named(array['run 2', 'run 3', 'run 4']))) ->> 'id')::uuid);
select is(test.judged('r', 'run 2'), '2 title take; 3 title take; 4 title take', 'K3: the preview has the siblings');
select is((select string_agg(x ->> 'named', ' ' order by x -> 'run_number') from jsonb_array_elements(test.preview('r', 'run 2')) x), 'true false false', 'apart from what was named');
select test.apply('r', null, 'run 2');
select is(test.state_of('A2'), 'todo redline redline redline', 'applied to one, it is to all');
select test.refuses($$ select traveler.leave_batch(test.the('run 3'), '{"reason": "x"}') $$, 'TV409 K4 step_in_redline', 'K4: none of them leaves while it is open');
select test.act('release_redline', test.step(test.the('run 4'), 'A2'));
select is(test.state_of('A2'), 'todo todo todo todo', 'and released, it is in all');
select test.apply('add X', null, 'run 3');
select is((select count(*) || ' ' || count(distinct s.sibling_id) from traveler.run_step s where s.title = 'X' and s.sibling_id is not null), '3 1', 'an added step is a sibling in each');
select test.act('release_redline', test.step(test.the('run 2'), 'X'));
select is(test.state_of('X'), 'todo todo todo todo', 'released together');
rollback;
begin;
select test.enter('admin');
select test.redlined('r', test.step(test.the('run 1'), 'A'), '{"title": "A2"}');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', test.named(array['run 2', 'run 3', 'run 4']))) ->> 'id')::uuid);
select test.apply('r', 'none', 'run 2');
select is(test.state_of('A2') || ' | ' || test.in_batch(), 'todo redline | 3 4', 'K4: applied to one alone, the run leaves');
rollback;
-- A batch whose step was sent on by hand in one run.
begin;
select test.enter('admin');
select test.redlined('r', test.step(test.the('run 1'), 'A'), '{"title": "A2"}');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('run_ids', test.named(array['run 2', 'run 3', 'run 4']))) ->> 'id')::uuid);
select traveler.change_org(null, '{"redline_approvals": [{"role": "quality"}]}');
select test.apply('r', null, 'run 2');
select test.refuses($$ select test.act('release_redline', test.step(test.the('run 2'), 'A2')) $$, 'TV409 D3 redline_not_approved', 'D3: what the org asks for is asked of it, in each run');
select traveler.edit_redline(test.step(test.the('run 2'), 'A2'), null, '{"title": "A3"}');
select is(test.state_of('A3'), 'redline redline redline', 'it is edited as any other');
rollback;

-- By SQL ---------------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.redlined('r', test.step(test.the('run 1'), 'A'), '{"title": "A2"}');
select test.redlined('gone', test.step(test.the('run 1'), 'Q'), '{"remove": true}');
select test.act('redline', test.step(test.the('run 1'), 'B'));
select test.keep('open', (select d.id from traveler.redline d where d.closed_at is null));
select test.apply('r', null, 'run 2');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('another origin', $$ update traveler.redline set applied_from_id = null where applied_from_id is not null $$, 'TV409 D4 redline_fixed'),
    ('an origin later', $$ update traveler.redline set applied_from_id = test.the('r') where id = test.the('open') $$, 'TV409 D4 redline_fixed'),
    ('of an open one', $$ select test.by_hand(test.the('open'), 'run 3', 'B') $$, 'TV409 D4 redline_not_released'),
    ('of one that does something else', $$ select test.by_hand(test.the('gone'), 'run 3', 'Q') $$, 'TV409 D4 redline_not_released'),
    ('of its own run', $$ select test.by_hand(test.the('r'), 'run 1', 'C') $$, 'TV422 D4 redline_unknown'),
    ('of none', $$ select test.by_hand(traveler.new_id(), 'run 3', 'C') $$, 'TV422 D4 redline_unknown'),
    ('twice in a run', $$ select test.by_hand(test.the('r'), 'run 2', 'C') $$, '23505 redline_applied_once_key')) s (what, statement, refusal);
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('stranger');
select test.refuses($$ select test.apply('r', null, 'run 3') $$, 'TV404 T1 redline_unknown', 'T1: another org has no such redline');
select test.refuses($$ select test.judged('r', 'run 3') $$, 'TV404 T1 redline_unknown', 'and looks at none');
rollback;
reset session authorization;
select test.whole();
select * from finish();

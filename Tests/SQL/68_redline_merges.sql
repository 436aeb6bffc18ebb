-- Redlines merged into their procedure: D4 (three sides, conflicts shown and decided, a new run has the redlined steps), C2 (the remark is gone).
\ir support/world.psql
select plan(61);

create function test.act(p_act text, p_step uuid, p_reason text default 'x') returns jsonb
language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, p_reason) $$;
-- Redlines a step in one go, and keeps the redline by its name.
create function test.redlined(p_name text, p_step uuid, p_edit jsonb) returns void language plpgsql as $$
begin
    perform test.act('redline', p_step);
    perform traveler.edit_redline(p_step, null, p_edit);
    perform test.keep(p_name, (select d.id from traveler.redline d where d.run_step_id = p_step and d.closed_at is null));
    perform test.act('release_redline', p_step);
end
$$;
create function test.outcomes(p_redline text, p_request jsonb default '{}') returns text language sql as $$
    select string_agg(m ->> 'member' || ' ' || (m ->> 'outcome'), ', ' order by m ->> 'member')
    from jsonb_array_elements(traveler.redline_merge_preview(test.the(p_redline), p_request) -> 'members') m
$$;
create function test.merge(p_redline text, p_request jsonb default '{}') returns uuid language sql as $$ select (traveler.merge_redline(test.the(p_redline), p_request) ->> 'id')::uuid $$;
create function test.procedure_field(p_procedure uuid, p_name text) returns traveler.procedure_field language sql stable as $$
    select f from traveler.procedure_field f where f.procedure_id = p_procedure and f.name = p_name
$$;
create function test.procedure_step(p_procedure uuid, p_title text) returns uuid language sql stable as $$
    select s.id from traveler.procedure_step s where s.procedure_id = p_procedure and s.title = p_title
$$;
create function test.graph(p_procedure uuid) returns text language sql stable as $$
    select string_agg(u.title || '>' || d.title, ' ' order by u.title, d.title) from traveler.procedure_step_edge e join traveler.procedure_step u on u.id = e.upstream_id
    join traveler.procedure_step d on d.id = e.downstream_id where e.procedure_id = p_procedure
$$;
-- A run's steps as a new run has them: no ids, no states.
create function test.plain(p_run uuid) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('title', s.title, 'instructions', s.instructions, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required, 'in', p.title,
        'fields', (select jsonb_agg(traveler_private.field_form(to_jsonb(f), 'run_step') - 'compare' || jsonb_build_object('held_against', c.name) order by f.name)
            from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null),
        'after', (select jsonb_agg(u.title order by u.title) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id where e.downstream_id = s.id and e.withdrawn_at is null))
        order by s.title)
    from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id where s.run_id = p_run and s.withdrawn_at is null
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('bench', test.location('Bench'));
select test.keep('v1', test.released('Build', test.the('part'), '[
    {"key": "a", "title": "A", "instructions": "Do.", "fields": [{"name": "N", "type": "number", "maximum": "5.50", "unit": "mm"}, {"name": "M", "type": "number", "required": false},
        {"name": "Pick", "type": "select", "options": ["x", "y"], "required": false}]},
    {"key": "b", "title": "B", "after": ["a"]}, {"key": "c", "title": "C", "after": ["b"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2"}]}, {"title": "Q"}]'));
select test.keep('run', test.run(test.the('v1'), '{"serial_numbers": ["U1"]}'));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
commit;

-- Merged, a new run has it ---------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.act('redline', test.the('A'));
select test.keep('open', (select d.id from traveler.redline d where d.run_step_id = test.the('A')));
select test.refuses($$ select test.outcomes('open') $$, 'TV409 D4 redline_not_released', 'what is not released is not merged');
select test.refuses($$ select test.merge('open') $$, 'TV409 D4 redline_not_released', 'nor is it by its act');
select test.act('cancel_redline', test.the('A'));
select test.redlined('r1', test.the('A'), jsonb_build_object('title', 'A2', 'instructions', 'Do it well.', 'lead_time_seconds', 60, 'location_id', test.the('bench'), 'required', false,
    'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'name', 'Width', 'maximum', '6')),
    'withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'Pick')),
    'add_fields', '[{"name": "Ok", "type": "signoff", "signoff_role": "quality", "peer": true}]'::jsonb,
    'upstream_ids', jsonb_build_array(test.the('Q'))));
select is(test.outcomes('r1'), 'field:N take, field:Ok take, field:Pick take, instructions take, lead_time_seconds take, location_id take, required take, title take, upstream:Q take',
    'the preview names what the redline changed');
select is((select count(*) from traveler.procedure), 1::bigint, 'and writes nothing');
select is((select jsonb_build_array(m -> 'then', m -> 'now', m -> 'run') from jsonb_array_elements(traveler.redline_merge_preview(test.the('r1'), '{}') -> 'members') m where m ->> 'member' = 'title'),
    '["A", "A", "A2"]', 'with all three sides');
select is((select count(*) from traveler.completion_remark m where m.kind = 'unmerged_redline' and m.run_id = test.the('run')), 1::bigint, 'an unmerged redline is remarked at the completion');
select test.keep('v2', test.merge('r1'));
select is((select p.state || ' ' || p.version_number from traveler.procedure p where p.id = test.the('v2')), 'draft 2', 'merged, it is in a new draft');
select is((select count(*) from traveler.completion_remark m where m.kind = 'unmerged_redline' and m.run_id = test.the('run')), 0::bigint, 'and remarked no more (C2)');
select is(traveler.redline_json(test.the('r1')) ->> 'merged_into_id', test.the('v2')::text, 'the redline says where');
select test.refuses($$ select test.merge('r1') $$, 'TV409 D4 redline_merged', 'once');
-- Into the same draft: an added step around another, what waits for it, a step removed, one field held against another.
select test.keep('X', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'X', 'reason', 'x', 'upstream_ids', jsonb_build_array(test.the('B')),
    'add_fields', '[{"name": "Depth", "type": "number"}]'::jsonb)) ->> 'id')::uuid);
select test.keep('add X', (select d.id from traveler.redline d where d.run_step_id = test.the('X')));
select test.keep('Y', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'Y', 'reason', 'x', 'parent_id', test.the('X'))) ->> 'id')::uuid);
select test.keep('add Y', (select d.id from traveler.redline d where d.run_step_id = test.the('Y')));
select test.act('release_redline', test.the('X')), test.act('release_redline', test.the('Y'));
select test.redlined('r C', test.the('C'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('X')), 'add_fields', jsonb_build_array('{"name": "First", "type": "number"}'::jsonb,
    jsonb_build_object('name', 'Less', 'type', 'number', 'compare', jsonb_build_object('op', '<', 'field_id', test.field(test.the('run'), 'Depth'))))));
select test.redlined('r P2', test.the('P2'), '{"remove": true}');
select is(test.outcomes('add Y'), 'step conflict', 'what is nested in an added step waits for it');
select test.refuses($$ select test.merge('add Y', '{"take": {"step": "run"}}') $$, 'TV409 D4 merge_conflict', 'whatever is said of it');
select is(test.outcomes('r C'), 'field:First take, field:Less conflict, upstream:B take, upstream:X conflict', 'so does what waits for it, or is held against it');
select test.refuses($$ select test.merge('r C', '{"take": {"field:Less": "run", "upstream:X": "run"}}') $$, 'TV409 D4 merge_conflict', 'what is not there is not taken');
select is(test.merge('add X'), test.the('v2'), 'the draft that there is takes what comes next');
select test.merge('add Y'), test.merge('r C'), test.merge('r P2');
select is(test.graph(test.the('v2')), 'A2>B B>X Q>A2 X>C', 'with the dependencies');
select is((select count(*) from traveler.procedure_step s where s.procedure_id = test.the('v2') and s.title = 'P2'), 0::bigint, 'what was removed is no step of it');
select traveler.move_procedure(test.the('v2'), null, 'released');
select test.keep('run 2', test.run(test.the('v2'), '{"serial_numbers": ["U2"]}'));
reset session authorization;
select is(test.plain(test.the('run 2')), test.plain(test.the('run')), 'a new run has the steps as they were redlined');
select is_empty('select * from traveler.integrity_violations', 'and all is whole');
-- The new run's added step is the old one's.
set session authorization traveler_service;
select test.redlined('r X', test.step(test.the('run 2'), 'X'), '{"title": "X2"}');
select test.redlined('r X old', test.the('X'), '{"lead_time_seconds": 5}');
select test.keep('v3', test.merge('r X'));
select test.merge('r X old');
select is((select count(*) || ' ' || min(s.lead_time_seconds) from traveler.procedure_step s where s.procedure_id = test.the('v3') and s.title = 'X2'), '1 5', 'a step that a redline added is one step in all runs and versions');
rollback;

-- Conflicts -------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.redlined('r', test.the('A'), jsonb_build_object('title', 'Run''s', 'instructions', 'Same.', 'lead_time_seconds', 9,
    'change_fields', jsonb_build_array(jsonb_build_object('field_id', test.field(test.the('run'), 'N'), 'maximum', '6'), jsonb_build_object('field_id', test.field(test.the('run'), 'M'), 'required', true)),
    'withdraw_fields', jsonb_build_array(test.field(test.the('run'), 'Pick')), 'add_fields', '[{"name": "New", "type": "text"}]'::jsonb));
select test.redlined('r Q', test.the('Q'), '{"remove": true}');
select test.redlined('r B', test.the('B'), '{"title": "B2"}');
-- The procedure goes on as well, written as a whole document: a step is known by its title, or by what it goes back to.
select test.keep('v2', (traveler.new_procedure_version(test.the('v1')) ->> 'id')::uuid);
select traveler.replace_procedure(test.the('v2'), null, jsonb_build_object('title', 'Build', 'part_id', test.the('part'), 'steps', jsonb_build_array(
    jsonb_build_object('title', 'Theirs', 'lineage_id', test.procedure_step(test.the('v1'), 'A'), 'instructions', 'Same.', 'fields', '[{"name": "N", "type": "number", "maximum": "7", "unit": "mm"},
        {"name": "Pick", "type": "select", "options": ["x"], "required": false}, {"name": "New", "type": "number"}]'::jsonb),
    '{"title": "C"}'::jsonb, '{"title": "Q", "instructions": "More."}'::jsonb)));
select is((select string_agg(s.title, ' ' order by s.title) from traveler.procedure_step s join traveler.procedure_step o on o.id = s.lineage_id and o.procedure_id = test.the('v1') where s.procedure_id = test.the('v2')),
    'C Q Theirs', 'a draft that is written anew keeps which step is which');
select test.refuses($$ select traveler.replace_procedure(test.the('v2'), null, jsonb_build_object('title', 'Build', 'steps', (select jsonb_agg(jsonb_build_object('title', t,
    'lineage_id', test.procedure_step(test.the('v1'), 'A'))) from unnest(array['A', 'B']) t))) $$, '23505 procedure_step_lineage_key', 'each of them once');
select is(test.outcomes('r'), 'field:M conflict, field:N conflict, field:New conflict, field:Pick conflict, instructions same, lead_time_seconds take, title conflict',
    'what changed on both sides is in conflict; what came to the same is not');
select is(traveler.redline_merge_preview(test.the('r'), '{}') ->> 'conflicts', '5', 'and counted');
select test.refuses($$ select test.merge('r') $$, 'TV409 D4 merge_conflict', 'conflicts are not guessed');
select is(test.refusal_detail($$ select test.merge('r', '{"take": {"title": "run"}}') $$, 'conflicts') -> 0 ->> 'member', 'field:N', 'the refusal names them');
select test.merge('r', '{"take": {"title": "run", "field:N": "run", "field:M": "run", "field:New": "procedure", "field:Pick": "procedure", "lead_time_seconds": "procedure"}}');
select results_eq($$ select s.title, s.instructions, s.lead_time_seconds from traveler.procedure_step s where s.procedure_id = test.the('v2') and s.depth = 1 order by s.position limit 1 $$,
    $$ values ('Run''s', 'Same.', null::integer) $$, 'decided, each member is as was said');
select results_eq($$ select f.name, f.type, f.maximum, f.options from traveler.procedure_field f where f.procedure_id = test.the('v2') order by f.position $$,
    $$ values ('N', 'number', 6::numeric, null::text[]), ('Pick', 'select', null, '{x}'), ('New', 'number', null, null), ('M', 'number', null, null) $$, 'fields too; one that was gone is there again');
select is(test.outcomes('r Q'), 'step conflict', 'a removed step that changed since is a conflict');
select test.merge('r Q', '{"take": {"step": "run"}}');
select is(test.procedure_step(test.the('v2'), 'Q'), null, 'and removed if that is decided');
select is(test.outcomes('r B'), 'step conflict', 'a step that the procedure has no more is one');
select test.refuses($$ select test.merge('r B', '{"take": {"step": "run"}}') $$, 'TV409 D4 merge_conflict', 'nothing can be taken there');
select test.refuses($$ select test.merge('r B', jsonb_build_object('procedure_step_id', test.procedure_step(test.the('v1'), 'B'))) $$, 'TV422 D4 step_unknown', 'a step is named of the newest version');
select is(test.outcomes('r B', jsonb_build_object('procedure_step_id', test.procedure_step(test.the('v2'), 'C'))), 'title conflict', 'unless it is said which one it is now');
select test.merge('r B', '{"take": {"step": "procedure"}}');
select is((select count(*) from traveler.redline_merge m where m.redline_id = test.the('r B')), 1::bigint, 'or that the procedure goes without: that is decided too');
rollback;
begin;
select test.enter('engineer');
select test.redlined('r P2', test.the('P2'), '{"remove": true}'), test.redlined('r P1', test.the('P1'), '{"remove": true}'), test.redlined('r P', test.the('P'), '{"remove": true}');
select is(test.outcomes('r P'), 'step conflict', 'a step is not removed from around others');
select test.refuses($$ select test.merge('r P', '{"take": {"step": "run"}}') $$, 'TV409 D4 merge_conflict', 'by no decision');
select test.merge('r P1'), test.merge('r P2');
select is(test.outcomes('r P'), 'step take', 'but after them');
select lives_ok($$ select test.merge('r P') $$, 'and then is');
-- Changed, and changed back.
select test.redlined('there', test.the('B'), '{"title": "B2"}'), test.redlined('back', test.the('B'), '{"title": "B"}');
select is(test.outcomes('back'), 'title same', 'what the procedure has already is not written');
select test.merge('back');
-- Two redlines of one step, merged in turn.
select test.redlined('one', test.the('C'), '{"title": "C1"}'), test.redlined('two', test.the('C'), '{"instructions": "C."}');
select test.merge('two'), test.keep('v2', test.merge('one'));
select is((select s.title || ' ' || s.instructions from traveler.procedure_step s where s.id = test.procedure_step(test.the('v2'), 'C1')), 'C1 C.', 'each merges what it changed, and no more');
-- Rings (P6): what the procedure waits for by now.
select test.redlined('ring', test.the('A'), jsonb_build_object('upstream_ids', jsonb_build_array(test.the('Q'))));
insert into test.id select 'q now', test.procedure_step(test.the('v2'), 'Q');
reset session authorization;
insert into traveler.procedure_step_edge (org_id, procedure_id, upstream_id, downstream_id) select test.org_id('acme'), test.the('v2'), test.procedure_step(test.the('v2'), 'A'), test.the('q now');
set session authorization traveler_service;
select test.refuses($$ select test.merge('ring') $$, 'TV409 P6 dependency_cycle', 'a merge closes no ring');
rollback;

-- Build requirements -----------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep(n, test.part(n)) from unnest(array['S1', 'S2', 'S3', 'S4']) n;
select test.keep('wired', test.released('Wire', test.the('part'), jsonb_build_array(jsonb_build_object('title', 'W', 'requirements', jsonb_build_array(
    test.line(test.the('S1'), '1'), test.line(test.the('S2'), '2', '{"reference_designators": ["X1"]}'), test.line(test.the('S3'), '3'))))));
select test.keep('wire run', test.run(test.the('wired'), '{"serial_numbers": ["W1"]}'));
select test.keep('W', test.step(test.the('wire run'), 'W'));
select test.redlined('r W', test.the('W'), jsonb_build_object('withdraw_requirements', jsonb_build_array(test.need(test.the('wire run'), test.the('S1'))),
    'change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', test.need(test.the('wire run'), test.the('S2')), 'quantity_per_unit', '2.50'),
        jsonb_build_object('build_requirement_id', test.need(test.the('wire run'), test.the('S3')), 'substitute_part_ids', jsonb_build_array(test.the('S1')))),
    'add_requirements', jsonb_build_array(test.line(test.the('S4'), '4'), test.line(test.the('S2'), '0.5'))));
select is(test.outcomes('r W'), 'requirement:S1 A take, requirement:S2 A (1) take, requirement:S2 A (2) take, requirement:S3 A conflict, requirement:S4 A take',
    'what a redline changed of the requirements is shown as well, substitutes that a procedure does not name too');
select test.refuses($$ select test.merge('r W') $$, 'TV409 D4 merge_conflict', 'which are not dropped in silence');
select test.merge('r W', '{"take": {"requirement:S3 A": "run"}}');
select test.keep('wired 2', (select m.procedure_id from traveler.redline_merge m where m.redline_id = test.the('r W')));
select traveler.move_procedure(test.the('wired 2'), null, 'released');
select test.keep('wire run 2', test.run(test.the('wired 2'), '{"serial_numbers": ["W2"]}'));
reset session authorization;
select results_eq($$ select traveler_private.requirement_form(q) from jsonb_array_elements(traveler_private.step_requirements(test.step(test.the('wire run 2'), 'W'))) q order by 1 $$,
    $$ select traveler_private.requirement_form(q) from jsonb_array_elements(traveler_private.step_requirements(test.the('W'))) q order by 1 $$, 'a new run requires what the redlined one does');
set session authorization traveler_service;
-- The procedure went on as well.
select test.redlined('r W2', test.step(test.the('wire run 2'), 'W'), jsonb_build_object('change_requirements', jsonb_build_array(
    jsonb_build_object('build_requirement_id', test.need(test.the('wire run 2'), test.the('S3')), 'quantity_per_unit', '9'),
    jsonb_build_object('build_requirement_id', test.need(test.the('wire run 2'), test.the('S4')), 'quantity_per_unit', '5')),
    'add_requirements', jsonb_build_array(test.line(test.the('S1'), '1'))));
select test.keep('wired 3', (traveler.new_procedure_version(test.the('wired 2')) ->> 'id')::uuid);
select traveler.replace_procedure(test.the('wired 3'), null, jsonb_build_object('title', 'Wire', 'part_id', test.the('part'), 'steps', jsonb_build_array(jsonb_build_object('title', 'W', 'requirements',
    jsonb_build_array(test.line(test.the('S1'), '1'), test.line(test.the('S3'), '7'))))));
select is(test.outcomes('r W2'), 'requirement:S1 A same, requirement:S3 A conflict, requirement:S4 A conflict', 'what changed on both sides is in conflict');
select test.merge('r W2', '{"take": {"requirement:S3 A": "run", "requirement:S4 A": "procedure"}}');
select is((select string_agg(p.part_number || ' ' || traveler.json_decimal(q.quantity_per_unit), ', ' order by p.part_number) from traveler.procedure_requirement q join traveler.part p on p.id = q.part_id
    where q.procedure_id = test.the('wired 3')), 'S1 1, S3 9', 'and is as was decided');
-- A removal where the requirements changed since, a step added with some.
select test.keep('N', (traveler.add_step(test.the('run'), jsonb_build_object('title', 'N', 'reason', 'x', 'add_requirements', jsonb_build_array(test.line(test.the('S4'), '4')))) ->> 'id')::uuid);
select test.keep('add N', (select d.id from traveler.redline d where d.run_step_id = test.the('N')));
select test.act('release_redline', test.the('N'));
select is(test.outcomes('add N'), 'requirement:S4 A take, step take', 'an added step has its requirements');
select test.keep('with N', test.merge('add N'));
select is((select count(*) from traveler.procedure_requirement q where q.procedure_id = test.the('with N')), 1::bigint, 'in the draft too');
select test.redlined('r gone', test.step(test.the('wire run'), 'W'), '{"remove": true}');
select is(test.outcomes('r gone'), 'step conflict', 'a step whose requirements changed since is not removed unasked');
rollback;

-- Who, and by hand -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.redlined('r', test.the('A'), '{"title": "A2"}');
select test.enter('technician');
select test.refuses($$ select test.merge('r') $$, 'TV403 T3 permission_missing', 'merging edits the procedure');
select test.enter('stranger');
select test.refuses($$ select test.outcomes('r') $$, 'TV404 T1 redline_unknown', 'another org''s redline does not exist');
select test.refuses($$ select test.merge('r') $$, 'TV404 T1 redline_unknown', 'nor is it merged');
rollback;
-- A completed run's redlines are merged as well: the merge is the procedure's record.
begin;
select test.enter('admin');
select test.keep('short', test.released('Short', test.the('part'), '[{"title": "S"}]'));
select test.keep('short run', test.run(test.the('short'), '{"serial_numbers": ["S1"]}'));
select test.redlined('r', test.step(test.the('short run'), 'S'), '{"title": "S2"}');
select test.work(test.step(test.the('short run'), 'S2'));
select is((select r.status from traveler.run r where r.id = test.the('short run')), 'complete', 'a run is completed');
select lives_ok($$ select test.merge('r') $$, 'and its redline merged later');
select test.redlined('r A', test.the('A'), '{"title": "A2"}');
select test.act('redline', test.the('B'));
reset session authorization;
set role traveler_owner;
select test.refuses(s, r, format('refused by hand: %s', test.brief(s))) from (values
    ($$ update traveler.redline_merge set merged_by = 'x' $$, 'TV409 D4 append_only'),
    ($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) select m.org_id, m.run_id, m.redline_id, m.procedure_id, 'x' from traveler.redline_merge m $$, 'TV409 D4 redline_merged'),
    ($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by) values (test.org_id('acme'), test.the('run'), test.the('r A'), test.the('short'), 'x') $$, 'TV409 D4 other_procedure'),
    ($$ insert into traveler.redline_merge (org_id, run_id, redline_id, procedure_id, merged_by)
        select d.org_id, d.run_id, d.id, r.procedure_id, 'x' from traveler.redline d join traveler.run r on r.id = d.run_id where d.closed_at is null $$, 'TV409 D4 redline_not_released'),
    ($$ delete from traveler.redline_merge $$, 'TV409 T4 record_kept')) x (s, r);
rollback;
reset session authorization;
select test.whole();
select * from finish();

-- F2, F3: attributes of procedures and their steps, of runs' steps by redline only, of issues and of inventory.
\ir support/world.psql
select plan(50);

create function test.define(p_record text, p_key text, p_type text, p_extra jsonb default '{}') returns uuid language sql as $$
    select (traveler.create_attribute_definition(jsonb_build_object('record', p_record, 'key', p_key, 'label', initcap(p_key), 'type', p_type) || p_extra) ->> 'id')::uuid
$$;
create function test.redefine(p_name text, p_change jsonb) returns jsonb language sql as $$ select traveler.change_attribute_definition(test.the(p_name), null, p_change) $$;
create function test.faults(p_sql text) returns text language sql as $$
    select string_agg((f ->> 'code') || ' ' || (f ->> 'key'), ', ' order by f ->> 'key' collate "C") from jsonb_array_elements(test.refusal_detail(p_sql, 'attributes')) f
$$;
create function test.of_step(p_run text, p_title text) returns jsonb language sql stable as $$ select s.attributes from traveler.run_step s where s.id = test.step(test.the(p_run), p_title) $$;
create function test.of_origin(p_procedure text, p_title text) returns jsonb language sql stable as $$
    select s.attributes from traveler.procedure_step s where s.procedure_id = test.the(p_procedure) and s.title = p_title
$$;
create function test.edit(p_run text, p_title text, p_attributes jsonb) returns jsonb language sql as $$
    select traveler.edit_redline(test.step(test.the(p_run), p_title), null, jsonb_build_object('attributes', p_attributes))
$$;
create function test.redline(p_run text, p_title text) returns jsonb language sql as $$ select traveler.act_on_steps('redline', array[test.step(test.the(p_run), p_title)], null, 'why') $$;
create function test.close(p_run text, p_title text, p_act text) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, array[test.step(test.the(p_run), p_title)]) $$;
create function test.gates(p_run text) returns text language sql as $$
    select string_agg(b.kind || ': ' || b.what, ' ' order by b.kind, b.what) from traveler.completion_blocker b where b.run_id = test.the(p_run) and b.kind ~ 'attribute'
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('PUMP', 'lot'));
select test.keep('zone', test.define('run_step', 'zone', 'select', '{"options": ["wet", "dry", "old"], "default_value": "dry"}')), test.keep('tool', test.define('run_step', 'tool', 'text')),
    test.keep('place', test.define('run_step', 'place', 'text'));
select test.keep('class', test.define('procedure', 'class', 'text')), test.keep('cost', test.define('issue', 'cost', 'number')), test.keep('cert', test.define('part_inventory', 'cert', 'text'));
select test.keep('v1', (traveler.create_procedure(jsonb_build_object('title', 'Build', 'part_id', test.the('part'), 'attributes', '{"class": "A"}'::jsonb,
    'steps', '[{"title": "A", "attributes": {"zone": "old", "tool": "T1"}}, {"title": "B"}, {"title": "C", "required": false, "attributes": {"zone": null}}]'::jsonb)) ->> 'id')::uuid);

-- Procedures.
select is((select p.attributes from traveler.procedure p where p.id = test.the('v1')), '{"class": "A"}', 'F1: a procedure has attributes of its own');
select is(test.of_origin('v1', 'A'), '{"zone": "old", "tool": "T1"}', 'its steps those of run steps');
select is(test.of_origin('v1', 'B') || '{"c": 1}' || test.of_origin('v1', 'C'), '{"c": 1, "zone": "dry"}', 'with their defaults, or without');
select is(test.faults($$ select traveler.create_procedure('{"title": "X", "attributes": {"zone": "dry"}, "steps": []}') $$), 'attribute_unknown zone', 'F2: and no other');
select is(test.faults($$ select traveler.create_procedure('{"title": "X", "steps": [{"title": "A", "attributes": {"zone": "green", "class": 1}}]}') $$), 'attribute_unknown class, option_unknown zone', 'nor have its steps');
select traveler.replace_procedure(test.the('v1'), null, jsonb_build_object('title', 'Build', 'part_id', test.the('part'),
    'steps', '[{"title": "A", "attributes": {"zone": "old", "tool": "T1"}}, {"title": "B"}, {"title": "C", "required": false}]'::jsonb));
select is((select p.attributes from traveler.procedure p where p.id = test.the('v1')), '{"class": "A"}', 'what a new draft does not say of it stays');
select test.redefine('class', '{"required": true}');
select test.keep('lacking', test.draft('Lacking', null, '[{"title": "A"}]'));
select test.refuses($$ select traveler.move_procedure(test.the('lacking'), null, 'released') $$, 'TV409 F2 attribute_missing', 'F2: no procedure is released without what is required');
select traveler.move_procedure(test.the('v1'), null, 'released');
select test.redefine('zone', '{"retire_options": ["old"]}');
select test.keep('v2', (traveler.new_procedure_version(test.the('v1')) ->> 'id')::uuid);
select is((select p.attributes from traveler.procedure p where p.id = test.the('v2')) || test.of_origin('v2', 'A'), '{"class": "A", "zone": "old", "tool": "T1"}', 'a new version has what the one before it has, retired or not');
select is(test.faults($$ select test.draft('Y', null, '[{"title": "A", "attributes": {"zone": "old"}}]') $$), 'option_retired zone', 'which no other is given');

-- F3: steps of runs.
select test.keep('run', test.run(test.the('v1'), '{"lot_number": "L1"}')), test.keep('run 2', test.run(test.the('v1'), '{"lot_number": "L2"}'));
select is(test.of_step('run', 'A'), '{"zone": "old", "tool": "T1"}', 'F3: a step of a run starts with what its procedure''s has');
select is(traveler.step_json(test.step(test.the('run'), 'A')) -> 'attributes', '{"zone": "old", "tool": "T1"}', 'and shows it');
select test.refuses($$ select test.edit('run', 'A', '{"tool": "T2"}') $$, 'TV409 P2 run_is_a_copy', 'it is fixed');
select test.redline('run', 'A');
select is(test.faults($$ select test.edit('run', 'A', '{"zone": "green", "tool": 2}') $$), 'wrong_type tool, option_unknown zone', 'F2: a redline is judged as well');
select test.edit('run', 'A', '{"zone": "wet", "tool": null}');
select is(test.of_step('run', 'A'), '{"zone": "wet"}', 'but for a redline');
select is(test.faults($$ select test.edit('run', 'B', '{"zone": "old"}') $$), null, 'of this step');
select test.close('run', 'A', 'cancel_redline');
select is(test.of_step('run', 'A'), '{"zone": "old", "tool": "T1"}', 'D3: canceled, it gives back what was there, retired or not');
-- What a step gets back when its redline is canceled is a value still; what it had before one that is closed is none any more.
savepoint redlined;
select test.keep('note', test.define('run_step', 'note', 'text'));
select test.redline('run', 'A');
select test.edit('run', 'A', '{"note": "12 mm"}');
select test.close('run', 'A', 'release_redline');
select test.redline('run', 'A');
select test.edit('run', 'A', '{"note": null}');
select test.refuses(format($$ select test.redefine('note', %L) $$, change), 'TV409 F1 attribute_has_values', 'F1: what a redline may give back is a value: ' || change)
from unnest(array['{"type": "number"}', '{"key": "remark"}']) change;
savepoint open;
select test.close('run', 'A', 'cancel_redline');
select is(test.of_step('run', 'A') ->> 'note', '12 mm', 'D3: given back');
rollback to open;
select test.close('run', 'A', 'release_redline');
select test.redefine('note', '{"type": "number"}');
select test.redline('run', 'A');
select is(test.faults($$ select test.edit('run', 'A', '{"note": "12 mm"}') $$), 'wrong_type note', 'F2: what it was before a redline that is closed is judged as any other');
rollback to redlined;
select test.redline('run', 'A');
select test.edit('run', 'A', '{"zone": "wet", "tool": null}');
select test.close('run', 'A', 'release_redline');
select is((select d.before -> 'attributes' || '{"x": 1}' || (d.after -> 'attributes') from traveler.redline d where d.run_step_id = test.step(test.the('run'), 'A') and d.state = 'released'),
    '{"zone": "wet", "tool": "T1", "x": 1}', 'D1: released, it says what was and what is');
select is(test.of_step('run', 'A'), '{"zone": "wet"}', 'and stands');

-- D4: applied to another run, merged into the procedure.
select test.keep('redline', d.id) from traveler.redline d where d.run_step_id = test.step(test.the('run'), 'A') and d.state = 'released';
select traveler.apply_redline(test.the('redline'), jsonb_build_object('run_ids', jsonb_build_array(test.the('run 2'))));
select is(test.of_step('run 2', 'A'), '{"zone": "wet"}', 'D4: applied, another run has it too, what was taken away as well');
select test.close('run 2', 'A', 'release_redline');
-- Where a run differs, whoever applies takes a side.
select test.keep('run 3', test.run(test.the('v1'), '{"lot_number": "L3"}'));
select test.redline('run 3', 'A');
select test.edit('run 3', 'A', '{"tool": null, "zone": "dry", "place": "x"}');
select test.close('run 3', 'A', 'release_redline');
select traveler.apply_redline(test.the('redline'), jsonb_build_object('run_ids', jsonb_build_array(test.the('run 3')), 'take', '{"attributes": "redline"}'::jsonb));
select is(test.of_step('run 3', 'A'), '{"zone": "wet"}', 'where a run has others, the redline''s are taken whole');
select test.keep('merged', (traveler.merge_redline(test.the('redline'), '{}') ->> 'procedure_id')::uuid);
select is(test.of_origin('v2', 'A'), '{"zone": "wet"}', 'merged, the draft has it');
commit;

-- An added step, and a copy.
begin;
select test.enter('admin');
select traveler.add_step(test.the('run'), '{"reason": "more", "title": "D", "attributes": {"zone": "wet"}}');
select is(test.of_step('run', 'D'), '{"zone": "wet"}', 'a step that is added may have some');
select is(test.faults($$ select traveler.add_step(test.the('run'), '{"reason": "more", "title": "E", "attributes": {"zone": "old"}}') $$), 'option_retired zone', 'that there are');
select test.close('run', 'D', 'release_redline');
select traveler.copy_step(test.the('run'), jsonb_build_object('reason', 'again', 'run_step_id', test.step(test.the('run'), 'D'), 'title', 'D2'));
select is(test.of_step('run', 'D2'), '{"zone": "wet"}', 'and its copy has them');
select test.close('run', 'D2', 'release_redline');

-- C1: what a run waits for.
select test.redefine('tool', '{"required": true}'), test.redefine('cert', '{"required": true}');
select is(test.gates('run 2'), 'step_attribute_missing: Step "A" has no value of: Tool. step_attribute_missing: Step "B" has no value of: Tool. unit_attribute_missing: Lot L2 has no value of: Cert.',
    'C1: a run waits for what its steps and units lack, of steps that count');
select is(traveler.blocker_permission('step_attribute_missing') || ' ' || traveler.blocker_permission('unit_attribute_missing'), 'redline.create inventory.receive', 'by whom it can be given');
select test.redline('run 2', 'A'), test.redline('run 2', 'B');
select test.edit('run 2', 'A', '{"tool": "x"}'), test.edit('run 2', 'B', '{"tool": "x"}');
select test.close('run 2', 'A', 'release_redline'), test.close('run 2', 'B', 'release_redline');
select test.work(test.step(test.the('run 2'), 'A'), test.step(test.the('run 2'), 'B'));
select is((select r.status from traveler.run r where r.id = test.the('run 2')), 'in_progress', 'and does not complete');
select traveler.change_inventory(test.unit(test.the('run 2')), null, '{"attributes": {"cert": "c1"}}');
select traveler.complete_run(test.the('run 2'));
select is((select a.document::jsonb #> '{units,0,attributes,0,value}' || (a.document::jsonb #> '{steps,0,attributes,0}') from traveler.as_built_record a where a.run_id = test.the('run 2')),
    '["c1", {"key": "tool", "label": "Tool", "type": "text", "value": "x", "detail": null}]', 'C5: the record has them');
select is((select a.document = traveler.canonical_json(a.document::jsonb) from traveler.as_built_record a where a.run_id = test.the('run 2')), true, 'in canonical form');
select test.redefine('tool', '{"required": false}'), test.redefine('cert', '{"required": false}');

-- D7: saved as a procedure.
select test.keep('saved', (traveler.save_run_as_procedure(test.the('run'), '{"title": "Saved"}') ->> 'id')::uuid);
select is(test.of_origin('saved', 'A') || test.of_origin('saved', 'D'), '{"zone": "wet"}', 'D7: a run that is saved as a procedure hands them on');

-- Issues.
select test.keep('issue', (traveler.create_issue('{"title": "Torn", "attributes": {"cost": 12.50}}') ->> 'id')::uuid);
select is(traveler.issue_json(test.the('issue')) -> 'attributes', '{"cost": "12.50"}', 'an issue has its own');
select is(traveler.change_issue(test.the('issue'), null, '{"attributes": {"cost": null}}') -> 'attributes', '{}', 'they are changed with it');
select is(test.faults($$ select traveler.change_issue(test.the('issue'), null, '{"attributes": {"cost": "much", "zone": "wet"}}') $$), 'wrong_type cost, attribute_unknown zone', 'and judged');
select test.redefine('cost', '{"required": true}');
select lives_ok($$ select test.keep('issue 2', (traveler.create_issue('{"title": "Bent"}') ->> 'id')::uuid) $$, 'what is required of an issue need not be known at its start');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('nor does the owner: %s', test.brief(statement))) from (values
    ($$ update traveler.run_step set attributes = '{"zone": "dry"}' where run_id = test.the('run') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.procedure_step set attributes = '{"zone": "dry"}' where procedure_id = test.the('v1') $$, 'TV409 P1 procedure_not_draft'),
    ($$ update traveler.procedure_step set attributes = '{"zone": "green"}' where procedure_id = test.the('saved') $$, 'TV422 F2 attributes_refused'),
    ($$ update traveler.issue set attributes = '{"cost": "x"}' $$, 'TV422 F2 attributes_refused'),
    ($$ update traveler.part_inventory set attributes = '{"cert": 1}' $$, 'TV422 F2 attributes_refused')) x (statement, refusal);
commit;
reset role;

-- An issue is not resolved without.
set session authorization traveler_service;
begin;
select test.enter('admin');
select traveler.dispose_issue(test.the('issue 2'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Rework';
select test.enter('engineer');
select traveler.approve_issue(test.the('issue 2'), null);
select test.enter('admin');
select traveler.move_issue('start', test.the('issue 2'), null, null), traveler.move_issue('submit', test.the('issue 2'), null, null);
select test.refuses($$ select traveler.move_issue('resolve', test.the('issue 2'), null, null) $$, 'TV409 F2 attribute_missing', 'F2: but no issue is resolved without it');
select traveler.change_issue(test.the('issue 2'), null, '{"attributes": {"cost": "5"}}');
select is(traveler.move_issue('resolve', test.the('issue 2'), null, null) ->> 'state', 'resolved', 'with it, it is');
select test.refuses($$ select traveler.change_issue(test.the('issue 2'), null, '{"attributes": {"cost": "6"}}') $$, 'TV409 Q1 issue_resolved', 'and then it stays as it is');
commit;
reset session authorization;

-- Inventory.
set session authorization traveler_service;
begin;
select test.enter('storekeeper');
select test.keep('lot', test.receive(test.the('part'), '10', '{"lot_number": "G", "attributes": {"cert": "g"}}'));
select is(traveler.inventory_json(test.the('lot')) -> 'attributes', '{"cert": "g"}', 'inventory has its own');
select test.keep('rest', (traveler.split_inventory(test.the('lot'), null, '{"quantity": "4"}') #>> '{split,id}')::uuid);
select is((select string_agg(i.attributes ->> 'cert', ' ') from traveler.part_inventory i where i.lot_number = 'G'), 'g g', 'I5: what is split off has what its origin has');
select test.enter('admin');
select is(test.faults($$ select test.receive(test.the('part'), '1', '{"lot_number": "H", "attributes": {"cert": 1}}') $$), 'wrong_type cert', 'and no row has others');
commit;
reset session authorization;
select test.whole();
select * from finish();

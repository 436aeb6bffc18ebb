-- Build requirements of a step changed by a redline (D1): added, changed, withdrawn, never below what is installed (B2), for the groups of a
-- split run too (X2), in all siblings (K3); canceled, they are as before, to the byte (D3).
\ir support/world.psql
select plan(67);

create function test.act(p_act text, p_step uuid) returns jsonb language sql as $$ select traveler.act_on_steps(p_act, array[p_step], null, 'x') $$;
create function test.edit(p_step uuid, p_request jsonb) returns jsonb language sql as $$ select traveler.edit_redline(p_step, null, p_request) $$;
create function test.change(p_need uuid, p_change jsonb) returns jsonb language sql as $$
    select jsonb_build_object('change_requirements', jsonb_build_array(p_change || jsonb_build_object('build_requirement_id', p_need)))
$$;
create function test.withdraw(variadic p_needs uuid[]) returns jsonb language sql as $$ select jsonb_build_object('withdraw_requirements', to_jsonb(p_needs)) $$;
create function test.add(p_part uuid, p_quantity text, p_extra jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('add_requirements', jsonb_build_array(test.line(p_part, p_quantity, p_extra)))
$$;
create function test.live(p_run uuid, p_part uuid) returns uuid language sql stable as $$
    select q.id from traveler.build_requirement q where q.run_id = p_run and q.part_id = p_part and q.run_split_id is null and q.withdrawn_at is null
$$;
-- What a run needs, by part number: per unit, needed, installed; of a group, where one is named.
create function test.needs(p_run uuid, p_split uuid default null) returns text language sql stable as $$
    select string_agg(format('%s %s %s/%s', p.part_number, traveler.json_decimal(q.quantity_per_unit), traveler.json_decimal(q.quantity_needed), traveler.json_decimal(q.quantity_installed)), ', '
        order by p.part_number, q.quantity_per_unit)
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    where q.run_id = p_run and q.run_split_id is not distinct from p_split and q.withdrawn_at is null
        and not exists (select from traveler.run_step s where s.id = q.run_step_id and s.withdrawn_at is not null)
$$;
create function test.digest(p_run uuid) returns text language sql stable as $$
    select md5(string_agg(x.line, e'\n' order by x.line collate "C")) from (
        select (to_jsonb(q) - 'version')::text as line from traveler.build_requirement q where q.run_id = p_run and q.withdrawn_at is null
        union all
        select (to_jsonb(b) - 'version')::text from traveler.build_requirement_substitute b join traveler.build_requirement q on q.id = b.build_requirement_id
            where b.run_id = p_run and b.withdrawn_at is null and q.withdrawn_at is null) x
$$;
create function test.split(p_run uuid, p_quantity text, p_issue uuid) returns uuid language sql as $$
    select (traveler.split_run(p_run, null, null, jsonb_build_object('quantity', p_quantity, 'issue_id', p_issue, 'reason', 'x'), '{}') -> 'split' ->> 'id')::uuid
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('cake', test.part('CAKE', 'lot')), test.keep('a', test.part('A')), test.keep('b', test.part('B')), test.keep('c', test.part('C')), test.keep('e', test.part('E'));
select test.mbom(test.the('cake'), test.line(test.the('e'), '1'));
select test.keep('procedure', test.released('Bake', test.the('cake'), jsonb_build_array(
    jsonb_build_object('key', 'm', 'title', 'Mix', 'requirements', jsonb_build_array(test.line(test.the('a'), '2', '{"reference_designators": ["X1", "X2"]}'), test.line(test.the('b'), '1.5'))),
    '{"title": "Bake", "after": ["m"]}'::jsonb)));
select test.keep('run', test.run(test.the('procedure'), '{"quantity": "4", "lot_number": "K1"}'));
select test.keep('mix', test.step(test.the('run'), 'Mix')), test.keep('bake', test.step(test.the('run'), 'Bake'));
select test.keep('need a', test.live(test.the('run'), test.the('a'))), test.keep('need b', test.live(test.the('run'), test.the('b')));
select test.keep('a stock', test.receive(test.the('a'), '100')), test.keep('b stock', test.receive(test.the('b'), '100')), test.keep('c stock', test.receive(test.the('c'), '100'));
select test.keep('issue', (traveler.create_issue(jsonb_build_object('title', 'Burnt', 'run_id', test.the('run'))) ->> 'id')::uuid);
commit;

-- Edited, released, and canceled -----------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.refuses($$ select test.edit(test.the('mix'), test.add(test.the('c'), '1')) $$, 'TV409 P2 run_is_a_copy', 'a step''s requirements are fixed while it is not in redline');
insert into test.id select 'before', md5(test.digest(test.the('run')))::uuid;
select test.act('redline', test.the('mix'));
select test.edit(test.the('mix'), test.add(test.the('c'), '0.5', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('e'))))
    || test.change(test.the('need a'), jsonb_build_object('quantity_per_unit', '3', 'reference_designators', '["X1", "X3"]'::jsonb, 'substitute_part_ids', jsonb_build_array(test.the('c'), test.the('b'))))
    || test.withdraw(test.the('need b')));
select is(test.needs(test.the('run')), 'A 3 12/0, C 0.5 2/0, E 1 4/0', 'in redline they are added, changed and withdrawn; needed is per unit times the units');
select is((select jsonb_build_array(jsonb_array_length(r #> '{before,requirements}'), (select jsonb_agg(q ->> 'quantity_per_unit' order by q ->> 'quantity_per_unit') from jsonb_array_elements(r #> '{after,requirements}') q))
    from jsonb_array_elements(traveler.redlines_json(test.the('run'))) r), '[2, ["0.5", "3"]]', 'the redline shows them on both sides');
select is((select count(*) from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'build_requirements')), 3::bigint, 'the run lists what is not withdrawn');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.live(test.the('run'), test.the('e')), '{"quantity_per_unit": "2"}')) $$, 'TV404 D1 requirement_unknown', 'what the mBOM asks is of no step');
select test.refuses($$ select test.edit(test.the('mix'), test.withdraw(test.the('need b'))) $$, 'TV404 D1 requirement_unknown', 'what is withdrawn is not withdrawn again');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need b'), '{"quantity_per_unit": "2"}')) $$, 'TV404 D1 requirement_unknown', 'nor changed');
select test.refuses($$ select test.edit(test.the('mix'), test.add(traveler.new_id(), '2')) $$, 'TV422 T1 part_unknown', 'a part is one of the org''s');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), jsonb_build_object('substitute_part_ids', jsonb_build_array(traveler.new_id())))) $$, 'TV422 B2 part_unknown', 'a substitute too');
select test.refuses($$ select test.edit(test.the('mix'), test.add(test.the('c'), '0')) $$, 'TV422 I4 quantity_invalid', 'a quantity is above 0');
select test.act('cancel_redline', test.the('mix'));
select is(md5(test.digest(test.the('run')))::uuid, test.the('before'), 'D3: canceled, they are as before, to the byte');
select is((select count(*) from traveler.build_requirement q where q.run_id = test.the('run') and q.withdrawn_at is not null), 1::bigint, 'what was added stays in the record, withdrawn (T4)');
-- Released: asked, installed, and no more.
select test.act('redline', test.the('mix'));
select test.edit(test.the('mix'), test.add(test.the('c'), '0.5') || test.change(test.the('need a'), jsonb_build_object('quantity_per_unit', '3', 'substitute_part_ids', jsonb_build_array(test.the('c')))) || test.withdraw(test.the('need b')));
select test.act('release_redline', test.the('mix'));
select test.refuses($$ select test.install(test.the('need b'), test.the('b stock'), '1') $$, 'TV404 T1 requirement_unknown', 'nothing is installed for what was withdrawn');
select lives_ok($$ select test.install(test.the('need a'), test.the('a stock'), '10'), test.install(test.the('need a'), test.the('c stock'), '2') $$, 'what was raised takes more, and its substitute');
select is((select string_agg(b.what, ' ' order by b.what) from traveler.completion_blocker b where b.run_id = test.the('run') and b.kind = 'requirement_unmet'),
    'Part C: 0 of 2 installed. Part E: 0 of 4 installed.', 'what was added is a gate, what was withdrawn is none (C1)');
select test.refuses($$ select traveler.reserve_inventory(test.the('b stock'), null, jsonb_build_object('run_id', test.the('run'))) $$, 'TV409 B2 part_not_required', 'nor is stock reserved for that');
commit;

-- What is installed, or excepted -----------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.act('redline', test.the('mix'));
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "2.99"}')) $$, 'TV409 B2 requirement_below_installed', 'B2: not below what is installed');
select test.refuses($$ select test.edit(test.the('mix'), test.withdraw(test.the('need a'))) $$, 'TV409 B2 requirement_has_installations', 'nor withdrawn with it');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"substitute_part_ids": []}')) $$, 'TV409 B2 requirement_has_installations', 'an installed substitute stays approved');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), jsonb_build_object('part_id', test.the('e')))) $$, 'TV409 B2 requirement_has_installations', 'and the part that is installed required');
select lives_ok($$ select test.edit(test.the('mix'), test.change(test.the('need a'), jsonb_build_object('part_id', test.the('c'), 'substitute_part_ids', jsonb_build_array(test.the('a'))))) $$,
    'though the two may change places');
select is(test.needs(test.the('run')), 'C 0.5 2/0, C 3 12/12, E 1 4/0', 'with what is installed');
select test.edit(test.the('mix'), '{"remove": true}');
select test.refuses($$ select test.act('release_redline', test.the('mix')) $$, 'TV409 D6 step_has_installations', 'a step with installations is not removed');
select test.act('cancel_redline', test.the('mix'));
select is(test.needs(test.the('run')), 'A 3 12/12, C 0.5 2/0, E 1 4/0', 'canceled, the part is the one that it was');
-- An exception is made in any state; what it covers can't be canceled away.
select test.act('redline', test.the('mix'));
select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "5"}'));
select traveler.except_requirement(test.the('need a'), jsonb_build_object('issue_id', test.the('issue'), 'quantity', '1', 'reason', 'x'));
select test.refuses($$ select test.act('cancel_redline', test.the('mix')) $$, 'TV409 B2 requirement_below_installed', 'a redline is not canceled below what was excepted meanwhile');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "3"}')) $$, 'TV409 B2 requirement_below_installed', 'nor edited below it');
select lives_ok($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "3.25"}')) $$, 'but to it');
rollback;
-- A completed step.
begin;
select test.enter('admin');
select test.work(test.the('mix'));
select test.refuses($$ select test.edit(test.the('mix'), test.add(test.the('b'), '1')) $$, 'TV409 P2 run_is_a_copy', 'a completed step is not changed');
select test.start(test.the('bake'));
select test.refuses($$ select test.act('redline', test.the('mix')) $$, 'TV409 S2 downstream_started', 'nor opened while what is downstream has started');
rollback;
-- Places.
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial'));
select test.keep('carts', test.run(test.released('Cart', test.the('cart'), jsonb_build_array(jsonb_build_object('title', 'Wire', 'requirements',
    jsonb_build_array(test.line(test.the('a'), '4', '{"reference_designators": ["X1", "X2"]}'))))), '{"serial_numbers": ["U1", "U2"]}'));
select test.keep('wire', test.step(test.the('carts'), 'Wire')), test.keep('wires', test.live(test.the('carts'), test.the('a')));
select traveler.install(test.the('carts'), jsonb_build_object('build_requirement_id', test.the('wires'), 'part_inventory_id', test.the('a stock'), 'quantity', '2',
    'assembly_inventory_id', test.unit(test.the('carts'), 'U1'), 'reference_designator', 'X1'));
select test.act('redline', test.the('wire'));
select test.refuses($$ select test.edit(test.the('wire'), test.change(test.the('wires'), '{"reference_designators": ["X2", "X3"]}')) $$, 'TV409 B2 requirement_has_installations', 'a place that holds something stays one');
select test.refuses($$ select test.edit(test.the('wire'), test.change(test.the('wires'), '{"quantity_per_unit": "1.5", "reference_designators": ["X1"]}')) $$, 'TV409 B2 requirement_below_installed', 'a unit needs what it holds, though the run has room');
select test.refuses($$ select test.edit(test.the('wire'), test.change(test.the('wires'), '{"quantity_per_unit": "2"}')) $$, 'TV409 B2 requirement_below_installed', 'and a place too');
select lives_ok($$ select test.edit(test.the('wire'), test.change(test.the('wires'), '{"quantity_per_unit": "2", "reference_designators": ["X1"]}')) $$, 'all of it there is as it should be');
rollback;

-- Groups (X2, X3) --------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.act('redline', test.the('mix'));
select test.edit(test.the('mix'), test.withdraw(test.live(test.the('run'), test.the('c'))) || test.add(test.the('b'), '0.25'));
-- 12 are installed as a whole; they may be in the unit that is split off or in those that go on.
select test.keep('split', test.split(test.the('run'), '1', test.the('issue')));
select is(test.needs(test.the('run')) || '; ' || test.needs(test.the('run'), test.the('split')), 'A 3 9/0, B 0.25 0.75/0, E 1 3/0; A 3 3/0, B 0.25 0.25/0, E 1 1/0',
    'X2: units that are split off meanwhile need what the redline says');
select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "4"}') || test.add(test.the('e'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('c')))));
select is(test.needs(test.the('run'), test.the('split')), 'A 4 4/0, B 0.25 0.25/0, E 1 1/0, E 2 2/0', 'and follow what it says later');
select is((select count(*) from traveler.build_requirement_substitute s join traveler.build_requirement q on q.id = s.build_requirement_id where q.run_split_id = test.the('split') and s.part_id = test.the('c') and s.withdrawn_at is null), 2::bigint, 'with substitutes');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"quantity_per_unit": "2"}')) $$, 'TV409 X3 above_need', 'X3: what is shared keeps within the needs of all');
select test.refuses($$ select test.edit(test.the('mix'), test.change(test.the('need a'), '{"substitute_part_ids": []}')) $$, 'TV409 B2 requirement_has_installations', 'and approved');
select test.refuses($$ select test.edit(test.the('mix'), test.withdraw(test.the('need a'))) $$, 'TV409 B2 requirement_has_installations', 'and required');
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'nothing that must hold is broken');
set role traveler_owner;
select test.refuses(s, r, 'by hand: ' || test.brief(s)) from (values
    ($$ update traveler.build_requirement set quantity_per_unit = 9 where run_split_id = test.the('split') and part_id = test.the('a') $$, 'TV409 X2 run_is_a_copy'),
    ($$ update traveler.build_requirement_substitute s set withdrawn_at = now() from traveler.build_requirement q where q.id = s.build_requirement_id and q.run_split_id = test.the('split') $$, 'TV409 X2 run_is_a_copy')) x (s, r);
reset role;
set session authorization traveler_service;
select test.act('cancel_redline', test.the('mix'));
select is(test.needs(test.the('run')) || '; ' || test.needs(test.the('run'), test.the('split')), 'A 3 9/0, C 0.5 1.5/0, E 1 3/0; A 3 3/0, C 0.5 0.5/0, E 1 1/0',
    'canceled, each group needs what it would have needed');
reset session authorization;
select is_empty('select * from traveler.integrity_violations', 'nothing that must hold is broken');
rollback;

-- Siblings (K3) ----------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('batch', (traveler.create_batch(jsonb_build_object('procedure_id', test.the('procedure'), 'title', 'Two',
    'runs', '[{"quantity": "1", "lot_number": "L1"}, {"quantity": "2", "lot_number": "L2"}]'::jsonb)) ->> 'id')::uuid);
select test.keep('r' || row_number() over (order by r.number), r.id) from traveler.run r join traveler.batch_run b on b.run_id = r.id;
select test.keep('s1', test.step(test.the('r1'), 'Mix'));
commit;
begin;
select test.enter('admin');
select test.act('redline', test.the('s1'));
select test.edit(test.the('s1'), test.add(test.the('c'), '0.5') || test.change(test.live(test.the('r1'), test.the('a')), '{"quantity_per_unit": "3"}') || test.withdraw(test.live(test.the('r1'), test.the('b'))));
select is(test.needs(test.the('r1')) || '; ' || test.needs(test.the('r2')), 'A 3 3/0, C 0.5 0.5/0, E 1 1/0; A 3 6/0, C 0.5 1/0, E 1 2/0', 'a redline over a batch is for each sibling''s own requirements');
select test.edit(test.the('s1'), test.change(test.live(test.the('r1'), test.the('c')), '{"quantity_per_unit": "0.75"}'));
select is(test.needs(test.the('r2')), 'A 3 6/0, C 0.75 1.5/0, E 1 2/0', 'what it added too');
select is(traveler.add_step(test.the('r1'), jsonb_build_object('title', 'New', 'reason', 'x') || test.add(test.the('b'), '1')) ->> 'state', 'redline', 'a step is added with what it requires');
select is(test.needs(test.the('r2')), 'A 3 6/0, B 1 2/0, C 0.75 1.5/0, E 1 2/0', 'to each run of the batch');
savepoint alike;
reset session authorization;
set role traveler_owner;
update traveler.build_requirement set quantity_per_unit = 7 where run_id = test.the('r2') and part_id = test.the('a');
reset role;
set session authorization traveler_service;
select test.refuses($$ select test.edit(test.the('s1'), test.change(test.live(test.the('r1'), test.the('a')), '{"quantity_per_unit": "4"}')) $$, 'TV409 K3 siblings_differ', 'a sibling that asks for something else is named, not guessed');
select test.refuses($$ select test.act('release_redline', test.the('s1')) $$, 'TV409 K3 siblings_differ', 'nor released beside it');
rollback to alike;
select test.act('cancel_redline', test.step(test.the('r1'), 'New'));
select test.act('release_redline', test.the('s1'));
select is(test.needs(test.the('r1')) || '; ' || test.needs(test.the('r2')), 'A 3 3/0, C 0.75 0.75/0, E 1 1/0; A 3 6/0, C 0.75 1.5/0, E 1 2/0', 'released, they ask alike; a step that is not added asks for nothing');
rollback;

-- By hand, and by whom ---------------------------------------------------------------------------------------------------------

begin;
select test.enter('engineer');
select test.act('redline', test.the('mix'));
select test.enter('technician');
select test.refuses($$ select test.edit(test.the('mix'), test.add(test.the('b'), '1')) $$, 'TV403 T3 permission_missing', 'who did not open the redline needs the permission');
reset session authorization;
set role traveler_owner;
select test.enter_owner();
select test.refuses(s, r, 'by hand: ' || test.brief(s)) from (values
    ($$ update traveler.build_requirement set part_id = test.the('b') where id = test.live(test.the('run'), test.the('e')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.build_requirement set quantity_per_unit = 1 where id = test.the('need a') $$, 'TV409 B2 requirement_below_installed'),
    ($$ update traveler.build_requirement set withdrawn_at = now() where id = test.the('need a') $$, 'TV409 B2 requirement_has_installations'),
    ($$ update traveler.build_requirement set quantity_needed = 99 where id = test.the('need a') $$, 'TV409 B2 derived'),
    ($$ update traveler.build_requirement set run_step_id = test.the('bake') where id = test.the('need a') $$, 'TV409 P2 run_is_a_copy'),
    ($$ update traveler.build_requirement_substitute set withdrawn_at = now() where build_requirement_id = test.the('need a') and part_id = test.the('c') $$, 'TV409 B2 requirement_has_installations'),
    ($$ update traveler.build_requirement_substitute set part_id = test.the('e') where build_requirement_id = test.the('need a') $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed) values (test.org_id('acme'), test.the('run'), test.the('mix'), test.the('b'), 1, 5) $$, 'TV409 B1 requirement_added_whole'),
    ($$ insert into traveler.build_requirement (org_id, run_id, run_step_id, part_id, quantity_per_unit, quantity_needed) values (test.org_id('acme'), test.the('run'), test.the('bake'), test.the('b'), 1, 4) $$, 'TV409 P2 run_is_a_copy'),
    ($$ insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id) values (test.org_id('acme'), test.the('run'), test.live(test.the('run'), test.the('e')), test.the('a')) $$, 'TV409 P2 run_is_a_copy'),
    ($$ delete from traveler.build_requirement where id = test.the('need b') $$, 'TV409 T4 record_kept')) x (s, r);
update traveler.redline set state = 'released' where run_step_id = test.the('mix') and closed_at is null;
select test.refuses(s, 'TV409 P2 run_is_a_copy', 'released: ' || test.brief(s)) from (values
    ($$ update traveler.build_requirement set quantity_per_unit = 9 where id = test.the('need a') $$),
    ($$ update traveler.build_requirement set withdrawn_at = null where id = test.the('need b') $$),
    ($$ insert into traveler.build_requirement_substitute (org_id, run_id, build_requirement_id, part_id) values (test.org_id('acme'), test.the('run'), test.the('need a'), test.the('e')) $$)) x (s);
reset role;
rollback;
reset session authorization;
select test.whole();
select * from finish();

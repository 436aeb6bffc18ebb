-- What is refused of splits, of what they share and of their ends (X1-X9), one refusal at a time: to the service, and to the owner by SQL.
\ir support/world.psql
select plan(40);

create function test.split(p_run uuid, p_request jsonb, p_from uuid default null, p_allocation jsonb default '{}') returns uuid
language sql as $$
    select (traveler.split_run(p_run, p_from, null, '{"issue": {"title": "Torn"}}' || p_request, p_allocation) -> 'split' ->> 'id')::uuid
$$;
create function test.dispose(p_split uuid, p_availability text) returns void language plpgsql as $$
begin
    perform traveler.dispose_issue((select s.issue_id from traveler.run_split s where s.id = p_split), null,
        jsonb_build_object('disposition_type_id', (traveler.create_disposition_type(jsonb_build_object('name', p_availability || p_split, 'availability', p_availability)) ->> 'id')));
end
$$;
create function test.group_need(p_split uuid, p_part uuid) returns uuid
language sql stable as $$ select q.id from traveler.build_requirement q where q.run_split_id = p_split and q.part_id = p_part $$;
create function test.resolve(p_installation uuid, variadic p_assignments jsonb[]) returns jsonb
language sql as $$ select traveler.resolve_installation(p_installation, null, jsonb_build_object('assignments', to_jsonb(p_assignments))) $$;
create function test.to(p_split uuid, p_quantity text, p_unit uuid default null) returns jsonb
language sql as $$ select jsonb_build_object('split_id', p_split, 'quantity', p_quantity) || jsonb_strip_nulls(jsonb_build_object('assembly_inventory_id', p_unit)) $$;
create function test.split_row(p_run uuid, p_from uuid, p_quantity numeric, p_units uuid[], p_issue uuid) returns uuid language sql as $$
    insert into traveler.run_split (org_id, run_id, number, parent_id, issue_id, quantity, part_inventory_ids, allocation, created_by)
    values (test.org_id('acme'), p_run, 7, p_from, p_issue, p_quantity, p_units, '{}', 'x') returning id
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('a', test.part('A', 'lot')), test.keep('pin', test.part('PIN', 'serial')), test.keep('cake', test.part('CAKE', 'lot')), test.keep('wheel', test.part('WHEEL', 'serial')), test.keep('cart', test.part('CART'));
select test.mbom(test.the('cake'), test.line(test.the('a'), '3'), test.line(test.the('pin'), '1')), test.mbom(test.the('cart'), test.line(test.the('wheel'), '1'));
select test.keep('baking', test.released('Bake', test.the('cake'), '[{"key": "mix", "title": "Mix"}, {"title": "Bake", "after": ["mix"]}]')), test.keep('turning', test.released('Turn', test.the('wheel'), '[{"title": "Turn"}]')),
    test.keep('fitting', test.released('Fit', test.the('cart'), '[{"title": "Fit"}]'));
select test.keep('lot a', test.receive(test.the('a'), '100', '{"lot_number": "LA"}')), test.keep('p1', test.receive(test.the('pin'), '1', '{"serial_number": "P1"}'));
select test.keep(x, test.run(test.the('baking'), jsonb_build_object('quantity', '5', 'lot_number', x))) from unnest(array['run', 'canceled', 'other']) x;
select test.keep('2 a', test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '2')), test.keep('pin in all', test.install(test.need(test.the('run'), test.the('pin')), test.the('p1'), '1'));
select traveler.act_on_run('cancel', test.the('canceled'), null, 'No order.');
select test.work(test.step(test.the('run'), 'Mix'));
select test.keep('split', test.split(test.the('run'), '{"quantity": "2"}')), test.keep('second', test.split(test.the('other'), '{"quantity": "2"}'));
select test.keep('excepted', (traveler.except_requirement(test.need(test.the('other'), test.the('a')), jsonb_build_object('quantity', '2', 'reason', 'None left.',
    'issue_id', (select s.issue_id from traveler.run_split s where s.id = test.the('second')))) ->> 'id')::uuid);
select test.keep('closed issue', (traveler.create_issue('{"title": "Nothing"}') ->> 'id')::uuid);
select traveler.dispose_issue(test.the('closed issue'), null, jsonb_build_object('disposition_type_id', (traveler.create_disposition_type('{"name": "Nothing", "availability": "available_immediately"}') ->> 'id')));
select traveler.move_issue(m, test.the('closed issue'), null, null) from unnest(array['start', 'submit', 'resolve']) m;
-- A run that has a unit which is in an assembly since.
select test.keep('wheels', test.run(test.the('turning'), '{"serial_numbers": ["W1", "W2", "W3"]}')), test.keep('carts', test.run(test.the('fitting'), '{"quantity": "1"}'));
select test.work(test.step(test.the('wheels'), 'Turn'));
select test.keep('w1 in cart', test.install(test.need(test.the('carts'), test.the('wheel')), test.unit(test.the('wheels'), 'W1'), '1'));
select traveler.ship_inventory(test.unit(test.the('wheels'), 'W3'), null, '{}');
select traveler.reopen_run(test.the('wheels'), null, 'Look again.', array[test.the('w1 in cart')]);
-- And one of a lot that is mostly used since.
select test.keep('dough', test.part('DOUGH', 'lot'));
select test.keep('kneading', test.released('Knead', test.the('dough'), '[{"title": "Knead"}]'));
select test.keep('used', test.run(test.the('kneading'), '{"quantity": "5", "lot_number": "D1"}'));
select test.work(test.step(test.the('used'), 'Knead'));
select traveler.scrap_inventory(test.unit(test.the('used')), null, '{"quantity": "3", "reason": "Dropped."}');
select traveler.reopen_run(test.the('used'), null, 'Look again.', '{}');
commit;

begin;
select test.enter('admin');
select test.refuses(s.statement, s.refusal, s.rule || ': ' || s.what) from (values
    ('X1', 'units of a run that is canceled', $$ select test.split(test.the('canceled'), '{"quantity": "2"}') $$, 'TV409 X1 run_ended'),
    ('X1', 'a lot by its units', $$ select test.split(test.the('run'), jsonb_build_object('part_inventory_ids', jsonb_build_array(
        (select ri.part_inventory_id from traveler.run_inventory ri where ri.run_id = test.the('run') and ri.run_split_id is null)))) $$, 'TV422 X1 serial_not_tracked'),
    ('X1', 'onto a resolved issue', $$ select traveler.split_run(test.the('run'), null, null, jsonb_build_object('quantity', '1', 'issue_id', test.the('closed issue')), '{}') $$, 'TV409 X1 issue_resolved'),
    ('X1', 'a unit in an assembly', $$ select test.split(test.the('wheels'), '{"serial_numbers": ["W1"]}') $$, 'TV409 X1 unit_not_splittable'),
    ('X1', 'a unit that is shipped', $$ select test.split(test.the('wheels'), '{"serial_numbers": ["W2", "W3"]}') $$, 'TV409 X1 unit_not_splittable'),
    ('X1', 'all that is here of a lot', $$ select test.split(test.the('used'), '{"quantity": "2"}') $$, 'TV409 X1 not_enough'),
    ('X1', 'more than is here of it', $$ select test.split(test.the('used'), '{"quantity": "3"}') $$, 'TV409 X1 not_enough'),
    ('X8', 'which its plan refuses', $$ select traveler.split_facts(test.the('used'), null, '{"quantity": "2", "issue": {"title": "Stale"}}') $$, 'TV409 X1 not_enough'),
    ('X1', 'units named in two ways', $$ select test.split(test.the('wheels'), '{"serial_numbers": ["W2"], "quantity": "1"}') $$, 'TV422 X1 units_not_named'),
    ('X1', 'units not named', $$ select test.split(test.the('wheels'), '{}') $$, 'TV422 X1 units_not_named'),
    ('X3', 'more of an exception than there is', $$ select test.split(test.the('other'), '{"quantity": "1"}', null, jsonb_build_object('excepted',
        jsonb_build_array(jsonb_build_object('exception_id', test.the('excepted'), 'quantity', '3')))) $$, 'TV409 X3 not_enough'),
    ('X8', 'a plan for no such run', $$ select traveler.split_facts(traveler.new_id(), null, '{"quantity": "1", "issue": {}}') $$, 'TV404 T1 run_unknown'),
    ('X8', 'for no such group', $$ select traveler.split_facts(null, traveler.new_id(), '{"quantity": "1", "issue": {}}') $$, 'TV404 T1 split_unknown'),
    ('X8', 'without an issue', $$ select traveler.split_facts(test.the('run'), null, '{"quantity": "1"}') $$, 'TV422 X1 issue_missing'),
    ('T1', 'a split of no such run, whatever its version', $$ select traveler.split_run(traveler.new_id(), null, 1, '{"quantity": "1", "issue": {"title": "x"}}', '{}') $$, 'TV404 T1 run_unknown'),
    ('T1', 'of no such group', $$ select traveler.split_run(null, traveler.new_id(), 1, '{"quantity": "1", "issue": {"title": "x"}}', '{}') $$, 'TV404 T1 split_unknown'),
    ('T1', 'no such group is fed', $$ select traveler.install_into_split(traveler.new_id(), '{}') $$, 'TV404 T1 split_unknown'),
    ('T1', 'no such installation is resolved', $$ select test.resolve(traveler.new_id(), test.to(null, '1')) $$, 'TV404 T1 installation_unknown'),
    ('T1', 'no such group is closed', $$ select traveler.close_split(traveler.new_id(), null, 'merged', null) $$, 'TV404 T1 split_unknown'),
    ('T1', 'or reworked', $$ select traveler.rework_split(traveler.new_id(), null, jsonb_build_object('procedure_id', test.the('baking'))) $$, 'TV404 T1 split_unknown'),
    ('T1', 'no such run is scrapped', $$ select traveler.scrap_run(traveler.new_id(), null, '{"reason": "x"}') $$, 'TV404 T1 run_unknown'),
    ('X5', 'to no such group', $$ select test.resolve(test.the('2 a'), test.to(traveler.new_id(), '2')) $$, 'TV422 X5 split_unknown'),
    ('X5', 'into a unit of another run', $$ select test.resolve(test.the('2 a'), test.to(test.the('split'), '2', test.unit(test.the('wheels'), 'W2'))) $$, 'TV409 X5 unit_not_on_run'),
    ('X5', 'into the unit of another group', $$ select test.resolve(test.the('2 a'), test.to(test.the('split'), '2',
        (select ri.part_inventory_id from traveler.run_inventory ri where ri.run_id = test.the('run') and ri.run_split_id is null))) $$, 'TV409 X5 unit_not_on_run'),
    ('X5', 'a serialized part in two', $$ select test.resolve(test.the('pin in all'), test.to(null, '0.5'), test.to(test.the('split'), '0.5')) $$, 'TV409 X5 resolves_to_one'),
    ('X5', 'a run that shares is scrapped', $$ select traveler.scrap_run(test.the('run'), null, '{"reason": "x"}') $$, 'TV409 X5 installation_shared')) s (rule, what, statement, refusal);
select test.dispose(test.the('second'), 'available_immediately');
select test.refuses($$ select traveler.close_split(test.the('second'), null, 'used_as_is', null) $$, 'TV422 X7 reason_missing', 'X7: units are used as they are for a reason');
select test.refuses($$ select traveler.close_split(test.the('second'), null, 'used_as_is', '  ') $$, 'TV422 X7 reason_missing', 'and not for a blank one');
select test.resolve(test.the('pin in all'), test.to(test.the('split'), '1'));
select test.keep('third', test.split(test.the('other'), '{"quantity": "1"}'));
select test.dispose(test.the('third'), 'release_on_resolve');
select traveler.move_issue(m, (select s.issue_id from traveler.run_split s where s.id = test.the('third')), null, null) from unnest(array['start', 'submit', 'resolve']) m;
commit;
reset session authorization;

set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('off no such run', $$ select test.split_row(traveler.new_id(), null, 1, '{}', test.the('closed issue')) $$, 'TV404 T1 run_unknown'),
    ('off a canceled run', $$ select test.split_row(test.the('canceled'), null, 1, '{}', (select s.issue_id from traveler.run_split s where s.id = test.the('split'))) $$, 'TV409 X1 run_ended'),
    ('onto a resolved issue', $$ select test.split_row(test.the('run'), null, 1, '{}', test.the('closed issue')) $$, 'TV409 X1 issue_resolved'),
    ('onto no such issue', $$ select test.split_row(test.the('run'), null, 1, '{}', traveler.new_id()) $$, 'TV404 T1 issue_unknown'),
    ('a lot by its units', $$ select test.split_row(test.the('run'), null, 1, array[(select ri.part_inventory_id from traveler.run_inventory ri
        where ri.run_id = test.the('run') and ri.run_split_id is null)], (select s.issue_id from traveler.run_split s where s.id = test.the('split'))) $$, 'TV422 X1 serial_not_tracked'),
    ('serialized units by quantity', $$ select test.split_row(test.the('wheels'), null, 1, '{}', (select s.issue_id from traveler.run_split s where s.id = test.the('split'))) $$, 'TV422 X1 units_not_named'),
    ('all that is here of a lot', $$ select test.split_row(test.the('used'), null, 2, '{}', (select s.issue_id from traveler.run_split s where s.id = test.the('split'))) $$, 'TV409 X1 not_enough'),
    ('a unit in an assembly', $$ select test.split_row(test.the('wheels'), null, 1, array[test.unit(test.the('wheels'), 'W1')], (select s.issue_id from traveler.run_split s where s.id = test.the('split'))) $$,
        'TV409 X1 unit_not_splittable'),
    ('a rework on an old run', $$ update traveler.run_split set outcome = 'rework', rework_run_id = test.the('canceled') where id = test.the('third') $$, 'TV409 X7 rework_run_differs'),
    ('a resolution rewritten', $$ update traveler.installation_resolution set quantity = 2 where installation_id = test.the('pin in all') $$, 'TV409 X5 append_only'),
    ('what a group had passed', $$ update traveler.run_split_step set attempt = 9 $$, 'TV409 X9 append_only')) s (what, statement, refusal);
commit;
reset role;
select test.whole();
select * from finish();

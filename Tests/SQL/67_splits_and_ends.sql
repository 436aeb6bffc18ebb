-- Groups that outlast their run, runs that end as they are scrapped, groups that end twice (X7, X9, C3, I4).
\ir support/world.psql
select no_plan();

create function test.split(p_run uuid, p_units jsonb) returns uuid
language sql as $$
    select (traveler.split_run(p_run, null, null, p_units || jsonb_build_object('issue_id', (traveler.create_issue('{"title": "Burnt"}') ->> 'id')), '{}') -> 'split' ->> 'id')::uuid
$$;
create function test.dispose(p_split uuid, p_name text) returns void language plpgsql as $$
begin
    perform traveler.dispose_issue((select s.issue_id from traveler.run_split s where s.id = p_split), null,
        jsonb_build_object('disposition_type_id', (traveler.create_disposition_type(jsonb_build_object('name', p_name || p_split, 'availability', p_name)) ->> 'id')));
end
$$;
create function test.group_need(p_split uuid) returns uuid
language sql stable as $$ select q.id from traveler.build_requirement q where q.run_split_id = p_split $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('a', test.part('A', 'lot')), test.keep('cake', test.part('CAKE', 'lot'));
select test.mbom(test.the('cake'), test.line(test.the('a'), '3'));
select test.keep('cart', test.part('CART', 'serial'));
select test.mbom(test.the('cart'), test.line(test.the('a'), '3'));
select test.keep('carts', test.run(test.released('Build carts', test.the('cart'), '[{"title": "One"}]'), '{"serial_numbers": ["C1", "C2"]}'));
select test.keep('unit', test.split(test.the('carts'), '{"serial_numbers": ["C1"]}'));
select test.keep('procedure', test.released('Bake', test.the('cake'), '[{"key": "mix", "title": "Mix"}, {"title": "Bake", "after": ["mix"]}]'));
select test.keep('lot a', test.receive(test.the('a'), '100', '{"lot_number": "LA"}'));
select test.keep('run', test.run(test.the('procedure'), '{"quantity": "5", "lot_number": "K1"}')), test.keep('other', test.run(test.the('procedure'), '{"quantity": "2", "lot_number": "K2"}'));
select test.keep('split', test.split(test.the('run'), '{"quantity": "2"}')), test.keep('merged', test.split(test.the('run'), '{"quantity": "1"}')), test.keep('used', test.split(test.the('run'), '{"quantity": "1"}'));
select test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '3'), test.install(test.need(test.the('other'), test.the('a')), test.the('lot a'), '6');
commit;

begin;
select test.enter('admin');
select test.dispose(test.the('unit'), 'release_on_resolve'), test.dispose(test.the('merged'), 'release_on_resolve'), test.dispose(test.the('used'), 'available_immediately');
select traveler.close_split(test.the('unit'), null, 'merged', null), traveler.close_split(test.the('merged'), null, 'merged', null), traveler.close_split(test.the('used'), null, 'used_as_is', 'Tasty.');
select test.refuses($$ select traveler.close_split(test.the('used'), null, 'used_as_is', 'Tasty.') $$, 'TV409 X7 split_closed', 'X7: a group comes to one end, even to the same, once');
select test.refuses($$ select traveler.close_split(test.the('unit'), null, 'merged', null), traveler.close_split(test.the('merged'), null, 'merged', null) $$, 'TV409 X7 split_closed', 'X7: one that was merged too');
select test.refuses(format($$ select traveler.install_into_split(%L, jsonb_build_object('build_requirement_id', test.group_need(%1$L), 'part_inventory_id', test.the('lot a'), 'quantity', '1')) $$, test.the(x)),
    'TV409 X9 split_closed', 'X9: what was merged is fed as the run is: ' || x) from unnest(array['unit', 'merged']) x;
select test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '3');
select test.work(test.step(test.the('run'), 'Mix')), test.work(test.step(test.the('run'), 'Bake'));
commit;

begin;
select test.enter('admin');
select tap.is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'the run is complete; its group is not');
select tap.is(traveler.install_into_split(test.the('split'), jsonb_build_object('build_requirement_id', test.group_need(test.the('split')), 'part_inventory_id', test.the('lot a'), 'quantity', '1')) ->> 'quantity',
    '1', 'X9: a group of a completed run is fed, from a part of a row too');
commit;

-- C3: one step is done and nothing is missing, so that canceling the rest completes the run. What it built is scrapped all the same.
begin;
select test.enter('admin');
select test.work(test.step(test.the('other'), 'Mix'));
select traveler.scrap_run(test.the('other'), null, '{"reason": "Dropped."}');
select tap.is((select r.status from traveler.run r where r.id = test.the('other')), 'partial_complete', 'C3: canceling the steps that were left completes a run');
select tap.is((select format('%s %s', i.status, traveler.json_decimal(i.quantity_scrapped)) from traveler.part_inventory i where i.id = test.unit(test.the('other'))), 'scrapped 2',
    'I4: and what it built is scrapped in the same act');
commit;

-- A lot that was split before it had its number may be two lots; then its parts do not merge.
begin;
select test.enter('admin');
select test.keep('unnamed', test.run(test.the('procedure'), '{"quantity": "4"}'));
select test.keep('late', test.split(test.the('unnamed'), '{"quantity": "2"}')), test.keep('later', test.split(test.the('unnamed'), '{"quantity": "1"}'));
select test.dispose(test.the('late'), 'release_on_resolve'), test.dispose(test.the('later'), 'release_on_resolve');
select traveler.change_inventory(i.part_inventory_id, null, '{"lot_number": "K3"}') from traveler.run_inventory i where i.run_split_id = test.the('late');
select test.refuses($$ select traveler.close_split(test.the('late'), null, 'merged', null) $$, 'TV409 I1 lot_differs', 'I1: a lot does not merge into one without its number');
select traveler.change_inventory(test.unit(test.the('unnamed')), null, '{"lot_number": "K4"}');
select test.refuses($$ select traveler.close_split(test.the('late'), null, 'merged', null) $$, 'TV409 I1 lot_differs', 'I1: nor into another lot');
select tap.is(traveler.close_split(test.the('later'), null, 'merged', null) ->> 'outcome', 'merged', 'what has no number merges into the lot that has one');
commit;

-- A split of a split goes onto its own issue, though the group's is resolved.
begin;
select test.enter('admin');
select test.keep('carts 2', test.run((select r.procedure_id from traveler.run r where r.id = test.the('carts')), '{"serial_numbers": ["C3", "C4", "C5"]}'));
select test.keep('two', test.split(test.the('carts 2'), '{"serial_numbers": ["C3", "C4"]}'));
select test.dispose(test.the('two'), 'permanently_unavailable');
select traveler.move_issue(m, s.issue_id, null, null) from unnest(array['start', 'submit', 'resolve']) m, traveler.run_split s where s.id = test.the('two');
select test.keep('one', (traveler.split_run(null, test.the('two'), null, '{"serial_numbers": ["C4"], "issue": {"title": "Bent"}}', '{}') -> 'split' ->> 'id')::uuid);
select tap.is((select string_agg(format('%s %s', i.serial_number, s.title), ', ' order by i.serial_number) from traveler.issue_inventory l
    join traveler.issue s on s.id = l.issue_id join traveler.part_inventory i on i.id = l.part_inventory_id where l.unlinked_at is null and i.serial_number in ('C3', 'C4')),
    'C3 Burnt, C4 Bent', 'X7: each unit is on the issue of its group alone');
commit;

-- A run that was scrapped takes nothing back, though a step of it is completed.
begin;
select test.enter('admin');
select test.keep('burnt', test.run(test.the('procedure'), '{"quantity": "4", "lot_number": "K5"}'));
select test.work(test.step(test.the('burnt'), 'Mix'));
select test.keep('good', test.split(test.the('burnt'), '{"quantity": "1"}'));
select test.dispose(test.the('good'), 'available_immediately');
select traveler.scrap_run(test.the('burnt'), null, '{"reason": "Burnt."}');
select test.refuses($$ select traveler.close_split(test.the('good'), null, 'merged', null) $$, 'TV409 X9 run_ended', 'X9: nothing merges into a run that is scrapped');
commit;

-- What is kept for a group stays kept while the run that it left is canceled.
begin;
select test.enter('admin');
select test.keep('withdrawn', test.run(test.the('procedure'), '{"quantity": "4", "lot_number": "K6"}'));
select test.keep('kept', (traveler.reserve_inventory(test.the('lot a'), null, jsonb_build_object('run_id', test.the('withdrawn'), 'quantity', '8')) ->> 'id')::uuid);
select test.keep('group', (traveler.split_run(test.the('withdrawn'), null, null, '{"quantity": "2", "issue": {"title": "Torn"}}',
    jsonb_build_object('reserved', jsonb_build_array(jsonb_build_object('part_inventory_id', test.the('kept'), 'quantity', '4')))) -> 'split' ->> 'id')::uuid);
select traveler.act_on_run('cancel', test.the('withdrawn'), null, 'No order.');
select tap.is((select string_agg(traveler.json_decimal(i.quantity), ' ') from traveler.part_inventory i where i.reserved_run_id = test.the('withdrawn') and i.reserved_split_id = test.the('group')), '4',
    'X6: what is kept for a group is kept as long as it is open');
commit;

-- C6, B2: a reopened run's lot that is a part by now takes nothing back. A scrapped unit holds what belonged in it.
begin;
select test.enter('admin');
select test.keep('box', test.part('BOX', 'serial'));
select test.mbom(test.the('box'), test.line(test.the('cake'), '1'));
select test.keep('iced', test.run(test.the('procedure'), '{"quantity": "2", "lot_number": "K7"}'));
select test.keep('plain', test.split(test.the('iced'), '{"quantity": "1"}'));
select test.dispose(test.the('plain'), 'available_immediately');
select test.install(test.need(test.the('iced'), test.the('a')), test.the('lot a'), '3');
commit;
begin;
select test.enter('admin');
select test.work(test.step(test.the('iced'), 'Mix')), test.work(test.step(test.the('iced'), 'Bake'));
select test.keep('boxes', test.run(test.released('Box', test.the('box'), '[{"title": "Box"}]'), '{"serial_numbers": ["B1"]}'));
select test.keep('boxed', test.install(test.need(test.the('boxes'), test.the('cake')), test.unit(test.the('iced')), '1'));
select traveler.reopen_run(test.the('iced'), null, 'Salty.', array[test.the('boxed')]);
select traveler.act_on_steps('reopen', array[test.step(test.the('iced'), 'Bake')], null, 'Salty.'), traveler.act_on_steps('reopen', array[test.step(test.the('iced'), 'Mix')], null, 'Salty.');
select test.refuses($$ select traveler.close_split(test.the('plain'), null, 'merged', null) $$, 'TV409 B2 installed_is_whole', 'B2: the quantity of what is installed does not change, by a merge either');
select test.keep('carts 3', test.run((select r.procedure_id from traveler.run r where r.id = test.the('carts')), '{"serial_numbers": ["C8", "C9"]}'));
select test.install(test.need(test.the('carts 3'), test.the('a')), test.the('lot a'), '3', test.unit(test.the('carts 3'), 'C8'));
select traveler.scrap_run(test.the('carts 3'), null, '{"reason": "Dropped."}');
commit;
reset session authorization;
select test.whole();
select * from finish();

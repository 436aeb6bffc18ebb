-- B7, X4: what is made on assembly divides with its assembly, and what is in it is shared or follows.
\ir support/world.psql
select plan(12);

create function test.split(p_run uuid, p_request jsonb, p_from uuid default null) returns uuid
language sql as $$ select (traveler.split_run(p_run, p_from, null, p_request, '{}') -> 'split' ->> 'id')::uuid $$;
create function test.needs(p_run uuid, p_split uuid default null) returns text language sql stable as $$
    select string_agg(format('%s %s/%s/%s', p.part_number, traveler.json_decimal(q.quantity_needed), traveler.json_decimal(q.quantity_installed), traveler.json_decimal(q.quantity_shared)), ' ' order by p.part_number)
    from traveler.build_requirement q join traveler.part p on p.org_id = q.org_id and p.id = q.part_id where q.run_id = p_run and q.run_split_id is not distinct from p_split
$$;
create function test.planned(p_run uuid, p_request jsonb) returns text language sql stable as $$
    select string_agg(format('%s %s+%s', r ->> 'part_number', r ->> 'installed_kept', r ->> 'installed_split'), ' ' order by r ->> 'part_number')
    from jsonb_array_elements(traveler.split_facts(p_run, null, p_request || '{"issue": {"title": "x"}}') -> 'requirements') r
$$;
-- What is in what, by lot or serial.
create function test.tree(p_row uuid) returns text language sql stable as $$
    select string_agg(format('%s%s %s', repeat('>', a.level), a.part_number, traveler.json_decimal(a.quantity)), ' ' order by a.level, a.part_number, a.quantity) from traveler.abom(p_row) a
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('nut', test.part('NUT', 'lot')), test.keep('pin', test.part('PIN', 'serial')), test.keep('arm', test.part('ARM', 'lot')), test.keep('frame', test.part('FRAME', 'lot')), test.keep('bike', test.part('BIKE', 'serial'));
select test.mbom(test.the('arm'), test.line(test.the('nut'), '2'));
select test.mbom(test.the('frame'), test.line(test.the('arm'), '2', '{"made_on_assembly": true}'), test.line(test.the('pin'), '1', '{"made_on_assembly": true}'));
select test.mbom(test.the('bike'), test.line(test.the('arm'), '1', '{"made_on_assembly": true}'));
select test.keep('nuts', test.receive(test.the('nut'), '100', '{"lot_number": "N"}'));
select test.keep('frames', test.run(test.released('Frames', test.the('frame'), '[{"title": "A"}]'), '{"quantity": "5", "lot_number": "F"}'));
select test.keep('bikes', test.run(test.released('Bikes', test.the('bike'), '[{"title": "A"}]'), '{"serial_numbers": ["B1", "B2", "B3"]}'));
select test.keep('issue', (traveler.create_issue('{"title": "Bent"}') ->> 'id')::uuid);
select test.install(test.need(test.the('frames'), test.the('nut')), test.the('nuts'), '6');
select is(test.needs(test.the('frames')), 'ARM 10/10/0 NUT 20/6/0 PIN 5/5/0', 'a lot of five, each with two arms of two nuts and a pin');
select is(test.planned(test.the('frames'), '{"quantity": "2"}'), 'ARM 6+4 NUT 0+0 PIN 3+2', 'the plan divides what was made');
select test.keep('split', test.split(test.the('frames'), jsonb_build_object('quantity', '2', 'issue_id', test.the('issue'))));
select is(test.needs(test.the('frames')) || ' | ' || test.needs(test.the('frames'), test.the('split')), 'ARM 6/6/0 NUT 12/0/6 PIN 3/3/0 | ARM 4/4/0 NUT 8/0/6 PIN 2/2/0',
    'B7: what was made divides with its lot; X4: what is in it is shared');
select is((select string_agg(traveler.json_decimal(i.quantity), ' ' order by i.quantity) from traveler.part_inventory i where i.part_id = test.the('arm') and i.lot_number is null and i.quantity > 1), '4 6', 'as rows of their own');
select is((select count(*) from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id join traveler.run_inventory u on u.part_inventory_id = n.assembly_inventory_id
    where i.part_id = test.the('pin') and n.removed_at is null and u.run_split_id = test.the('split')), 2::bigint, 'serialized ones whole');
select traveler.resolve_installation(n.id, null, jsonb_build_object('assignments', jsonb_build_array(jsonb_build_object('split_id', null, 'quantity', '4'),
    jsonb_build_object('split_id', test.the('split'), 'quantity', '2')))) from traveler.installation n where n.shares > 0;
select is(test.needs(test.the('frames')) || ' | ' || test.needs(test.the('frames'), test.the('split')), 'ARM 6/6/0 NUT 12/4/0 PIN 3/3/0 | ARM 4/4/0 NUT 8/2/0 PIN 2/2/0', 'X5: and resolved into the rows that it may be in');
commit;
begin;
select test.enter('admin');
select test.keep('as is', (traveler.create_disposition_type('{"name": "Good enough", "availability": "available_immediately"}') ->> 'id')::uuid);
select traveler.dispose_issue(test.the('issue'), null, jsonb_build_object('disposition_type_id', test.the('as is')));
select is((traveler.close_split(test.the('split'), null, 'merged', null) ->> 'outcome'), 'merged', 'X7: back on the run');
select is(test.needs(test.the('frames')), 'ARM 10/10/0 NUT 20/6/0 PIN 5/5/0', 'nothing is lost, or counted twice');
commit;
begin;
select test.enter('admin');
select test.install(test.need(test.the('bikes'), test.the('nut')), test.the('nuts'), '2', n.part_inventory_id) from traveler.installation n where n.assembly_inventory_id = test.unit(test.the('bikes'), 'B2') and n.removed_at is null;
select is(test.planned(test.the('bikes'), '{"serial_numbers": ["B2"]}'), 'ARM 2+1 NUT 0+2', 'of serialized units the plan knows what follows');
select test.keep('split 2', test.split(test.the('bikes'), jsonb_build_object('serial_numbers', '["B2"]'::jsonb, 'issue', '{"title": "Torn"}'::jsonb)));
select is(test.needs(test.the('bikes')) || ' | ' || test.needs(test.the('bikes'), test.the('split 2')), 'ARM 2/2/0 NUT 4/0/0 | ARM 1/1/0 NUT 2/2/0', 'X4, B7: what is in a unit follows it, at any depth');
select is(test.tree(test.unit(test.the('bikes'), 'B2')), 'BIKE 1 >ARM 1 >>NUT 2', 'B6: with its tree');
commit;
reset session authorization;
select test.whole();
select * from finish();

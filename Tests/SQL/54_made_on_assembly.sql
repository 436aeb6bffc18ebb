-- Made on assembly: B7 (children that the run makes in its units, at any depth), with B2 (per unit and designator), B3, C1, I2.
\ir support/world.psql
select plan(83);

-- The rows of a part that a run made and that are there now, in some order.
create function test.made(p_run uuid, p_part uuid, p_n integer default 1) returns uuid language sql stable as $$
    select n.part_inventory_id from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
    where n.run_id = p_run and i.part_id = p_part and n.removed_at is null order by n.id offset p_n - 1 limit 1
$$;
create function test.made_in(p_assembly uuid, p_part uuid, p_n integer default 1) returns uuid language sql stable as $$
    select n.part_inventory_id from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
    where n.assembly_inventory_id = p_assembly and i.part_id = p_part and n.removed_at is null order by n.id offset p_n - 1 limit 1
$$;
create function test.quantity_of(p_installation uuid) returns numeric language plpgsql as $$
begin
    return (select n.quantity from traveler.installation n where n.id = p_installation);
end
$$;
create function test.installation_of(p_inventory uuid) returns uuid language sql stable as $$
    select n.id from traveler.installation n where n.part_inventory_id = p_inventory and n.removed_at is null
$$;
create function test.message(p_sql text) returns text language plpgsql as $$
begin
    execute p_sql;
    return 'went through';
exception when others then
    return sqlerrm;
end
$$;
grant execute on all functions in schema test to public;

-- Lines -------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('store', test.location('Store')), test.keep('bench', test.location('Bench'));
select test.keep('rack', test.part('RACK', 'serial')), test.keep('drawer', test.part('DRAWER', 'serial')), test.keep('board', test.part('BOARD', 'serial')),
    test.keep('glue', test.part('GLUE', 'lot')), test.keep('paint', test.part('PAINT')), test.keep('chip', test.part('CHIP', 'serial')), test.keep('screw', test.part('SCREW', 'lot')),
    test.keep('bolt', test.part('BOLT', 'lot')), test.keep('mix', test.part('MIX', 'lot')), test.keep('base', test.part('BASE', 'lot'));
select test.refuses($$ select test.mbom(test.the('rack'), test.line(test.the('drawer'), '2', jsonb_build_object('made_on_assembly', true, 'substitute_part_ids', jsonb_build_array(test.the('board'))))) $$,
    'TV422 B7 made_has_no_substitute', 'what is made on assembly has no substitute');
select test.refuses($$ select test.mbom(test.the('rack'), test.line(test.the('drawer'), '1.5', '{"made_on_assembly": true}')) $$, 'TV422 B7 made_in_whole_units', 'and no half units');
select test.refuses($$ select test.mbom(test.the('rack'), test.line(test.the('glue'), '1.5', '{"made_on_assembly": true}')) $$, 'went through', 'where these have serial numbers');
select test.keep('drawer draft', (traveler.create_mbom(test.the('drawer'), jsonb_build_object('lines', jsonb_build_array(
    test.line(test.the('board'), '1', '{"made_on_assembly": true}'),
    test.line(test.the('screw'), '4', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bolt'))))))) ->> 'id')::uuid);
select test.refuses($$ select test.mbom(test.the('rack'), test.line(test.the('drawer'), '2', '{"made_on_assembly": true}')) $$, 'TV409 B7 made_part_unreleased', 'nor an mBOM that is only a draft');
select test.mbom(test.the('board'), test.line(test.the('chip'), '2', '{"reference_designators": ["U1", "U2"]}'), test.line(test.the('paint'), '0.5'));
select traveler.release_mbom(test.the('drawer draft'), null);
select test.keep('rack mbom', test.mbom(test.the('rack'), test.line(test.the('drawer'), '2', '{"made_on_assembly": true}'), test.line(test.the('glue'), '0.25', '{"made_on_assembly": true}'),
    test.line(test.the('screw'), '3', '{"reference_designators": ["A", "B", "C"]}')));
select is(traveler.mbom_json(test.the('rack mbom')) #> '{lines,0,made_on_assembly}', 'true'::jsonb, 'an mBOM says what is made on assembly');
select test.keep('mix mbom', test.mbom(test.the('mix'), test.line(test.the('base'), '2', '{"made_on_assembly": true}'), test.line(test.the('board'), '1', '{"made_on_assembly": true}')));
select test.mbom(test.the('base'), test.line(test.the('screw'), '3'));
select test.keep('build rack', test.released('Build a rack', test.the('rack'), '[{"title": "Assemble"}]')),
    test.keep('mixing', test.released('Mix', test.the('mix'), '[{"title": "Stir"}]'));
commit;

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('not the owner either: %s', what)) from (values
    ('a released line', $$ update traveler.mbom_line set made_on_assembly = true where part_id = test.the('chip') $$, 'TV409 B1 mbom_not_draft'),
    ('an mBOM over drafts', $$ with m as (insert into traveler.mbom (org_id, id, part_id, version_number) values (test.org_id('acme'), traveler.new_id(), test.the('bolt'), 1), (test.org_id('acme'), traveler.new_id(), test.the('base'), 9)
        returning id, part_id), l as (insert into traveler.mbom_line (org_id, mbom_id, position, part_id, quantity_per_unit, made_on_assembly)
        select test.org_id('acme'), m.id, 1, test.the('bolt'), 1, true from m where m.part_id = test.the('base')) select from m $$, 'went through')) s (what, statement, refusal);
select test.refuses($$ update traveler.mbom set state = 'released', released_at = now() where part_id = test.the('base') and state = 'draft' $$, 'TV409 B7 made_part_unreleased', 'which is not released');
rollback;
begin;
select test.enter_owner();
select test.keep('m', traveler.new_id()), test.keep('l', traveler.new_id());
insert into traveler.mbom (org_id, id, part_id, version_number) values (test.org_id('acme'), test.the('m'), test.the('glue'), 1);
insert into traveler.mbom_line (org_id, id, mbom_id, position, part_id, quantity_per_unit) values (test.org_id('acme'), test.the('l'), test.the('m'), 1, test.the('drawer'), 0.5);
insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id) values (test.org_id('acme'), test.the('m'), test.the('l'), test.the('board'));
select test.refuses($$ update traveler.mbom_line set made_on_assembly = true, quantity_per_unit = 1 where id = test.the('l') $$, 'TV422 B7 made_has_no_substitute', 'a line with substitutes is not made so later');
delete from traveler.mbom_substitute where mbom_id = test.the('m');
select test.refuses($$ update traveler.mbom_line set made_on_assembly = true where id = test.the('l') $$, 'TV422 B7 made_in_whole_units', 'nor one of half units');
update traveler.mbom_line set made_on_assembly = true, quantity_per_unit = 1 where id = test.the('l');
select test.refuses($$ insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id) values (test.org_id('acme'), test.the('m'), test.the('l'), test.the('board')) $$, 'TV422 B7 made_has_no_substitute', 'nor is a substitute added');
rollback;
reset role;

-- A run of serialized units ------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('run', test.run(test.the('build rack'), jsonb_build_object('serial_numbers', array['R1', 'R2', 'R3'], 'location_id', test.the('store'))));
select test.keep('r1', test.unit(test.the('run'), 'R1')), test.keep('r2', test.unit(test.the('run'), 'R2')), test.keep('r3', test.unit(test.the('run'), 'R3'));
select results_eq($$ select p.part_number collate "C", pp.part_number collate "C", q.made_on_assembly, q.quantity_per_unit, q.quantity_per_assembly, q.quantity_needed, q.quantity_installed
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id left join traveler.build_requirement a on a.id = q.parent_id left join traveler.part pp on pp.id = a.part_id
    where q.run_id = test.the('run') order by 2 nulls first, 1 $$, $$ values
    ('DRAWER' collate "C", null::text collate "C", true, 2::numeric, null::numeric, 6::numeric, 6::numeric), ('GLUE', null, true, 0.25, null, 0.75, 0.75), ('SCREW', null, false, 3, null, 9, 0),
    ('CHIP', 'BOARD', false, 4, 2, 12, 0), ('PAINT', 'BOARD', false, 1, 0.5, 3, 0), ('BOARD', 'DRAWER', true, 2, 1, 6, 6), ('SCREW', 'DRAWER', false, 8, 4, 24, 0) $$,
    'a run requires what stands under its children too, at any depth, and has its children from the start');
select results_eq($$ select p.part_number collate "C", i.status, i.quantity, count(*), count(distinct n.assembly_inventory_id) from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
    join traveler.part p on p.id = i.part_id where n.run_id = test.the('run') and n.made_on_assembly group by 1, 2, 3 order by 1 $$, $$ values
    ('BOARD' collate "C", 'installed', 1::numeric, 6::bigint, 6::bigint), ('DRAWER', 'installed', 1, 6, 3), ('GLUE', 'installed', 0.25, 3, 3) $$, 'a row a unit where they have serial numbers, else one in each assembly');
select is_empty($$ select from traveler.part_inventory i where i.part_id in (test.the('drawer'), test.the('board'), test.the('glue')) and i.status <> 'installed' $$, 'none of it is ever stock');
select results_eq($$ select m.kind, count(*) from traveler.inventory_movement m where m.run_id = test.the('run') group by 1 $$, $$ values ('build', 18::bigint) $$, 'the run built it all (I4)');
select is((select count(*) from traveler.installation n where n.run_id = test.the('run') and n.installed_by = 'user:' || test.user_id('admin')), 15::bigint, 'in the name of who made the run');
select is(traveler.inventory_location(test.made(test.the('run'), test.the('board'))), test.the('store'), 'it is where the units are, at any depth (B3)');
select results_eq($$ select a.level, a.part_number collate "C" from traveler.abom(test.the('r1')) a order by 1, 2 $$, $$ values (0, 'RACK' collate "C"), (1, 'DRAWER'), (1, 'DRAWER'), (1, 'GLUE'), (2, 'BOARD'), (2, 'BOARD') $$,
    'the tree of a unit has it');
select is(jsonb_path_query_array(traveler.run_json(test.the('run')), '$.build_requirements[*] ? (@.part_number == "BOARD").made_on_assembly'), '[true]', 'and the run says which');
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('run') and b.kind = 'unit_unidentified'), 15::bigint, 'each waits for its number (C1)');
select test.refuses($$ select traveler.scrap_inventory(test.made(test.the('run'), test.the('drawer')), null, '{"reason": "x"}') $$, 'TV409 B2 installed_is_whole', 'nobody takes it from there as stock');
select test.keep('d1', test.made_in(test.the('r1'), test.the('drawer'))), test.keep('d2', test.made_in(test.the('r1'), test.the('drawer'), 2)), test.keep('d3', test.made_in(test.the('r2'), test.the('drawer')));
select test.keep('b1', n.part_inventory_id) from traveler.installation n where n.assembly_inventory_id = test.the('d1');
select test.keep('b2', n.part_inventory_id) from traveler.installation n where n.assembly_inventory_id = test.the('d2');
select test.keep('need drawer', test.need(test.the('run'), test.the('drawer'))), test.keep('need board', test.need(test.the('run'), test.the('board'))),
    test.keep('need chip', test.need(test.the('run'), test.the('chip'))), test.keep('need paint', test.need(test.the('run'), test.the('paint')));
select test.keep('need screw', q.id) from traveler.build_requirement q where q.run_id = test.the('run') and q.part_id = test.the('screw') and q.parent_id is null;
select test.keep('drawer screw', q.id) from traveler.build_requirement q where q.run_id = test.the('run') and q.part_id = test.the('screw') and q.parent_id is not null;
select test.keep('screws', test.receive(test.the('screw'), '1000', '{"lot_number": "S"}')), test.keep('bolts', test.receive(test.the('bolt'), '10', '{"lot_number": "B"}')),
    test.keep('paints', test.receive(test.the('paint'), '50'));
select test.keep(c, test.receive(test.the('chip'), '1', jsonb_build_object('serial_number', c))) from unnest(array['c1', 'c2', 'c3', 'c4']) c;
select test.keep('stock drawer', test.receive(test.the('drawer'), '1', '{"serial_number": "D0"}'));
commit;

-- What goes into a child ---------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '4') $$, 'TV422 B7 unit_not_named', 'what goes into one of several children names it');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '4', test.the('r1')) $$, 'TV409 B7 assembly_not_made_here', 'it goes into no unit itself');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '4', test.the('b1')) $$, 'TV409 B7 assembly_not_made_here', 'nor into a child of another requirement');
select test.refuses($$ select test.install(test.the('need screw'), test.the('screws'), '1', test.the('d1')) $$, 'TV409 B2 unit_not_on_run', 'nor what is required of the unit into its child');
select test.refuses($$ select test.install(test.the('need drawer'), test.the('stock drawer'), null, test.the('r1')) $$, 'TV409 B2 above_need', 'the children are there already');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '5', test.the('d1')) $$, 'TV409 B2 above_need_of_unit', 'and none holds more than belongs in it');
select is(test.message($$ select test.install(test.the('drawer screw'), test.the('screws'), '5', test.the('d1')) $$), 'Part DRAWER takes 4 of part SCREW; with this there would be 5.', 'in so many words');
select is(test.quantity_of(test.install(test.the('drawer screw'), test.the('screws'), null, test.the('d1'))), 4::numeric, 'what goes in is what belongs there');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), null, test.the('d1')) $$, 'TV409 B2 above_need_of_unit', 'once');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('bolts'), '4', test.the('d2')) $$, 'went through', 'a substitute goes in at depth too');
select test.refuses($$ select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c1'), 'assembly_inventory_id', test.the('b1'), 'reference_designator', 'U9')) $$,
    'TV422 B2 designator_unknown', 'a reference designator is one of the requirement''s');
select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c1'), 'assembly_inventory_id', test.the('b1'), 'reference_designator', 'U1'));
select test.refuses($$ select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c2'), 'assembly_inventory_id', test.the('b1'), 'reference_designator', 'U1')) $$,
    'TV409 B2 designator_full', 'and takes its share in a unit');
select is(test.message($$ select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c2'), 'assembly_inventory_id', test.the('b1'), 'reference_designator', 'U1')) $$),
    'Part BOARD takes 1 of part CHIP at U1; with this there would be 2.', 'in so many words');
select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c2'), 'assembly_inventory_id', test.the('b1'), 'reference_designator', 'U2'));
select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need chip'), 'part_inventory_id', test.the('c3'), 'assembly_inventory_id', test.the('b2'), 'reference_designator', 'U1'));
select is((select array_agg(n.reference_designator order by n.id) from traveler.installation n where n.build_requirement_id = test.the('need chip')), '{U1,U2,U1}', 'each is where it was put');
select test.refuses($$ select test.install(test.the('need screw'), test.the('screws'), '4', test.the('r1')) $$, 'TV409 B2 above_need_of_unit', 'a unit holds no more than belongs in it either');
select test.refuses($$ select test.install(test.the('need screw'), test.the('screws'), '3') $$, 'TV422 B2 unit_not_named', 'where there are designators, the unit is named');
select test.refuses($$ select traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need screw'), 'part_inventory_id', test.the('screws'), 'quantity', '2', 'assembly_inventory_id', test.the('r1'), 'reference_designator', 'A')) $$,
    'TV409 B2 designator_full', 'a quantity at a designator counts');
select is(traveler.install(test.the('run'), jsonb_build_object('build_requirement_id', test.the('need screw'), 'part_inventory_id', test.the('screws'),
    'assembly_inventory_id', test.the('r1'), 'reference_designator', 'A')) ->> 'quantity', '1', 'and with none named it is the share of the place');
select is(test.quantity_of(test.install(test.the('need screw'), test.the('screws'), null, test.the('r1'))), 2::numeric, 'or what is left of the unit''s');
commit;

-- Taking a child out, and back ---------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select traveler.uninstall(test.installation_of(test.the('d1')), null, 'bent') $$, 'TV409 I1 unit_unidentified', 'what has no number yet is no unit of stock');
select test.enter('storekeeper');
select traveler.change_inventory(test.the('d1'), null, '{"serial_number": "D1"}');
select test.enter('technician');
select traveler.uninstall(test.installation_of(test.the('d1')), null, 'bent');
select results_eq($$ select i.status, i.location_id, q.quantity_installed, q.quantity_needed from traveler.part_inventory i, traveler.build_requirement q where i.id = test.the('d1') and q.id = test.the('need drawer') $$,
    $$ values ('available', test.the('store'), 5::numeric, 6::numeric) $$, 'taken out it is an ordinary unit, and needed');
select results_eq($$ select a.level, a.part_number collate "C", a.quantity from traveler.abom(test.the('d1')) a order by 1, 2, 3 $$, $$ values
    (0, 'DRAWER' collate "C", 1::numeric), (1, 'BOARD', 1), (1, 'SCREW', 4), (2, 'CHIP', 1), (2, 'CHIP', 1) $$, 'with its contents');
select is((select sum(q.quantity_installed) from traveler.build_requirement q where q.id in (test.the('drawer screw'), test.the('need chip'))), 11::numeric, 'which the run has installed');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '1', test.the('d1')) $$, 'TV409 B7 assembly_not_made_here', 'it is not the run''s to fill');
select test.refuses($$ select traveler.uninstall(n.id, null, 'x') from traveler.installation n where n.assembly_inventory_id = test.the('d1') limit 1 $$, 'TV409 B7 assembly_taken_out', 'nor to empty');
savepoint stock;
select test.refuses($$ select test.install(test.the('need drawer'), test.the('stock drawer'), null, test.the('r1')) $$, 'went through', 'another drawer may take its place');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '1', test.the('stock drawer')) $$, 'TV409 B7 assembly_not_made_here', 'which was built elsewhere');
rollback to stock;
select test.refuses($$ select test.install(test.the('need drawer'), test.the('d1'), null, test.the('r2')) $$, 'TV409 B2 above_need_of_unit', 'no unit takes a third drawer');
select test.refuses($$ select test.install(test.the('need drawer'), test.the('d1'), null, test.the('r1')) $$, 'went through', 'it can be installed again');
select test.refuses($$ select traveler.uninstall(n.id, null, 'x') from traveler.installation n where n.assembly_inventory_id = test.the('d1') and n.quantity = 4 $$, 'went through', 'and opened again');
select test.refuses($$ select test.install(test.the('drawer screw'), test.the('screws'), '4', test.the('d1')) $$, 'went through', 'and filled');
commit;

-- Moving: one row, all that is in it (B3).
begin;
select test.enter('technician');
select test.start(test.step(test.the('run'), 'Assemble'));
select test.enter('storekeeper');
select traveler.change_inventory(test.the('r1'), null, jsonb_build_object('location_id', test.the('bench')));
select is(traveler.inventory_location(test.the('c1')), test.the('bench'), 'what is in it moves with the unit, at all depths');
select is(traveler.inventory_location(test.the('c3')), test.the('bench'), 'through children that the run made');
commit;

-- Completion ----------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.complete(test.step(test.the('run'), 'Assemble')) $$, 'went through', 'its step done, the run waits');
select results_eq($$ select b.kind, count(*) from traveler.completion_blocker b where b.run_id = test.the('run') group by 1 order by 1 $$,
    $$ values ('requirement_unmet', 4::bigint), ('unit_unidentified', 14) $$, 'for what is missing at each depth, and for numbers');
select test.enter('admin');
select traveler.change_inventory(i.id, null, jsonb_build_object(case when i.part_id = test.the('glue') then 'lot_number' else 'serial_number' end, 'N' || row_number() over (order by i.id)))
from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
where n.run_id = test.the('run') and n.made_on_assembly and n.removed_at is null and i.serial_number is null and i.lot_number is null;
select test.install(q.id, test.the(case when q.id = test.the('need paint') then 'paints' else 'screws' end), null, n.part_inventory_id)
from traveler.installation n join traveler.build_requirement q on q.parent_id = n.build_requirement_id and q.id in (test.the('need paint'), test.the('drawer screw'))
where n.run_id = test.the('run') and n.removed_at is null and q.part_id <> test.the('board')
    and not exists (select from traveler.installation x where x.build_requirement_id = q.id and x.assembly_inventory_id = n.part_inventory_id and x.removed_at is null);
select test.install(test.the('need screw'), test.the('screws'), null, test.the(u)) from unnest(array['r2', 'r3']) u;
select test.install(test.the('need chip'), test.receive(test.the('chip'), '1', jsonb_build_object('serial_number', 'X' || row_number() over (order by n.id, g))), null, n.part_inventory_id)
from traveler.installation n cross join generate_series(1, 2) g
where n.build_requirement_id = test.the('need board') and n.removed_at is null
    and g > (select count(*) from traveler.installation x where x.build_requirement_id = test.the('need chip') and x.assembly_inventory_id = n.part_inventory_id and x.removed_at is null);
select is_empty($$ select * from traveler.completion_blocker b where b.run_id = test.the('run') $$, 'all is there');
select traveler.complete_run(test.the('run'), null, '[]');
select is((select r.status from traveler.run r where r.id = test.the('run')), 'complete', 'and the run completes');
select results_eq($$ select x ->> 'part_number', (x ->> 'made_on_assembly')::boolean, x ->> 'parent_id' is not null, jsonb_array_length(x -> 'installations'), count(i) filter (where (i ->> 'made_on_assembly')::boolean)
    from traveler.as_built_record a, jsonb_array_elements(a.document::jsonb -> 'build_requirements') x left join jsonb_array_elements(x -> 'installations') i on true
    where a.run_id = test.the('run') and x ->> 'part_number' in ('DRAWER', 'BOARD', 'GLUE') group by 1, 2, 3, 4 order by 1 $$, $$ values
    ('BOARD', true, true, 6, 6::bigint), ('DRAWER', true, false, 7, 6), ('GLUE', true, false, 3, 3) $$, 'its as-built record lists what was made on assembly, and what was put back');
select test.refuses($$ select traveler.uninstall(test.installation_of(test.the('d2')), null, 'x') $$, 'TV409 C5 run_completed', 'and locks it');
commit;

-- A run of a lot, and one that is canceled -----------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.refuses($$ select test.run(test.the('mixing'), '{"lot_number": "M0", "quantity": "2.5"}') $$, 'TV422 B7 made_in_whole_units', 'no half unit is made in a lot');
select test.keep('lot run', test.run(test.the('mixing'), '{"lot_number": "M1", "quantity": "5"}'));
select results_eq($$ select p.part_number collate "C", i.quantity, count(*) from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id join traveler.part p on p.id = i.part_id
    where n.run_id = test.the('lot run') and n.assembly_inventory_id = test.unit(test.the('lot run')) group by 1, 2 order by 1 $$, $$ values ('BASE' collate "C", 10::numeric, 1::bigint), ('BOARD', 1, 5) $$,
    'in a lot a lot child is one row, and serialized ones are units');
select is(test.quantity_of(test.install(test.need(test.the('lot run'), test.the('screw')), test.the('screws'))), 30::numeric, 'where there is one, it need not be named');
select traveler.act_on_run('cancel', test.the('lot run'), null, 'no mix');
select results_eq($$ select i.status from traveler.part_inventory i where i.id in (test.unit(test.the('lot run')), test.made(test.the('lot run'), test.the('base'))) order by 1 $$, $$ values ('installed'), ('never_built') $$,
    'of a canceled run what was made is in what was never built');
select test.enter('storekeeper');
select traveler.change_inventory(test.made(test.the('lot run'), test.the('base')), null, '{"lot_number": "BASE1"}');
select test.refuses($$ select traveler.uninstall(test.installation_of(test.made(test.the('lot run'), test.the('base'))), null, 'x') $$, 'TV409 I2 never_built', 'and does not become stock');
rollback;

-- Split off, what was made on assembly goes with its unit (X4) --------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('split run', test.run(test.the('build rack'), '{"serial_numbers": ["P1", "P2", "P3"]}'));
select test.keep('p1', test.unit(test.the('split run'), 'P1')), test.keep('p2', test.unit(test.the('split run'), 'P2'));
select test.keep('pd', test.made_in(test.the('p2'), test.the('drawer')));
select test.keep('pb', test.made_in(test.the('pd'), test.the('board')));
select test.install(test.need(test.the('split run'), test.the('chip')), test.the('c4'), null, test.the('pb'));
select test.install(q.id, test.the('screws'), null, test.the('pd')) from traveler.build_requirement q where q.run_id = test.the('split run') and q.part_id = test.the('screw') and q.parent_id is not null;
select test.keep('issue', (traveler.create_issue('{"title": "Dented"}') ->> 'id')::uuid);
select is(x -> 'installed_split', '"2"', 'the plan counts what was made in the unit') from jsonb_array_elements(traveler.split_facts(test.the('split run'), null, jsonb_build_object('serial_numbers', array['P2'], 'issue_id', test.the('issue'))) -> 'requirements') x
where x ->> 'part_number' = 'BOARD';
select test.keep('split', (traveler.split_run(test.the('split run'), null, null, jsonb_build_object('serial_numbers', array['P2'], 'issue_id', test.the('issue')), '{}') #>> '{split,id}')::uuid);
select results_eq($$ select p.part_number collate "C", pp.part_number collate "C", q.quantity_needed, q.quantity_installed, b.quantity_needed, b.quantity_installed
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id join traveler.build_requirement b on b.id = q.origin_id
    left join traveler.build_requirement a on a.id = q.parent_id and a.run_split_id = q.run_split_id left join traveler.part pp on pp.id = a.part_id
    where q.run_split_id = test.the('split') order by 2 nulls first, 1 $$, $$ values
    ('DRAWER' collate "C", null::text collate "C", 2::numeric, 2::numeric, 4::numeric, 4::numeric), ('GLUE', null, 0.25, 0.25, 0.5, 0.5), ('SCREW', null, 3, 0, 6, 0),
    ('CHIP', 'BOARD', 4, 1, 8, 0), ('PAINT', 'BOARD', 1, 0, 2, 0), ('BOARD', 'DRAWER', 2, 2, 4, 4), ('SCREW', 'DRAWER', 8, 4, 16, 0) $$,
    'its children, and what is in them, are the group''s, each under its own');
select is((select count(*) from traveler.completion_blocker b where b.run_id = test.the('split run') and b.kind = 'unit_unidentified'), 10::bigint, 'and the run waits for the numbers of its own');
select test.refuses($$ select traveler.install_into_split(test.the('split'), jsonb_build_object('build_requirement_id', q.id, 'part_inventory_id', test.the('screws'), 'assembly_inventory_id', test.made_in(test.the('p1'), test.the('drawer'))))
    from traveler.build_requirement q where q.run_split_id = test.the('split') and q.part_id = test.the('screw') and q.parent_id is not null $$, 'TV409 B7 assembly_not_made_here', 'the group''s parts go into its own children');
select test.refuses($$ select traveler.install_into_split(test.the('split'), jsonb_build_object('build_requirement_id', q.id, 'part_inventory_id', test.the('screws'), 'assembly_inventory_id', x.id))
    from traveler.build_requirement q, (select n.part_inventory_id as id from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
        where n.assembly_inventory_id = test.the('p2') and i.part_id = test.the('drawer') and i.id <> test.the('pd')) x
    where q.run_split_id = test.the('split') and q.part_id = test.the('screw') and q.parent_id is not null $$, 'went through', 'which it can fill');
select traveler.dispose_issue(test.the('issue'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Use as is';
commit;
begin;
select test.enter('quality');
select traveler.approve_issue(test.the('issue'), null);
commit;
begin;
select test.enter('engineer');
select traveler.approve_issue(test.the('issue'), null);
commit;
begin;
select test.enter('admin');
select test.refuses($$ select traveler.close_split(test.the('split'), null, 'used_as_is', 'x') $$, 'TV409 X7 unit_unidentified', 'what it made is named before it is used');
select traveler.close_split(test.the('split'), null, 'merged', 'x');
select results_eq($$ select p.part_number collate "C", q.quantity_needed, q.quantity_installed from traveler.build_requirement q join traveler.part p on p.id = q.part_id
    where q.run_id = test.the('split run') and q.run_split_id is null order by 1, 2 $$, $$ values
    ('BOARD' collate "C", 6::numeric, 6::numeric), ('CHIP', 12, 1), ('DRAWER', 6, 6), ('GLUE', 0.75, 0.75), ('PAINT', 3, 0), ('SCREW', 9, 0), ('SCREW', 24, 8) $$, 'merged, all of it is the run''s again');
select is_empty($$ select * from traveler.installation n where n.run_id = test.the('split run') and n.run_split_id is not null and n.removed_at is null $$, 'and none the group''s');
commit;

-- The guards stand without the act --------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('run 2', test.run(test.the('build rack'), '{"serial_numbers": ["S1", "S2"]}'));
select test.keep('s1', test.unit(test.the('run 2'), 'S1')), test.keep('need 2', test.need(test.the('run 2'), test.the('drawer')));
select test.keep('screw 2', q.id) from traveler.build_requirement q where q.run_id = test.the('run 2') and q.part_id = test.the('screw') and q.parent_id is null;
select traveler.change_inventory(test.made(test.the('run 2'), test.the('drawer')), null, '{"serial_number": "T1"}');
select traveler.uninstall(test.installation_of(test.made(test.the('run 2'), test.the('drawer'))), null, 'x');
select test.keep('three', test.receive(test.the('screw'), '4', '{"lot_number": "F"}'));
commit;
reset session authorization;
create function test.made_row(p_row uuid, p_assembly uuid, p_need uuid default null) returns text language sql as $$
    select test.refusal(format($q$ insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, made_on_assembly, installed_by)
        select org_id, run_id, id, %L, %L, 1, true, 'x' from traveler.build_requirement where id = %L $q$, p_row, p_assembly, coalesce(p_need, test.the('need 2'))))
$$;
set role traveler_owner;
begin;
select test.enter_owner();
select is(test.made_row(test.the('stock drawer'), test.the('s1')), 'TV409 B7 made_with_the_run', 'not the owner either: nothing from stock was made on assembly');
select is(test.made_row(i.id, test.the('s1')), 'TV409 B7 made_with_the_run', 'nor what was, a second time') from traveler.part_inventory i where i.serial_number = 'T1';
select test.refuses(format($$ update traveler.installation set %s, removed_at = now(), removal_reason = 'x' where part_inventory_id = %L and removed_at is null $$, change, test.made(test.the('run 2'), test.the('drawer'))),
    'TV409 B4 installation_fixed', format('%s is no removal', change)) from unnest(array['made_on_assembly = false', 'reference_designator = ''A''']) change;
select test.refuses(format($$ update traveler.build_requirement set %s where id = test.the('screw 2') $$, change), 'TV409 P2 run_is_a_copy', format('%s is no run''s definition', change))
from unnest(array['made_on_assembly = true', 'parent_id = test.the(''need 2''), quantity_per_assembly = 1']) change;
select test.refuses($$ insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, installed_by)
    select org_id, run_id, id, test.the('three'), test.the('s1'), 4, 'x' from traveler.build_requirement where id = test.the('screw 2') $$, 'TV409 B2 above_need_of_unit', 'a unit is not filled above its need by hand');
select test.refuses($$ update traveler.installation set removed_at = now(), removal_reason = 'x' where assembly_inventory_id = (select i.id from traveler.part_inventory i where i.serial_number = 'T1') $$,
    'TV409 B7 assembly_taken_out', 'nor what was taken out emptied');
select test.refuses(format($$ update traveler.installation set removed_at = now(), removal_reason = 'x' where part_inventory_id = %L $$, test.made(test.the('run 2'), test.the('drawer'))),
    'TV409 I1 unit_unidentified', 'nor taken out without a number');
commit;
reset role;
select test.whole();
select * from finish();

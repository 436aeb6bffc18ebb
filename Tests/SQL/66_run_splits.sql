-- X1-X9: units split off a run, what they need, what they share and what becomes of them. First the worked example: 5 units, per unit 3 A,
-- 2 B and 1 C; 2 A and 1 B are installed; 2 units are split off.
\ir support/world.psql
select plan(117);

create function test.issue(p_title text, p_extra jsonb default '{}') returns uuid
language sql as $$ select (traveler.create_issue(jsonb_build_object('title', p_title) || p_extra) ->> 'id')::uuid $$;
create function test.dispose(p_issue uuid, p_name text) returns void language plpgsql as $$
begin
    perform traveler.dispose_issue(p_issue, null, jsonb_build_object('disposition_type_id',
        (select t.id from traveler.disposition_type t where t.name = p_name and t.archived_at is null)));
end
$$;
create function test.split(p_run uuid, p_request jsonb, p_from uuid default null, p_allocation jsonb default '{}') returns uuid
language sql as $$ select (traveler.split_run(p_run, p_from, null, p_request, p_allocation) -> 'split' ->> 'id')::uuid $$;
-- The requirement of a group for a part; of the run, for no group.
create function test.group_need(p_run uuid, p_split uuid, p_part uuid) returns uuid
language sql stable as $$ select q.id from traveler.build_requirement q where q.run_id = p_run and q.part_id = p_part and q.run_split_id is not distinct from p_split $$;
create function test.side(q traveler.build_requirement) returns jsonb language sql stable security definer as $$ select traveler_private.split_side_json(q) $$;
-- needed/installed/shared/can still be given, of each of a group's requirements, by part number.
create function test.needs(p_run uuid, p_split uuid default null) returns text
language sql stable as $$
    select string_agg(format('%s %s/%s/%s/%s', p.part_number, traveler.json_decimal(q.quantity_needed), traveler.json_decimal(q.quantity_installed),
        traveler.json_decimal(q.quantity_shared), s.side ->> 'open'), ' ' order by p.part_number)
    from traveler.build_requirement q join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
    cross join lateral (select test.side(q) as side) s
    where q.run_id = p_run and q.run_split_id is not distinct from p_split
$$;
create function test.group_row(p_split uuid) returns uuid
language sql stable as $$ select i.part_inventory_id from traveler.run_inventory i where i.run_split_id = p_split $$;
create function test.feed(p_split uuid, p_part uuid, p_inventory uuid, p_quantity text, p_assembly uuid default null) returns uuid
language sql as $$
    select (traveler.install_into_split(p_split, jsonb_strip_nulls(jsonb_build_object('build_requirement_id',
        test.group_need((select s.run_id from traveler.run_split s where s.id = p_split), p_split, p_part), 'part_inventory_id', p_inventory,
        'quantity', p_quantity, 'assembly_inventory_id', p_assembly))) ->> 'id')::uuid
$$;
create function test.resolve(p_installation uuid, variadic p_assignments jsonb[]) returns jsonb
language sql as $$ select traveler.resolve_installation(p_installation, null, jsonb_build_object('assignments', to_jsonb(p_assignments))) $$;
create function test.to(p_split uuid, p_quantity text default null, p_unit uuid default null) returns jsonb
language sql as $$ select jsonb_build_object('split_id', p_split) || jsonb_strip_nulls(jsonb_build_object('quantity', p_quantity, 'assembly_inventory_id', p_unit)) $$;
create function test.close(p_split uuid, p_outcome text, p_reason text default null) returns text
language sql as $$ select traveler.close_split(p_split, null, p_outcome, p_reason) ->> 'outcome' $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('a', test.part('A', 'lot')), test.keep('b', test.part('B', 'lot')), test.keep('c', test.part('C')), test.keep('cake', test.part('CAKE', 'lot'));
select test.mbom(test.the('cake'), test.line(test.the('a'), '3'), test.line(test.the('b'), '2'), test.line(test.the('c'), '1'));
select test.keep('procedure', test.released('Bake', test.the('cake'), '[{"key": "mix", "title": "Mix"}, {"title": "Bake", "after": ["mix"]}]'));
select test.keep('good', test.location('Good place')), test.keep('bad', test.location('Bad place'));
select test.keep('run', test.run(test.the('procedure'), jsonb_build_object('quantity', '5', 'lot_number', 'K1', 'location_id', test.the('good'))));
select test.keep('lot a', test.receive(test.the('a'), '100', '{"lot_number": "LA"}')), test.keep('lot b', test.receive(test.the('b'), '100', '{"lot_number": "LB"}')),
    test.keep('c stock', test.receive(test.the('c'), '100'));
select test.keep('2 a', test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '2')),
    test.keep('1 b', test.install(test.need(test.the('run'), test.the('b')), test.the('lot b'), '1'));
select test.work(test.step(test.the('run'), 'Mix'));
select test.keep('burnt', test.issue('Burnt', jsonb_build_object('run_id', test.the('run'))));
commit;

begin;
select test.enter('admin');
select is((select string_agg(format('%s %s', r ->> 'part_number', r ->> 'needed'), ' ' order by r ->> 'part_number') from jsonb_array_elements(
    traveler.split_facts(test.the('run'), null, '{"quantity": "2", "issue": {"title": "Scratches"}}') -> 'requirements') r), 'A 15 B 10 C 5', 'a split is planned from what the run needs');
select test.keep('split', test.split(test.the('run'), jsonb_build_object('quantity', '2', 'issue_id', test.the('burnt'), 'location_id', test.the('bad'))));
select is(test.needs(test.the('run')), 'A 9/0/2/9 B 6/0/1/6 C 3/0/0/3', 'X2: the three that go on need 9, 6 and 3');
select is(test.needs(test.the('run'), test.the('split')), 'A 6/0/2/6 B 4/0/1/4 C 2/0/0/2', 'and the two that were split off 6, 4 and 2; X4: what is installed is shared');
select is((select traveler.json_decimal(r.quantity) from traveler.run r where r.id = test.the('run')), '3', 'the run is of 3 now');
select is((select format('%s %s %s %s', traveler.json_decimal(i.quantity), i.status, i.lot_number, l.name) from traveler.part_inventory i join traveler.location l on l.id = i.location_id
    where i.id = test.group_row(test.the('split'))), '2 unavailable K1 Bad place', 'X1: the units are a row of their own, on the issue, at the other place');
select is((select string_agg(p ->> 'title', ' ') from jsonb_array_elements(traveler.split_json(test.the('split')) -> 'passed_steps') p), 'Mix', 'X9: with how far they came');
select is((select count(*) from traveler.installation n where n.run_id = test.the('run') and n.removed_at is null), 2::bigint, 'X4: and the installed ones count once');
select is((select string_agg(b ->> 'kind', ' ' order by b ->> 'kind') from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'completion_blockers') b
    where b ->> 'kind' like 'inst%'), 'installation_shared installation_shared', 'X5: which keeps the run from completing');
select test.refuses($$ select test.close(test.the('split'), 'scrapped', 'Burnt.') $$, 'TV409 X7 disposition_missing', 'a group waits for its issue''s disposition');
select test.dispose(test.the('burnt'), 'Scrap');
commit;
begin;
select test.enter('quality');
select traveler.approve_issue(test.the('burnt'), null);
select test.refuses($$ select test.close(test.the('split'), 'scrapped', 'Burnt.') $$, 'TV409 X5 installation_shared', 'and for what it shares');
select test.refuses($$ select test.close(test.the('split'), 'used_as_is', 'Tasty.') $$, 'TV409 X7 disposition_differs', 'and comes to nothing that the disposition does not say');
commit;

-- X3: each group is fed on its own, as far as some resolution keeps all within their needs.
begin;
select test.enter('admin');
select test.keep('fed', test.feed(test.the('split'), test.the('a'), test.the('lot a'), '5'));
select is(test.needs(test.the('run'), test.the('split')), 'A 6/5/2/1 B 4/0/1/4 C 2/0/0/2', 'the group is fed');
select test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '8');
select is(test.needs(test.the('run')), 'A 9/8/2/0 B 6/0/1/6 C 3/0/0/3', 'so is the run: 15 are there');
select test.refuses($$ select test.feed(test.the('split'), test.the('a'), test.the('lot a'), '1') $$, 'TV409 B2 above_need', 'and no more may come');
rollback;
begin;
select test.enter('admin');
select test.feed(test.the('split'), test.the('a'), test.the('lot a'), '6');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(test.the('split'))) $$, 'TV409 X5 above_need', 'X5: a full group is given nothing');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null, '1'), test.to(test.the('split'), '0.5')) $$, 'TV409 X5 resolution_incomplete', 'a resolution is of all that is installed');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null, '1.5'), test.to(test.the('split'), '0.5')) $$, 'TV409 X5 fraction_of_a_unit', 'in whole units');
select test.resolve(test.the('2 a'), test.to(null));
select is(test.needs(test.the('run')), 'A 9/2/0/7 B 6/0/1/6 C 3/0/0/3', 'given to the run, it counts there');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null)) $$, 'TV409 X5 not_shared', 'and is not resolved again');
rollback;
begin;
select test.enter('admin');
select test.resolve(test.the('2 a'), test.to(null, '1'), test.to(test.the('split'), '1'));
select is(test.needs(test.the('run')) || ' | ' || test.needs(test.the('run'), test.the('split')), 'A 9/1/0/8 B 6/0/1/6 C 3/0/0/3 | A 6/1/0/5 B 4/0/1/4 C 2/0/0/2',
    'X5: one A for each');
select is((select string_agg(format('%s in %s', traveler.json_decimal(n.quantity), traveler.json_decimal(a.quantity)), ', ' order by a.quantity) from traveler.installation n
    join traveler.part_inventory a on a.id = n.assembly_inventory_id join traveler.part_inventory i on i.id = n.part_inventory_id
    where n.run_id = test.the('run') and n.removed_at is null and i.part_id = test.the('a')), '1 in 2, 1 in 3', 'each in the row of its group');
select test.resolve(test.the('1 b'), test.to(test.the('split')));
select is(test.needs(test.the('run')) || ' | ' || test.needs(test.the('run'), test.the('split')), 'A 9/1/0/8 B 6/0/0/6 C 3/0/0/3 | A 6/1/0/5 B 4/1/0/3 C 2/0/0/2', 'and the B for the group');
select is(test.close(test.the('split'), 'scrapped', 'Burnt.'), 'scrapped', 'X7: then it is scrapped');
select is((select format('%s %s %s', traveler.json_decimal(i.quantity), traveler.json_decimal(i.quantity_scrapped), i.status) from traveler.part_inventory i
    where i.id = test.group_row(test.the('split'))), '0 2 scrapped', 'both units');
commit;

-- Serialized units: what names a unit follows it; what went into the run as a whole is shared, and a split of a split shares it on.
begin;
select test.enter('admin');
select test.keep('cart', test.part('CART', 'serial')), test.keep('axle', test.part('AXLE', 'serial'));
select test.mbom(test.the('cart'), test.line(test.the('a'), '3'), test.line(test.the('b'), '2'), test.line(test.the('axle'), '1'));
select test.keep('carts', test.released('Build carts', test.the('cart'), '[{"title": "One"}, {"title": "Two"}, {"title": "Three"}]'));
select test.keep('run 2', test.run(test.the('carts'), '{"serial_numbers": ["C1", "C2", "C3", "C4", "C5"]}'));
select test.keep('c' || n, test.unit(test.the('run 2'), 'C' || n)) from generate_series(1, 5) n;
select test.keep('x' || n, test.receive(test.the('axle'), '1', jsonb_build_object('serial_number', 'X' || n))) from generate_series(1, 5) n;
select test.keep('axle in c1', test.install(test.need(test.the('run 2'), test.the('axle')), test.the('x1'), '1', test.the('c1')));
select test.keep('a in c5', test.install(test.need(test.the('run 2'), test.the('a')), test.the('lot a'), '3', test.the('c5')));
select test.keep('a in all', test.install(test.need(test.the('run 2'), test.the('a')), test.the('lot a'), '6')), test.keep('b in all', test.install(test.need(test.the('run 2'), test.the('b')), test.the('lot b'), '10'));
select test.work(test.step(test.the('run 2'), 'One'));
select test.keep('reserved', (traveler.reserve_inventory(test.the('lot a'), null, jsonb_build_object('run_id', test.the('run 2'), 'quantity', '7')) ->> 'id')::uuid);
select test.keep('bent', test.issue('Bent', jsonb_build_object('run_id', test.the('run 2'))));
select traveler.except_requirement(test.need(test.the('run 2'), test.the('axle')), jsonb_build_object('issue_id', test.the('bent'), 'quantity', '2', 'reason', 'None left.'));
commit;
begin;
select test.enter('admin');
select is(test.needs(test.the('run 2')), 'A 15/9/0/6 AXLE 5/1/0/2 B 10/10/0/0', 'before');
select test.refuses(s.statement, s.refusal, 'X1: ' || s.what) from (values
    ('a serial that is not on the run', $$ select test.split(test.the('run 2'), jsonb_build_object('serial_numbers', '["C1", "C9"]'::jsonb, 'issue_id', test.the('bent'))) $$, 'TV409 X1 unit_not_on_run'),
    ('another run''s unit', $$ select test.split(test.the('run 2'), jsonb_build_object('part_inventory_ids', jsonb_build_array(test.unit(test.the('run'))), 'issue_id', test.the('bent'))) $$, 'TV409 X1 unit_not_on_run'),
    ('all of them', $$ select test.split(test.the('run 2'), jsonb_build_object('serial_numbers', '["C1", "C2", "C3", "C4", "C5"]'::jsonb, 'issue_id', test.the('bent'))) $$, 'TV409 X1 split_is_a_part'),
    ('by quantity', $$ select test.split(test.the('run 2'), jsonb_build_object('quantity', '2', 'issue_id', test.the('bent'))) $$, 'TV422 X1 units_not_named'),
    ('none', $$ select test.split(test.the('run 2'), jsonb_build_object('serial_numbers', '[]'::jsonb, 'issue_id', test.the('bent'))) $$, 'TV422 X1 units_not_named'),
    ('a lot by serial', $$ select test.split(test.the('run'), jsonb_build_object('serial_numbers', '["C1"]'::jsonb, 'issue_id', test.the('burnt'))) $$, 'TV409 X1 unit_not_on_run'),
    ('all of a lot', $$ select test.split(test.the('run'), jsonb_build_object('quantity', '3', 'issue_id', test.the('burnt'))) $$, 'TV409 X1 split_is_a_part'),
    ('a fraction of a unit', $$ select test.split(test.the('run'), jsonb_build_object('quantity', '0.5', 'issue_id', test.the('burnt'))) $$, 'TV422 X1 fraction_of_a_unit'),
    ('nothing of a lot', $$ select test.split(test.the('run'), jsonb_build_object('quantity', '0', 'issue_id', test.the('burnt'))) $$, 'TV422 I4 quantity_invalid'),
    ('without an issue', $$ select test.split(test.the('run'), jsonb_build_object('quantity', '1')) $$, 'TV422 X1 issue_missing'),
    ('onto no such issue', $$ select test.split(test.the('run'), jsonb_build_object('quantity', '1', 'issue_id', traveler.new_id())) $$, 'TV404 T1 issue_unknown'),
    ('of no such run', $$ select test.split(traveler.new_id(), jsonb_build_object('quantity', '1', 'issue_id', test.the('burnt'))) $$, 'TV404 T1 run_unknown'),
    ('of a closed group', $$ select test.split(null, jsonb_build_object('quantity', '1', 'issue_id', test.the('burnt')), test.the('split')) $$, 'TV409 X7 split_closed')) s (what, statement, refusal);
-- By what Swift would decide: of 7 reserved, 2 of 5 is 2; of 2 excepted, none.
select test.keep('split 2', test.split(test.the('run 2'), jsonb_build_object('serial_numbers', '["C4", "C5"]'::jsonb, 'issue_id', test.the('bent'), 'reason', 'Bent.'), null,
    jsonb_build_object('reserved', jsonb_build_array(jsonb_build_object('part_inventory_id', test.the('reserved'), 'quantity', '2')))));
select is(test.needs(test.the('run 2')), 'A 9/0/6/6 AXLE 3/1/0/0 B 6/0/10/0', 'X2, X4: of the three');
select is(test.needs(test.the('run 2'), test.the('split 2')), 'A 6/3/6/3 AXLE 2/0/0/2 B 4/0/10/0', 'and of the two: what names a unit followed it');
select is((select string_agg(format('%s %s', traveler.json_decimal(i.quantity), i.reserved_split_id is not null), ', ' order by i.quantity) from traveler.part_inventory i
    where i.reserved_run_id = test.the('run 2')), '2 t, 5 f', 'X6: reserved stock follows in proportion, never below a unit');
select is((select string_agg(i.status, ' ' order by i.serial_number) from traveler.part_inventory i where i.part_id = test.the('cart')),
    'work_in_progress work_in_progress work_in_progress unavailable unavailable', 'I2: the units on the issue are unavailable');
select test.refuses($$ select test.feed(test.the('split 2'), test.the('a'), (select i.id from traveler.part_inventory i where i.reserved_run_id = test.the('run 2') and i.reserved_split_id is null), '1', test.the('c4')) $$,
    'TV409 X6 inventory_unavailable', 'X6: what is kept for the others is not the group''s');
select test.refuses($$ select test.feed(test.the('split 2'), test.the('a'), test.the('lot a'), '1', test.the('c1')) $$, 'TV409 B2 unit_not_on_run', 'a unit that stayed is not fed as one of the group');
select test.refuses($$ select test.install(test.need(test.the('run 2'), test.the('axle')), test.the('x2'), '1', test.the('c4')) $$, 'TV409 B2 above_need', 'nor one that went as one of the run');
-- A split of a split.
select test.keep('split 3', test.split(null, jsonb_build_object('serial_numbers', '["C5"]'::jsonb, 'issue', '{"title": "Bent and torn"}'::jsonb), test.the('split 2')));
select is(test.needs(test.the('run 2')) || ' | ' || test.needs(test.the('run 2'), test.the('split 2')) || ' | ' || test.needs(test.the('run 2'), test.the('split 3')),
    'A 9/0/6/6 AXLE 3/1/0/0 B 6/0/10/0 | A 3/0/6/3 AXLE 1/0/0/1 B 2/0/10/0 | A 3/3/6/0 AXLE 1/0/0/1 B 2/0/10/0', 'X7: splits nest, and share on');
select is((select n.shares from traveler.installation n where n.id = test.the('b in all')), 2, 'between three groups');
select test.resolve(test.the('b in all'), test.to(null, '6'), test.to(test.the('split 2'), '2', test.the('c4')), test.to(test.the('split 3'), '2'));
select is((select string_agg(format('%s in %s', traveler.json_decimal(n.quantity), coalesce(a.serial_number, 'all')), ', ' order by n.quantity desc, a.serial_number) from traveler.installation n
    left join traveler.part_inventory a on a.id = n.assembly_inventory_id where n.origin_id = test.the('b in all')), '6 in all, 2 in C4, 2 in C5',
    'X5: resolved in quantities; a group of one unit names it');
select test.refuses($$ select test.close(test.the('split 3'), 'merged') $$, 'TV409 X7 disposition_missing', 'X7: what becomes of units is for the issue to say');
select traveler.uninstall(test.the('a in all'), null, 'Wrong lot.');
select is(test.needs(test.the('run 2')) || ' | ' || test.needs(test.the('run 2'), test.the('split 2')) || ' | ' || test.needs(test.the('run 2'), test.the('split 3')),
    'A 9/0/0/9 AXLE 3/1/0/0 B 6/6/0/0 | A 3/0/0/3 AXLE 1/0/0/1 B 2/2/0/0 | A 3/3/0/0 AXLE 1/0/0/1 B 2/2/0/0', 'X4: uninstalling what is shared takes it from all');
commit;

-- Back onto the run, or not.
begin;
select test.enter('admin');
select test.dispose((select s.issue_id from traveler.run_split s where s.id = test.the('split 3')), 'Use as is'), test.dispose(test.the('bent'), 'Rework');
commit;
begin;
select test.enter('quality');
select traveler.approve_issue((select s.issue_id from traveler.run_split s where s.id = test.the('split 3')), null);
commit;
begin;
select test.enter('engineer');
select traveler.approve_issue(s.issue_id, null) from traveler.run_split s where s.id in (test.the('split 2'), test.the('split 3'));
commit;
begin;
select test.enter('admin');
select test.work(test.step(test.the('run 2'), 'Two'));
select test.refuses($$ select test.close(test.the('split 3'), 'merged') $$, 'TV409 X9 step_not_passed', 'X9: units that lag behind don''t merge');
select is((select string_agg(format('%s %s', serial, steps), ', ' order by serial) from (select p.serial_number as serial, string_agg(p.title, '+' order by p.title) as steps
    from traveler.unit_progress(test.the('run 2')) p group by 1) x), 'C1 One+Two, C2 One+Two, C3 One+Two, C4 One, C5 One', 'X9: each unit has its own progress');
rollback;
begin;
select test.enter('admin');
select is(test.close(test.the('split 3'), 'merged'), 'merged', 'X7: a split of a split merges with the run');
select is(test.needs(test.the('run 2')) || ' | ' || test.needs(test.the('run 2'), test.the('split 2')), 'A 12/3/0/9 AXLE 4/1/0/1 B 8/8/0/0 | A 3/0/0/3 AXLE 1/0/0/1 B 2/2/0/0',
    'with what it needs and has');
select is(test.close(test.the('split 2'), 'merged'), 'merged', 'and so does the other');
select is(test.needs(test.the('run 2')), 'A 15/3/0/12 AXLE 5/1/0/2 B 10/10/0/0', 'X7: nothing is lost, or counted twice');
select is((select string_agg(i.status, ' ' order by i.serial_number) from traveler.part_inventory i where i.part_id = test.the('cart')),
    'work_in_progress work_in_progress work_in_progress work_in_progress work_in_progress', 'all are on the run again');
select is((select count(*) from traveler.part_inventory i where i.reserved_run_id = test.the('run 2') and i.reserved_split_id is null), 2::bigint, 'what was kept for the group is kept for the run');
rollback;
begin;
select test.enter('admin');
select is(test.close(test.the('split 3'), 'used_as_is', 'It carries.'), 'used_as_is', 'X7: used as it is');
select is((select i.status from traveler.part_inventory i where i.id = test.the('c5')), 'available', 'it is stock');
select test.refuses($$ select test.close(test.the('split 3'), 'merged') $$, 'TV409 X7 split_closed', 'and is no group any more');
select test.refuses($$ select test.feed(test.the('split 3'), test.the('axle'), test.the('x2'), '1', test.the('c5')) $$, 'TV409 X9 split_closed', 'nothing is installed into it');
select test.refuses($$ select traveler.uninstall(test.the('a in c5'), null, 'x') $$, 'TV409 X9 split_closed', 'or taken out');
select is(test.needs(test.the('run 2')), 'A 9/0/0/9 AXLE 3/1/0/0 B 6/6/0/0', 'the run is of three');
commit;

-- I4: scrapping all that a run builds cancels its open steps in the same act.
begin;
select test.enter('admin');
select test.refuses($$ select traveler.scrap_run(test.the('run'), null, '{}') $$, 'TV422 I4 reason_missing', 'I4: scrapping a run needs a reason');
select traveler.scrap_run(test.the('run 2'), null, '{"reason": "Dropped."}');
select is((select string_agg(s.state, ' ' order by s.title) from traveler.run_step s where s.run_id = test.the('run 2')), 'completed canceled canceled', 'a run is scrapped whole');
select is((select string_agg(i.status, ' ' order by i.serial_number) from traveler.part_inventory i where i.part_id = test.the('cart')),
    'scrapped scrapped scrapped unavailable available', 'what it builds is scrapped, what was split off is not');
rollback;
reset session authorization;

-- By psql ------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied($$ insert into traveler.run_split (org_id) values (traveler.current_org()) $$, 'the service writes no split');
select test.denied($$ update traveler.run_inventory set run_split_id = null $$, 'nor whose a unit is');
select test.denied($$ insert into traveler.installation_resolution (org_id) values (traveler.current_org()) $$, 'nor a resolution');
commit;
reset session authorization;
-- The rules whose violations show after a change around the guards.
create function test.shows(p_statement text) returns text language plpgsql as $$
declare
    v_rules text;
begin
    execute p_statement;
    select string_agg(distinct v.rule, ' ' order by v.rule) into v_rules from traveler.integrity_violations v;
    raise exception using errcode = 'TVUND';
exception when sqlstate 'TVUND' then
    return v_rules;
end $$;
create function test.split_row(p_run uuid, p_from uuid, p_quantity numeric, p_units uuid[], p_issue uuid, p_allocation jsonb default '{}') returns uuid language sql as $$
    insert into traveler.run_split (org_id, run_id, number, parent_id, issue_id, quantity, part_inventory_ids, allocation, created_by)
    values (test.org_id('acme'), p_run, 7, p_from, p_issue, p_quantity, p_units, p_allocation, 'x') returning id
$$;
create function test.resolution(p_installation uuid, p_need uuid, p_quantity numeric) returns text language sql as $$
    select format('insert into traveler.installation_resolution (org_id, run_id, installation_id, build_requirement_id, quantity, resolved_by)
        select n.org_id, n.run_id, n.id, %L, %s, ''x'' from traveler.installation n where n.id = %L', p_need, p_quantity, p_installation)
$$;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('b again', test.install(test.need(test.the('run'), test.the('b')), test.the('lot b'), '2'));
select test.keep('torn', test.issue('Torn'));
select traveler.reserve_inventory(test.the('lot b'), null, jsonb_build_object('run_id', test.the('run'), 'quantity', '3', 'kit_name', 'K'));
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('all of a lot', $$ select test.split_row(test.the('run'), null, 3, '{}', test.the('torn')) $$, 'TV409 X1 split_is_a_part'),
    ('a fraction', $$ select test.split_row(test.the('run'), null, 1.5, '{}', test.the('torn')) $$, 'TV422 X1 fraction_of_a_unit'),
    ('by more units than there are', $$ select test.split_row(test.the('run 2'), null, 1, array[test.the('c1'), test.the('c1')], test.the('torn')) $$, 'TV409 X1 unit_not_on_run'),
    ('a unit that was split off before', $$ select test.split_row(test.the('run 2'), null, 1, array[test.the('c4')], test.the('torn')) $$, 'TV409 X1 unit_not_on_run'),
    ('off a closed group', $$ select test.split_row(test.the('run'), test.the('split'), 1, '{}', test.the('torn')) $$, 'TV409 X7 split_closed'),
    ('off another run''s group', $$ select test.split_row(test.the('run'), test.the('split 2'), 1, '{}', test.the('torn')) $$, 'TV404 T1 split_unknown'),
    ('one that starts closed', $$ insert into traveler.run_split (org_id, run_id, number, issue_id, quantity, created_by, outcome, closed_by, closed_at)
        values (test.org_id('acme'), test.the('run'), 7, test.the('torn'), 1, 'x', 'merged', 'x', now()) $$, 'TV409 X9 split_starts_open'),
    ('more of the reserved than is the group''s', $$ select test.split_row(test.the('run'), null, 1, '{}', test.the('torn'), jsonb_build_object('reserved',
        (select jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'quantity', 2)) from traveler.part_inventory i where i.reserved_run_id = test.the('run')))) $$, 'TV409 X6 reserved_out_of_proportion'),
    ('what is reserved for another', $$ select test.split_row(test.the('run'), null, 1, '{}', test.the('torn'), jsonb_build_object('reserved',
        (select jsonb_agg(jsonb_build_object('part_inventory_id', i.id, 'quantity', 1)) from traveler.part_inventory i where i.reserved_run_id = test.the('run 2') and i.reserved_split_id is null))) $$,
        'TV409 X6 not_reserved'),
    ('what a group is of', $$ update traveler.run_split set quantity = 4 where id = test.the('split 2') $$, 'TV409 X2 derived'),
    ('its issue', $$ update traveler.run_split set issue_id = test.the('torn') where id = test.the('split 2') $$, 'TV409 Y1 identity_fixed'),
    ('an outcome that the disposition does not admit', $$ update traveler.run_split set outcome = 'scrapped', outcome_reason = 'x' where id = test.the('split 2') $$, 'TV409 X7 disposition_differs'),
    ('a closed one opened', $$ update traveler.run_split set outcome = null, outcome_reason = null, closed_by = null, closed_at = null where id = test.the('split') $$, 'TV409 X7 split_closed'),
    ('a step passed', $$ insert into traveler.run_split_step (org_id, run_id, run_split_id, run_step_id, attempt, completed_at)
        select s.org_id, s.run_id, test.the('split 2'), s.id, 1, now() from traveler.run_step s where s.run_id = test.the('run 2') and s.title = 'Two' $$, 'TV409 X9 derived'),
    ('a unit''s group', $$ update traveler.run_inventory set run_split_id = null where run_split_id = test.the('split 2') $$, 'TV409 I3 derived'),
    ('a row''s group', $$ update traveler.part_inventory set run_split_id = null where run_split_id = test.the('split 2') $$, 'TV409 I2 derived'),
    ('what is kept for a group', $$ update traveler.part_inventory set reserved_split_id = null where reserved_split_id = test.the('split 2') $$, 'TV409 I2 derived'),
    ('a need', $$ update traveler.build_requirement set quantity_needed = quantity_needed + 1 where run_split_id = test.the('split 2') $$, 'TV409 B2 derived'),
    ('what is shared', $$ update traveler.build_requirement set quantity_shared = 0 where run_id = test.the('run 2') $$, 'TV409 B2 derived'),
    ('a share', $$ insert into traveler.installation_share (org_id, run_id, installation_id, build_requirement_id)
        select n.org_id, n.run_id, n.id, test.group_need(n.run_id, test.the('split 2'), test.the('b')) from traveler.installation n where n.origin_id = test.the('b in all') limit 1 $$, 'TV409 X4 derived'),
    ('whose an installation is', $$ update traveler.installation set run_split_id = test.the('split 2') where id = test.the('axle in c1') $$, 'TV409 B4 installation_fixed'),
    ('how many share it', $$ update traveler.installation set shares = 1 where id = test.the('axle in c1') $$, 'TV409 B4 installation_fixed'),
    ('an installation that continues another', $$ insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, origin_id, installed_by)
        select n.org_id, n.run_id, n.build_requirement_id, test.the('x2'), test.the('c2'), 1, n.id, 'x' from traveler.installation n where n.id = test.the('axle in c1') $$, 'TV409 X5 installation_starts_anew'),
    ('a resolution of what is not shared', test.resolution(test.the('axle in c1'), test.need(test.the('run 2'), test.the('axle')), 1), 'TV409 X5 not_shared'),
    ('a unit of the run moved by hand', $$ insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason)
        values (test.org_id('acme'), 'scrap', test.the('c1'), 1, 'x') $$, 'TV409 I3 inventory_on_run'),
    ('one scrapped while its run goes on', $$ insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason, run_id)
        values (test.org_id('acme'), 'scrap', test.the('c1'), 1, 'x', test.the('run 2')) $$, 'TV409 I4 inventory_on_run'),
    ('one of a group scrapped by hand', $$ insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason)
        values (test.org_id('acme'), 'scrap', test.the('c4'), 1, 'x') $$, 'TV409 X9 inventory_on_split')) s (what, statement, refusal);
-- The row alone is the whole split, with its effects.
select test.keep('by hand', test.split_row(test.the('run'), null, 1, '{}', test.the('torn')));
select is(test.needs(test.the('run')) || ' | ' || test.needs(test.the('run'), test.the('by hand')), 'A 6/0/1/6 B 4/0/2/4 C 2/0/0/2 | A 3/0/1/3 B 2/0/2/2 C 1/0/0/1', 'a row in run_split is the split, whoever adds it');
select is((select s.number || ' ' || s.created_by from traveler.run_split s where s.id = test.the('by hand')), '2 system:story', 'with its number and who it was');
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('a resolution of a part', test.resolution(test.the('b again'), test.need(test.the('run'), test.the('b')), 1), 'TV409 X5 resolution_incomplete'),
    ('of more', test.resolution(test.the('b again'), test.need(test.the('run'), test.the('b')), 3), 'TV409 X5 resolution_incomplete'),
    ('to a closed group', test.resolution(test.the('b again'), test.group_need(test.the('run'), test.the('split'), test.the('b')), 2), 'TV409 X5 group_not_sharing'),
    ('to another requirement', test.resolution(test.the('b again'), test.need(test.the('run'), test.the('a')), 2), 'TV409 X5 group_not_sharing'),
    ('a shared part''s share ended by hand', $$ update traveler.installation_share set ended_at = now() where installation_id = test.the('b again') $$, 'TV409 X4 derived')) s (what, statement, refusal);
commit;
reset role;
reset session authorization;

begin;
select test.enter_owner();
set local session_replication_role = replica;
select is(test.shows(s.statement), s.rules, 'what was broken around the guards shows: ' || s.what) from (values
    ('a need', format($$ update traveler.build_requirement set quantity_needed = quantity_needed + 1 where id = %L $$, test.group_need(test.the('run'), test.the('by hand'), test.the('c'))), 'X2'),
    ('a quantity', $$ update traveler.run_split set quantity = 2 where id = test.the('by hand') $$, 'X1 X2'),
    ('a row that is no group''s', $$ update traveler.part_inventory set run_split_id = null where run_split_id = test.the('by hand') $$, 'X9'),
    ('how many share', $$ update traveler.installation set shares = 2 where id = test.the('b again') $$, 'X4'),
    ('what is shared', $$ update traveler.build_requirement set quantity_shared = 1 where quantity_shared = 2 and run_split_id = test.the('by hand') $$, 'X4'),
    ('more than the sharing groups need', $$ update traveler.build_requirement set quantity_excepted = quantity_needed where run_id = test.the('run') and quantity_shared > 0 $$, 'B5 X3'),
    ('a share of a closed group', $$ update traveler.run_split set closed_at = now(), closed_by = 'x', outcome = 'merged' where id = test.the('by hand') $$, 'X5 X9')) s (what, statement, rules);
rollback;
set session authorization traveler_service;
-- Rework on a run of their own, which starts from what is in the units.
begin;
select test.enter('admin');
select test.refuses($$ select traveler.rework_split(test.the('split 2'), null, jsonb_build_object('procedure_id', test.the('procedure'))) $$, 'TV409 X7 part_not_built', 'X7: units are reworked by a procedure of their part');
select test.refuses($$ select traveler.rework_split(test.the('split 3'), null, jsonb_build_object('procedure_id', test.the('carts'))) $$, 'TV409 X7 split_closed', 'while they are a group');
select test.keep('rework', (traveler.rework_split(test.the('split 2'), null, jsonb_build_object('procedure_id', test.the('carts'), 'title', 'Straighten')) ->> 'rework_run_id')::uuid);
select is((select i.status || ' ' || (i.building_run_id = test.the('rework')) from traveler.part_inventory i where i.id = test.the('c4')), 'work_in_progress true', 'X7: rework is a run of their own');
select is((select string_agg(format('%s %s/%s', p.part_number, traveler.json_decimal(q.quantity_needed), traveler.json_decimal(q.quantity_carried)), ' ' order by p.part_number)
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id where q.run_id = test.the('rework')), 'A 3/0 AXLE 1/0 B 2/2', 'B1: that counts what is in them');
select is((select string_agg(s.state, ' ') from traveler.run_step s where s.run_id = test.the('rework')), 'todo todo todo', 'and begins its own steps');
commit;
reset session authorization;
select test.whole();
select * from finish();

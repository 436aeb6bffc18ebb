-- X1-X9: units split off a run, what they need, what they share and what becomes of them. First the worked example: 5 units, per unit 3 A,
-- 2 B and 1 C; 2 A and 1 B are installed; 2 units are split off.
\ir support/world.psql
select no_plan();

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
select tap.is((select string_agg(format('%s %s', r ->> 'part_number', r ->> 'needed'), ' ' order by r ->> 'part_number') from jsonb_array_elements(
    traveler.split_facts(test.the('run'), null, '{"quantity": "2"}') -> 'requirements') r), 'A 15 B 10 C 5', 'a split is planned from what the run needs');
select test.keep('split', test.split(test.the('run'), jsonb_build_object('quantity', '2', 'issue_id', test.the('burnt'), 'location_id', test.the('bad'))));
select tap.is(test.needs(test.the('run')), 'A 9/0/2/9 B 6/0/1/6 C 3/0/0/3', 'X2: the three that go on need 9, 6 and 3');
select tap.is(test.needs(test.the('run'), test.the('split')), 'A 6/0/2/6 B 4/0/1/4 C 2/0/0/2', 'and the two that were split off 6, 4 and 2; X4: what is installed is shared');
select tap.is((select traveler.json_decimal(r.quantity) from traveler.run r where r.id = test.the('run')), '3', 'the run is of 3 now');
select tap.is((select format('%s %s %s %s', traveler.json_decimal(i.quantity), i.status, i.lot_number, l.name) from traveler.part_inventory i join traveler.location l on l.id = i.location_id
    where i.id = test.group_row(test.the('split'))), '2 unavailable K1 Bad place', 'X1: the units are a row of their own, on the issue, at the other place');
select tap.is((select string_agg(p ->> 'title', ' ') from jsonb_array_elements(traveler.split_json(test.the('split')) -> 'passed_steps') p), 'Mix', 'X9: with how far they came');
select tap.is((select count(*) from traveler.installation n where n.run_id = test.the('run') and n.removed_at is null), 2::bigint, 'X4: and the installed ones count once');
select tap.is((select string_agg(b ->> 'kind', ' ' order by b ->> 'kind') from jsonb_array_elements(traveler.run_json(test.the('run')) -> 'completion_blockers') b
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
select tap.is(test.needs(test.the('run'), test.the('split')), 'A 6/5/2/1 B 4/0/1/4 C 2/0/0/2', 'the group is fed');
select test.install(test.need(test.the('run'), test.the('a')), test.the('lot a'), '8');
select tap.is(test.needs(test.the('run')), 'A 9/8/2/0 B 6/0/1/6 C 3/0/0/3', 'so is the run: 15 are there');
select test.refuses($$ select test.feed(test.the('split'), test.the('a'), test.the('lot a'), '1') $$, 'TV409 B2 above_need', 'and no more may come');
rollback;
begin;
select test.enter('admin');
select test.feed(test.the('split'), test.the('a'), test.the('lot a'), '6');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(test.the('split'))) $$, 'TV409 X5 above_need', 'X5: a full group is given nothing');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null, '1'), test.to(test.the('split'), '0.5')) $$, 'TV409 X5 resolution_incomplete', 'a resolution is of all that is installed');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null, '1.5'), test.to(test.the('split'), '0.5')) $$, 'TV409 X5 fraction_of_a_unit', 'in whole units');
select test.resolve(test.the('2 a'), test.to(null));
select tap.is(test.needs(test.the('run')), 'A 9/2/0/7 B 6/0/1/6 C 3/0/0/3', 'given to the run, it counts there');
select test.refuses($$ select test.resolve(test.the('2 a'), test.to(null)) $$, 'TV409 X5 not_shared', 'and is not resolved again');
rollback;
begin;
select test.enter('admin');
select test.resolve(test.the('2 a'), test.to(null, '1'), test.to(test.the('split'), '1'));
select tap.is(test.needs(test.the('run')) || ' | ' || test.needs(test.the('run'), test.the('split')), 'A 9/1/0/8 B 6/0/1/6 C 3/0/0/3 | A 6/1/0/5 B 4/0/1/4 C 2/0/0/2',
    'X5: one A for each');
select tap.is((select string_agg(format('%s in %s', traveler.json_decimal(n.quantity), traveler.json_decimal(a.quantity)), ', ' order by a.quantity) from traveler.installation n
    join traveler.part_inventory a on a.id = n.assembly_inventory_id join traveler.part_inventory i on i.id = n.part_inventory_id
    where n.run_id = test.the('run') and n.removed_at is null and i.part_id = test.the('a')), '1 in 2, 1 in 3', 'each in the row of its group');
select test.resolve(test.the('1 b'), test.to(test.the('split')));
select tap.is(test.needs(test.the('run')) || ' | ' || test.needs(test.the('run'), test.the('split')), 'A 9/1/0/8 B 6/0/0/6 C 3/0/0/3 | A 6/1/0/5 B 4/1/0/3 C 2/0/0/2', 'and the B for the group');
select tap.is(test.close(test.the('split'), 'scrapped', 'Burnt.'), 'scrapped', 'X7: then it is scrapped');
select tap.is((select format('%s %s %s', traveler.json_decimal(i.quantity), traveler.json_decimal(i.quantity_scrapped), i.status) from traveler.part_inventory i
    where i.id = test.group_row(test.the('split'))), '0 2 scrapped', 'both units');
commit;
reset session authorization;
select test.whole();
select * from finish();

-- A run takes existing inventory (I3): what is in it counts (B1), may be taken out and replaced while both records stay (B4, C5), and a
-- canceled run frees it as it was (I2).
\ir support/world.psql
select plan(135);

create function test.taken(p_procedure text, p_rows uuid[], p_extra jsonb default '{}') returns uuid language sql as $$
    select test.run(test.the(p_procedure), jsonb_build_object('part_inventory_ids', p_rows) || p_extra)
$$;
create function test.taking(p_procedure text, p_rows uuid[], p_extra jsonb default '{}') returns text language sql as $$
    select test.refusal(format('select test.taken(%L, %L, %L)', p_procedure, p_rows, p_extra))
$$;
-- installed + carried of needed
create function test.met(p_run text, p_part text) returns text language sql as $$
    select string_agg(format('%s + %s of %s', traveler.json_decimal(q.quantity_installed), traveler.json_decimal(q.quantity_carried), traveler.json_decimal(q.quantity_needed)), ', ' order by q.run_step_id nulls first, q.reference_designators)
    from traveler.build_requirement q where q.run_id = test.the(p_run) and q.part_id = test.the(p_part)
$$;
create function test.row_is(p_row text) returns text language sql as $$
    select i.status || coalesce(', on ' || r.name, '') from traveler.part_inventory i left join test.id r on r.id = i.building_run_id where i.id = test.the(p_row)
$$;
create function test.record(p_run text, p_number integer default 1) returns jsonb language sql as $$
    select a.document::jsonb || jsonb_build_object('digest', encode(a.digest, 'hex')) from traveler.as_built_record a where a.run_id = test.the(p_run) and a.number = p_number
$$;
create function test.out(p_installation text, p_reason text default 'worn') returns text language sql as $$
    select test.refusal(format('select traveler.uninstall(%L, null, %L)', test.the(p_installation), p_reason))
$$;
create function test.out_under(p_installation text) returns text language sql as $$
    select coalesce((select t.name from test.id t where t.id = n.removed_run_id), 'its own') from traveler.installation n where n.id = test.the(p_installation) and n.removed_at is not null
$$;
create function test.broken() returns text language sql security definer as $$ select string_agg(v.rule || ' ' || v.what, '; ') from traveler.integrity_violations v $$;
-- carried of needed, of the run and of its open groups
create function test.groups(p_run text) returns text language sql as $$
    select string_agg(format('%s%s %s of %s', case when q.run_split_id is null then '' else 'group ' end, p.part_number, traveler.json_decimal(q.quantity_carried), traveler.json_decimal(q.quantity_needed)), ', '
        order by q.run_split_id nulls first, p.part_number, q.quantity_carried)
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id left join traveler.run_split s on s.id = q.run_split_id where q.run_id = test.the(p_run) and s.closed_at is null
$$;
create function test.cancel(p_run text) returns text language sql as $$ select test.refusal(format('select traveler.act_on_run(''cancel'', %L, null, ''x'')', test.the(p_run))) $$;
create function test.restore(p_run text, p_step text) returns text language sql as $$
    select test.refusal(format('select traveler.act_on_steps(''restore'', array[%L::uuid])', test.step(test.the(p_run), p_step)))
$$;
create function test.run_by_hand(p_name text, p_part text, p_quantity numeric) returns uuid language plpgsql as $$
begin
    delete from test.id where name = p_name;
    perform test.keep(p_name, traveler.new_id());
    insert into traveler.run (org_id, id, number, title, procedure_id, part_id, quantity)
    select p.org_id, test.the(p_name), 900, 'By hand', p.id, test.the(p_part), p_quantity from traveler.procedure p where p.part_id = test.the(p_part) and p.state = 'released' limit 1;
    return test.the(p_name);
end
$$;
create table test.fixed (document text, digest bytea);
grant select, insert on test.fixed to public;
grant delete on test.id to public;
grant execute on all functions in schema test to public;

-- Two pumps built by one run, seals and a motor in each ------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('pump', test.part('PUMP', 'serial')), test.keep('seal', test.part('SEAL', 'lot')), test.keep('ring', test.part('RING', 'lot')),
    test.keep('motor', test.part('MOTOR', 'serial')), test.keep('skid', test.part('SKID', 'serial')), test.keep('gel', test.part('GEL', 'lot')), test.keep('salt', test.part('SALT'));
select test.mbom(test.the('pump'), test.line(test.the('seal'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('ring')))),
    test.line(test.the('motor'), '1'));
select test.mbom(test.the('skid'), test.line(test.the('pump'), '2')), test.mbom(test.the('gel'), test.line(test.the('salt'), '0.5'));
select test.keep('build', test.released('Build pump', test.the('pump'), '[{"title": "Assemble"}]')),
    test.keep('build skid', test.released('Build skid', test.the('skid'), '[{"title": "Mount"}]')),
    test.keep('mix', test.released('Mix gel', test.the('gel'), '[{"title": "Mix"}]')), test.keep('thin', test.released('Thin gel', test.the('gel'), '[{"title": "Thin"}]'));
select test.keep('overhaul', test.released('Overhaul pump', test.the('pump'), jsonb_build_array(
    jsonb_build_object('title', 'Strip', 'requirements', jsonb_build_array(test.line(test.the('seal'), '1'))), '{"title": "Test"}'::jsonb)));
select test.keep('seals', test.receive(test.the('seal'), '100', '{"lot_number": "S1"}')), test.keep('rings', test.receive(test.the('ring'), '100', '{"lot_number": "R1"}')),
    test.keep('salts', test.receive(test.the('salt'), '100'));
select test.keep('m' || n, test.receive(test.the('motor'), '1', jsonb_build_object('serial_number', 'M' || n))) from generate_series(1, 4) n;
select test.keep('first', test.run(test.the('build'), '{"serial_numbers": ["P1", "P2"]}'));
select test.keep('p' || n, test.unit(test.the('first'), 'P' || n)) from generate_series(1, 2) n;
select test.keep('seals in p1', test.install(test.need(test.the('first'), test.the('seal')), test.the('seals'), '2', test.the('p1'))),
    test.keep('rings in p2', test.install(test.need(test.the('first'), test.the('seal')), test.the('rings'), '1', test.the('p2'))),
    test.keep('seal in p2', test.install(test.need(test.the('first'), test.the('seal')), test.the('seals'), '1', test.the('p2'))),
    test.keep('m1 in p1', test.install(test.need(test.the('first'), test.the('motor')), test.the('m1'), null, test.the('p1'))),
    test.keep('m2 in p2', test.install(test.need(test.the('first'), test.the('motor')), test.the('m2'), null, test.the('p2')));
select is(test.taking('build', array[test.the('p1')]), 'TV409 I3 inventory_unavailable', 'a unit that a run still builds is not taken by another');
select test.work(test.step(test.the('first'), 'Assemble'));
select is(test.out('m1 in p1'), 'TV409 C5 run_completed', 'while no run has the unit, what a completed run installed stays in it');
commit;

-- What may be taken ------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('held', test.receive(test.the('pump'), '1', '{"serial_number": "P9"}')), test.keep('gels', test.receive(test.the('gel'), '10', '{"lot_number": "G1"}')),
    test.keep('gels 2', test.receive(test.the('gel'), '10', '{"lot_number": "G1"}'));
select traveler.hold_inventory(test.the('held'), null, '{"reason": "leaks"}');
select is(test.taking(procedure, rows, extra), refusal, what) from (values
    ('build', array[test.the('m1')], '{}'::jsonb, 'TV409 I3 part_not_built', 'another part is not taken'),
    ('build', array[test.the('p1'), test.the('held')], '{}', 'TV409 I3 inventory_unavailable', 'nor what quality holds, with or without others'),
    ('build', array[traveler.new_id()], '{}', 'TV422 T1 inventory_unknown', 'nor what is not there'),
    ('build', array[]::uuid[], '{}', 'TV422 I3 nothing_taken', 'nor nothing'),
    ('build', array[test.the('p1'), test.the('p2')], '{"quantity": "1"}', 'TV422 I3 quantity_taken', 'units are as many as are named'),
    ('mix', array[test.the('gels'), test.the('gels 2')], '{}', 'TV422 I3 one_row_taken', 'a run of a lot is of one row'),
    ('mix', array[test.the('gels')], '{"quantity": "10.5"}', 'TV409 I6 not_enough', 'of which no more is taken than there is'),
    ('build', array[test.the('p1')], '{"serial_numbers": ["X"]}', 'TV422 I3 taken_as_it_is', 'what is taken has its number'),
    ('build', array[test.the('p1')], '{"generate": true}', 'TV422 I3 taken_as_it_is', 'and gets no other'),
    ('build', array[test.the('p1')], jsonb_build_object('location_id', traveler.new_id()), 'TV422 I3 taken_as_it_is', 'and stays in its place')) x (procedure, rows, extra, refusal, what);
select is(test.refusal($$ select test.run(test.the('build'), '{"requirements": "procedure"}') $$), 'TV422 B1 requirements_of_new', 'what is built anew has all its requirements');
select test.enter('stranger');
select is(test.taking('build', array[test.the('p1')]), 'TV404 T1 procedure_unknown', 'another org takes nothing');
select test.enter('storekeeper');
select is(test.taking('build', array[test.the('p1')]), 'TV403 T3 permission_missing', 'nor does who may not make runs');
commit;

-- B1: what is in it counts ------------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select test.keep('second', test.taken('overhaul', array[test.the('p2'), test.the('p1')]));
select is((select r.quantity || ' ' || string_agg(i.serial_number || ' ' || i.status, ', ' order by i.serial_number) || ' ' || bool_and(ri.taken) from traveler.run r
    join traveler.run_inventory ri on ri.run_id = r.id join traveler.part_inventory i on i.id = ri.part_inventory_id where r.id = test.the('second') group by r.quantity),
    '2.000000 P1 work_in_progress, P2 work_in_progress true', 'the run has the units, which are work in progress again');
select is((select count(*) from traveler.inventory_movement m where m.run_id = test.the('second')), 0::bigint, 'nothing was made or moved (I4)');
select is(test.met('second', 'seal'), '0 + 4 of 4, 0 + 0 of 2', 'what is in them counts, the part and its substitute, each once: the procedure''s own seals are still to come');
select is(test.met('second', 'motor'), '0 + 2 of 2', 'in each unit');
select is((select jsonb_agg(c ->> 'quantity' order by c ->> 'lot_number', c ->> 'quantity') from jsonb_path_query(traveler.run_json(test.the('second')), '$.build_requirements[*] ? (@.part_number == "SEAL").carried[*]') c), '["1", "1", "2"]',
    'the run tells which installations they are');
select is(traveler.run_json(test.the('second')) #>> '{units,0,taken}', 'true', 'and that it took its units');
select is(test.taking('build', array[test.the('p1')]), 'TV409 I3 inventory_unavailable', 'a row is on one live run at most');
select test.enter('technician');
select test.refuses($$ select test.install(test.need(test.the('second'), test.the('motor')), test.the('m3'), null, test.the('p1')) $$, 'TV409 B2 above_need', 'of what is met nothing more goes in');
select test.enter('admin');
select is(test.refusal(format('select traveler.reopen_run(%L, null, ''x'')', test.the('first'))), 'TV409 C6 unit_on_live_run', 'the run that built them is not reopened meanwhile');
-- Only the procedure's, and of one unit.
savepoint before;
select test.cancel('second');
select test.keep('rework', test.taken('overhaul', array[test.the('p1')], '{"requirements": "procedure", "quantity": "1", "title": "Rework"}'));
select is(test.met('rework', 'seal') || '; ' || coalesce(test.met('rework', 'motor'), 'no motor'), '0 + 1 of 1; no motor',
    'a rework run may have its procedure''s requirements alone; of the two seals one counts, as one is needed');
rollback to before;
commit;

-- B4: taken out by the later run, in both records ---------------------------------------------------------------------------

begin;
select test.enter('technician', 'taking out');
insert into test.fixed select a.document, a.digest from traveler.as_built_record a where a.run_id = test.the('first');
select is(test.out('m1 in p1'), 'went through', 'the later run takes out what the earlier one installed');
select is(test.out_under('m1 in p1'), 'second', 'under its own name');
select is(test.row_is('m1') || '; ' || test.met('first', 'motor') || '; ' || test.met('second', 'motor'), 'available; 2 + 0 of 2; 0 + 1 of 2',
    'it is free; the earlier run still counts it, the later one needs another');
select is(traveler.installation_json(test.the('m1 in p1')) ->> 'removed_run_id', test.the('second')::text, 'which its answer says');
select is((select h.root_id from traveler.transaction_history h where h.row_id = test.the('m1 in p1') and h.operation = 'update'), test.the('first'), 'the entry stands in the chain of the run that installed it');
select is((select h.root_id from traveler.transaction_history h where h.table_name = 'carried_installation' and h.operation = 'update'), test.the('second'), 'what counted no more, in the other''s');
select test.keep('m3 in p1', test.install(test.need(test.the('second'), test.the('motor')), test.the('m3'), null, test.the('p1')));
select is(test.met('second', 'motor'), '1 + 1 of 2', 'and one goes in');
select is(test.out('m3 in p1') || ', ' || test.out_under('m3 in p1'), 'went through, its own', 'its own installation is its own to take out');
select test.install(test.need(test.the('second'), test.the('motor')), test.the('m3'), null, test.the('p1'));
select is(test.out('m1 in p1'), 'TV409 B4 already_uninstalled', 'what is out is out');
select is((select string_agg(what, ' ' order by what) from traveler.completion_blocker b where b.run_id = test.the('second') and b.kind = 'requirement_unmet'),
    'Part SEAL: 0 of 2 installed.', 'what is carried is met for the gate; what is not is not');
select is(test.out('rings in p2'), 'went through', 'a substitute as well');
select is((select string_agg(what || ' ' || clear, ' ' order by what desc) from traveler.completion_blocker b where b.run_id = test.the('second') and b.kind = 'requirement_unmet'),
    'Part SEAL: 0 of 4 installed, 3 there before. Install 1 more, or except them by an issue. Part SEAL: 0 of 2 installed. Install 2 more, or except them by an issue.', 'which the gate tells, and what is missing');
select test.install(q.id, test.the('seals'), '1', u.id) from traveler.build_requirement q cross join (values (test.the('p1')), (test.the('p2'))) u (id)
where q.run_id = test.the('second') and q.part_id = test.the('seal') and q.run_step_id is not null;
select test.install(q.id, test.the('seals'), '1', test.the('p2')) from traveler.build_requirement q
where q.run_id = test.the('second') and q.part_id = test.the('seal') and q.run_step_id is null;
select test.work(test.step(test.the('second'), 'Strip')), test.work(test.step(test.the('second'), 'Test'));
select is((select r.status from traveler.run r where r.id = test.the('second')), 'complete', 'the later run completes');
select is_empty($$ select a.document, a.digest from traveler.as_built_record a where a.run_id = test.the('first') except table test.fixed $$, 'the record of the earlier one is what it was');
select is_empty($$ select * from traveler.run_json(test.the('first')) r, jsonb_array_elements(r -> 'build_requirements') q where q ->> 'quantity_installed' <> q ->> 'quantity_needed' $$, 'and so is what it says of itself');
commit;

-- C5: the record of a run that took its units -----------------------------------------------------------------------------------

begin;
select test.enter('technician');
select is((select jsonb_agg(u - array['as_built', 'attributes'] order by u ->> 'serial_number') from jsonb_array_elements(test.record('second') -> 'units') u), jsonb_build_array(
    jsonb_build_object('lot_number', null, 'part_inventory_id', test.the('p1'), 'quantity', '1', 'serial_number', 'P1', 'taken', true),
    jsonb_build_object('lot_number', null, 'part_inventory_id', test.the('p2'), 'quantity', '1', 'serial_number', 'P2', 'taken', true)), 'the record says that it took its units');
select is((select jsonb_agg(distinct u -> 'as_built') from jsonb_array_elements(test.record('second') -> 'units') u),
    jsonb_build_array(jsonb_build_object('digest', test.record('first') ->> 'digest', 'record_number', 1, 'run_number', (select r.number from traveler.run r where r.id = test.the('first')))), 'and under which record they had been built');
select is((select jsonb_agg(jsonb_build_array(q -> 'carried', q -> 'installed', (select jsonb_agg(coalesce(c ->> 'serial_number', c ->> 'lot_number') || case when c ->> 'ended_at' is null then '' else ', taken out' end
        order by coalesce(c ->> 'serial_number', c ->> 'lot_number')) from jsonb_array_elements(q -> 'carried_installations') c)) order by q ->> 'part_number' desc)
    from jsonb_array_elements(test.record('second') -> 'build_requirements') q where q ->> 'run_step_id' is null),
    '[["3", "1", ["R1, taken out", "S1", "S1"]], ["1", "1", ["M1, taken out", "M2"]]]', 'what it carried, and what it took out');
select is((select jsonb_agg(distinct c -> 'run_number') from jsonb_path_query(test.record('second'), '$.build_requirements[*].carried_installations[*]') c),
    jsonb_build_array((select r.number from traveler.run r where r.id = test.the('first'))), 'and who had installed it');
select is((select string_agg(a.document, '' order by a.created_at) from traveler.as_built_record a), (select string_agg(traveler.canonical_json(a.document::jsonb), '' order by a.created_at) from traveler.as_built_record a),
    'in the canonical form');
select is(test.out('m2 in p2'), 'TV409 C5 run_completed', 'what a completed run carries stays, while no run has the unit');
select is(test.row_is('p1') || ', ' || test.row_is('p2'), 'available, available', 'its units are free again');
select is_empty($$ select q.id from traveler.build_requirement q where q.run_id = test.the('second') and q.quantity_installed + q.quantity_carried <> q.quantity_needed $$, 'it is met by both');
commit;

-- C6: reopened, the earlier run has the unit ------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select is(test.refusal(format('select traveler.reopen_run(%L, null, ''again'')', test.the('first'))), 'went through', 'the earlier run is reopened once no live run has its units');
select is(test.met('first', 'motor') || ', ' || test.met('first', 'seal'), '2 + 0 of 2, 4 + 0 of 4', 'what a later run took out is still its work');
select is(test.row_is('p1') || '; ' || test.taking('build', array[test.the('p1')]), 'work_in_progress, on first; TV409 I3 inventory_unavailable', 'it has its units again');
select test.keep('m3 again', (select n.id from traveler.installation n where n.part_inventory_id = test.the('m3') and n.removed_at is null));
select is(test.out('m3 again') || ', ' || test.out_under('m3 again') || ', ' || test.met('second', 'motor'),
    'went through, first, 1 + 1 of 2', 'and takes out what another installed since, whose record stays');
select is(test.out('m2 in p2') || ', ' || test.met('first', 'motor') || ', ' || test.met('second', 'motor'), 'went through, 1 + 0 of 2, 1 + 1 of 2',
    'of its own it is the one to need another; a completed run that carried it does not');
select test.install(test.need(test.the('first'), test.the('motor')), test.the('m4'), null, test.the('p2'));
select is(test.refusal(format('select traveler.complete_run(%L)', test.the('first'))), 'went through', 'then it completes');
select is((select n ->> 'removed_run_number' from jsonb_path_query(test.record('first', 2), '$.build_requirements[*].installations[*]') n where n ->> 'id' = test.the('m1 in p1')::text),
    (select r.number::text from traveler.run r where r.id = test.the('second')), 'under a record that names who took it out');
select is((select string_agg(c.level || ' ' || i.name, ', ') from traveler.superseded_content(test.the('second')) c join test.id i on i.id = c.run_id), null, 'a motor that was bought has no record');
commit;

-- I2: canceled, the run frees what it took ---------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('third', test.taken('build', array[test.the('p1')]));
select is(test.met('third', 'seal') || ', ' || test.met('third', 'motor'), '0 + 2 of 2, 0 + 0 of 1', 'a run counts what is in the unit now: two of three seals, no motor');
select test.keep('m3 by third', test.install(test.need(test.the('third'), test.the('motor')), test.the('m3'), null, test.the('p1')));
select is(test.cancel('third') || ', ' || test.row_is('p1') || ', ' || test.row_is('m3'), 'went through, available, installed', 'canceled, it frees the unit with what is in it');
select is((select traveler.json_decimal(ri.quantity_freed) || ' ' || ri.live from traveler.run_inventory ri where ri.run_id = test.the('third')), '1 false', 'and remembers it');
select test.out('m3 by third');
select test.refuses($$ select test.install(test.need(test.the('third'), test.the('motor')), test.the('m3'), null, test.the('p1')) $$, 'TV409 I2 unit_not_on_run', 'and puts nothing more into it');
select is(test.restore('third', 'Assemble') || ', ' || test.row_is('p1'), 'went through, work_in_progress, on third', 'brought back, it has the unit again');
delete from test.id i where i.name = 'm3 by third';
select test.keep('m3 by third', test.install(test.need(test.the('third'), test.the('motor')), test.the('m3'), null, test.the('p1')));
select test.cancel('third');
select test.keep('fourth', test.taken('build', array[test.the('p1')]));
select is(test.met('fourth', 'motor'), '0 + 1 of 1', 'what a canceled run installed counts for the next');
select is(test.restore('third', 'Assemble'), 'TV409 I3 inventory_unavailable', 'the canceled run is not brought back while another has its unit');
select is(test.out('m3 by third') || ', ' || test.met('third', 'motor') || ', ' || test.met('fourth', 'motor'), 'went through, 0 + 0 of 1, 0 + 0 of 1', 'no record is fixed: taken out, it is needed by both');
select is((select c.ended_at is not null from traveler.carried_installation c where c.installation_id = test.the('m3 by third')), true, 'and counts no more');
select test.install(test.need(test.the('fourth'), test.the('motor')), test.the('m3'), null, test.the('p1'));
select test.work(test.step(test.the('fourth'), 'Assemble'));
select is(test.restore('third', 'Assemble') || ', ' || test.row_is('p1'), 'went through, work_in_progress, on third', 'once that is completed it has the unit again');
select test.cancel('third');
select test.keep('skid run', test.run(test.the('build skid'), '{"serial_numbers": ["K1"]}'));
select test.keep('p1 in skid', test.install(test.need(test.the('skid run'), test.the('pump')), test.the('p1')));
select is(test.restore('third', 'Assemble') || ', ' || test.taking('build', array[test.the('p1')]), 'TV409 I3 inventory_unavailable, TV409 I3 inventory_unavailable', 'what is installed elsewhere is neither taken back nor taken');
select test.keep('made', test.run(test.the('build'), '{"serial_numbers": ["P3"]}'));
select test.keep('p3', test.unit(test.the('made')));
select is(test.cancel('made') || ', ' || test.row_is('p3') || ', ' || test.taking('build', array[test.the('p3')]), 'went through, never_built, on made, TV409 I3 inventory_unavailable',
    'what a canceled run was to make is never built, and not taken');
select is(test.restore('made', 'Assemble') || ', ' || test.row_is('p3'), 'went through, work_in_progress, on made', 'and is work in progress once it is brought back');
commit;

-- I5: a lot ------------------------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('mixed', test.run(test.the('mix'), '{"quantity": "8", "lot_number": "G7"}'));
select test.keep('g7', test.unit(test.the('mixed')));
select test.keep('salt in g7', test.install(test.need(test.the('mixed'), test.the('salt')), test.the('salts'), '4'));
select test.work(test.step(test.the('mixed'), 'Mix'));
select test.keep('thinned', test.taken('thin', array[test.the('g7')]));
select is(test.met('thinned', 'salt'), '0 + 4 of 4', 'a lot''s content counts for the whole of it');
select test.cancel('thinned');
select traveler.split_inventory(test.the('g7'), null, '{"quantity": "1"}');
select is(test.restore('thinned', 'Thin'), 'TV409 I3 inventory_unavailable', 'a lot that is less than it was is not taken back');
select is(test.refusal_detail(format('select traveler.act_on_steps(''restore'', array[%L::uuid])', test.step(test.the('thinned'), 'Thin')), 'part_inventory_id'), to_jsonb(test.the('g7')), 'which the refusal names');
select test.keep('part run', test.taken('thin', array[test.the('g7')], '{"quantity": "2.5"}'));
select is((select string_agg(traveler.json_decimal(i.quantity) || ' ' || i.status, ', ' order by i.quantity) from traveler.part_inventory i where i.lot_number = 'G7'), '1 available, 2.5 work_in_progress, 4.5 available',
    'a part of a row is split off and taken');
select is(test.met('part run', 'salt'), '0 + 0 of 1.25', 'what went into the row as a whole stays with the row');
select is(test.refusal(format('select traveler.reopen_run(%L, null, ''x'')', test.the('mixed'))), 'TV409 C6 unit_on_live_run', 'the run that built the lot is not reopened while a part of it is on a live run');
select test.keep('salt 2', test.install(test.need(test.the('part run'), test.the('salt')), test.the('salts'), '1.25'));
select test.work(test.step(test.the('part run'), 'Thin'));
select is((select u #>> '{as_built,run_number}' from jsonb_array_elements(test.record('part run') -> 'units') u), (select r.number::text from traveler.run r where r.id = test.the('mixed')), 'the part cites the record of the whole');
select is(test.refusal(format('select traveler.reopen_run(%L, null, ''x'')', test.the('mixed'))), 'went through', 'and then may be');
select traveler.complete_run(test.the('mixed'));
commit;

-- B1: which counts for which ---------------------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('lamp', test.part('LAMP', 'serial')), test.keep('led', test.part('LED')), test.keep('bulb', test.part('BULB'));
select test.keep('old mbom', test.mbom(test.the('lamp'), test.line(test.the('led'), '3', '{"reference_designators": ["D2"]}'), test.line(test.the('bulb'), '3')));
select test.keep('leds', test.receive(test.the('led'), '100')), test.keep('bulbs', test.receive(test.the('bulb'), '100'));
select test.keep('build lamp', test.released('Lamp', test.the('lamp'), '[{"title": "A"}]'));
select test.keep('lamp run', test.run(test.the('build lamp'), '{"serial_numbers": ["L1", "L2"]}'));
select test.keep(l, test.unit(test.the('lamp run'), l)) from unnest(array['L1', 'L2']) l;
select test.install(test.need(test.the('lamp run'), test.the('bulb')), test.the('bulbs'), '1', test.the(l)) from unnest(array['L1', 'L1', 'L1', 'L2']) l;
select test.install(test.need(test.the('lamp run'), test.the('led')), test.the('leds'), '3', test.the(l)) from unnest(array['L1', 'L2']) l;
select traveler.except_requirement(test.need(test.the('lamp run'), test.the('bulb')), jsonb_build_object('quantity', '2', 'reason', 'none left', 'issue_id', traveler.create_issue('{"title": "Few bulbs"}') ->> 'id'));
select test.work(test.step(test.the('lamp run'), 'A'));
-- The new mBOM asks for LEDs in two places, bulbs for want of them in the first, and bulbs.
select test.mbom(test.the('lamp'), test.line(test.the('led'), '2', jsonb_build_object('reference_designators', array['D1'], 'substitute_part_ids', array[test.the('bulb')])),
    test.line(test.the('led'), '2', '{"reference_designators": ["D2"]}'), test.line(test.the('bulb'), '1'));
select test.keep('refit', test.taken('build lamp', array[test.the('L1'), test.the('L2')]));
select is(test.met('refit', 'led') || '; ' || test.met('refit', 'bulb'), '0 + 3 of 4, 0 + 4 of 4; 0 + 2 of 2',
    'first the same place, then the part, then a substitute, in each unit what it needs: a third bulb is one too many');
select is((select string_agg(format('%s: %s', i.serial_number, traveler.json_decimal(x.sum)), ', ' order by i.serial_number) from (
    select n.assembly_inventory_id as id, sum(c.quantity) from traveler.carried_installation c join traveler.installation n on n.id = c.installation_id where c.run_id = test.the('refit') group by 1) x
    join traveler.part_inventory i on i.id = x.id), 'L1: 5, L2: 4', 'nothing counts twice');
select test.cancel('refit');
commit;

-- X4, X7: what was in a unit before follows it, into a group, back, and onto a run of its own ------------------------------------

begin;
select test.enter('admin');
select test.keep('refit 2', test.taken('build lamp', array[test.the('L1'), test.the('L2')]));
select test.keep('flicker', (traveler.create_issue('{"title": "Flickers"}') ->> 'id')::uuid);
select is(test.groups('refit 2'), 'BULB 2 of 2, LED 3 of 4, LED 4 of 4', 'two lamps on a run');
select is((select string_agg(format('%s %s %s', q ->> 'part_number', q ->> 'installed_split', q ->> 'installed_kept'), ', ' order by q ->> 'part_number', q ->> 'installed_kept')
    from jsonb_array_elements(traveler.split_facts(test.the('refit 2'), null, jsonb_build_object('serial_numbers', array['L1'], 'issue_id', test.the('flicker'))) -> 'requirements') q), 'BULB 1 1, LED 2 1, LED 2 2', 'a split is planned with what was in each');
select test.keep('lamp split', (traveler.split_run(test.the('refit 2'), null, null, jsonb_build_object('serial_numbers', array['L1'], 'issue_id', test.the('flicker')), '{}') #>> '{split,id}')::uuid);
select is(test.groups('refit 2'), 'BULB 1 of 1, LED 1 of 2, LED 2 of 2, group BULB 1 of 1, group LED 2 of 2, group LED 2 of 2', 'split off, one takes with it what was in it');
select is((select string_agg(format('%s %s', q #>> '{continuing,open}', q #>> '{split,open}'), ', ' order by q #>> '{continuing,open}') from jsonb_array_elements(traveler.split_json(test.the('lamp split')) -> 'requirements') q),
    '0 0, 0 0, 1 0', 'the group needs nothing more, the run one');
select traveler.dispose_issue(test.the('flicker'), null, jsonb_build_object('disposition_type_id', (select t.id from traveler.disposition_type t where t.name = 'Rework')));
select test.enter('engineer');
select traveler.approve_issue(test.the('flicker'), null);
select test.enter('admin');
savepoint apart;
select traveler.close_split(test.the('lamp split'), null, 'merged', null);
select is(test.groups('refit 2'), 'BULB 2 of 2, LED 3 of 4, LED 4 of 4', 'merged back, it counts for the run again');
select is(test.broken(), null, 'and nothing is lost');
rollback to apart;
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter('admin');
select traveler_private.lock_for_outcome(test.the('lamp split'));
select test.keep('lamp rework', traveler_private.new_run(traveler_private.procedure_to_run(test.the('build lamp')), 'Rework', 1, '{}', 'all', true));
select test.refuses($$ select traveler_private.take_inventory(test.the('lamp rework'), array[test.the('L1')]) $$, 'TV409 I3 inventory_unavailable', 'what a group has is not taken from it');
update traveler.run_split s set outcome = 'rework', rework_run_id = test.the('lamp rework') where s.id = test.the('lamp split');
select test.refuses($$ select traveler_private.take_inventory(test.run_by_hand('other', 'lamp', 1), array[test.the('L1')]) $$, 'TV409 I3 inventory_unavailable', 'nor by any run while the issue keeps it');
select traveler_private.take_inventory(test.the('lamp rework'), array[test.the('L1')]);
select is(test.row_is('L1') || ', ' || test.groups('lamp rework'), 'work_in_progress, on lamp rework, BULB 1 of 1, LED 2 of 2, LED 2 of 2', 'but by the run that it is reworked on, with what is in it');
commit;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('led in L1', n.id) from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id
where n.assembly_inventory_id = test.the('L1') and i.part_id = test.the('led') and n.removed_at is null;
select is(test.out('led in L1') || ', ' || test.out_under('led in L1') || ', ' || test.groups('lamp rework') || ', ' || test.met('lamp run', 'led'),
    'went through, lamp rework, BULB 1 of 1, LED 0 of 2, LED 1 of 2, 6 + 0 of 6', 'and takes out what was installed first; its first record stays');
select is(test.broken(), null, 'nothing that must hold is broken');
select is(test.cancel('lamp rework') || ', ' || test.row_is('L1'), 'went through, unavailable', 'canceled, it leaves the unit to its issue');
select test.keep('thin again', test.taken('thin', array[test.the('g7')]));
select test.refuses(format('select traveler.split_run(%L, null, null, %L, ''{}'')', test.the('thin again'), jsonb_build_object('quantity', '1', 'issue', '{"title": "Lumps"}'::jsonb)), 'TV409 X4 carried_undivided',
    'of a lot, what was in it before the run belongs to no part of it');
select test.refuses(format('select traveler.split_facts(%L, null, %L)', test.the('thin again'), '{"quantity": "1", "issue": {"title": "Lumps"}}'), 'TV409 X4 carried_undivided', 'which the plan says as well');
select is(test.out('salt in g7') || ', ' || test.refusal(format('select traveler.split_run(%L, null, null, %L, ''{}'')', test.the('thin again'), jsonb_build_object('quantity', '1', 'issue', '{"title": "Lumps"}'::jsonb))),
    'went through, went through', 'taken out, it is in the way no more');
select is(test.refusal(format('select traveler.reopen_run(%L, null, ''x'')', test.the('mixed'))), 'TV409 C6 unit_on_live_run', 'what was split off that run is not free for the one before it either');
commit;
-- I4: scrapped as a whole, a run scraps what it took.
begin;
select test.enter('admin');
select test.keep('p7', test.receive(test.the('pump'), '1', '{"serial_number": "P7"}'));
select test.keep('doomed', test.taken('build', array[test.the('p7')]));
select is(traveler.scrap_run(test.the('doomed'), null, '{"reason": "bent"}') ->> 'status' || ', ' || test.row_is('p7'), 'canceled, scrapped', 'a run that is scrapped scraps what it took');
select is(test.restore('doomed', 'Assemble'), 'TV409 I3 inventory_unavailable', 'and is not brought back without it');
select is(test.broken(), null, 'nothing that must hold is broken');
commit;

-- C6: at all depths, what is held that was built under a superseded record ------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('second pump', test.taken('build', array[test.the('p2')]));
select test.work(test.step(test.the('second pump'), 'Assemble'));
select test.install(test.need(test.the('skid run'), test.the('pump')), test.the('p2'));
select test.work(test.step(test.the('skid run'), 'Mount'));
select test.keep('k1', test.unit(test.the('skid run')));
select test.keep('skid again', test.taken('build skid', array[test.the('k1')]));
select is(test.met('skid again', 'pump'), '0 + 2 of 2', 'a skid is taken with its pumps');
select is((select string_agg(c.level || ' ' || i.name || ' ' || c.record_number, ', ') from traveler.superseded_content(test.the('skid again')) c join test.id i on i.id = c.run_id), null, 'none of which is superseded');
select test.keep('in skid', n.id) from traveler.installation n where n.part_inventory_id = test.the('p2') and n.removed_at is null;
select traveler.reopen_run(test.the('second pump'), null, 'x', array[test.the('in skid')]);
select is((select string_agg(c.level || ' ' || i.name || ' ' || c.record_number, ', ') from traveler.superseded_content(test.the(r)) c join test.id i on i.id = c.run_id), '1 second pump 1',
    format('the %s shows what was built under a superseded record', r)) from unnest(array['skid run', 'skid again']) r;
select test.work(test.step(test.the('skid again'), 'Mount'));
select is((select string_agg(c.level || ' ' || i.name || ' ' || c.record_number, ', ') from traveler.superseded_content(test.the('skid again')) c join test.id i on i.id = c.run_id), '1 second pump 1', 'once completed as well');
select traveler.complete_run(test.the('second pump'));
select test.keep('skid third', test.taken('build skid', array[test.the('k1')]));
select is((select string_agg(c.level || ' ' || i.name || ' ' || c.record_number, ', ') from traveler.superseded_content(test.the(r)) c join test.id i on i.id = c.run_id), x,
    format('of %s: %s', r, coalesce(x, 'nothing'))) from (values ('skid run', '1 second pump 1'), ('skid again', '1 second pump 1'), ('skid third', null)) y (r, x);
select is((select string_agg(c.level || ' ' || i.name || ' ' || c.record_number, ', ') from traveler.superseded_content(test.the('second pump')) c join test.id i on i.id = c.run_id), null, 'bought parts have no record');
commit;
reset session authorization;

-- The guards stand without the act ----------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied($$ update traveler.run_inventory set taken = true $$, 'the service changes no run''s inventory');
select test.denied($$ insert into traveler.carried_installation (org_id, run_id, build_requirement_id, installation_id, quantity) values (traveler.current_org(), test.the('first'), test.the('first'), test.the('first'), 1) $$, 'and counts nothing by hand');
select test.denied($$ select traveler_private.take_inventory(test.the('first'), array[test.the('p2')]) $$, 'and calls nothing inside');
commit;
reset session authorization;
create function test.put(p_run text, p_taken boolean, variadic p_rows uuid[]) returns text language sql as $$
    select test.refusal(format($f$ insert into traveler.run_inventory (org_id, run_id, part_inventory_id, taken) select test.org_id('acme'), test.the(%L), x, %L from unnest(%L::uuid[]) x $f$, p_run, p_taken, p_rows))
$$;
grant execute on all functions in schema test to public;
begin;
select test.enter('admin');
select test.keep('a', test.receive(test.the('pump'), '1', '{"serial_number": "A"}')), test.keep('b', test.receive(test.the('pump'), '1', '{"serial_number": "B"}'));
commit;
set role traveler_owner;
begin;
select test.enter_owner();
select test.run_by_hand('hand', 'pump', 1);
select is(test.put('hand', false, test.the('a')), 'TV409 I3 built_or_taken', 'by hand either: what a run did not build it took');
select is(test.put('hand', true, test.the('a'), test.the('b')), 'TV409 I3 quantity_taken', 'as much as it is of');
select is(test.put('hand', true, test.the('held')), 'TV409 I3 inventory_unavailable', 'and only what is free');
select is(test.put('hand', true, test.the('m1')), 'TV409 I3 part_not_built', 'of its part');
select is(test.put('hand', true, test.the('p3')), '23505 run_inventory_live_key', 'that no other live run has');
select is(test.put('hand', true, test.the('a')), 'went through', 'but what the act may, the owner may');
select is(test.put('second', true, test.the('b')), 'TV409 C5 run_completed', 'to a completed run nothing is added');
select is(test.put('skid third', true, test.the('b')), 'TV409 P2 run_is_a_copy', 'nor to a live one that is there already');
select test.refuses(statement, refusal, format('nor does the owner: %s', test.brief(statement))) from (values
    ($$ update traveler.run_inventory set taken = false where run_id = test.the('second') $$, 'TV409 I3 derived'),
    ($$ update traveler.run_inventory set live = true where run_id = test.the('second') $$, 'TV409 I3 derived'),
    ($$ insert into traveler.run_inventory (org_id, run_id, part_inventory_id, taken, live) values (test.org_id('acme'), test.the('hand'), test.the('b'), true, false) $$, 'TV409 I3 derived'),
    ($$ insert into traveler.carried_installation (org_id, run_id, build_requirement_id, installation_id, quantity) select q.org_id, q.run_id, q.id, test.the('p1 in skid'), 1
        from traveler.build_requirement q where q.run_id = test.the('skid third') $$, 'TV409 B1 derived'),
    ($$ update traveler.carried_installation set ended_at = now() $$, 'TV409 B1 derived'),
    ($$ update traveler.build_requirement set quantity_carried = 0 where quantity_carried > 0 $$, 'TV409 B2 derived'),
    ($$ insert into traveler.build_requirement (org_id, run_id, part_id, quantity_per_unit, quantity_needed, quantity_carried) values (test.org_id('acme'), test.the('hand'), test.the('seal'), 1, 1, 1) $$, 'TV409 B2 derived'),
    ($$ update traveler.installation set removed_at = now(), removal_reason = 'x', removed_run_id = test.the('hand') where id = test.the('seals in p1') $$, 'TV409 C5 run_completed'),
    ($$ update traveler.installation set removed_run_id = test.the('hand') where id = test.the('m1 in p1') $$, 'TV409 B4 installation_fixed')) x (statement, refusal);
select is(test.refusal($$ update traveler.installation set removed_at = now(), removal_reason = 'x', removed_run_id = test.the('hand') where id = test.the('p1 in skid') $$)
    || ', ' || test.out_under('p1 in skid') || ', ' || test.met('skid third', 'pump') || ', ' || test.met('skid run', 'pump'),
    'went through, skid third, 0 + 1 of 2, 2 + 0 of 2', 'what the owner takes out by hand is taken out under the run that has the unit, whatever was written');
rollback;
reset role;

-- What was broken around the guards shows.
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.build_requirement q set quantity_carried = 1 where q.id = (select c.build_requirement_id from traveler.carried_installation c where c.run_id = test.the('skid third') limit 1);
select is((select string_agg(v.rule || ' ' || v.what, '; ') from traveler.integrity_violations v), 'B1 carried 1.000000, carried installations add up to 2.000000', 'a carried quantity that is not the sum');
rollback;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.run_inventory set live = true, quantity_freed = null where run_id = test.the('third');
select is((select string_agg(distinct v.rule, '; ') from traveler.integrity_violations v), 'I3', 'inventory that a canceled run kept');
rollback;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.installation n set removed_run_id = test.the('skid third') where n.id = test.the('m1 in p1');
select is((select string_agg(v.rule || ' ' || v.what, '; ') from traveler.integrity_violations v where v.rule = 'B4'), 'B4 it was taken out under a run that did not have its unit', 'a removal under a run that had no part in it');
rollback;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.carried_installation c set ended_at = null where c.run_id = test.the('fourth');
select is((select count(*) from traveler.integrity_violations v where v.what ~ 'no longer there'), 0::bigint, 'a completed run keeps what it counted');
update traveler.run r set completion_number = 0, completed_at = null where r.id = test.the('fourth');
select is((select string_agg(v.rule || ' ' || v.what, '; ') from traveler.integrity_violations v where v.what ~ 'no longer there'), 'B1 it counts what is no longer there', 'one that never was does not');
rollback;
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.carried_installation c set quantity = 2 where c.installation_id = test.the('p1 in skid') and c.run_id = test.the('skid third');
select is((select count(*) from traveler.integrity_violations v where v.what ~ 'counted twice'), 1::bigint, 'what counts for more than it is');
rollback;
select test.whole();
select * from finish();

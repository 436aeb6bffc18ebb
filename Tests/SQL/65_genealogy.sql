-- B6: what is in a unit and where a lot went, at any depth, now and then; and how that differs from what was to be.
\ir support/world.psql
select plan(77);

-- One line a row: level, part, serial or lot, quantity, and what is said of where exactly it is.
create function test.line_of(p_level integer, p_part text, p_serial text, p_lot text, p_quantity numeric, p_whole boolean, p_shared boolean, p_origin boolean)
returns text language sql immutable as $$
    select concat_ws(' ', p_level, p_part, coalesce(p_serial, p_lot), trim_scale(p_quantity), case when p_whole then 'whole' end, case when p_shared then 'shared' end,
        case when p_origin then 'origin' end)
$$;
create function test.in_it(p_unit text, p_at timestamptz default null) returns setof text language sql stable as $$
    select test.line_of(a.level, a.part_number, a.serial_number, a.lot_number, a.quantity, a.whole_run, a.shared, a.from_origin)
    from traveler.abom(test.the(p_unit), p_at) a order by 1
$$;
create function test.it_in(p_row text, p_at timestamptz default null) returns setof text language sql stable as $$
    select test.line_of(w.level, w.part_number, w.serial_number, w.lot_number, w.quantity, w.whole_run, w.shared, w.from_origin)
    from traveler.where_used(test.the(p_row), p_at) w order by 1
$$;
create function test.lot_in(p_part text, p_lot text, p_at timestamptz default null) returns setof text language sql stable as $$
    select test.line_of(w.level, w.part_number, w.serial_number, w.lot_number, w.quantity, w.whole_run, w.shared, w.from_origin)
    from traveler.where_lot_used(test.the(p_part), p_lot, p_at) w order by 1
$$;
create function test.differs(p_unit text, p_against text default 'run') returns setof text language sql stable as $$
    select concat_ws(' ', d ->> 'what', d ->> 'assembly_part_number', coalesce(d ->> 'assembly_serial_number', d ->> 'assembly_lot_number'), d ->> 'part_number', d ->> 'revision',
        d ->> 'expected', d ->> 'found', d #>> '{substitute,part_number}', d #>> '{substitute,revision}', d #>> '{substitute,found}',
        case when d #>> '{substitute,approved}' = 'false' then 'unapproved' end, nullif(d ->> 'excepted', '0'))
    from jsonb_array_elements(traveler.abom_difference(test.the(p_unit), p_against) -> 'differences') d order by 1
$$;
create function test.unlike(p_unit text, p_other text) returns setof text language sql stable as $$
    select concat_ws(' ', d ->> 'what', d ->> 'part_number', d ->> 'this', d ->> 'other', (
        select string_agg(concat_ws(' ', coalesce(x ->> 'serial_number', x ->> 'lot_number'), x ->> 'this', x ->> 'other'), ', ') from jsonb_array_elements(d -> 'identities') x))
    from jsonb_array_elements(traveler.abom_comparison(test.the(p_unit), test.the(p_other)) -> 'parts') d order by 1
$$;
-- A moment between two acts, of the clock that stamps them.
create table test.moment (name text primary key, at timestamptz not null default clock_timestamp());
grant select, insert on test.moment to public;
create function test.now_is(p_name text) returns void language sql as $$ insert into test.moment (name) values (p_name) $$;
create function test.when(p_name text) returns timestamptz language sql stable as $$ select m.at from test.moment m where m.name = p_name $$;
grant execute on all functions in schema test to public;

-- Wheels of bearings (or bushings) and a hub, carts of wheels; glue mixed of resin by the lot, with which the wheels are put together.
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bearing', test.part('BEARING', 'lot')), test.keep('bushing', test.part('BUSHING', 'lot')), test.keep('hub', test.part('HUB', 'serial')),
    test.keep('resin', test.part('RESIN', 'lot')), test.keep('glue', test.part('GLUE', 'lot')), test.keep('wheel', test.part('WHEEL', 'serial')), test.keep('cart', test.part('CART', 'serial'));
select test.mbom(test.the('glue'), test.line(test.the('resin'), '0.5'));
select test.mbom(test.the('wheel'), test.line(test.the('bearing'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bushing')))),
    test.line(test.the('hub'), '1'), test.line(test.the('glue'), '0.25'));
select test.mbom(test.the('cart'), test.line(test.the('wheel'), '2'));
select test.keep('mix', test.released('Mix', test.the('glue'), '[{"title": "Mix"}]')), test.keep('build wheel', test.released('Build a wheel', test.the('wheel'), '[{"title": "Assemble"}]')),
    test.keep('build cart', test.released('Build a cart', test.the('cart'), '[{"title": "Assemble"}]'));
select test.keep('bearings', test.receive(test.the('bearing'), '20', '{"lot_number": "B1"}')), test.keep('more bearings', test.receive(test.the('bearing'), '20', '{"lot_number": "B1"}')),
    test.keep('other bearings', test.receive(test.the('bearing'), '20', '{"lot_number": "B2"}')), test.keep('bushings', test.receive(test.the('bushing'), '20', '{"lot_number": "U1"}')),
    test.keep('resins', test.receive(test.the('resin'), '20', '{"lot_number": "R1"}'));
select test.keep(h, test.receive(test.the('hub'), '1', jsonb_build_object('serial_number', h))) from unnest(array['H1', 'H2', 'H3', 'H4']) h;
select test.now_is('before');
commit;

-- Glue: a lot is mixed, and two pieces of it are split off.
begin;
select test.enter('admin');
select test.keep('mixing', test.run(test.the('mix'), '{"quantity": "10", "lot_number": "G1"}'));
select test.keep('glues', test.unit(test.the('mixing')));
select test.install(test.need(test.the('mixing'), test.the('resin')), test.the('resins'), '5');
select test.work(test.step(test.the('mixing'), 'Mix'));
commit;
begin;
select test.enter('admin');
select test.now_is('mixed');
commit;
begin;
select test.enter('admin');
select test.keep('pot', (traveler.split_inventory(test.the('glues'), null, '{"quantity": "2"}') ->> 'id')::uuid);
select results_eq($$ select test.in_it('glues') $$, $$ values ('0 GLUE G1 8'), ('1 RESIN R1 5') $$, 'a lot holds what was mixed into it');
select results_eq($$ select test.in_it('pot') $$, $$ values ('0 GLUE G1 2'), ('1 RESIN R1 5 origin') $$, 'and so does what was split from it since: in one of the two');
select results_eq($$ select test.it_in('resins') $$, $$ values ('1 GLUE G1 5'), ('1 GLUE G1 5 origin') $$, 'and from the resin both are found');
select results_eq($$ select test.it_in('resins', test.when('mixed')) $$, $$ values ('1 GLUE G1 5') $$, 'but only the lot, before');
select is_empty($$ select test.differs('glues') $$, 'a lot is compared per unit of what was made, however much is left of it');
select is_empty($$ select test.differs('pot') $$, 'and so is a part of it');
commit;

-- Wheels: W1 by itself; W2 and W3 in one run, with bearings installed in the run as a whole.
begin;
select test.enter('admin');
select test.keep('one', test.run(test.the('build wheel'), '{"serial_numbers": ["W1"]}')), test.keep('pair', test.run(test.the('build wheel'), '{"serial_numbers": ["W2", "W3"]}'));
select test.keep('w1', test.unit(test.the('one'))), test.keep('w2', test.unit(test.the('pair'), 'W2')), test.keep('w3', test.unit(test.the('pair'), 'W3'));
select test.keep('wrong', test.install(test.need(test.the('one'), test.the('bearing')), test.the('other bearings'), '1.5'));
select test.install(test.need(test.the('one'), test.the('hub')), test.the('H1'));
commit;
begin;
select test.enter('admin');
select test.now_is('wrong bearings');
select results_eq($$ select test.differs('w1') $$, $$ values ('missing WHEEL W1 GLUE A 0.25 0'), ('quantity WHEEL W1 BEARING A 2 1.5') $$, 'what is missing and what is too little shows while a unit is built');
select traveler.uninstall(test.the('wrong'), null, 'wrong lot');
select test.install(test.need(test.the('one'), test.the('bearing')), test.the('bearings'), '0.75');
select test.install(test.need(test.the('one'), test.the('bearing')), test.the('bushings'), '1.25');
select test.install(test.need(test.the('one'), test.the('glue')), test.the('pot'), '0.25');
select test.work(test.step(test.the('one'), 'Assemble'));
select test.install(test.need(test.the('pair'), test.the('bearing')), test.the('bearings'), '3');
select test.install(test.need(test.the('pair'), test.the('bearing')), test.the('more bearings'), '1', test.the('w3'));
select test.install(test.need(test.the('pair'), test.the('hub')), test.the('H2'), null, test.the('w2')), test.install(test.need(test.the('pair'), test.the('hub')), test.the('H3'), null, test.the('w3'));
commit;
begin;
select test.enter('admin');
select results_eq($$ select test.in_it('w1') $$, $$ values ('0 WHEEL W1 1'), ('1 BEARING B1 0.75'), ('1 BUSHING U1 1.25'), ('1 GLUE G1 0.25'), ('1 HUB H1 1'), ('2 RESIN R1 5 origin') $$,
    'what is in a unit, with what is in the lot that a part of it was split from');
select results_eq($$ select test.in_it('w1', test.when('wrong bearings')) $$, $$ values ('0 WHEEL W1 1'), ('1 BEARING B2 1.5'), ('1 HUB H1 1') $$, 'as of a past moment it holds what it held');
select results_eq($$ select test.it_in('other bearings', test.when('wrong bearings')) $$, $$ values ('1 WHEEL W1 1.5') $$, 'and so from below');
select is_empty($$ select test.it_in('other bearings') $$, 'where it is no more');
select results_eq($$ select test.in_it('glues', test.when('before')) $$, $$ values ('0 GLUE G1 0') $$, 'before it was made there was none of it');
select results_eq($$ select test.in_it('bearings', test.when('before')) $$, $$ values ('0 BEARING B1 20') $$, 'and of stock, what there was then');
select test.refuses($$ select * from traveler.abom(test.the('w1'), now() + interval '1 hour') $$, 'TV422 Y3 moment_in_future', 'nothing is known of the future');
select test.refuses($$ select * from traveler.where_used(test.the('w1'), now() + interval '1 hour') $$, 'TV422 Y3 moment_in_future', 'nor from below');
select results_eq($$ select test.in_it('w2') $$, $$ values ('0 WHEEL W2 1'), ('1 BEARING B1 3 whole'), ('1 HUB H2 1') $$, 'what was installed in a run as a whole may be in this unit');
select results_eq($$ select test.in_it('w3') $$, $$ values ('0 WHEEL W3 1'), ('1 BEARING B1 1'), ('1 BEARING B1 3 whole'), ('1 HUB H3 1') $$, 'or in that');
select results_eq($$ select test.it_in('more bearings') $$, $$ values ('1 WHEEL W3 1') $$, 'a row is found where it is');
select results_eq($$ select test.lot_in('bearing', 'B1') $$, $$ values ('1 WHEEL W1 0.75'), ('1 WHEEL W2 3 whole'), ('1 WHEEL W3 1'), ('1 WHEEL W3 3 whole') $$,
    'a lot over all of its rows, and wherever it may be');
select is_empty($$ select test.lot_in('bearing', 'B1', test.when('before')) $$, 'nowhere, before');
select test.refuses($$ select * from traveler.where_lot_used(test.the('bearing'), null) $$, 'TV422 B6 lot_missing', 'a lot is one of a part');
commit;

-- Against what was to be built: the run's snapshot, or what is released now.
begin;
select test.enter('admin');
select results_eq($$ select test.differs('w1') $$, $$ values ('substituted WHEEL W1 BEARING A 2 2 BUSHING A 1.25') $$, 'a substitute counts for what it replaces, and is named');
select results_eq($$ select test.differs('w2') $$, $$ values ('missing WHEEL W2 GLUE A 0.25 0'), ('quantity WHEEL W2 BEARING A 2 1.5') $$, 'of what a run got as a whole, each unit has an equal part');
select results_eq($$ select test.differs('w3') $$, $$ values ('missing WHEEL W3 GLUE A 0.25 0'), ('quantity WHEEL W3 BEARING A 2 2.5') $$, 'besides its own');
select test.keep('new hub', test.part('HUB', 'serial', '{"revision": "B"}')), test.keep('cap', test.part('CAP'));
select test.mbom(test.the('wheel'), test.line(test.the('bearing'), '2'), test.line(test.the('new hub'), '1'), test.line(test.the('cap'), '1'));
select results_eq($$ select test.differs('w1') $$, $$ values ('substituted WHEEL W1 BEARING A 2 2 BUSHING A 1.25') $$, 'a later mBOM changes nothing of what a run was to build');
select results_eq($$ select test.differs('w1', 'mbom') $$, $$ values ('extra WHEEL W1 GLUE A 0 0.25'), ('missing WHEEL W1 CAP A 1 0'),
    ('substituted WHEEL W1 BEARING A 2 2 BUSHING A 1.25 unapproved'), ('substituted WHEEL W1 HUB B 1 1 HUB A 1 unapproved') $$,
    'but shows against itself: what is extra, missing, replaced without approval, and of another revision');
select is((traveler.abom_difference(test.the('w1'), 'run') ->> 'assemblies')::integer, 2, 'each assembly that something says anything of is compared');
select test.mbom(test.the('wheel'), test.line(test.the('bushing'), '1.25', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bearing')))),
    test.line(test.the('new hub'), '1'), test.line(test.the('glue'), '0.25'));
select results_eq($$ select test.differs('w1', 'mbom') $$, $$ values ('quantity WHEEL W1 BUSHING A 1.25 2'), ('substituted WHEEL W1 BUSHING A 1.25 2 BEARING A 0.75'),
    ('substituted WHEEL W1 HUB B 1 1 HUB A 1 unapproved') $$, 'a part counts for its own line, and for what it may replace, where what it was meant for is gone');
select test.mbom(test.the('glue'), test.line(test.the('resin'), '0.6'));
select is_empty($$ select test.differs('pot') $$, 'a part of a lot was built by the run that built the lot');
select results_eq($$ select test.differs('pot', 'mbom') $$, $$ values ('quantity GLUE G1 RESIN A 0.6 0.5') $$, 'whatever is released since');
select results_eq($$ select test.differs('bearings') $$, $$ select null::text where false $$, 'what is not built is not');
commit;

-- Exceptions, a cart of what is above, and two units with each other.
begin;
select test.enter('admin');
select test.install(test.need(test.the('pair'), test.the('glue')), test.the('pot'), '0.25', test.the('w2'));
select traveler.except_requirement(test.need(test.the('pair'), test.the('glue')), jsonb_build_object('quantity', '0.25', 'reason', 'None left.',
    'issue_id', traveler.create_issue(jsonb_build_object('title', 'No glue', 'run_id', test.the('pair'))) ->> 'id'));
select results_eq($$ select test.differs('w3') $$, $$ values ('missing WHEEL W3 GLUE A 0.25 0 0.25'), ('quantity WHEEL W3 BEARING A 2 2.5') $$, 'an exception is named, and stays a difference');
commit;
begin;
select test.enter('admin');
select results_eq($$ select test.unlike('w2', 'w3') $$, $$ values ('identity HUB 1 1 H2 1 0, H3 0 1'), ('only_in_this GLUE 0.25 0 G1 0.25 0'), ('only_in_this RESIN 0.125 0 R1 0.125 0'),
    ('quantity BEARING 1.5 2.5 B1 1.5 2.5') $$, 'two units: what only one has, how much, and which serials and lots');
select results_eq($$ select test.unlike('w3', 'w2') $$, $$ values ('identity HUB 1 1 H2 0 1, H3 1 0'), ('only_in_other GLUE 0 0.25 G1 0 0.25'), ('only_in_other RESIN 0 0.125 R1 0 0.125'),
    ('quantity BEARING 2.5 1.5 B1 2.5 1.5') $$, 'and the other way');
select is_empty($$ select test.unlike('w2', 'w2') $$, 'a unit is like itself');
select test.keep('carting', test.run(test.the('build cart'), '{"serial_numbers": ["C1"]}'));
select test.keep('c1', test.unit(test.the('carting')));
select test.install(test.need(test.the('carting'), test.the('wheel')), test.the('w1'));
select results_eq($$ select test.it_in('resins') $$, $$ values ('1 GLUE G1 5'), ('1 GLUE G1 5 origin'), ('1 GLUE G1 5 origin'), ('1 GLUE G1 5 origin'),
    ('2 WHEEL W1 0.25'), ('2 WHEEL W2 0.25'), ('3 CART C1 1') $$, 'from the resin up: the glue, the wheels, the cart');
select results_eq($$ select test.in_it('c1') $$, $$ values ('0 CART C1 1'), ('1 WHEEL W1 1'), ('2 BEARING B1 0.75'), ('2 BUSHING U1 1.25'), ('2 GLUE G1 0.25'), ('2 HUB H1 1'), ('3 RESIN R1 5 origin') $$,
    'from the cart down');
select results_eq($$ select test.differs('c1') $$, $$ values ('quantity CART C1 WHEEL A 2 1'), ('substituted WHEEL W1 BEARING A 2 2 BUSHING A 1.25') $$, 'and every level differs for itself');
commit;

-- What two units have as a whole, and what is in that: each half of it, and both all of it.
begin;
select test.enter('admin');
select traveler.change_part(p.id, null, '{"lot_traceability": true}') from traveler.part p where p.id in (test.the('bearing'), test.the('glue'));
select test.mbom(test.the('wheel'), test.line(test.the('bearing'), '2'), test.line(test.the('glue'), '0.25'));
select test.keep('both', test.run(test.the('build wheel'), '{"serial_numbers": ["W4", "W5"]}')), test.keep('trial', test.run(test.the('build wheel'), '{"serial_numbers": ["W6"]}'));
select test.install(test.need(test.the('both'), test.the('bearing')), test.the('bearings'), '4'), test.install(test.need(test.the('both'), test.the('glue')), test.the('glues'), '0.5');
select test.work(test.step(test.the('both'), 'Assemble'));
select test.keep('two', test.run(test.the('build cart'), '{"serial_numbers": ["C2"]}')), test.keep('w6', test.unit(test.the('trial')));
select test.keep('c2', test.unit(test.the('two')));
select test.install(test.need(test.the('two'), test.the('wheel')), i.id) from traveler.part_inventory i where i.serial_number in ('W4', 'W5') order by i.id;
select results_eq($$ select test.in_it('c2') $$, $$ values ('0 CART C2 1'), ('1 WHEEL W4 1'), ('1 WHEEL W5 1'), ('2 BEARING B1 4 whole'), ('2 BEARING B1 4 whole'), ('2 GLUE G1 0.5 whole'), ('2 GLUE G1 0.5 whole'),
    ('3 RESIN R1 5 origin') $$, 'what is in a whole is listed once');
select results_eq($$ select test.unlike('c2', 'w6') $$, $$ values ('only_in_this BEARING 4 0 B1 4 0'), ('only_in_this GLUE 0.5 0 G1 0.5 0'), ('only_in_this RESIN 0.25 0 R1 0.25 0'),
    ('only_in_this WHEEL 2 0 W4 1 0, W5 1 0') $$, 'and counted for each that has a part of it');
commit;

-- What was split off before something was added does not hold it.
begin;
select test.enter('admin');
select test.keep('early', (traveler.split_inventory(test.the('glues'), null, '{"quantity": "1"}') ->> 'id')::uuid);
commit;
begin;
select test.enter('admin');
select traveler.reopen_run(test.the('mixing'), null, 'More resin.', array(select w.installation_id from traveler.where_used(test.the('glues')) w));
commit;
begin;
select test.enter('admin');
select traveler.uninstall(n.id, null, 'Too old.') from traveler.installation n where n.run_id = test.the('mixing');
select test.keep('fresh', test.receive(test.the('resin'), '5', '{"lot_number": "R2"}'));
select test.install(test.need(test.the('mixing'), test.the('resin')), test.the('fresh'));
select traveler.complete_run(test.the('mixing'), null, '[]');
commit;
begin;
select test.enter('admin');
select results_eq($$ select test.in_it('early') $$, $$ values ('0 GLUE G1 1') $$, 'what was split off before something was added does not hold it');
select test.keep('late', (traveler.split_inventory(test.the('glues'), null, '{"quantity": "1"}') ->> 'id')::uuid);
select results_eq($$ select test.in_it('late') $$, $$ values ('0 GLUE G1 1'), ('1 RESIN R2 5 origin') $$, 'what was split off after does');
select results_eq($$ select test.it_in('fresh') $$, $$ values ('1 GLUE G1 5'), ('1 GLUE G1 5 origin') $$, 'and from below it is the same');
commit;
begin;
select test.enter('admin');
select traveler.merge_inventory(test.the('early'), null, jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('late'))));
select results_eq($$ select test.in_it('early') $$, $$ values ('0 GLUE G1 2'), ('1 RESIN R2 5 origin') $$, 'merging brings in what the other held');
select is((select count(*) from traveler.where_used(test.the('fresh')) w where w.assembly_inventory_id = test.the('early')), 1::bigint, 'from below too');
commit;

-- X4, X5: what was made as a whole is shared once units are split off, counts once, and is resolved.
reset session authorization;
create function test.split_off(p_run text, p_from text, p_request jsonb) returns uuid language sql as $$
    select (traveler.split_run(test.the(p_run), test.the(p_from), null, p_request || jsonb_build_object('issue', jsonb_build_object('title', 'Cracked')), '{}') -> 'split' ->> 'id')::uuid
$$;
create function test.resolve(p_installation text, variadic p_assignments jsonb[]) returns jsonb
language sql as $$ select traveler.resolve_installation(test.the(p_installation), null, jsonb_build_object('assignments', to_jsonb(p_assignments))) $$;
create function test.to(p_split text, p_quantity text) returns jsonb
language sql as $$ select jsonb_build_object('split_id', test.the(p_split), 'quantity', p_quantity) $$;
create function test.merge(p_split text) returns void language plpgsql as $$
begin
    perform traveler.dispose_issue(s.issue_id, null, jsonb_build_object('disposition_type_id',
        (traveler.create_disposition_type('{"name": "No fault", "availability": "available_immediately"}') ->> 'id')::uuid))
    from traveler.run_split s where s.id = test.the(p_split);
    perform traveler.close_split(test.the(p_split), null, 'merged', 'Fine after all.');
end
$$;
grant execute on all functions in schema test to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('second', test.run(test.the('mix'), '{"quantity": "10", "lot_number": "G2"}'));
select test.keep('batch', test.unit(test.the('second')));
select test.keep('5 resin', test.install(test.need(test.the('second'), test.the('resin')), test.the('resins'), '5'));
select test.keep('four', test.run(test.the('build wheel'), '{"serial_numbers": ["S1", "S2", "S3", "S4", "S5"]}'));
select test.keep(lower(s), test.unit(test.the('four'), s)) from unnest(array['S1', 'S2', 'S3', 'S4', 'S5']) s;
select test.keep('10 bearings', test.install(test.need(test.the('four'), test.the('bearing')), test.the('other bearings'), '10'));
select test.now_is('whole');
commit;
begin;
select test.enter('admin');
select test.keep('part', test.split_off('second', null, '{"quantity": "4"}'));
select test.keep('part row', i.part_inventory_id) from traveler.run_inventory i where i.run_split_id = test.the('part');
select test.keep('cracked', test.split_off('four', null, jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('s3'), test.the('s4'), test.the('s5')))));
commit;
begin;
select test.enter('admin');
select test.now_is('split');
select results_eq($$ select test.in_it('batch') $$, $$ values ('0 GLUE G2 6'), ('1 RESIN R1 5 shared') $$, 'what went into a lot is shared once a part of it is split off');
select results_eq($$ select test.in_it('part row') $$, $$ values ('0 GLUE G2 4'), ('1 RESIN R1 5 shared') $$, 'by both');
select results_eq($$ select w.assembly_inventory_id, w.shared from traveler.where_used(test.the('resins')) w where w.lot_number = 'G2' order by 1 $$,
    $$ select x.id, true from unnest(array[test.the('batch'), test.the('part row')]) x (id) order by 1 $$, 'and found in both');
select results_eq($$ select test.in_it(u) from unnest(array['s1', 's2', 's3', 's4', 's5']) u $$, $$ select x from unnest(array['s1', 's2', 's3', 's4', 's5']) u,
    lateral (values ('0 WHEEL ' || upper(u) || ' 1'), ('1 BEARING B2 10 whole shared')) v (x) $$, 'a whole is shared by the units that stay and those that go');
select is((select count(*) from traveler.where_used(test.the('other bearings')) w where w.shared and w.whole_run and w.serial_number like 'S_'), 5::bigint, 'and found in each');
select results_eq($$ select * from test.differs('part row') $$, $$ values ('quantity GLUE G2 RESIN A 0.6 0.5') $$, 'each has its part of it');
select results_eq($$ select replace(d, 'S4', 'S1') from test.differs('s4') d $$, $$ select test.differs('s1') $$, 'unit by unit');
select results_eq($$ select test.unlike('s1', 's4') $$, $$ select ''::text where false $$, 'and none more than another');
select test.resolve('5 resin', test.to(null, '3'), test.to('part', '2'));
select test.keep('worse', test.split_off('four', 'cracked', jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('s4'), test.the('s5')))));
select test.resolve('10 bearings', test.to(null, '4'), test.to('cracked', '2'), test.to('worse', '4'));
commit;
begin;
select test.enter('admin');
select test.now_is('resolved');
select results_eq($$ select test.in_it('batch') union all select test.in_it('part row') $$, $$ values ('0 GLUE G2 6'), ('1 RESIN R1 3'), ('0 GLUE G2 4'), ('1 RESIN R1 2') $$, 'resolved, each has its own');
select results_eq($$ select test.in_it(u) from unnest(array['s2', 's3', 's4']) u $$, $$ values ('0 WHEEL S2 1'), ('1 BEARING B2 4 whole'), ('0 WHEEL S3 1'), ('1 BEARING B2 2'), ('0 WHEEL S4 1'), ('1 BEARING B2 4 whole') $$,
    'each group of units too; a unit by itself, by name');
select results_eq($$ select test.in_it('part row', test.when('split')) $$, $$ values ('0 GLUE G2 4'), ('1 RESIN R1 5 shared') $$, 'as of before, it was shared');
select results_eq($$ select test.in_it('s4', test.when('split')) union all select test.in_it('s4', test.when('whole')) $$,
    $$ values ('0 WHEEL S4 1'), ('1 BEARING B2 10 whole shared'), ('0 WHEEL S4 1'), ('1 BEARING B2 10 whole') $$, 'and before that, the run''s as a whole');
select is((select count(*) from traveler.where_used(test.the('other bearings'), test.when('whole')) w where not w.shared and w.whole_run and w.serial_number like 'S_'), 5::bigint,
    'from below too');
select test.merge('worse');
commit;
begin;
select test.enter('admin');
select test.now_is('merged');
select results_eq($$ select test.in_it('s4', test.when('merged')) $$, $$ select test.in_it('s4') $$, 'a moment after a merge is read like now');
select results_eq($$ select test.in_it(u) from unnest(array['s1', 's3', 's4']) u $$, $$ values ('0 WHEEL S1 1'), ('1 BEARING B2 4 whole'), ('1 BEARING B2 4 whole'), ('0 WHEEL S3 1'), ('1 BEARING B2 2'),
    ('0 WHEEL S4 1'), ('1 BEARING B2 4 whole'), ('1 BEARING B2 4 whole') $$, 'merged, it is the run''s unit again, with what it brought');
select results_eq($$ select test.in_it(u, test.when('resolved')) from unnest(array['s1', 's3', 's4']) u $$, $$ values ('0 WHEEL S1 1'), ('1 BEARING B2 4 whole'), ('0 WHEEL S3 1'), ('1 BEARING B2 2'),
    ('0 WHEEL S4 1'), ('1 BEARING B2 4 whole') $$, 'and as of before, it was not');
select results_eq($$ select string_agg(w.serial_number, ' ' order by w.serial_number) from traveler.installation n, traveler.where_used(n.part_inventory_id, test.when('resolved')) w
    where n.run_id = test.the('four') and w.installation_id = n.id group by n.id order by 1 $$, $$ values ('S1 S2'), ('S3'), ('S4 S5') $$, 'from below neither');
-- Resolved in favor of those who had it: the installation stays, what was shared of it is over.
select test.keep('rest', test.split_off('four', null, jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('s1'), test.the('s2')))));
select test.keep('their 4', n.id) from traveler.installation n where n.run_id = test.the('four') and n.shares = 1 order by n.id limit 1;
select test.resolve('their 4', test.to(null, '4'));
select test.keep('bit', test.split_off('second', null, '{"quantity": "1"}'));
select test.keep('bit row', i.part_inventory_id) from traveler.run_inventory i where i.run_split_id = test.the('bit');
select test.keep('3 resin', n.id) from traveler.installation n where n.run_id = test.the('second') and n.shares = 1;
select test.resolve('3 resin', test.to(null, '3'));
select results_eq($$ select test.in_it(u) from unnest(array['s1', 's4', 'bit row', 'batch']) u $$, $$ values ('0 WHEEL S1 1'), ('1 BEARING B2 4 whole shared'), ('0 WHEEL S4 1'), ('1 BEARING B2 4 whole'), ('1 BEARING B2 4 whole shared'),
    ('0 GLUE G2 1'), ('0 GLUE G2 5'), ('1 RESIN R1 3') $$, 'what was resolved for the others is here no more');
commit;

-- B7: what a run made in its units is compared with what stands under it.
begin;
select test.enter('admin');
select test.keep('axle', test.part('AXLE', 'serial')), test.keep('pad', test.part('PAD', 'lot')), test.keep('pin', test.part('PIN')), test.keep('trolley', test.part('TROLLEY', 'serial'));
select test.mbom(test.the('axle'), test.line(test.the('pin'), '2')), test.mbom(test.the('pad'), test.line(test.the('pin'), '1'));
select test.mbom(test.the('trolley'), test.line(test.the('axle'), '1', '{"made_on_assembly": true}'), test.line(test.the('pad'), '4', '{"made_on_assembly": true}'));
select test.keep('trolleys', test.run(test.released('Build a trolley', test.the('trolley'), '[{"title": "Assemble"}]'), '{"serial_numbers": ["T1", "T2"]}'));
select test.keep(lower(t), test.unit(test.the('trolleys'), t)), test.keep(t || ' axle', (select a.part_inventory_id from traveler.abom(test.unit(test.the('trolleys'), t)) a where a.part_number = 'AXLE')),
    test.keep(t || ' pad', (select a.part_inventory_id from traveler.abom(test.unit(test.the('trolleys'), t)) a where a.part_number = 'PAD')) from unnest(array['T1', 'T2']) t;
select test.keep('pins', test.receive(test.the('pin'), '100'));
select test.install(q.id, test.the('pins'), x.quantity, test.the(x.row)) from (values ('AXLE', 'T1 axle', '2'), ('PAD', 'T1 pad', '4'), ('PAD', 'T2 pad', '2')) x (part, row, quantity)
join traveler.build_requirement q on q.run_id = test.the('trolleys') and q.part_id = test.the('pin')
join traveler.build_requirement m on m.id = q.parent_id and m.part_id = test.the(lower(x.part));
select results_eq($$ select test.in_it('t1') $$, $$ values ('0 TROLLEY T1 1'), ('1 AXLE 1'), ('1 PAD 4'), ('2 PIN 2'), ('2 PIN 4') $$, 'what was made in a unit is in it, with its own');
select is_empty($$ select test.differs('t1') $$, 'per one of what was made');
select results_eq($$ select test.differs('t2') $$, $$ values ('missing AXLE PIN A 2 0'), ('quantity PAD PIN A 1 0.5') $$, 'and what is missing in that is told of that');
select is((traveler.abom_difference(test.the('t2'), 'run') -> 'differences' -> 0 ->> 'run_id')::uuid, test.the('trolleys'), 'by the run that made it');
commit;

begin;
select test.enter('admin');
select test.keep('off', test.split_off('trolleys', null, jsonb_build_object('part_inventory_ids', jsonb_build_array(test.the('t2')))));
select results_eq($$ select test.in_it('t1') $$, $$ values ('0 TROLLEY T1 1'), ('1 AXLE 1'), ('1 PAD 4'), ('2 PIN 2'), ('2 PIN 4') $$, 'a split leaves what was made in a unit in it');
select results_eq($$ select test.differs(u) from unnest(array['t1', 't2']) u $$, $$ values ('missing AXLE PIN A 2 0'), ('quantity PAD PIN A 1 0.5') $$, 'and what is to be in that');
commit;

-- Another org has none of it ------------------------------------------------------------------------------------------

begin;
select test.enter('stranger');
select test.keep('their bearing', test.part('BEARING', 'lot')), test.keep('their wheel', test.part('WHEEL', 'serial'));
select test.mbom(test.the('their wheel'), test.line(test.the('their bearing'), '2'));
select test.keep('theirs', test.run(test.released('Build', test.the('their wheel'), '[{"title": "S"}]'), '{"serial_numbers": ["W1"]}'));
select test.install(test.need(test.the('theirs'), test.the('their bearing')), test.receive(test.the('their bearing'), '20', '{"lot_number": "B1"}'), '2');
select test.keep('their w1', test.unit(test.the('theirs')));
select is_empty($$ select test.in_it('w1') $$, 'another org sees nothing in a unit');
select is_empty($$ select test.it_in('bearings') $$, 'nor where its parts are');
select is_empty($$ select test.lot_in('bearing', 'B1') $$, 'nor by the lot');
select results_eq($$ select test.lot_in('their bearing', 'B1') $$, $$ values ('1 WHEEL W1 2') $$, 'but its own, of the same names');
select is(traveler.abom_difference(test.the('w1'), 'run'), null, 'nor how it differs');
select test.refuses($$ select traveler.abom_comparison(test.the('their w1'), test.the('w1')) $$, 'TV404 T1 inventory_unknown', 'nor from its own');
select is(traveler.abom_comparison(test.the('w1'), test.the('their w1')), null, 'either way');
commit;
reset session authorization;
select test.whole();
select * from finish();

-- H2, H3: a run waits for what another builds, by a requirement and a quantity; never in a ring, at whatever depth.
\ir support/world.psql
select plan(52);

create function test.supply(p_need uuid, p_supplier uuid, p_quantity text default null) returns uuid language sql as $$
    select (traveler.supply_requirement(p_need, jsonb_strip_nulls(jsonb_build_object('supplying_run_id', p_supplier, 'quantity', p_quantity))) ->> 'id')::uuid
$$;
create function test.waits(p_run uuid) returns text language sql as $$
    select string_agg(format('%s of %s, %s', traveler.json_decimal(s.quantity), r.title, traveler.run_supply_json(s.id) ->> 'state'), '; ' order by s.id)
    from traveler.run_supply s join traveler.run r on r.id = s.supplying_run_id where s.run_id = p_run
$$;
-- What a plan has to wait for: run by run, a canceled one marked.
create function test.plan_waits(p_run uuid) returns text language sql as $$
    select string_agg(format('%s%s', r.title, case when (u ->> 'is_canceled')::boolean then ', canceled' end), '; ' order by u ->> 'id')
    from jsonb_array_elements(traveler.plan_facts(jsonb_build_object('run_ids', jsonb_build_array(p_run))) -> 'supplies') u join traveler.run r on r.id = (u ->> 'supplying_run_id')::uuid
$$;
create function test.end_supply(p_supply uuid) returns text language sql as $$ select traveler.end_run_supply(p_supply, null, 'story') ->> 'state' $$;
create function test.message(p_sql text) returns text language plpgsql as $$
begin
    execute p_sql;
    return null;
exception when others then
    return sqlerrm;
end
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('frame', test.part('FRAME', 'lot')), test.keep('tube', test.part('TUBE', 'lot')), test.keep('cart', test.part('CART', 'serial')), test.keep('bolt', test.part('BOLT', 'lot'));
select test.mbom(test.the('cart'), test.line(test.the('frame'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('tube')))));
select test.keep('of cart', test.released('Cart', test.the('cart'), '[{"title": "A"}, {"title": "B"}]'));
-- A frame may be made of carts: parts alone make no ring here.
select test.keep('of frame', test.released('Frame', test.the('frame'), jsonb_build_array(jsonb_build_object('title', 'F', 'requirements', jsonb_build_array(test.line(test.the('cart'), '1'), test.line(test.the('frame'), '1'))))));
select test.keep('of tube', test.released('Tube', test.the('tube'), '[{"title": "T"}]')), test.keep('of bolt', test.released('Bolt', test.the('bolt'), '[{"title": "S"}]'));
select test.keep('cart 1', test.run(test.the('of cart'), '{"title": "Cart 1", "serial_numbers": ["1"]}')), test.keep('cart 2', test.run(test.the('of cart'), '{"title": "Cart 2", "serial_numbers": ["2"]}'));
select test.keep('frames', test.run(test.the('of frame'), '{"title": "Frames", "quantity": "3", "lot_number": "F1"}')),
    test.keep('frames 2', test.run(test.the('of frame'), '{"title": "Frames 2", "quantity": "3", "lot_number": "F2"}')),
    test.keep('frames 3', test.run(test.the('of frame'), '{"title": "Frames 3", "quantity": "3", "lot_number": "F3"}')),
    test.keep('tubes', test.run(test.the('of tube'), '{"title": "Tubes", "quantity": "9", "lot_number": "T1"}')), test.keep('bolts', test.run(test.the('of bolt'), '{"title": "Bolts", "quantity": "9", "lot_number": "S1"}'));
select test.keep('need', test.need(test.the('cart 1'), test.the('frame'))), test.keep('need 2', test.need(test.the('cart 2'), test.the('frame'))),
    test.keep('back', test.need(test.the('frames'), test.the('cart')));
commit;

begin;
select test.enter('technician');
select test.refuses($$ select test.supply(test.the('need'), test.the('frames')) $$, 'TV403 T3 permission_missing', 'T3: who plans holds run.schedule');
select test.enter('planner');
select test.refuses(format($$ select test.supply(test.the(%L), test.the(%L), %L) $$, need, supplier, quantity), refusal, what) from (values
    ('nothing', 'frames', '1', 'TV404 T1 requirement_unknown', 'a requirement that is there waits'),
    ('need', 'nothing', '1', 'TV422 T1 run_unknown', 'for a run that is there'),
    ('need', 'bolts', '1', 'TV409 B2 part_not_approved', 'that builds what is required'),
    ('need', 'cart 1', '1', 'TV409 H3 waiting_in_a_ring', 'and is not the run itself'),
    ('need', 'frames', '2.000001', 'TV409 H3 above_need', 'no more than is needed'),
    ('need', 'frames', '0', 'TV422 I4 quantity_invalid', 'more than nothing'),
    ('need', 'frames', 'NaN', 'TV422 I4 quantity_invalid', 'and a number')) r (need, supplier, quantity, refusal, what);
select test.keep('one', test.supply(test.the('need'), test.the('frames'), '0.5'));
select is((select s - array['id', 'created_at'] from traveler.run_supply_json(test.the('one')) s), jsonb_build_object('run_id', test.the('cart 1'), 'run_number', 1, 'build_requirement_id', test.the('need'),
    'run_step_id', null, 'supplying_run_id', test.the('frames'), 'supplying_run_number', 3, 'part_id', test.the('frame'), 'quantity', '0.5', 'state', 'waiting',
    'created_by', 'user:' || test.user_id('planner'), 'ended_by', null, 'ended_at', null, 'end_reason', null, 'version', 1), 'H2: what a run waits for says which requirement, for which run and how much');
select test.refuses($$ select test.supply(test.the('need'), test.the('frames'), '1') $$, 'TV409 H3 waits_already', 'a requirement waits for a run once');
select test.keep('two', test.supply(test.the('need'), test.the('tubes')));
select is(test.waits(test.the('cart 1')), '0.5 of Frames, waiting; 1.5 of Tubes, waiting', 'a substitute does; all that is open, unless a quantity is given');
select test.refuses($$ select test.supply(test.the('need'), test.the('frames 2')) $$, 'TV409 H3 nothing_open', 'and then nothing is open');
select test.keep('three', test.supply(test.the('need 2'), test.the('frames'), '2'));
select test.refuses($$ select test.supply(test.need(test.the('frames 2'), test.the('frame')), test.the('frames'), '0.6') $$, 'TV409 H3 above_output', 'nobody waits for more than a run builds');
select test.keep('rest', test.supply(test.need(test.the('frames 2'), test.the('frame')), test.the('frames')));
select is((select traveler.json_decimal(s.quantity) from traveler.run_supply s where s.id = test.the('rest')), '0.5',
    'without a quantity, what is left of it');
select test.enter('stranger');
select test.refuses($$ select test.supply(test.the('need'), test.the('frames')) $$, 'TV404 T1 requirement_unknown', 'T1: another org has no such requirement');
select is(traveler.run_supply_json(test.the('one')), null, 'and reads no wait of this one');
select test.refuses($$ select test.end_supply(test.the('one')) $$, 'TV404 T1 run_supply_unknown', 'nor ends it');
commit;

-- No rings -------------------------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select test.refuses($$ select test.supply(test.the('back'), test.the('cart 1'), '1') $$, 'TV409 H3 waiting_in_a_ring', 'H3: two runs don''t wait for each other');
select test.refuses($$ select test.supply(test.need(test.the('frames'), test.the('frame')), test.the('frames 2')) $$, 'TV409 H3 waiting_in_a_ring', 'nor by other requirements');
select test.supply(test.need(test.the('frames 3'), test.the('frame')), test.the('frames 2'));
select test.refuses($$ select test.supply(test.need(test.the('frames'), test.the('frame')), test.the('frames 3')) $$, 'TV409 H3 waiting_in_a_ring', 'nor in a ring of three');
select is(test.message($$ select test.supply(test.need(test.the('frames'), test.the('frame')), test.the('frames 3')) $$),
    'The runs would wait for each other: run 3, which waits for run 5, which waits for run 4, which waits for run 3.', 'the ring is told by name');
select test.end_supply(s.id) from traveler.run_supply s where s.run_id = test.the('frames 3');
select lives_ok($$ select test.supply(test.need(test.the('frames'), test.the('frame')), test.the('frames 3')) $$, 'what was ended makes no ring');
rollback;

-- How it ends ----------------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select test.end_supply(test.the('one')) $$, 'TV403 T3 permission_missing', 'T3: not everyone ends a wait');
select test.enter('planner');
select test.refuses($$ select traveler.end_run_supply(test.the('one'), null, ' ') $$, '23514 run_supply_end_reason_length', 'it is ended with a reason');
select test.refuses($$ select traveler.end_run_supply(test.the('one'), 7, 'x') $$, 'TV412 stale', 'as it stands');
select is(test.end_supply(test.the('one')), 'ended', 'a wait is ended');
select test.refuses($$ select test.end_supply(test.the('one')) $$, 'TV409 H3 already_ended', 'once');
select test.keep('again', test.supply(test.the('need'), test.the('frames'), '0.5'));
select is((select s ->> 'quantity' from traveler.run_supply_json(test.the('again')) s), '0.5', 'and the requirement may wait for the same run again');
commit;
begin;
select test.enter('admin');
select 1 from traveler.act_on_run('cancel', test.the('tubes'), null, 'story');
select is(test.waits(test.the('cart 1')), '0.5 of Frames, ended; 1.5 of Tubes, canceled; 0.5 of Frames, waiting', 'the wait says that the run is canceled that it is for');
select is(test.plan_waits(test.the('cart 1')), 'Tubes, canceled; Frames', 'a plan has what goes on, and the canceled one by name');
select test.end_supply(test.the('two'));
select test.refuses($$ select test.supply(test.the('need'), test.the('tubes')) $$, 'TV409 H3 supplying_run_ended', 'nobody waits for a canceled run');
commit;
begin;
select test.enter('admin');
select test.keep('of plain', test.released('Plain frame', test.the('frame'), '[{"title": "P"}]'));
select test.keep('plain', test.run(test.the('of plain'), '{"title": "Plain", "quantity": "2", "lot_number": "P1"}'));
select test.keep('last', test.supply(test.the('need'), test.the('plain'), '1.5'));
commit;
begin;
select test.enter('admin');
select test.work(test.step(test.the('plain'), 'P'));
select is(test.waits(test.the('cart 1')), '0.5 of Frames, ended; 1.5 of Tubes, ended; 0.5 of Frames, waiting; 1.5 of Plain, delivered', 'a completed run has delivered');
select is(test.plan_waits(test.the('cart 1')), 'Frames', 'a plan waits for it no more');
select test.refuses($$ select test.supply(test.the('need 2'), test.the('plain'), '0.1') $$, 'TV409 H3 supplying_run_ended', 'and nobody waits for it');
commit;
begin;
select test.enter('admin');
select test.install(test.the('need'), i.id, '2') from traveler.part_inventory i where i.lot_number = 'P1';
select is(traveler.run_supply_json(test.the('again')) ->> 'state', 'met', 'what is installed meets the need');
select is(test.plan_waits(test.the('cart 1')), null, 'nor for what is met');
select test.work(test.step(test.the('cart 1'), 'A')), test.work(test.step(test.the('cart 1'), 'B'));
select is((select r.status from traveler.run r where r.id = test.the('cart 1')), 'complete', 'waiting keeps no run from completing');
select test.refuses($$ select test.end_supply(test.the('again')) $$, 'TV409 C5 run_completed', 'C5: a completed run''s waits are locked');
select 1 from traveler.act_on_run('cancel', test.the('cart 2'), null, 'story');
select test.end_supply(test.the('three'));
select test.refuses($$ select test.supply(test.the('need 2'), test.the('frames'), '1') $$, 'TV409 H3 run_canceled', 'a canceled run waits for nothing');
commit;
reset session authorization;
select is((select count(*) from traveler.transaction_history h where h.table_name = 'run_supply' and h.root_id = test.the('cart 1')), 6::bigint, 'Y1: what a run waits for is in its history');

-- By psql ----------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.denied($$ insert into traveler.run_supply (org_id) values (traveler.current_org()) $$, 'the service writes no wait');
commit;
reset session authorization;
create function test.wait_row(p_need uuid, p_supplier uuid, p_quantity numeric) returns void language plpgsql as $$
begin
    insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
    select q.org_id, q.run_id, q.id, p_supplier, p_quantity, 'x' from traveler.build_requirement q where q.id = p_need;
end
$$;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(s.statement, s.refusal, 'the owner by SQL: ' || s.what) from (values
    ('another part', $$ select test.wait_row(test.need(test.the('frames 3'), test.the('frame')), test.the('bolts'), 1) $$, 'TV409 B2 part_not_approved'),
    ('more than is needed', $$ select test.wait_row(test.need(test.the('frames 3'), test.the('frame')), test.the('frames 2'), 3.1) $$, 'TV409 H3 above_need'),
    ('a ring', $$ select test.wait_row(test.need(test.the('frames'), test.the('frame')), test.the('frames 2'), 1) $$, 'TV409 H3 waiting_in_a_ring'),
    ('a ring in one statement', $$ insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
        select q.org_id, q.run_id, q.id, x.by, 1, 'x' from (values (test.the('frames 2'), test.the('frames 3')), (test.the('frames 3'), test.the('frames 2'))) x (run, by)
        join traveler.build_requirement q on q.id = test.need(x.run, test.the('frame')) $$, 'TV409 H3 waiting_in_a_ring'),
    ('itself', $$ select test.wait_row(test.need(test.the('frames 3'), test.the('frame')), test.the('frames 3'), 1) $$, 'TV409 H3 waiting_in_a_ring'),
    ('one that starts ended', $$ insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by, ended_by, ended_at, end_reason)
        select q.org_id, q.run_id, q.id, test.the('frames 2'), 1, 'x', 'x', now(), 'x' from traveler.build_requirement q where q.id = test.need(test.the('frames 3'), test.the('frame')) $$, 'TV409 H3 supply_starts_live'),
    ('a quantity rewritten', $$ update traveler.run_supply set quantity = 0.1 where id = test.the('again') $$, 'TV409 H3 supply_fixed'),
    ('one taken up again', $$ update traveler.run_supply set ended_at = null, ended_by = null, end_reason = null where id = test.the('one') $$, 'TV409 H3 supply_fixed'),
    ('another org''s run', $$ insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
        select test.org_id('bolt'), q.run_id, q.id, test.the('frames 2'), 1, 'x' from traveler.build_requirement q where q.id = test.need(test.the('frames 3'), test.the('frame')) $$, '42501 new row violates row-level security policy for table "run_supply"')) s (what, statement, refusal);
commit;
reset role;

-- The integrity check sees what the guard would have refused.
begin;
select test.enter_owner();
set local session_replication_role = replica;
insert into traveler.run_supply (org_id, run_id, build_requirement_id, supplying_run_id, quantity, created_by)
select q.org_id, q.run_id, q.id, test.the('frames 2'), 1, 'x' from traveler.build_requirement q where q.id = test.need(test.the('frames'), test.the('frame'));
select is((select array_agg(r.title order by r.title) from traveler.integrity_violations v join traveler.run r on r.id = v.record where v.rule = 'H3'), array['Frames', 'Frames 2'],
    'integrity: the runs that wait for themselves');
rollback;
select test.whole();
select * from finish();

-- H2, H3: a run waits for what another builds, by a requirement and a quantity; never in a ring, at whatever depth.
\ir support/world.psql
select plan(84);

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
-- The requirement of the kit changed by a redline; withdrawn by nothing.
create function test.change(p_change jsonb) returns jsonb language sql as $$
    select traveler.edit_redline(test.the('K'), null, case when p_change is null then jsonb_build_object('withdraw_requirements', jsonb_build_array(test.the('kit need')))
        else jsonb_build_object('change_requirements', jsonb_build_array(p_change || jsonb_build_object('build_requirement_id', test.the('kit need')))) end)
$$;
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

-- A redline of what is waited for (D1) -------------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('of kit', test.released('Kit', test.the('cart'), jsonb_build_array(jsonb_build_object('title', 'K', 'requirements', jsonb_build_array(test.line(test.the('frame'), '2'))), '{"title": "L"}'::jsonb)));
select test.keep('kit', test.run(test.the('of kit'), '{"title": "Kit", "serial_numbers": ["K1"]}'));
select test.keep('K', test.step(test.the('kit'), 'K'));
select test.keep('kit need', (select q.id from traveler.build_requirement q where q.run_step_id = test.the('K')));
select test.keep('few', test.run(test.the('of plain'), '{"title": "Few", "quantity": "3", "lot_number": "P2"}')), test.keep('few tubes', test.run(test.the('of tube'), '{"title": "Few tubes", "quantity": "9", "lot_number": "T2"}'));
select test.keep('of few', test.supply(test.the('kit need'), test.the('few'), '1'));
commit;
begin;
select test.enter('admin');
select 1 from traveler.act_on_steps('redline', array[test.the('K')], null, 'story');
select test.refuses(format('select test.change(%s)', e.change), 'TV409 H3 requirement_waited_for', 'D1: ' || e.what) from (values
    ($$ jsonb_build_object('part_id', test.the('tube')) $$, 'a redline changes no part that a run builds for it'),
    ($$ '{"quantity_per_unit": "0.999"}' $$, 'nor asks for less than what is waited for'),
    ($$ null $$, 'nor withdraws it')) e (change, what);
select is(test.message($$ select test.change(jsonb_build_object('part_id', test.the('tube'))) $$), format('Run %s builds FRAME for it, which would no longer be required.', r.number), 'the run is named')
from traveler.run r where r.id = test.the('few');
select is(test.refusal_detail($$ select test.change('{"quantity_per_unit": "0.5"}') $$, 'run_supply_id'), to_jsonb(test.the('of few')), 'and the wait');
select is(test.message($$ select test.change('{"quantity_per_unit": "0.5"}') $$), 'Part FRAME: 1 come from other runs, and 0.5 would be needed.', 'or how much of it');
select lives_ok($$ select test.change('{"quantity_per_unit": "1"}'), test.change('{"quantity_per_unit": "3"}') $$, 'to what is waited for, and above, it goes');
select lives_ok($$ select test.change(jsonb_build_object('part_id', test.the('tube'), 'substitute_part_ids', jsonb_build_array(test.the('frame')))) $$, 'or to another part, with that as a substitute');
select test.refuses($$ select test.change('{"substitute_part_ids": []}') $$, 'TV409 H3 requirement_waited_for', 'which then stays one');
select test.keep('of tubes', test.supply(test.the('kit need'), test.the('few tubes'), '1.5'));
select test.refuses($$ select 1 from traveler.act_on_steps('cancel_redline', array[test.the('K')], null, 'story') $$, 'TV409 H3 requirement_waited_for', 'D3: nor is it canceled to what nothing is built for');
select 1 from traveler.edit_redline(test.the('K'), null, '{"remove": true}');
select test.refuses($$ select 1 from traveler.act_on_steps('release_redline', array[test.the('K')], null, 'story') $$, 'TV409 H3 requirement_waited_for', 'D6: nor is its step removed');
select is((select distinct r ->> 'code' from jsonb_array_elements(traveler.step_json(test.the('K')) -> 'acts') a, jsonb_array_elements(a -> 'refusals') r where a ->> 'act' = 'release_redline'),
    'requirement_waited_for', 'which its acts say before (S16)');
reset session authorization;
set role traveler_owner;
select test.enter_owner();
select test.refuses(s.statement, 'TV409 H3 requirement_waited_for', 'the owner by SQL: ' || test.brief(s.statement)) from (values
    ($$ update traveler.build_requirement set part_id = test.the('bolt') where id = test.the('kit need') $$),
    ($$ update traveler.build_requirement set quantity_per_unit = 2.499 where id = test.the('kit need') $$),
    ($$ update traveler.build_requirement set withdrawn_at = now() where id = test.the('kit need') $$),
    ($$ update traveler.build_requirement_substitute set withdrawn_at = now() where build_requirement_id = test.the('kit need') $$),
    ($$ update traveler.redline set state = 'released' where run_step_id = test.the('K') $$),
    ($$ update traveler.redline set kind = 'modify', state = 'open' where run_step_id = test.the('K'); update traveler.redline set state = 'canceled' where run_step_id = test.the('K') $$)) s (statement);
reset role;
set session authorization traveler_service;
select test.enter('admin');
select test.end_supply(test.the('of tubes'));
select 1 from traveler.act_on_steps('cancel_redline', array[test.the('K')], null, 'story');
select is(test.waits(test.the('kit')), '1 of Few, waiting; 1.5 of Few tubes, ended', 'D3: canceled, it waits for what it did before');
select is((select format('%s %s, %s taken for it', p.part_number, traveler.json_decimal(q.quantity_needed), (select count(*) from traveler.build_requirement_substitute b where b.build_requirement_id = q.id and b.withdrawn_at is null))
    from traveler.build_requirement q join traveler.part p on p.id = q.part_id where q.id = test.the('kit need')), 'FRAME 2, 0 taken for it', 'and needs what it did');
commit;
-- What a redline adds may be waited for, too, but not beyond it.
begin;
select test.enter('admin');
select 1 from traveler.act_on_steps('redline', array[test.the('K')], null, 'story');
select 1 from traveler.edit_redline(test.the('K'), null, jsonb_build_object('add_requirements', jsonb_build_array(test.line(test.the('tube'), '1'))));
select test.keep('added', test.need(test.the('kit'), test.the('tube')));
select test.keep('of added', test.supply(test.the('added'), test.the('few tubes')));
select test.refuses($$ select 1 from traveler.act_on_steps('cancel_redline', array[test.the('K')], null, 'story') $$, 'TV409 H3 requirement_waited_for', 'nor is what it adds taken away while something is built for it');
select test.end_supply(test.the('of added')), test.end_supply(test.the('of few'));
select 1 from traveler.act_on_steps('cancel_redline', array[test.the('K')], null, 'story');
select test.refuses($$ select test.supply(test.the('added'), test.the('few tubes')) $$, 'TV409 D6 requirement_withdrawn', 'D6: what was withdrawn waits for nothing');
select 1 from traveler.act_on_steps('redline', array[test.the('K')], null, 'story');
select 1 from traveler.edit_redline(test.the('K'), null, '{"remove": true}');
select 1 from traveler.act_on_steps('release_redline', array[test.the('K')], null, 'story');
select test.refuses($$ select test.supply(test.the('kit need'), test.the('few'), '1') $$, 'TV409 D6 requirement_withdrawn', 'nor what a step asked for that was removed');
rollback;
-- A split leaves the waits as they are, on both sides: the units may come back.
begin;
select test.enter('admin');
select test.keep('bent', (traveler.create_issue('{"title": "Bent"}') ->> 'id')::uuid), test.keep('two frames', test.run(test.the('of frame'), '{"title": "Two", "quantity": "2", "lot_number": "F9"}'));
select test.supply(test.need(test.the('two frames'), test.the('frame')), test.the('few'), '2');
select traveler.split_run(r, null, null, jsonb_build_object('quantity', '1', 'issue_id', test.the('bent')), '{}') is not null from unnest(array[test.the('few'), test.the('two frames')]) r;
select is(test.waits(test.the('two frames')), '2 of Few, waiting', 'a split leaves the waits');
select test.refuses($$ select test.supply(test.need(test.the('frames 3'), test.the('frame')), test.the('few'), '0.1') $$, 'TV409 H3 above_output', 'of what it builds now, all is waited for');
reset session authorization;
select is((select count(*) from traveler.supply_violations), 0::bigint, 'which is no fault');
rollback;

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
begin;
select test.enter_owner();
set local session_replication_role = replica;
select is((select string_agg(v.what, '; ') from traveler.supply_violations v), null, 'integrity: all is well');
create function test.faults(p_sql text) returns text language plpgsql as $$
declare
    v_told text;
begin
    execute p_sql;
    v_told := (select string_agg(distinct format('%s: %s', v.rule, v.what), '; ') from traveler.integrity_violations v where v.rule = 'H3');
    raise exception using errcode = 'TV000', message = coalesce(v_told, 'none');
exception when sqlstate 'TV000' then
    return sqlerrm;
end
$$;
select is(test.faults(f.statement), f.told, 'integrity: ' || f.told) from (values
    ($$ update traveler.build_requirement set part_id = test.the('bolt') where id = test.the('kit need') $$, 'H3: what is waited for is neither the required part nor an approved substitute'),
    ($$ update traveler.build_requirement set withdrawn_at = now(), quantity_needed = 0 where id = test.the('kit need') $$, 'H3: it is waited for by a requirement that was withdrawn'),
    ($$ update traveler.run_step set state = 'canceled', withdrawn_at = now() where id = test.the('K') $$, 'H3: it is waited for by a requirement that was withdrawn'),
    ($$ update traveler.build_requirement set quantity_per_unit = 0.5 where id = test.the('kit need') $$, 'H3: 1 are waited for, and 0.5 needed'),
    ($$ update traveler.run_supply set quantity = 4 where id = test.the('of few') $$, 'H3: 4 are waited for, and 2 needed; H3: 4 of what it builds are waited for, and it builds 3')) f (statement, told);
rollback;
select test.whole();
select * from finish();

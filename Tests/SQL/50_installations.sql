-- Installations: B2 (what may go where), B3 (it moves along), B4 (taking out), B6 (the tree), I5 (splits), I6 (nothing twice).
\ir support/world.psql
select plan(78);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('store', test.location('Store')), test.keep('bench', test.location('Bench')), test.keep('quarantine', test.location('Quarantine', '{"available": false}'));
select test.keep('wheel', test.part('WHEEL', 'serial')), test.keep('hub', test.part('HUB', 'serial')), test.keep('cart', test.part('CART', 'serial')),
    test.keep('bearing', test.part('BEARING', 'lot')), test.keep('bushing', test.part('BUSHING', 'lot')), test.keep('washer', test.part('WASHER'));
select test.mbom(test.the('wheel'),
    test.line(test.the('bearing'), '2', jsonb_build_object('substitute_part_ids', jsonb_build_array(test.the('bushing')))), test.line(test.the('washer'), '1.5'));
select test.mbom(test.the('cart'), test.line(test.the('wheel'), '2'), test.line(test.the('hub'), '1'));
select test.keep('build wheel', test.released('Build a wheel', test.the('wheel'), jsonb_build_array(
    jsonb_build_object('title', 'Assemble', 'location_id', test.the('bench'), 'requirements', jsonb_build_array(test.line(test.the('hub'), '1'))))));
select test.keep('build cart', test.released('Build a cart', test.the('cart'), '[{"title": "Assemble"}]'));
select test.keep('w run', test.run(test.the('build wheel'), jsonb_build_object('serial_numbers', array['W1'], 'location_id', test.the('store'))));
select test.keep('pair', test.run(test.the('build wheel'), '{"serial_numbers": ["W2", "W3"]}'));
select test.keep('c run', test.run(test.the('build cart'), jsonb_build_object('serial_numbers', array['C1'], 'location_id', test.the('bench'))));
select test.keep('w1', test.unit(test.the('w run'))), test.keep('c1', test.unit(test.the('c run'))), test.keep('w2', test.unit(test.the('pair'), 'W2')), test.keep('w3', test.unit(test.the('pair'), 'W3'));
select test.keep('bearings', test.receive(test.the('bearing'), '10', jsonb_build_object('lot_number', 'B1', 'location_id', test.the('store'), 'expires_at', '2099-01-01T00:00:00Z'))),
    test.keep('bushings', test.receive(test.the('bushing'), '1', '{"lot_number": "U1"}')),
    test.keep('expired', test.receive(test.the('bearing'), '10', '{"lot_number": "B0", "expires_at": "2020-01-01T00:00:00Z"}')),
    test.keep('blocked', test.receive(test.the('bearing'), '10', jsonb_build_object('lot_number', 'B2', 'location_id', test.the('quarantine')))),
    test.keep('washers', test.receive(test.the('washer'), '100')),
    test.keep('h1', test.receive(test.the('hub'), '1', '{"serial_number": "H1"}')), test.keep('h2', test.receive(test.the('hub'), '1', '{"serial_number": "H2"}'));
select test.keep('need bearing', test.need(test.the('w run'), test.the('bearing'))), test.keep('need washer', test.need(test.the('w run'), test.the('washer'))),
    test.keep('need hub', test.need(test.the('w run'), test.the('hub'))), test.keep('pair bearing', test.need(test.the('pair'), test.the('bearing'))),
    test.keep('pair hub', test.need(test.the('pair'), test.the('hub'))), test.keep('cart wheel', test.need(test.the('c run'), test.the('wheel'))),
    test.keep('cart hub', test.need(test.the('c run'), test.the('hub')));
commit;

-- B2: what may be installed -----------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses(format($$ select test.install(test.the(%L), test.the(%L), %L) $$, need, inventory, quantity), refusal, what) from (values
    ('need bearing', 'washers', '1', 'TV409 B2 part_not_approved', 'another part is not installed'),
    ('need washer', 'bushings', '1', 'TV409 B2 part_not_approved', 'nor a substitute for another line'),
    ('need bearing', 'bearings', '3', 'TV409 B2 above_need', 'nor more than is needed'),
    ('need bearing', 'bearings', '2.000001', 'TV409 B2 above_need', 'by however little'),
    ('need bearing', 'bearings', '11', 'TV409 I6 not_enough', 'nor more than there is'),
    ('need bearing', 'expired', '1', 'TV409 B2 inventory_unavailable', 'nor what expired'),
    ('need bearing', 'blocked', '1', 'TV409 B2 inventory_unavailable', 'nor what is at a place marked unavailable'),
    ('cart wheel', 'w1', '1', 'TV409 B2 inventory_unavailable', 'nor what is still being built'),
    ('cart wheel', 'c1', '1', 'TV409 B2 part_not_approved', 'nor the assembly itself'),
    ('need bearing', 'bearings', '0', 'TV422 I4 quantity_invalid', 'nor nothing'),
    ('need bearing', 'bearings', '-1', 'TV422 I4 quantity_invalid', 'nor less'),
    ('need bearing', 'bearings', 'NaN', 'TV422 I4 quantity_invalid', 'nor what is no number'),
    ('need bearing', 'bearings', '1.9999999', 'TV422 I4 quantity_invalid', 'nor what the record can''t hold'),
    ('need hub', 'h1', '0.5', 'TV409 I1 serialized_is_one', 'nor a part of a unit')) r (need, inventory, quantity, refusal, what);
select is(test.refusal_detail($$ select test.install(test.the('need bearing'), test.the('expired'), '1') $$, 'hint') #>> '{}', 'Choose inventory that is available.', 'a refusal says what to do');
select test.refuses($$ select test.install(test.the('pair bearing'), test.the('bearings'), '1') $$, 'went through', 'a lot may go into several units as a whole');
select test.refuses($$ select test.install(test.the('pair hub'), test.the('h1')) $$, 'TV422 B2 unit_not_named', 'a serialized part names its unit');
select test.refuses($$ select test.install(test.the('pair hub'), test.the('h1'), null, test.the('w1')) $$, 'TV409 B2 unit_not_on_run', 'which is one of the run''s');
select test.refuses($$ select traveler.install(test.the('pair'), jsonb_build_object('build_requirement_id', test.the('need hub'), 'part_inventory_id', test.the('h1'))) $$,
    'TV404 T1 requirement_unknown', 'and so is the requirement');
select test.refuses($$ select traveler.install(test.the('w run'), '{}') $$, 'TV404 T1 inventory_unknown', 'no inventory is none');
rollback;

-- I5, I6: a part of a row splits it ---------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.keep('i1', test.install(test.the('need bearing'), test.the('bearings'), '1.25'));
select results_eq($$ select i.quantity, i.status, i.origin_id from traveler.part_inventory i where i.lot_number = 'B1' order by i.quantity $$,
    $$ values (1.25, 'installed', test.the('bearings')), (8.75, 'available', null) $$, 'a part that is installed is a row of its own, split from where it came');
select results_eq($$ select i.part_id, i.lot_number, i.expires_at, i.location_id from traveler.part_inventory i where i.origin_id = test.the('bearings') $$,
    $$ select i.part_id, i.lot_number, i.expires_at, null::uuid from traveler.part_inventory i where i.id = test.the('bearings') $$, 'with what the row was');
select is((select q.quantity_installed from traveler.build_requirement q where q.id = test.the('need bearing')), 1.25, 'the requirement counts it');
select test.keep('i2', test.install(test.the('need bearing'), test.the('bushings'), '0.5'));
select is((select q.quantity_installed from traveler.build_requirement q where q.id = test.the('need bearing')), 1.75, 'and a substitute');
select test.keep('i3', test.install(test.the('need bearing'), test.the('bearings')));
select is((select n.quantity from traveler.installation n where n.id = test.the('i3')), 0.25, 'with no quantity named, what is open goes in');
select test.refuses($$ select test.install(test.the('need bearing'), test.the('bearings')) $$, 'TV409 B2 above_need', 'and when nothing is, nothing');
select test.keep('i hub', test.install(test.the('need hub'), test.the('h1')));
select is((select i.origin_id is null and i.status = 'installed' from traveler.part_inventory i where i.id = test.the('h1')), true, 'a whole row goes in as itself');
select test.refuses($$ select test.install(test.the('cart hub'), test.the('h1')) $$, 'TV409 B2 inventory_unavailable', 'and not twice');
select test.refuses($$ select traveler.change_inventory(test.the('h1'), null, '{"location_id": null}') $$, 'TV403 T3 permission_missing', 'moving stock is the storekeeper''s');
select test.enter('storekeeper');
select test.refuses($$ select traveler.change_inventory(test.the('h1'), null, jsonb_build_object('location_id', test.the('store'))) $$, 'TV409 B3 installed_has_no_location', 'who moves no part out of its assembly');
select is(traveler.inventory_location(test.the('h1')), test.the('store'), 'it is where the assembly is (B3)');
select test.enter('technician');
select test.start(test.step(test.the('w run'), 'Assemble'));
select is(traveler.inventory_location(test.the('h1')), test.the('bench'), 'and goes where the assembly goes');
select test.install(test.the('need washer'), test.the('washers'));
commit;

-- B4: taking out ----------------------------------------------------------------------------------------------------

begin;
select test.enter('technician');
select test.refuses($$ select traveler.uninstall(test.the('i hub'), null, null) $$, 'TV422 B4 reason_missing', 'taking out says why');
select test.refuses($$ select traveler.uninstall(test.the('i hub'), null, '  ') $$, 'TV422 B4 reason_missing', 'in words');
select test.refuses($$ select traveler.uninstall(test.the('i hub'), 7, 'cracked') $$, 'TV412 stale', 'and of what one saw');
select traveler.uninstall(test.the('i hub'), 1, 'cracked');
select results_eq($$ select i.status, i.location_id, q.quantity_installed from traveler.part_inventory i, traveler.build_requirement q where i.id = test.the('h1') and q.id = test.the('need hub') $$,
    $$ values ('available', test.the('bench'), 0::numeric) $$, 'what was taken out is free again, lies where the assembly is, and is needed again');
select test.refuses($$ select traveler.uninstall(test.the('i hub'), null, 'again') $$, 'TV409 B4 already_uninstalled', 'it is taken out once');
select traveler.uninstall(test.the('i1'), null, 'wrong lot');
select is((select sum(i.quantity) from traveler.part_inventory i where i.lot_number = 'B1'), 10::numeric, 'no bearing was lost or made');
select test.install(test.the('need bearing'), test.the('bearings'));
select test.install(test.the('need hub'), test.the('h2'));
select is((select h.reason from traveler.transaction_history h where h.row_id = test.the('i hub') and h.operation = 'update'), 'cracked', 'the reason is in the history');
commit;

-- C5 and upwards: a completed wheel goes into the cart ----------------------------------------------------------------

begin;
select test.enter('technician');
select test.complete(test.step(test.the('w run'), 'Assemble'));
select is((select r.status from traveler.run r where r.id = test.the('w run')), 'complete', 'the wheel is complete');
select test.refuses($$ select traveler.uninstall(n.id, null, 'x') from traveler.installation n where n.run_id = test.the('w run') and n.removed_at is null limit 1 $$, 'TV409 C5 run_completed',
    'a completed run''s installations are locked');
select test.install(test.the('cart wheel'), test.the('w1'));
select is(traveler.inventory_location(test.the('h2')), test.the('bench'), 'its hub is now where the cart is');
select test.enter('storekeeper');
select traveler.change_inventory(test.the('c1'), null, jsonb_build_object('location_id', test.the('store')));
select is(traveler.inventory_location(test.the('h2')), test.the('store'), 'at every depth, by one row moved');
select results_eq($$ select a.level, a.part_number collate "C", a.quantity from traveler.abom(test.the('c1')) a order by 1, 2, 3 $$, $$ values
    (0, 'CART' collate "C", 1::numeric), (1, 'WHEEL', 1), (2, 'BEARING', 0.25), (2, 'BEARING', 1.25), (2, 'BUSHING', 0.5), (2, 'HUB', 1), (2, 'WASHER', 1.5) $$, 'what is in the cart, top down (B6)');
select results_eq($$ select w.level, w.serial_number collate "C", w.quantity from traveler.where_used(test.the('bearings')) w order by 1, 3 $$, $$ values
    (1, 'W1' collate "C", 0.25), (1, 'W1', 1.25), (2, 'C1', 1) $$, 'and where the lot went, bottom up');
select is_empty($$ select * from traveler.abom(test.the('c1'), (select min(n.installed_at) - interval '1 second' from traveler.installation n)) where level > 0 $$, 'before the first installation the cart was empty');
select results_eq($$ select a.serial_number collate "C" from traveler.abom(test.the('w1'), (select n.installed_at from traveler.installation n where n.id = test.the('i hub'))) a where a.part_number = 'HUB' $$,
    $$ values ('H1' collate "C") $$, 'and as of then the wheel had the hub that was taken out since');
commit;

-- The guard stands without the act ----------------------------------------------------------------------------------

reset session authorization;
create function test.install_row(p_run uuid, p_need uuid, p_row uuid, p_assembly uuid, p_quantity numeric, p_by text default 'system:story') returns void language sql as $$
    insert into traveler.installation (org_id, run_id, build_requirement_id, part_inventory_id, assembly_inventory_id, quantity, installed_by)
    values (test.org_id('acme'), p_run, p_need, p_row, p_assembly, p_quantity, p_by)
$$;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(statement, refusal, format('not the owner either: %s', what)) from (values
    ('a part of a row', $$ select test.install_row(test.the('pair'), test.the('pair bearing'), test.the('bearings'), test.the('w2'), 1) $$, 'TV409 I5 install_whole_row'),
    ('above the need', $$ select test.install_row(test.the('c run'), test.the('cart wheel'), test.the('washers'), test.the('c1'), 98.5) $$, 'TV409 B2 part_not_approved'),
    ('a unit in itself', $$ select test.install_row(test.the('c run'), test.the('cart wheel'), test.the('c1'), test.the('c1'), 1) $$, 'TV409 B2 part_not_approved'),
    ('into nothing named', $$ select test.install_row(test.the('pair'), test.the('pair hub'), test.the('h1'), null, 1) $$, 'TV422 B2 unit_not_named'),
    ('for another run''s need', $$ select test.install_row(test.the('c run'), test.the('pair hub'), test.the('h1'), test.the('c1'), 1) $$, '23503 installation_requirement_fkey'),
    ('for a completed run', $$ select test.install_row(test.the('w run'), test.the('need hub'), test.the('h1'), test.the('w1'), 1) $$, 'TV409 B2 above_need'),
    ('what is installed', $$ select test.install_row(test.the('pair'), test.the('pair hub'), test.the('h2'), test.the('w2'), 1) $$, 'TV409 B2 inventory_unavailable'),
    ('rewriting an installation', $$ update traveler.installation set quantity = 1 where id = test.the('i2') $$, 'TV409 B4 installation_fixed'),
    ('moving one to another unit', $$ update traveler.installation set assembly_inventory_id = test.the('w2'), removed_at = now(), removal_reason = 'x' where id = test.the('i2') $$, 'TV409 B4 installation_fixed'),
    ('bringing one back', $$ update traveler.installation set removed_at = null, removed_by = null, removal_reason = null where id = test.the('i1') $$, 'TV409 B4 installation_fixed'),
    ('the installed quantity', $$ update traveler.build_requirement set quantity_installed = 2 where id = test.the('pair bearing') $$, 'TV409 B2 derived'),
    ('the quantity of what is installed', $$ insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason)
        select i.org_id, 'adjust', i.id, 0.1, 'x' from traveler.part_inventory i join traveler.installation n on n.part_inventory_id = i.id where n.id = test.the('i2') $$, 'TV409 B2 installed_is_whole'),
    ('a place for what is installed', $$ update traveler.part_inventory set location_id = test.the('store') where id = test.the('h2') $$, '23514 part_inventory_installed_has_no_location')) s (what, statement, refusal);
select test.install_row(test.the('pair'), test.the('pair hub'), test.the('h1'), test.the('w3'), 1, 'user:' || test.user_id('viewer'));
select is((select n.installed_by from traveler.installation n where n.part_inventory_id = test.the('h1') and n.removed_at is null), 'system:story', 'nobody installs in another''s name');
commit;
reset role;

-- What is refused says how much there is, and who has it ---------------------------------------------------------------------

begin;
select test.enter('stranger');
select test.keep('foreign', test.receive(test.part('BEARING', 'lot'), '5', '{"lot_number": "X"}'));
commit;
begin;
select test.enter('admin');
select test.keep('bearing b', test.part('BEARING', 'lot', '{"revision": "B"}'));
select test.keep('revised', test.receive(test.the('bearing b'), '5', '{"lot_number": "R"}')), test.keep('scrapped', test.receive(test.the('bearing'), '5', '{"lot_number": "S"}')),
    test.keep('held', test.receive(test.the('bearing'), '5', '{"lot_number": "H"}')), test.keep('kept', test.receive(test.the('bearing'), '5', '{"lot_number": "K"}')),
    test.keep('disputed', test.receive(test.the('bearing'), '5', '{"lot_number": "D"}'));
select traveler.scrap_inventory(test.the('scrapped'), null, '{"reason": "Rusty"}');
select traveler.hold_inventory(test.the('held'), null, '{"reason": "Rusty"}');
select test.keep('w run 2', test.run(test.the('build wheel'), '{"serial_numbers": ["W9"]}'));
select traveler.reserve_inventory(test.the('kept'), null, jsonb_build_object('run_id', test.the('w run 2')));
select test.keep('issue', (traveler.create_issue(jsonb_build_object('title', 'Pitted', 'part_inventory_ids', jsonb_build_array(test.the('disputed')))) ->> 'id')::uuid);
select test.keep('used', n.part_inventory_id) from traveler.installation n where n.id = test.the('i2');
create function test.bad(p_inventory text, p_quantity text, p_member text) returns text language plpgsql as $$
declare
    v_message text;
    v_detail jsonb;
begin
    perform test.install(test.the('pair bearing'), test.the(p_inventory), p_quantity);
    return 'went through';
exception when others then
    get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail;
    return concat_ws(' ', v_detail ->> 'rule', v_message, 'There:', v_detail ->> 'quantity', v_detail #>> array['held_by', p_member]);
end
$$;
grant execute on function test.bad(text, text, text) to public;
select is(test.bad(inventory, quantity, member), said, what) from (values
    ('bearings', '9.5', null, 'I6 There are 7.25 here, not 9.5. There: 7.25', 'more than there is'),
    ('bearings', '4.5', null, 'B2 4 more are needed, not 4.5. There:', 'more than is needed'),
    ('foreign', '1', null, 'T1 There is no such part inventory. There:', 'another org''s part'),
    ('revised', '1', null, 'B2 Part BEARING revision B is neither what is required here, BEARING revision A, nor an approved substitute. There: 5', 'a wrong revision'),
    ('scrapped', '1', null, 'B2 Lot S can''t be installed. It is scrapped. There: 0', 'what is scrapped'),
    ('held', '1', null, 'B2 Lot H can''t be installed. It is on quality hold: Rusty There: 5', 'what quality holds'),
    ('kept', '1', 'run_number', format('B2 Lot K can''t be installed. It is reserved for run %s. There: 5 %1$s', (select r.number from traveler.run r where r.id = test.the('w run 2'))), 'what is kept for another run'),
    ('disputed', '1', 'issue_number', 'B2 Lot D can''t be installed. Issue 1 keeps it from being used. There: 5 1', 'what an issue keeps'),
    ('expired', '1', null, 'B2 Lot B0 can''t be installed. It expired at 2020-01-01T00:00:00.000000Z. There: 10', 'what expired'),
    ('blocked', '1', null, 'B2 Lot B2 can''t be installed. It is at Quarantine, a location marked unavailable. There: 10', 'what is where nothing may be used'),
    ('used', '1', 'run_number', format('B2 Lot U1 can''t be installed. It is installed in Serial W1 by run %s. There: 0.5 %1$s', (select r.number from traveler.run r where r.id = test.the('w run'))), 'what is installed'),
    ('w2', '1', 'run_number', 'B2 Part WHEEL revision A is neither what is required here, BEARING revision A, nor an approved substitute. There: 1 ' || (select r.number from traveler.run r where r.id = test.the('pair')), 'the assembly itself'))
    r (inventory, quantity, member, said, what);
rollback;
-- A step in hold, redline or canceled takes no parts: for a short way there, the guard over moves sleeps.
begin;
select test.enter('admin');
select test.keep('h3', test.receive(test.the('hub'), '1', '{"serial_number": "H3"}'));
alter table traveler.run_step disable trigger _110_guard_step_move;
create function test.install_while(p_state text) returns text language plpgsql as $$
begin
    if p_state = 'redline' then
        insert into traveler.redline (org_id, run_id, run_step_id, reason)
        select s.org_id, s.run_id, s.id, 'x' from traveler.run_step s where s.run_id = test.the('pair');
    else
        update traveler.redline set state = 'canceled' where run_id = test.the('pair') and closed_at is null;
        update traveler.run_step set state = p_state where run_id = test.the('pair');
    end if;
    return test.refusal($q$ select test.install(test.the('pair hub'), test.the('h3'), null, test.the('w2')) $q$);
end
$$;
select is(test.install_while(state), 'TV409 B2 step_closed_to_parts', format('a step in %s takes no parts', state)) from unnest(array['hold', 'redline', 'canceled']) state;
select is(test.install_while('todo'), 'went through', 'one in todo does');
rollback;
select test.whole();
select * from finish();

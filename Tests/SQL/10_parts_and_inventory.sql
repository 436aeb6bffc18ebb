-- Parts, mBOMs, places and part inventory: I1 (what a row is), I2 (its status), I4 (quantity is conserved), I5 (splits), I6.
\ir support/world.psql
select plan(81);

create function test.move(p_kind text, p_from uuid, p_to uuid, p_quantity numeric, p_reason text default null) returns void language sql as $$
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, reason)
    values (test.org_id('acme'), p_kind, p_from, p_to, p_quantity, p_reason)
$$;
-- Splits rows of the lot at random, three in one statement; answers the lot's sum.
create function test.shuffle(p_rounds integer) returns numeric language plpgsql as $$
declare
    v_rows uuid[];
begin
    for i in 1 .. p_rounds loop
        with origin as (
            select i.*, traveler.new_id() as new_id, greatest(round((i.quantity * random())::numeric, 6) - 0.000001, 0.000001) as part
            from traveler.part_inventory i where i.part_id = test.the('glue') and i.lot_number = 'G1' and i.quantity > 0.001 order by random() limit 3
        ), made as (
            insert into traveler.part_inventory (org_id, id, part_id, lot_number, origin_id)
            select o.org_id, o.new_id, o.part_id, o.lot_number, o.id from origin o
        )
        select array_agg(o.id) into v_rows from origin o;
        insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity)
        select i.org_id, 'split', i.origin_id, i.id, greatest(round((f.quantity * random() / 4)::numeric, 6), 0.000001)
        from traveler.part_inventory i join traveler.part_inventory f on f.id = i.origin_id
        where i.origin_id = any (v_rows) and not exists (select from traveler.inventory_movement m where m.to_inventory_id = i.id);
    end loop;
    return (select sum(i.quantity) from traveler.part_inventory i where i.part_id = test.the('glue') and i.lot_number = 'G1');
end
$$;
grant execute on all functions in schema test to public;

-- Parts -------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('nut', test.part('NUT')), test.keep('glue', test.part('GLUE', 'lot')), test.keep('motor', test.part('MOTOR', 'serial')),
    test.keep('frame', test.part('FRAME', 'serial')), test.keep('bench', test.location('Bench'));
select test.refuses($$ select test.part('NUT') $$, '23505 part_number_revision_key', 'a part has each revision once');
select test.refuses($$ select test.part('NUT', 'none', '{"revision": "B"}') $$, 'went through', 'and another beside it');
select test.refuses($$ select test.part('BIN', 'barcode') $$, '23514 part_tracking', 'tracking is by serial, by lot or not at all');
select test.refuses($$ select test.part('') $$, '23514 part_number_length', 'a part has a number');
select test.refuses($$ select traveler.change_part(test.the('nut'), 7, '{"name": "Hex nut"}') $$, 'TV412 stale', 'a stale change of a part is refused');
select traveler.change_part(test.the('nut'), 1, '{"name": "Hex nut"}');
select is(test.refusal_detail($$ select traveler.change_part(test.the('nut'), 1, '{}') $$, 'changes') -> 0 -> 'changed', '["name"]',
    'and says what changed since');
select is(test.refusal_detail($$ select traveler.change_part(test.the('nut'), 1, '{}') $$, 'changes') -> 0 ->> 'actor', 'user:' || test.user_id('admin'), 'and who did it');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format($$ update traveler.part set %s where id = test.the('nut') $$, change), 'TV409 I1 part_identity', format('what a part is never changes: %s', change))
from unnest(array['tracking = ''serial''', 'unit = ''kg''', 'revision = ''Z''', 'part_number = ''BOLT''']) change;
select test.refuses($$ update traveler.part set id = traveler.new_id() where id = test.the('nut') $$, 'TV409 Y1 identity_fixed', 'nor does its id');
select test.refuses($$ update traveler.location set parent_id = (select l.id from traveler.location l limit 1) $$, 'TV409 P3 location_parent_fixed', 'a place stays where it is');
select test.refuses($$ insert into traveler.location (org_id, id, parent_id, name) values (test.org_id('acme'), test.the('nut'), test.the('nut'), 'Loop') $$,
    '23514 location_not_own_parent', 'and is not in itself');
commit;
reset role;

-- mBOMs -------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('engineer');
select test.keep('motor mbom', test.mbom(test.the('motor'), test.line(test.the('nut'), '4'), test.line(test.the('glue'), '0.25', jsonb_build_object('substitute_part_ids',
    jsonb_build_array(test.the('nut'))))));
select is(traveler.mbom_json(test.the('motor mbom')) -> 'lines' -> 1 ->> 'quantity_per_unit', '0.25', 'a quantity per unit is an exact decimal');
select test.refuses(format($$ select test.mbom(test.the('frame'), test.line(test.the('nut'), %L)) $$, quantity), 'TV422 I4 quantity_invalid', format('%s is no quantity', quantity))
from unnest(array['0', '-1', 'NaN', 'Infinity', '-Infinity', '1e3', '0.0000001', '1.0000005', '1000000000000000', '', ' 1', '1,5', '0x10', '.5', '1_0', '١']) quantity;
select is(left(test.refusal($$ select traveler.create_mbom(test.the('frame'), jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('part_id', test.the('nut'))))) $$), 5),
    '23502', 'nor is none');
select test.refuses($$ select test.mbom(test.the('motor'), test.line(test.the('motor'), '1')) $$, 'TV409 B2 mbom_contains_itself', 'a part does not contain itself');
select test.mbom(test.the('frame'), test.line(test.the('motor'), '2'));
select test.refuses($$ select test.mbom(test.the('motor'), test.line(test.the('frame'), '1')) $$, 'TV409 B2 mbom_contains_itself', 'nor by way of another');
select test.refuses($$ select traveler.release_mbom(test.the('motor mbom'), null) $$, 'TV409 B1 mbom_not_draft', 'an mBOM is released once');
select test.keep('motor mbom 2', test.mbom(test.the('motor'), test.line(test.the('nut'), '5')));
select is(traveler.mbom_json(test.the('motor mbom')) ->> 'state', 'archived', 'releasing the next archives the one before');
select is(traveler.part_json(test.the('motor')) ->> 'mbom_id', test.the('motor mbom 2')::text, 'which the part then shows');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.mbom_line set quantity_per_unit = 6 where mbom_id = test.the('motor mbom 2') $$, 'TV409 B1 mbom_not_draft', 'a released mBOM is not edited');
select test.refuses($$ delete from traveler.mbom_line where mbom_id = test.the('motor mbom 2') $$, 'TV409 B1 mbom_not_draft', 'nor cut');
select test.refuses($$ insert into traveler.mbom_line (org_id, mbom_id, position, part_id, quantity_per_unit)
    values (test.org_id('acme'), test.the('motor mbom 2'), 9, test.the('nut'), 1) $$, 'TV409 B1 mbom_not_draft', 'nor added to');
select test.refuses($$ insert into traveler.mbom_substitute (org_id, mbom_id, mbom_line_id, part_id)
    select l.org_id, l.mbom_id, l.id, test.the('glue') from traveler.mbom_line l where l.mbom_id = test.the('motor mbom 2') $$, 'TV409 B1 mbom_not_draft', 'nor given a substitute');
insert into traveler.mbom (org_id, id, part_id, version_number) values (test.org_id('acme'), traveler.new_id(), test.the('motor'), 9);
select test.refuses($$ update traveler.mbom_line set mbom_id = (select m.id from traveler.mbom m where m.version_number = 9) where mbom_id = test.the('motor mbom 2') $$,
    'TV409 Y1 identity_fixed', 'nor are its lines moved into a draft');
select test.refuses($$ update traveler.mbom set state = 'draft', released_at = null where id = test.the('motor mbom 2') $$, 'TV409 B1 mbom_move', 'nor taken back');
select test.refuses($$ update traveler.mbom set state = 'released' where id = test.the('motor mbom') $$, 'TV409 B1 mbom_move', 'an archived one is not released again');
select test.refuses($$ update traveler.mbom set state = 'released', released_at = now() where version_number = 9 $$, '23505 mbom_released_key', 'and a part has one released at a time');
rollback;
reset role;

-- I1: what a row of inventory is ------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('storekeeper');
select test.refuses($$ select test.receive(test.the('motor'), '1') $$, 'TV422 I1 serial_missing', 'a serialized part comes with its serial number');
select test.refuses($$ select test.receive(test.the('glue'), '1') $$, 'TV422 I1 lot_missing', 'a lot with its lot number');
select test.refuses($$ select test.receive(test.the('nut'), '1', '{"lot_number": "L"}') $$, 'TV422 I1 lot_not_tracked', 'an untracked part with neither');
select test.refuses($$ select test.receive(test.the('glue'), '1', '{"lot_number": "L", "serial_number": "S"}') $$, 'TV422 I1 serial_not_tracked', 'and a lot with no serial number');
select test.refuses($$ select test.receive(test.the('motor'), '2', '{"serial_number": "M2"}') $$, 'TV409 I1 serialized_is_one', 'a serialized unit is one');
select test.refuses($$ select test.receive(test.the('motor'), '0.5', '{"serial_number": "M2"}') $$, 'TV409 I1 serialized_is_one', 'and no less than one');
select test.keep('m1', test.receive(test.the('motor'), '1', '{"serial_number": "M1"}'));
select test.refuses($$ select test.receive(test.the('motor'), '1', '{"serial_number": "M1"}') $$, '23505 part_inventory_serial_key', 'a serial number is given once for a part');
select test.refuses($$ select test.receive(test.the('frame'), '1', '{"serial_number": "M1"}') $$, 'went through', 'and again for another part');
select test.refuses($$ select traveler.change_inventory(test.the('m1'), null, '{"serial_number": "M9"}') $$, 'TV409 I1 inventory_identity', 'once given it stays');
select test.keep('glue 1', test.receive(test.the('glue'), '10.5', jsonb_build_object('lot_number', 'G1', 'location_id', test.the('bench'))));
select test.refuses($$ select test.receive(test.the('glue'), '3', '{"lot_number": "G1"}') $$, 'went through', 'a lot may come in several rows');
select test.refuses($$ select traveler.change_inventory(test.the('glue 1'), null, '{"lot_number": "G9"}') $$, 'TV409 I1 inventory_identity', 'whose lot stays as well');
select test.refuses(format($$ select test.receive(test.the('nut'), %L) $$, quantity), 'TV422 I4 quantity_invalid', format('%s is not received', quantity))
from unnest(array['0', '-5', 'NaN', 'Infinity', '0.0000001']) quantity;
select test.keep('nuts', test.receive(test.the('nut'), '99999999999999.999999'));
select is(traveler.inventory_json(test.the('nuts')) ->> 'quantity', '99999999999999.999999', 'twenty digits come back as they went in');
select test.enter('engineer');
select traveler.change_part(test.the('frame'), null, '{"archived": true}');
select test.enter('storekeeper');
select test.refuses($$ select test.receive(test.the('frame'), '1', '{"serial_number": "F2"}') $$, 'TV409 I1 part_archived', 'an archived part is not received');
commit;

-- I2, I4: quantity moves by movements alone, status follows ----------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.part_inventory set quantity = 1000 where id = test.the('glue 1') $$, 'TV409 I2 derived', 'a quantity is not set');
select test.refuses($$ update traveler.part_inventory set installation_id = traveler.new_id() where id = test.the('glue 1') $$, 'TV409 I2 derived', 'nor an installation');
select test.denied($$ update traveler.part_inventory set status = 'available' $$, 'nor a status', '428C9');
select test.refuses($$ insert into traveler.part_inventory (org_id, part_id, quantity) values (test.org_id('acme'), test.the('nut'), 5) $$, 'TV409 I2 derived', 'a row does not start with a quantity');
select test.refuses($$ select test.move('adjust', test.the('glue 1'), null, 10.500001, 'count') $$, '23514 part_inventory_quantity_not_negative', 'nothing falls below zero');
select test.refuses($$ select test.move('adjust', test.the('glue 1'), null, 1) $$, '23514 inventory_movement_ends', 'an adjustment says why');
select test.refuses($$ select test.move('receive', test.the('glue 1'), test.the('nuts'), 1) $$, '23514 inventory_movement_ends', 'what is received comes from nowhere');
select test.refuses($$ select test.move('split', test.the('glue 1'), test.the('glue 1'), 1) $$, '23514 inventory_movement_ends', 'a row is not split into itself');
select test.refuses($$ select test.move('split', test.the('nuts'), test.the('glue 1'), 1) $$, 'TV409 I5 split_is_a_part', 'nor into another part');
select test.keep('glue 2', traveler.new_id());
insert into traveler.part_inventory (org_id, id, part_id, lot_number, origin_id) values
    (test.org_id('acme'), test.the('glue 2'), test.the('glue'), 'G1', test.the('glue 1')), (test.org_id('acme'), traveler.new_id(), test.the('glue'), 'G7', test.the('glue 1'));
select test.refuses($$ select test.move('split', test.the('glue 1'), (select i.id from traveler.part_inventory i where i.lot_number = 'G7'), 1) $$,
    'TV409 I5 split_is_a_part', 'nor into another lot');
select test.refuses($$ select test.move('split', test.the('glue 1'), test.the('glue 2'), 10.5) $$, 'TV409 I5 split_is_a_part', 'nor wholly: something stays');
select test.move('split', test.the('glue 1'), test.the('glue 2'), 10.499999);
select results_eq($$ select i.quantity from traveler.part_inventory i where i.id in (test.the('glue 1'), test.the('glue 2')) order by 1 $$,
    $$ values (0.000001), (10.499999) $$, 'what leaves a row arrives in the other');
select test.move('adjust', test.the('glue 1'), null, 0.000001, 'dried out');
select is((select i.status from traveler.part_inventory i where i.id = test.the('glue 1')), 'unavailable', 'an empty row reads unavailable');
select test.refuses($$ update traveler.inventory_movement set quantity = 1 $$, 'TV409 I4 append_only', 'a movement is not rewritten');
select test.refuses($$ update traveler.part_inventory set origin_id = null where id = test.the('glue 2') $$, 'TV409 I1 inventory_identity', 'nor where a row came from');
commit;

begin;
select test.enter_owner();
select is(test.shuffle(50), 13.499999, 'fifty rounds of splits neither make nor lose anything');
select cmp_ok((select count(*) from traveler.part_inventory i where i.lot_number = 'G1'), '>', 50::bigint, 'though there are many more rows');
commit;
reset role;
select test.whole();
select * from finish();

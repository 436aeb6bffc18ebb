-- Acts on stock: I2 (status), I4 (quantity is conserved, whoever moves it), I5 (a part is split off), I6; B2 (reserved is for one run).
\ir support/world.psql
select plan(179);

create function test.stock(p_act text, p_row text, p_request jsonb default '{}') returns uuid language plpgsql as $$
declare
    v_answer jsonb;
begin
    execute format('select traveler.%I($1, null, $2)', p_act || '_inventory') into v_answer using test.the(p_row), '{"reason": "story"}' || p_request;
    return (v_answer ->> 'id')::uuid;
end
$$;
create function test.free(p_row text) returns jsonb language sql as $$ select traveler.unreserve_inventory(test.the(p_row), null) $$;
-- A row in words: how much, and its status.
create function test.row(p_row text) returns text language sql stable as $$
    select format('%s %s', traveler.json_decimal(i.quantity), i.status) from traveler.part_inventory i where i.id = test.the(p_row)
$$;
create function test.total(p_part text) returns numeric language sql stable as $$ select sum(i.quantity) from traveler.part_inventory i where i.part_id = test.the(p_part) $$;
create function test.move(p_kind text, p_from text, p_to text, p_quantity numeric, p_reason text default 'by hand', p_run uuid default null) returns void language sql as $$
    insert into traveler.inventory_movement (org_id, kind, from_inventory_id, to_inventory_id, quantity, reason, run_id)
    values (test.org_id('acme'), p_kind, test.the(p_from), test.the(p_to), p_quantity, p_reason, p_run)
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('store', test.location('Store')), test.keep('dock', test.location('Dock'));
select test.keep('nut', test.part('NUT')), test.keep('glue', test.part('GLUE', 'lot')), test.keep('motor', test.part('MOTOR', 'serial')), test.keep('oil', test.part('OIL', 'lot'));
select test.mbom(test.the('motor'), test.line(test.the('glue'), '2'), test.line(test.the('nut'), '4'));
select test.keep('build motor', test.released('Build a motor', test.the('motor'), '[{"title": "A"}]')), test.keep('mix', test.released('Mix', test.the('oil'), '[{"title": "M"}]'));
select test.keep('run', test.run(test.the('build motor'), '{"serial_numbers": ["M1"]}')), test.keep('other', test.run(test.the('build motor'), '{"serial_numbers": ["M2"]}')),
    test.keep('third', test.run(test.the('build motor'), '{"serial_numbers": ["M3"]}')), test.keep('batch', test.run(test.the('mix'), '{"lot_number": "O1", "quantity": "10"}'));
select test.keep('unit', test.unit(test.the('run')));
select test.keep('oil row', i.id) from traveler.part_inventory i where i.building_run_id = test.the('batch');
commit;
reset session authorization;

-- Counting ------------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('storekeeper');
select test.keep('nuts', test.receive(test.the('nut'), '10', jsonb_build_object('location_id', test.the('store'))));
select test.keep('glue 1', test.receive(test.the('glue'), '10.5', jsonb_build_object('lot_number', 'G1', 'location_id', test.the('store'), 'expires_at', '2099-01-01T00:00:00Z')));
select test.keep('spare', test.receive(test.the('motor'), '1', '{"serial_number": "M9"}'));
select test.stock('adjust', 'nuts', '{"quantity": "12"}');
select is(test.row('nuts'), '12 available', 'a count says what there is');
select test.stock('adjust', 'nuts', '{"difference": "-2.5"}');
select is(test.row('nuts'), '9.5 available', 'a difference what there is more or less');
select test.stock('adjust', 'nuts', '{"quantity": "9.5"}');
select is((select count(*) from traveler.inventory_movement m where test.the('nuts') in (m.from_inventory_id, m.to_inventory_id)), 3::bigint, 'a count that agrees moves nothing');
select test.stock('adjust', 'nuts', '{"quantity": 0}');
select is(test.row('nuts'), '0 unavailable', 'there may be nothing');
select test.stock('adjust', 'nuts', '{"quantity": "20"}');
select test.refuses(format($$ select test.stock('adjust', 'nuts', %L) $$, request), refusal, what) from (values
    ('{}', 'TV422 I4 adjustment_unclear', 'an adjustment says to what'),
    ('{"quantity": "1", "difference": "1"}', 'TV422 I4 adjustment_unclear', 'in one way'),
    ('{"quantity": "-1"}', 'TV422 I4 quantity_invalid', 'a count is not negative'),
    ('{"quantity": "1e3"}', 'TV422 I4 quantity_invalid', 'nor anything but digits'),
    ('{"difference": "0.0000001"}', 'TV422 I4 quantity_invalid', 'to six decimals'),
    ('{"difference": "NaN"}', 'TV422 I4 quantity_invalid', 'nor no number'),
    ('{"difference": "-20.000001"}', 'TV409 I6 not_enough', 'nor is less left than nothing'),
    ('{"quantity": "1", "reason": " "}', 'TV422 I4 reason_missing', 'it says why')) x (request, refusal, what);
select is(test.refusal_detail($$ select test.stock('adjust', 'nuts', '{"difference": "-21"}') $$, 'quantity'), '"20"', 'a refusal says what there is');
select test.refuses($$ select test.stock('adjust', 'spare', '{"quantity": "2"}') $$, 'TV409 I1 serialized_is_one', 'a unit is one');
select test.refuses($$ select traveler.adjust_inventory(test.the('nuts'), 1, '{"quantity": "1", "reason": "x"}') $$, 'TV412 stale', 'a stale count is refused');
select test.refuses($$ select traveler.adjust_inventory(test.the('store'), null, '{"quantity": "1", "reason": "x"}') $$, 'TV404 T1 inventory_unknown', 'as is one of nothing');
commit;

-- Splitting, moving, merging -----------------------------------------------------------------------------------------

begin;
select test.enter('storekeeper');
select test.keep('glue 2', test.stock('split', 'glue 1', '{"quantity": "4.000001"}'));
select is(test.row('glue 1') || ', ' || test.row('glue 2'), '6.499999 available, 4.000001 available', 'a split takes what it names and leaves the rest');
select results_eq($$ select i.part_id, i.lot_number, i.location_id, i.expires_at from traveler.part_inventory i where i.origin_id = test.the('glue 1') $$,
    $$ select i.part_id, i.lot_number, i.location_id, i.expires_at from traveler.part_inventory i where i.id = test.the('glue 1') $$, 'the part is as the whole was');
select test.refuses(format($$ select test.stock('split', 'glue 1', %L) $$, request), refusal, what) from (values
    ('{"quantity": "6.499999"}', 'TV409 I5 split_is_a_part', 'all is no part'), ('{"quantity": "7"}', 'TV409 I6 not_enough', 'nor is more'),
    ('{"quantity": "0"}', 'TV422 I4 quantity_invalid', 'nor nothing')) x (request, refusal, what);
select test.refuses($$ select test.stock('split', 'spare', '{"quantity": "0.5"}') $$, 'TV409 I1 serialized_is_one', 'nor is a unit split');
select test.keep('glue 3', test.stock('move', 'glue 2', jsonb_build_object('quantity', '1', 'location_id', test.the('dock'))));
select is(traveler.inventory_json(test.the('glue 3')) ->> 'location_id', test.the('dock')::text, 'a part moves by itself');
select is(traveler.inventory_json(test.the('glue 2')) ->> 'location_id', test.the('store')::text, 'and the rest stays');
select test.refuses($$ select test.stock('move', 'glue 2', jsonb_build_object('location_id', test.the('nut'))) $$, '23503 part_inventory_location_fkey', 'to a place that there is');
select test.refuses($$ select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('glue 3')])) $$, 'TV409 I4 merge_differs', 'what lies elsewhere does not merge');
select test.stock('move', 'glue 3', jsonb_build_object('location_id', test.the('store')));
select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('glue 3'), test.the('glue 2')]));
select is(test.row('glue 1') || ', ' || test.row('glue 2') || ', ' || test.row('glue 3'), '10.5 available, 0 unavailable, 0 unavailable', 'merged rows are one again');
select is((select i.merged_into_id from traveler.part_inventory i where i.id = test.the('glue 2')), test.the('glue 1'), 'and say where they went');
select is((select count(*) from traveler.where_used(test.the('glue 2'))), 0::bigint, 'which is in nothing yet');
select test.refuses(format($$ select test.stock(%L, 'glue 2', %L) $$, act, request), 'TV409 I4 inventory_merged', format('what was merged away is there no more: %s', act)) from (values
    ('adjust', '{"quantity": "1"}'), ('scrap', '{}'), ('ship', '{}'), ('split', '{"quantity": "1"}')) x (act, request);
select test.refuses($$ select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('glue 2')])) $$, 'TV409 I4 inventory_merged', 'nor merged again');
select test.refuses($$ select test.stock('merge', 'glue 2', jsonb_build_object('part_inventory_ids', array[test.the('glue 1')])) $$, 'TV409 I4 inventory_merged', 'nor back');
select test.refuses($$ select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('glue 1')])) $$, 'TV422 I4 merge_with_itself', 'nor with itself');
select test.refuses($$ select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('store')])) $$, 'TV422 T1 inventory_unknown', 'nor with nothing');
select is(test.total('glue'), 10.5, 'nothing came of it and nothing went');
commit;
-- What does not merge: each differs in one thing.
begin;
select test.enter('admin');
select test.keep('base', test.receive(test.the('glue'), '1', '{"lot_number": "X"}'));
select test.keep('lot', test.receive(test.the('glue'), '1', '{"lot_number": "Y"}')), test.keep('expiry', test.receive(test.the('glue'), '1', '{"lot_number": "X", "expires_at": "2099-01-01T00:00:00Z"}')),
    test.keep('held', test.receive(test.the('glue'), '1', '{"lot_number": "X"}')), test.keep('kit', test.receive(test.the('glue'), '1', '{"lot_number": "X"}')),
    test.keep('issue', test.receive(test.the('glue'), '1', '{"lot_number": "X"}')), test.keep('serial', test.receive(test.the('motor'), '1', '{"serial_number": "M8"}'));
select test.keep('shelf 1', test.receive(test.the('nut'), '1')), test.keep('shelf 2', test.receive(test.part('WASHER'), '1'));
select test.refuses($$ select test.stock('merge', 'shelf 1', jsonb_build_object('part_inventory_ids', array[test.the('shelf 2')])) $$, 'TV409 I4 merge_differs', 'another part does not merge');
select test.stock('hold', 'held'), test.stock('reserve', 'kit', '{"kit_name": "K"}');
select test.keep('about', (traveler.create_issue(jsonb_build_object('title', 'Torn', 'part_inventory_ids', array[test.the('issue')])) ->> 'id')::uuid);
select traveler.dispose_issue(test.the('about'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Use as is';
select test.refuses(format($$ select test.stock('merge', 'base', jsonb_build_object('part_inventory_ids', array[test.the(%L)])) $$, other), 'TV409 I4 merge_differs',
    format('a row that differs in its %s does not merge', other)) from unnest(array['lot', 'expiry', 'held', 'kit', 'issue', 'nuts']) other;
select test.refuses($$ select test.stock('merge', 'spare', jsonb_build_object('part_inventory_ids', array[test.the('serial')])) $$, 'TV409 I1 serialized_is_one', 'and two units are two');
select test.stock('adjust', 'spare', '{"quantity": 0}');
select test.refuses($$ select test.stock('merge', 'spare', jsonb_build_object('part_inventory_ids', array[test.the('serial')])) $$, 'TV409 I4 merge_differs', 'even where one is gone');
rollback;

-- Quality holds -------------------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select test.keep('held', test.stock('hold', 'glue 1', '{"quantity": "3", "reason": "Smells."}'));
select is(test.row('held') || ', ' || test.row('glue 1'), '3 unavailable, 7.5 available', 'a part is held, the rest is free');
select test.refuses($$ select test.stock('hold', 'held') $$, 'TV409 I2 held_already', 'it is held once');
select test.refuses($$ select test.stock('release', 'glue 1') $$, 'TV409 I2 not_held', 'what is not held is not released');
select test.refuses($$ select test.stock('hold', 'glue 1', '{"reason": ""}') $$, 'TV422 I4 reason_missing', 'a hold says why');
select test.enter('technician');
select test.refuses($$ select test.install(test.need(test.the('run'), test.the('glue')), test.the('held'), '1') $$, 'TV409 B2 inventory_unavailable', 'what is held is not installed');
select test.enter('admin');
select test.refuses($$ select test.stock('ship', 'held') $$, 'TV409 I2 inventory_unavailable', 'nor shipped');
select test.refuses($$ select test.stock('ship', 'held', '{"quantity": "1"}') $$, 'TV409 I2 inventory_unavailable', 'nor a part of it');
select test.refuses($$ select test.stock('reserve', 'held', '{"kit_name": "K"}') $$, 'TV409 I2 inventory_unavailable', 'nor reserved');
select test.keep('held 2', test.stock('split', 'held', '{"quantity": "1"}'));
select is(test.row('held 2'), '1 unavailable', 'what is split off is held as well');
select test.stock('release', 'held 2');
select is(test.row('held 2') || ', ' || test.row('held'), '1 available, 2 unavailable', 'and released by itself');
select is((select h.reason from traveler.transaction_history h where h.row_id = test.the('held 2') order by h.seq desc limit 1), 'story', 'the history says why');
select test.stock('hold', 'spare');
select test.install(test.need(test.the('run'), test.the('nut')), test.the('nuts'), '1');
select test.keep('in', i.id) from traveler.part_inventory i where i.origin_id = test.the('nuts');
select test.stock('hold', 'in'), test.stock('hold', 'unit');
select is(test.row('in') || ', ' || test.row('unit'), '1 installed, 1 work_in_progress', 'a hold on what is installed or being built shows once it is free');
select test.stock('release', 'unit');
commit;

-- Reservations and kits -----------------------------------------------------------------------------------------------

begin;
select test.enter('planner');
select test.keep('kept', test.stock('reserve', 'nuts', jsonb_build_object('run_id', test.the('run'), 'quantity', '2')));
select test.keep('kit', test.stock('reserve', 'nuts', '{"kit_name": "K1", "quantity": "3"}'));
select test.keep('kitted', test.stock('reserve', 'nuts', jsonb_build_object('run_id', test.the('other'), 'kit_name', 'K2', 'quantity', '4')));
select is(test.row('kept') || ', ' || test.row('kit') || ', ' || test.row('kitted'), '2 reserved, 3 kitted, 4 kitted', 'what is kept for a run or in a kit reads so');
select test.refuses($$ select test.stock('reserve', 'kept', '{"kit_name": "K9"}') $$, 'TV409 B2 reserved_already', 'it is kept for one');
select is(test.refusal_detail($$ select test.stock('reserve', 'kept', '{"kit_name": "K9"}') $$, 'reserved_run_id') #>> '{}', test.the('run')::text, 'who is named');
select test.refuses($$ select test.stock('reserve', 'nuts') $$, 'TV422 I2 reserved_for_nothing', 'a reservation says for what');
select test.refuses($$ select test.stock('reserve', 'nuts', jsonb_build_object('run_id', test.the('nut'))) $$, 'TV422 T1 run_unknown', 'a run that there is');
select test.refuses($$ select test.stock('reserve', 'nuts', jsonb_build_object('run_id', test.the('batch'))) $$, 'TV409 B2 part_not_required', 'and that requires it');
select test.refuses($$ select test.stock('reserve', 'in', '{"kit_name": "K"}') $$, 'TV409 I2 inventory_unavailable', 'what is installed is not reserved');
select test.refuses($$ select test.stock('reserve', 'unit', '{"kit_name": "K"}') $$, 'TV409 I2 inventory_unavailable', 'nor what is being built');
select test.refuses($$ select test.free('nuts') $$, 'TV409 I2 not_reserved', 'what is free is not freed');
select test.enter('technician');
select test.refuses(format($$ select test.install(test.need(test.the(%L), test.the('nut')), test.the(%L), '1') $$, run, row), 'TV409 B2 inventory_unavailable', what) from (values
    ('other', 'kept', 'what is kept for a run no other installs'), ('run', 'kitted', 'in a kit either'), ('run', 'kit', 'and what is in a kit for no run nobody')) x (run, row, what);
select matches(test.refusal_detail($$ select test.install(test.need(test.the('other'), test.the('nut')), test.the('kept'), '1') $$, 'code') #>> '{}', 'inventory_unavailable', 'by name');
select test.keep('into', test.install(test.need(test.the('run'), test.the('nut')), test.the('kept'), '0.5'));
select is(test.row('kept'), '1.5 reserved', 'its run takes a part of it');
select results_eq($$ select i.status, i.reserved_run_id, i.kit_name from traveler.installation n join traveler.part_inventory i on i.id = n.part_inventory_id where n.id = test.the('into') $$,
    $$ values ('installed', null::uuid, null::text) $$, 'which is reserved no more');
select test.install(test.need(test.the('other'), test.the('nut')), test.the('kitted'), '4');
select is(test.row('kitted'), '4 installed', 'and all of a kit');
select traveler.uninstall((select i.installation_id from traveler.part_inventory i where i.id = test.the('kitted')), null, 'story');
select is(test.row('kitted'), '4 available', 'what is taken out is free');
select test.enter('storekeeper');
select test.free('kit');
select is(test.row('kit'), '3 available', 'a reservation is taken back');
select test.keep('kit 2', test.stock('split', 'kept', '{"quantity": "0.25"}'));
select is(test.row('kit 2'), '0.25 reserved', 'what is split off stays reserved');
select test.keep('late', test.stock('reserve', 'nuts', jsonb_build_object('run_id', test.the('third'), 'kit_name', 'K3', 'quantity', '1')));
commit;
begin;
select test.enter('admin');
select traveler.act_on_run('cancel', test.the('third'), null, 'story');
select is(test.row('late'), '1 available', 'a canceled run keeps nothing');
select test.refuses($$ select test.stock('reserve', 'late', jsonb_build_object('run_id', test.the('third'))) $$, 'TV409 B2 run_ended', 'nor is anything kept for it');
select test.install(test.need(test.the('run'), test.the('nut')), test.the('nuts'), '2.5'), test.install(test.need(test.the('run'), test.the('glue')), test.the('glue 1'), '2');
select test.work(test.step(test.the('run'), 'A'));
select is(test.row('kept') || ', ' || test.row('kit 2'), '1.25 available, 0.25 available', 'nor does a completed one');
select test.refuses($$ select test.stock('reserve', 'kept', jsonb_build_object('run_id', test.the('run'))) $$, 'TV409 B2 run_ended', 'and nothing is kept for that either');
commit;

-- Scrapping, shipping -------------------------------------------------------------------------------------------------

begin;
select test.enter('storekeeper');
select test.keep('torn', test.stock('scrap', 'glue 1', '{"quantity": "1.5"}'));
select is(test.row('torn') || ', ' || test.row('glue 1'), '0 scrapped, 4 available', 'a part is scrapped');
select test.refuses(format($$ select test.stock(%L, 'torn', %L) $$, act, request), 'TV409 I4 inventory_scrapped', format('what is scrapped is not used: %s', act)) from (values
    ('adjust', '{"quantity": "1"}'), ('scrap', '{}'), ('ship', '{}'), ('split', '{"quantity": "1"}')) x (act, request);
select test.refuses($$ select test.stock('merge', 'glue 1', jsonb_build_object('part_inventory_ids', array[test.the('torn')])) $$, 'TV409 I4 inventory_scrapped', 'nor merged');
select test.refuses($$ select test.stock('reserve', 'torn', '{"kit_name": "K"}') $$, 'TV409 I2 inventory_unavailable', 'nor reserved');
select test.stock('unscrap', 'torn');
select is(test.row('torn'), '1.5 available', 'it is brought back');
select test.refuses($$ select test.stock('unscrap', 'torn') $$, 'TV409 I4 not_scrapped', 'once');
select test.stock('scrap', 'torn');
select test.refuses(format($$ select test.stock(%L, %L, %L) $$, act, row, request), refusal, what) from (values
    ('scrap', 'glue 1', '{"quantity": "5"}', 'TV409 I6 not_enough', 'more than there is is not scrapped'),
    ('scrap', 'glue 1', '{"reason": ""}', 'TV422 I4 reason_missing', 'nor without a reason'),
    ('scrap', 'in', '{}', 'TV409 B2 installed_is_whole', 'nor what is installed'), ('ship', 'in', '{}', 'TV409 B2 installed_is_whole', 'or shipped'),
    ('adjust', 'in', '{"quantity": "5"}', 'TV409 B2 installed_is_whole', 'or counted'), ('split', 'in', '{"quantity": "0.5"}', 'TV409 B2 installed_is_whole', 'or split'),
    ('scrap', 'oil row', '{}', 'TV409 I3 inventory_on_run', 'nor what a live run builds'), ('scrap', 'oil row', '{"quantity": "1"}', 'TV409 I3 inventory_on_run', 'or a part of it'),
    ('ship', 'oil row', '{}', 'TV409 I3 inventory_on_run', 'or shipped'), ('adjust', 'oil row', '{"quantity": "5"}', 'TV409 I3 inventory_on_run', 'or counted'),
    ('split', 'oil row', '{"quantity": "5"}', 'TV409 I3 inventory_on_run', 'or split'), ('unscrap', 'glue 1', '{}', 'TV409 I4 not_scrapped', 'what is there is not brought back'),
    ('return', 'glue 1', '{}', 'TV409 I4 not_shipped', 'what was not shipped does not return')) x (act, row, request, refusal, what);
select is(test.refusal_detail($$ select test.stock('scrap', 'oil row') $$, 'run_id') #>> '{}', test.the('batch')::text, 'who has it is named');
select test.keep('gone', test.stock('ship', 'glue 1', '{"quantity": "3"}'));
select is(test.row('gone') || ', ' || test.row('glue 1'), '0 unavailable, 1 available', 'what is shipped is not here');
select test.refuses($$ select test.stock('return', 'gone', '{"quantity": "3.000001"}') $$, 'TV409 I6 not_enough', 'no more comes back than went');
select test.stock('return', 'gone', jsonb_build_object('quantity', '1', 'location_id', test.the('dock')));
select is(test.row('gone'), '1 available', 'some of it comes back');
select is((select i.quantity_shipped from traveler.part_inventory i where i.id = test.the('gone')), 2::numeric, 'the rest is out');
select test.stock('return', 'gone');
select is(test.row('gone'), '3 available', 'until it comes as well');
select test.refuses($$ select test.stock('ship', 'torn') $$, 'TV409 I4 inventory_scrapped', 'what is scrapped is not shipped');
commit;
-- What an issue holds is shipped when it was given up for good, and not before.
begin;
select test.enter('admin');
select test.keep('bad', test.receive(test.the('glue'), '2', '{"lot_number": "B"}'));
select test.keep('about', (traveler.create_issue(jsonb_build_object('title', 'Torn', 'part_inventory_ids', array[test.the('bad')])) ->> 'id')::uuid);
select test.refuses($$ select test.stock('ship', 'bad') $$, 'TV409 Q1 issue_keeps_it', 'what an issue is about is not shipped');
select test.refuses($$ select test.stock('scrap', 'bad', '{"quantity": "1"}') $$, 'TV409 Q1 issue_keeps_it', 'nor split');
select traveler.dispose_issue(test.the('about'), null, jsonb_build_object('disposition_type_id', t.id)) from traveler.disposition_type t where t.name = 'Return to vendor';
select test.stock('ship', 'bad');
select is(test.row('bad'), '0 unavailable', 'until it goes back to its vendor');
rollback;

-- A row that a run built stays a row: what was split from it merges into it, not it into them ------------------------

begin;
select test.enter('admin');
select test.work(test.step(test.the('batch'), 'M'));
select test.keep('bought', test.receive(test.the('oil'), '5', '{"lot_number": "O1"}'));
select test.keep('drawn', test.stock('split', 'oil row', '{"quantity": "4"}'));
select test.refuses($$ select test.stock('merge', 'drawn', jsonb_build_object('part_inventory_ids', array[test.the('oil row')])) $$, 'TV409 I4 merge_differs', 'what a run built is not merged away');
select test.refuses($$ select test.stock('merge', 'oil row', jsonb_build_object('part_inventory_ids', array[test.the('bought')])) $$, 'TV409 I4 merge_differs', 'nor with what it did not build');
select test.refuses($$ select test.stock('merge', 'bought', jsonb_build_object('part_inventory_ids', array[test.the('drawn')])) $$, 'TV409 I4 merge_differs', 'nor a part of it with that');
select test.stock('merge', 'oil row', jsonb_build_object('part_inventory_ids', array[test.the('drawn')]));
select is(test.row('oil row'), '10 available', 'what was drawn from it goes back');
commit;

-- Where it went: through splits and merges ----------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.keep('a', test.receive(test.the('glue'), '5', '{"lot_number": "T"}')), test.keep('b', test.receive(test.the('glue'), '5', '{"lot_number": "T"}'));
select test.stock('merge', 'a', jsonb_build_object('part_inventory_ids', array[test.the('b')]));
select test.install(test.need(test.the('other'), test.the('glue')), test.the('a'), '2');
select is((select w.serial_number from traveler.where_used(test.the('b')) w), 'M2', 'what was merged is found where it went');
commit;

-- At random: whatever was done in whatever order, what there is is what came in and did not go out ---------------------

reset session authorization;
-- One act on a row of the lot; answers by how much the lot's sum has to change, or nothing where it was refused.
create function test.any_act() returns numeric language plpgsql as $$
declare
    v_row traveler.part_inventory;
    v_other uuid;
    v_act text := (array['split', 'split', 'split', 'merge', 'merge', 'scrap', 'unscrap', 'ship', 'return', 'adjust', 'hold', 'release', 'reserve', 'unreserve', 'move'])[1 + floor(random() * 15)::integer];
    v_some numeric := round((random() * 3)::numeric, 6) + 0.000001;
begin
    select i.* into v_row from traveler.part_inventory i where i.lot_number = 'R' order by random() limit 1;
    select i.id into v_other from traveler.part_inventory i where i.lot_number = 'R' and i.id <> v_row.id order by random() limit 1;
    delete from test.id i where i.name = 'any';
    perform test.keep('any', v_row.id);
    if v_act = 'unreserve' then
        perform test.free('any');
    else
        perform test.stock(v_act, 'any', jsonb_strip_nulls(jsonb_build_object(
            'quantity', case when v_act = 'adjust' or v_act <> 'merge' and random() < 0.6 then v_some end, 'kit_name', case v_act when 'reserve' then 'R' end,
            'location_id', case v_act when 'move' then test.the(case when random() < 0.5 then 'store' else 'dock' end) end,
            'part_inventory_ids', case v_act when 'merge' then array[v_other] end)));
    end if;
    insert into test.done values (v_act);
    return case v_act when 'scrap' then -least(v_row.quantity, (select m.quantity from traveler.inventory_movement m where m.kind = 'scrap' order by m.id desc limit 1))
        when 'ship' then -least(v_row.quantity, (select m.quantity from traveler.inventory_movement m where m.kind = 'ship' order by m.id desc limit 1))
        when 'unscrap' then v_row.quantity_scrapped when 'adjust' then v_some - v_row.quantity
        when 'return' then (select m.quantity from traveler.inventory_movement m where m.kind = 'return' order by m.id desc limit 1) else 0 end;
exception when others then
    if sqlstate !~ '^TV4' then
        raise;
    end if;
    return null;
end
$$;
create table test.done (act text);
grant all on test.done, test.id to public;
grant execute on function test.any_act() to public;
select setseed(0.21);
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.receive(test.the('glue'), '20', jsonb_build_object('lot_number', 'R', 'location_id', test.the('store')));
select 20 + sum(test.any_act()) as expected from generate_series(1, 1500) \gset
select is((select sum(i.quantity) from traveler.part_inventory i where i.lot_number = 'R'), :expected, 'a lot is what came in and did not go out');
select is((select count(distinct d.act) from test.done d), 12::bigint, 'all kinds of acts went through');
select cmp_ok((select count(*) from test.done), '>', 200::bigint, 'many of them');
commit;

-- By hand: the owner's SQL ---------------------------------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses(format($$ update traveler.part_inventory set %s where id = test.the('glue 1') $$, change), refusal, format('by hand: %s', change)) from (values
    ('quantity_scrapped = 1', 'TV409 I2 derived'), ('quantity_shipped = 1', 'TV409 I2 derived'), ('merged_into_id = test.the(''a'')', 'TV409 I2 derived'),
    ('reserved_run_id = test.the(''batch'')', 'TV409 B2 run_ended'), ('reserved_run_id = traveler.new_id()', 'TV422 T1 run_unknown'),
    ('hold_reason = ''x'', kit_name = '' ''', '23514 part_inventory_kit_name_length')) x (change, refusal);
update traveler.part_inventory set kit_name = 'K' where id = test.the('late');
select test.refuses($$ update traveler.part_inventory set kit_name = 'L' where id = test.the('late') $$, 'TV409 B2 reserved_already', 'a kit is not another');
select is(traveler_private.unusable_reason(i, null), 'It is kitted as K.', 'what is in a kit is free for nobody') from traveler.part_inventory i where i.id = test.the('late');
select is(traveler_private.unusable_reason(i, test.the('other')), 'It is kitted as K.', 'nor for a run') from traveler.part_inventory i where i.id = test.the('late');
update traveler.part_inventory set kit_name = null where id = test.the('late');
select is(traveler_private.unusable_reason(i, null), null, 'until it is taken out') from traveler.part_inventory i where i.id = test.the('late');
select test.refuses($$ update traveler.part_inventory set hold_reason = null where id = test.the('held') $$, 'TV422 I2 reason_missing', 'a hold is not released without a reason');
select test.refuses($$ update traveler.part_inventory set hold_reason = 'y' where id = test.the('held') $$, 'TV409 I2 held_already', 'nor rewritten');
select test.refuses(format($$ insert into traveler.part_inventory (org_id, part_id, lot_number, origin_id, %s) values (test.org_id('acme'), test.the('glue'), 'G1', %s, %s) $$, columns, origin, value),
    refusal, what) from (values
    ('hold_reason', 'null', '''x''', 'TV409 I5 starts_free', 'a row does not start held'), ('kit_name', 'test.the(''glue 1'')', '''x''', 'TV409 I5 starts_free', 'nor kitted, if its origin is not'),
    ('reserved_run_id', 'null', 'test.the(''other'')', 'TV409 I5 starts_free', 'nor reserved'), ('quantity_scrapped', 'null', '1', 'TV409 I2 derived', 'nor scrapped'),
    ('quantity_shipped', 'null', '1', 'TV409 I2 derived', 'nor shipped'), ('merged_into_id', 'null', 'test.the(''a'')', 'TV409 I2 derived', 'nor merged')) x (columns, origin, value, refusal, what);
insert into traveler.part_inventory (org_id, id, part_id, lot_number, origin_id, expires_at)
select x.org_id, traveler.new_id(), x.part_id, x.lot_number, x.id, e from traveler.part_inventory x, unnest(array['2099-01-01Z'::timestamptz, null]) e where x.id = test.the('glue 1');
select test.keep(case when i.expires_at is null then 'fresh' else 'piece' end, i.id) from traveler.part_inventory i where i.origin_id = test.the('glue 1') and i.created_at = now();
select test.refuses(format($$ select test.move(%L, %L, %L, %s) $$, kind, from_row, to_row, quantity), refusal, what) from (values
    ('scrap', 'glue 1', null, '0.5', '23514 part_inventory_scrapped_is_whole', 'what is scrapped is a whole row'), ('ship', 'glue 1', null, '0.5', 'TV409 I5 whole_row', 'and what is shipped'),
    ('merge', 'a', 'glue 1', '0.5', '23514 part_inventory_merged_is_empty', 'and what is merged'), ('merge', 'a', 'glue 1', '8', 'TV409 I4 merge_differs', 'and the same'),
    ('merge', 'a', 'a', '8', '23514 inventory_movement_ends', 'but another row'), ('merge', null, 'a', '8', '23514 inventory_movement_ends', 'of which there are two'),
    ('split', 'glue 1', 'fresh', '0.5', 'TV409 I5 split_is_a_part', 'a part keeps the expiry'), ('split', 'glue 1', 'piece', '0.5', 'went through', 'as this one does'),
    ('scrap', null, 'glue 1', '1', '23514 inventory_movement_ends', 'scrap goes out'), ('unscrap', 'glue 1', null, '1', '23514 inventory_movement_ends', 'and comes back in'),
    ('ship', null, 'glue 1', '1', '23514 inventory_movement_ends', 'so does what is shipped'), ('return', 'glue 1', null, '1', '23514 inventory_movement_ends', 'or returned'),
    ('scrap', 'glue 1', 'a', '1', '23514 inventory_movement_ends', 'nothing is scrapped into a row'),
    ('unscrap', null, 'torn', '1', '23514 part_inventory_scrapped_is_whole', 'all comes back that was scrapped'), ('unscrap', null, 'glue 1', '1', '23514 part_inventory_scrapped_is_whole', 'and no more'),
    ('receive', null, 'torn', '1', '23514 part_inventory_scrapped_is_whole', 'what is scrapped takes nothing in'),
    ('return', null, 'a', '1', '23514 part_inventory_shipped_not_negative', 'nothing returns that did not go'),
    ('adjust', null, 'b', '1', '23514 part_inventory_merged_is_empty', 'what was merged away takes nothing in'), ('receive', null, 'b', '1', '23514 part_inventory_merged_is_empty', 'of whatever kind'),
    ('receive', null, 'in', '1', 'TV409 B2 installed_is_whole', 'nor what is installed'), ('scrap', 'in', null, '1', 'TV409 B2 installed_is_whole', 'out of which nothing goes'),
    ('ship', 'held', null, '2', 'TV409 I2 inventory_unavailable', 'what is held is not shipped'), ('adjust', 'a', null, '''NaN''', '23514 inventory_movement_quantity_positive', 'nor is no number moved'),
    ('adjust', 'a', null, '-1', '23514 inventory_movement_quantity_positive', 'nor less than nothing'), ('ship', 'a', null, '9', '23514 part_inventory_quantity_not_negative', 'nor more than there is'))
    x (kind, from_row, to_row, quantity, refusal, what);
select test.refuses($$ select test.move('build', null, 'oil row', 1, null, test.the('other')) $$, 'TV409 I3 built_once', 'a run builds what it builds once');
select test.refuses($$ select test.move('adjust', null, 'unit', 1) $$, 'TV409 I1 serialized_is_one', 'one unit is one');
select test.refuses($$ select test.move('scrap', 'late', null, 1, null) $$, '23514 inventory_movement_ends', 'scrap says why');
insert into traveler.inventory_movement (org_id, kind, from_inventory_id, quantity, reason, moved_by) values (test.org_id('acme'), 'scrap', test.the('a'), 8, 'x', 'user:someone');
select is((select m.moved_by from traveler.inventory_movement m where m.from_inventory_id = test.the('a') order by m.id desc limit 1), 'system:story', 'who moved it is who did');
select is(test.refusal($$ update traveler.part_inventory set reserved_run_id = test.the('other') where id = test.the('unit') $$), 'TV409 B2 part_not_required', 'what the run does not require is not reserved for it');
rollback;
-- In someone's name: with their permission.
begin;
select test.enter('viewer');
select test.refuses($$ update traveler.part_inventory set hold_reason = 'x' where id = test.the('glue 1') $$, 'TV403 T3 permission_missing', 'a hold by hand asks for the permission');
select test.refuses($$ update traveler.part_inventory set kit_name = 'x' where id = test.the('glue 1') $$, 'TV403 T3 permission_missing', 'a reservation too');
rollback;
reset role;

-- What the recount finds, had someone gone around all guards ----------------------------------------------------------

create function test.violated(p_rule text, p_sql text) returns boolean language plpgsql as $$
declare
    v_found boolean;
begin
    execute p_sql;
    select exists (select from traveler.integrity_violations v where v.rule = p_rule) into v_found;
    raise sqlstate 'ZZ000' using message = v_found;
exception when sqlstate 'ZZ000' then
    return sqlerrm::boolean;
end
$$;
begin;
select test.enter_owner();
set local session_replication_role = replica;
select is(test.violated(rule, sql), true, format('%s: %s', rule, test.brief(sql))) from (values
    ('I4', $$ update traveler.part_inventory set quantity = quantity + 1 where id = test.the('glue 1') $$),
    ('I4', $$ update traveler.part_inventory set lot_number = 'G2' where id = test.the('glue 1') $$),
    ('I4', $$ update traveler.part_inventory set quantity_scrapped = 9 where id = test.the('torn') $$),
    ('I4', $$ update traveler.part_inventory set quantity_shipped = 9 where id = test.the('gone') $$),
    ('I4', $$ update traveler.part_inventory set merged_into_id = null where id = test.the('b') $$),
    ('B2', $$ update traveler.part_inventory set reserved_run_id = test.the('run') where id = test.the('glue 1') $$)) x (rule, sql);
rollback;
select test.whole();
select * from finish();

-- T1: every row belongs to one org, and no statement run for another org reads, counts, changes or refers to it.
\ir support/world.psql
select plan(50);

-- Two orgs, each with one of everything -----------------------------------------------------------------------------

create table test.thing (org text primary key, part uuid, component uuid, location uuid, mbom uuid, draft uuid, released uuid, run uuid, step uuid,
    field uuid, need uuid, stock uuid, unit uuid, installation uuid, person uuid);
grant all on test.thing to public;

create function test.one_of_everything(p_org text, p_actor text) returns void language plpgsql as $$
declare
    t test.thing;
begin
    t.org := p_org;
    t.person := test.user_id(p_actor);
    t.location := test.location('Bench');
    t.component := test.part('BOLT', 'lot');
    t.part := test.part('CART', 'serial');
    t.mbom := test.mbom(t.part, test.line(t.component, '4'));
    t.stock := test.receive(t.component, '10', jsonb_build_object('lot_number', 'L1', 'location_id', t.location));
    t.draft := test.draft('Draft', t.part, '[{"title": "One"}]');
    t.released := test.released('Build a cart', t.part,
        '[{"title": "Fit", "fields": [{"name": "Mate", "type": "part"}, {"name": "By", "type": "user"}]}, {"title": "Check"}]');
    t.run := test.run(t.released, '{"serial_numbers": ["C1"]}');
    t.step := test.step(t.run, 'Fit');
    t.field := test.field(t.run, 'Mate');
    t.need := test.need(t.run, t.component);
    t.unit := test.unit(t.run);
    t.installation := test.install(t.need, t.stock, '2');
    insert into test.thing select t.*;
end
$$;
create function test.acme(p_thing text) returns uuid language sql stable as $$
    select (to_jsonb(t) ->> p_thing)::uuid from test.thing t where t.org = 'acme'
$$;
create function test.bolt(p_thing text) returns uuid language sql stable as $$
    select (to_jsonb(t) ->> p_thing)::uuid from test.thing t where t.org = 'bolt'
$$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.one_of_everything('acme', 'admin');
commit;
begin;
select test.enter('stranger');
select lives_ok($$ select test.one_of_everything('bolt', 'stranger') $$, 'two orgs use the same part, lot, serial and place names');
commit;

-- Ids of another org are not found ----------------------------------------------------------------------------------

begin;
select test.enter('stranger');
select test.start(test.bolt('step'));
select is_empty($$
    select x.* from (values
        ('part', traveler.part_json(test.acme('part'))), ('location', traveler.location_json(test.acme('location'))),
        ('mbom', traveler.mbom_json(test.acme('mbom'))), ('inventory', traveler.inventory_json(test.acme('stock'))),
        ('place', to_jsonb(traveler.inventory_location(test.acme('stock')))), ('procedure', traveler.procedure_json(test.acme('released'))),
        ('run', traveler.run_json(test.acme('run'))), ('summary', traveler.run_summary_json(test.acme('run'))),
        ('step', traveler.step_json(test.acme('step'))), ('installation', traveler.installation_json(test.acme('installation'))),
        ('user', traveler.user_json(test.acme('person'))), ('history', nullif(traveler.history_json(test.acme('run'), null, 10), '[]')),
        ('abom', (select to_jsonb(a) from traveler.abom(test.acme('unit')) a limit 1)),
        ('where used', (select to_jsonb(w) from traveler.where_used(test.acme('stock')) w limit 1))) x (what, found)
    where x.found is not null
$$, 'no read answers for another org''s id');
select test.refuses($$ select traveler.change_user(test.acme('person'), null, '{"name": "Owned"}') $$, 'TV404 T1 user_unknown', 'change_user');
select test.refuses($$ select traveler.change_part(test.acme('part'), null, '{"name": "Owned"}') $$, 'TV404 T1 part_unknown', 'change_part');
select test.refuses($$ select traveler.create_mbom(test.acme('part'), '{"lines": []}') $$, 'TV404 T1 part_unknown', 'create_mbom');
select test.refuses($$ select traveler.release_mbom(test.acme('mbom'), null) $$, 'TV404 T1 mbom_unknown', 'release_mbom');
select test.refuses($$ select test.receive(test.acme('component'), '1', '{"lot_number": "L2"}') $$, 'TV404 T1 part_unknown', 'receive_inventory');
select test.refuses($$ select traveler.change_inventory(test.acme('stock'), null, '{"location_id": null}') $$, 'TV404 T1 inventory_unknown', 'change_inventory');
select test.refuses($$ select traveler.replace_procedure(test.acme('draft'), null, '{"title": "Owned", "steps": []}') $$, 'TV404 T1 procedure_unknown', 'replace_procedure');
select test.refuses($$ select traveler.move_procedure(test.acme('draft'), null, 'released') $$, 'TV404 T1 procedure_unknown', 'move_procedure');
select test.refuses($$ select traveler.new_procedure_version(test.acme('released')) $$, 'TV404 T1 procedure_unknown', 'new_procedure_version');
select test.refuses($$ select test.run(test.acme('released')) $$, 'TV404 T1 procedure_unknown', 'create_run');
select test.refuses($$ select traveler.complete_run(test.acme('run')) $$, 'TV404 T1 run_unknown', 'complete_run');
select test.refuses($$ select test.start(test.acme('step')) $$, 'TV404 T1 step_unknown', 'start_steps');
select test.refuses($$ select test.start(test.step(test.bolt('run'), 'Check'), test.acme('step')) $$, 'TV404 T1 step_unknown', 'start_steps, beside one of its own');
select test.refuses($$ select test.complete(test.acme('step')) $$, 'TV404 T1 step_unknown', 'complete_steps');
select test.refuses($$ select traveler.enter_values(test.acme('step'), null, '{"values": []}') $$, 'TV404 T1 step_unknown', 'enter_values');
select test.refuses($$ select traveler.enter_values(test.bolt('step'), null, jsonb_build_object('values', jsonb_build_array(
    jsonb_build_object('field_id', test.acme('field'), 'value', 'x')))) $$, 'TV404 P4 field_unknown', 'enter_values, into another org''s field');
select test.refuses($$ select traveler.install(test.acme('run'), '{}') $$, 'TV404 T1 run_unknown', 'install');
select test.refuses($$ select traveler.install(test.bolt('run'), jsonb_build_object('build_requirement_id', test.bolt('need'),
    'part_inventory_id', test.acme('stock'))) $$, 'TV404 T1 inventory_unknown', 'install, from another org''s stock');
select test.refuses($$ select traveler.install(test.bolt('run'), jsonb_build_object('build_requirement_id', test.acme('need'),
    'part_inventory_id', test.bolt('stock'))) $$, 'TV404 T1 requirement_unknown', 'install, for another org''s need');
select test.refuses($$ select test.install(test.bolt('need'), test.bolt('stock'), '1', test.acme('unit')) $$, 'TV409 B2 unit_not_on_run',
    'install, into another org''s unit');
select test.refuses($$ select traveler.uninstall(test.acme('installation'), null, 'mine') $$, 'TV404 T1 installation_unknown', 'uninstall');

-- Nor can they be referred to: a foreign key check sees through row security, so every key carries the org.
select test.refuses($$ select test.location('Shelf', jsonb_build_object('parent_id', test.acme('location'))) $$, '23503 location_parent_fkey', 'a place in another org''s place');
select test.refuses($$ select test.mbom(test.bolt('part'), test.line(test.acme('component'), '1')) $$, '23503 mbom_line_part_fkey', 'an mBOM line of another org''s part');
select test.refuses($$ select test.receive(test.bolt('component'), '1', jsonb_build_object('lot_number', 'L2', 'location_id', test.acme('location'))) $$,
    '23503 part_inventory_location_fkey', 'stock at another org''s place');
select test.refuses($$ select test.draft('D', test.acme('part'), '[]') $$, '23503 procedure_part_fkey', 'a procedure that builds another org''s part');
select test.refuses($$ select test.draft('D', test.bolt('part'), jsonb_build_array(jsonb_build_object('title', 'S', 'location_id', test.acme('location')))) $$,
    '23503 procedure_step_location_fkey', 'a step at another org''s place');
select test.refuses($$ select test.draft('D', test.bolt('part'), jsonb_build_array(jsonb_build_object('title', 'S', 'requirements',
    jsonb_build_array(test.line(test.acme('component'), '1'))))) $$, '23503 procedure_requirement_part_fkey', 'a requirement of another org''s part');
select test.refuses($$ select test.run(test.bolt('released'), jsonb_build_object('location_id', test.acme('location'))) $$,
    '23503 part_inventory_location_fkey', 'a run at another org''s place');
select test.refuses($$ select test.value(test.field(test.bolt('run'), 'Mate'), to_jsonb(test.acme('part'))) $$, 'TV422 P4 field_value', 'a value that names another org''s part');
select test.refuses($$ select test.value(test.field(test.bolt('run'), 'By'), to_jsonb(test.acme('person'))) $$, 'TV422 P4 field_value', 'a value that names another org''s user');
select lives_ok($$ select test.value(test.field(test.bolt('run'), 'By'), to_jsonb(test.bolt('person'))) $$, 'where the org''s own are fine');
commit;

-- Nothing of another org is read or counted -------------------------------------------------------------------------

reset session authorization;
-- Rows of each org that a session sees in every table that it may read.
create function test.seen() returns table (name text, own bigint, others bigint) language plpgsql as $$
declare
    r record;
begin
    for r in
        select c.oid::regclass::text as name from pg_class c
        where c.relnamespace = 'traveler'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
            and has_any_column_privilege(c.oid, 'select') and c.relname !~ '_violations$' -- the operator's, over all orgs
            and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'org_id' and has_column_privilege(c.oid, a.attnum, 'select'))
    loop
        return query execute format('select %L::text, count(*) filter (where x.org_id = traveler.current_org()),
            count(*) filter (where x.org_id <> traveler.current_org()) from (select org_id from %s) x', r.name, r.name);
    end loop;
end
$$;
grant execute on function test.seen to public;
set session authorization traveler_service;
begin;
select test.enter('stranger');
select is_empty('select * from test.seen() where others > 0', 'no table or view shows a row of another org');
select cmp_ok((select count(*) from test.seen() where own > 0), '>=', 20::bigint, 'where they show the caller''s own');
select results_eq('select o.slug collate "C" from traveler.org o', $$ values ('bolt' collate "C") $$, 'the only org there is is the caller''s');
select ok(not exists (select from traveler.run r where r.id = test.acme('run')), 'a row is not found by naming its id');
select test.denied('select * from traveler.transaction_history_default', 'a partition of the history is no way around its policy');
select test.denied('select * from traveler.transaction_history_' || to_char(now(), 'YYYY_MM'), 'nor is the month at hand');
select test.denied('select r.id from traveler.run r for update', 'nothing can be locked: that takes the right to change it');
select test.denied('lock table traveler.run in share mode', 'nor a whole table');
set row_security = off;
select test.denied('select * from traveler.run', 'row security can''t be switched off: the query is refused');
reset row_security;
commit;

-- The owner, for whom the policies hold as well ---------------------------------------------------------------------

reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner('acme');
select is_empty('select * from test.seen() where others > 0', 'the owner in one org sees nothing of another');
select test.denied($$ insert into traveler.location (org_id, name) values (test.org_id('bolt'), 'Planted') $$, 'and puts nothing into it');
select test.denied($$ update traveler.location set org_id = test.org_id('bolt') $$, 'nor moves anything there', 'TV409');
update traveler.run set title = 'Owned' where id = test.bolt('run');
delete from traveler.procedure_field where org_id = test.org_id('bolt');
select test.refuses($$ insert into traveler.location (org_id, name, parent_id) values (test.org_id('acme'), 'Shelf', test.bolt('location')) $$,
    '23503 location_parent_fkey', 'nor refers to it');
commit;
reset role;
select is((select r.title from traveler.run r where r.id = test.bolt('run')), 'Build a cart', 'an update from one org passes by the other''s rows');
select is((select count(*) from traveler.procedure_field f where f.org_id = test.org_id('bolt')), 2::bigint, 'and so does a delete');

-- Who stands above the policies still acts in one org: the guards and the history of another's records are not reached.
set session authorization traveler_migrator;
begin;
select test.enter_owner('acme');
select test.denied($$ update traveler.run_step set state = 'in_progress' where id = test.step(test.bolt('run'), 'Check') $$,
    'the migrator in one org moves nothing of another', 'P0001');
rollback;
reset session authorization;
select test.whole();
select * from finish();

-- C6: a completed run is reopened by one act, with a reason and everyone who holds what it built acknowledged; its record stays.
\ir support/world.psql
select plan(79);

create function test.state(p_run text) returns text language sql as $$
    select concat_ws(' ', r.status, r.completion_number, (select count(*) from traveler.as_built_record a where a.run_id = r.id)) from traveler.run r where r.id = test.the(p_run)
$$;
create function test.reopen(p_run text, p_reason text default 'a bore was misread', variadic p_acknowledged uuid[] default '{}') returns text language sql as $$
    select test.refusal(format('select traveler.reopen_run(%L, null, %L, %L)', test.the(p_run), p_reason, p_acknowledged))
$$;
create function test.reopen_as(p_actor text, p_run text) returns text language plpgsql as $$
begin
    perform test.enter(p_actor);
    return test.reopen(p_run);
end
$$;
create function test.complete_run(p_run text) returns text language sql as $$ select test.refusal(format('select traveler.complete_run(%L)', test.the(p_run))) $$;
create function test.unit_is(p_run text) returns text language sql as $$
    select string_agg(i.status || case when i.building_run_id = test.the(p_run) then ', on its run' else '' end, '; ' order by i.id)
    from traveler.run_inventory ri join traveler.part_inventory i on i.id = ri.part_inventory_id where ri.run_id = test.the(p_run)
$$;
-- The consumers that the refusal of a reopening lists, by level and run.
create function test.consumers(p_run text) returns text language sql as $$
    select string_agg((c ->> 'level') || ' ' || i.name || ' ' || (c ->> 'run_status'), ', ' order by (c ->> 'level')::integer, i.name)
    from jsonb_array_elements(test.refusal_detail(format('select traveler.reopen_run(%L, null, ''x'')', test.the(p_run)), 'consumers')) c
    join test.id i on i.id = (c ->> 'run_id')::uuid
$$;
create function test.contains(p_run text) returns text language sql as $$
    select coalesce(string_agg(format('%s: record %s of %s', c.level, c.record_number, i.name), ', ' order by c.level, i.name), 'nothing superseded')
    from traveler.superseded_content(test.the(p_run)) c join test.id i on i.id = c.run_id
$$;

-- A hub in a cart in a train, glue by the lot in the cart --------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('p hub', test.part('HUB', 'serial')), test.keep('p cart', test.part('CART', 'serial')), test.keep('p train', test.part('TRAIN', 'serial')), test.keep('p glue', test.part('GLUE', 'lot')),
    test.keep('bench', test.location('Bench'));
select test.mbom(test.the('p cart'), test.line(test.the('p hub'), '1'), test.line(test.the('p glue'), '2')), test.mbom(test.the('p train'), test.line(test.the('p cart'), '1'));
select test.keep('build hub', test.released('Hub', test.the('p hub'), jsonb_build_array(jsonb_build_object('key', 'a', 'title', 'Turn', 'location_id', test.the('bench'),
    'fields', '[{"name": "Bore", "type": "number"}]'::jsonb), '{"title": "Check", "after": ["a"]}'::jsonb, '{"title": "Polish", "required": false}'::jsonb)));
select test.keep('build cart', test.released('Cart', test.the('p cart'), '[{"title": "Fit"}]')), test.keep('build train', test.released('Train', test.the('p train'), '[{"title": "Couple"}]')),
    test.keep('build glue', test.released('Glue', test.the('p glue'), '[{"title": "Boil"}]'));
select test.keep('hub', test.run(test.the('build hub'), '{"serial_numbers": ["H1"]}')), test.keep('spare', test.run(test.the('build hub'), '{"serial_numbers": ["H2"]}')),
    test.keep('cart', test.run(test.the('build cart'), '{"serial_numbers": ["C1"]}')), test.keep('train', test.run(test.the('build train'), '{"serial_numbers": ["T1"]}')),
    test.keep('glue', test.run(test.the('build glue'), '{"lot_number": "G1", "quantity": "10"}')), test.keep('canceled', test.run(test.the('build hub'), '{"serial_numbers": ["H3"]}'));
select is(test.reopen('hub'), 'TV409 C6 run_not_completed', 'a run that is not begun is not reopened');
select test.start(test.step(test.the('hub'), 'Turn'));
select test.value(test.field(test.the('hub'), 'Bore'), '"8.1"');
select is(test.reopen('hub'), 'TV409 C6 run_not_completed', 'nor one in progress');
select test.complete(test.step(test.the('hub'), 'Turn'));
select test.work(test.step(test.the('hub'), 'Check'));
select test.start(test.step(test.the('spare'), 'Turn'));
select test.value(test.field(test.the('spare'), 'Bore'), '"8"');
select test.complete(test.step(test.the('spare'), 'Turn'));
select traveler.act_on_steps('cancel', array[test.step(test.the('spare'), 'Polish')], null, 'not needed');
select test.work(test.step(test.the('spare'), 'Check'));
select test.work(test.step(test.the('glue'), 'Boil'));
select traveler.act_on_run('cancel', test.the('canceled'), null, 'not wanted');
select is(test.reopen('canceled'), 'TV409 C6 run_not_completed', 'nor one that is canceled');
select is(test.state('hub') || ', ' || test.state('spare'), 'complete 1 1, partial_complete 1 1', 'one run is complete, one in part');
commit;

-- Who, and why -------------------------------------------------------------------------------------------------------

begin;
select is(test.reopen_as(actor, 'hub'), 'TV403 T3 permission_missing', format('the %s reopens nothing', actor))
from unnest(array['engineer', 'technician', 'quality', 'storekeeper', 'planner', 'viewer']) actor;
select test.enter('stranger');
select is(test.reopen('hub'), 'TV404 T1 run_unknown', 'nor does another org''s admin, who learns nothing');
select test.enter('admin');
select is(test.reopen('hub', why), 'TV422 C6 reason_missing', format('a reason is required, and %L is none', why)) from unnest(array[null, '', '  ']) why;
select test.refuses(format('select traveler.reopen_run(%L, 1, ''x'')', test.the('hub')), 'TV412 stale', 'a stale version is refused');
-- The service has no way but the act.
select test.denied($$ update traveler.run set completed_at = null $$, 'the service updates no run');
select test.denied($$ insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (traveler.current_org(), test.the('hub'), 1, 'x', 'x') $$, 'and records no reopening');
select test.denied($$ select traveler_private.lock_for_reopening(test.the('hub')) $$, 'and calls nothing inside');
commit;
reset session authorization;
set role traveler_owner;
begin;
select test.enter_owner();
select set_config('traveler.act', traveler.new_id()::text, true), set_config('traveler.reopening', 'on', true);
select test.refuses($$ update traveler.run set completed_at = null where id = test.the('hub') $$, 'TV409 R4 run_completed', 'nor does the owner take a completion back, whatever is set');
select test.refuses($$ update traveler.run_inventory set live = true where run_id = test.the('hub') $$, 'TV409 I3 derived', 'or the unit');
select test.refuses($$ insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (test.org_id('acme'), test.the('cart'), 1, 'x', 'x') $$,
    'TV409 C6 run_not_completed', 'what the owner records by hand is judged alike');
select test.refuses($$ insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (test.org_id('acme'), test.the('hub'), 1, '', 'x') $$,
    'TV422 C6 reason_missing', 'its reason too');
insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (test.org_id('acme'), test.the('hub'), 7, 'by hand', 'someone');
select is((select o.record_number || ' ' || o.reopened_by from traveler.run_reopening o), '1 system:story', 'its stamps are Postgres''s');
select is(test.state('hub'), 'in_progress 1 1', 'and it unlocks the run');
rollback;
reset role;
begin;
select test.enter((select a.name from test.actor a where a.name = 'technician'));
set local role traveler_owner;
select test.refuses($$ insert into traveler.run_reopening (org_id, run_id, record_number, reason, reopened_by) values (test.org_id('acme'), test.the('hub'), 1, 'x', 'x') $$,
    'TV403 T3 permission_missing', 'a technician''s session has no permission for it, whatever its role in Postgres');
rollback;

-- Reopened, worked on, completed again ---------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin', 'reopening');
select is(test.unit_is('hub'), 'available', 'what it built is available');
select is(test.reopen('hub'), 'went through', 'the admin reopens the run');
select is(test.state('hub'), 'in_progress 1 1', 'it is live again, its record and its number stay');
select is(test.unit_is('hub'), 'work_in_progress, on its run', 'what it built is work in progress again');
select is((select string_agg(s.title || ' ' || s.state, ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('hub')), 'Check completed, Polish todo, Turn completed', 'its steps stay as they were');
select is(test.reopen('hub'), 'TV409 C6 run_not_completed', 'it is reopened once');
select is(traveler.run_json(test.the('hub')) #>> '{as_built_records,0,superseded}', 'true', 'its record reads superseded');
select is((traveler.run_json(test.the('hub')) #> '{reopenings,0}') - 'reopened_at'::text, jsonb_build_object('record_number', 1, 'reason', 'a bore was misread', 'acknowledged', '[]'::jsonb, 'reopened_by', 'user:' || test.user_id('admin')),
    'the run tells who reopened it and why');
commit;
reset session authorization;
begin;
select test.enter_owner();
select is((select string_agg(distinct h.table_name || ' ' || h.operation, ', ' order by h.table_name || ' ' || h.operation) from traveler.transaction_history h where h.request_id = 'reopening' and h.root_id = test.the('hub')
    and h.reason = 'a bore was misread' and h.actor = 'user:' || test.user_id('admin')), 'run update, run_inventory update, run_reopening insert', 'it is in the run''s history with user and reason');
set local session_replication_role = replica;
select test.refuses(format('%s', a), r, format('what is recorded stays: %s', a)) from (values ('update traveler.run_reopening set reason = ''y''', 'TV409 C6 append_only'),
    ('delete from traveler.run_reopening', 'TV409 T4 record_kept'), ('truncate traveler.run_reopening', 'TV409 T4 record_kept')) x (a, r);
commit;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses($$ update traveler.run set completed_at = now() where id = test.the('hub') $$, 'went through', 'the owner may complete it again, as no gate blocks');
select test.refuses($$ update traveler.run set completed_at = null where id = test.the('hub') $$, 'TV409 R4 run_completed', 'and the old reopening opens nothing a second time');
rollback;
reset role;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.refuses(format($$ select traveler.act_on_steps('reopen', array[%L::uuid], null, 'x') $$, test.step(test.the('hub'), 'Turn')), 'TV409 S2 downstream_started', 'a step is moved back by name, what is downstream first');
select traveler.act_on_steps('reopen', array[test.step(test.the('hub'), 'Check')], null, 'measure again');
select traveler.act_on_steps('reopen', array[test.step(test.the('hub'), 'Turn')], null, 'measure again');
select is(test.complete_run('hub'), 'TV409 C4 completion_blocked', 'and then blocks');
commit;
begin;
select test.enter('technician');
select test.start(test.step(test.the('hub'), 'Turn'));
select test.value(test.field(test.the('hub'), 'Bore'), '"8.2"');
select test.complete(test.step(test.the('hub'), 'Turn'));
select test.work(test.step(test.the('hub'), 'Check'));
select is(test.state('hub'), 'in_progress 1 1', 'the last sign-off completes a reopened run no more (C3)');
select test.enter('quality');
select is(test.complete_run('hub') || ', ' || test.state('hub'), 'went through, complete 2 2', 'the act does, under the next number');
select is(test.unit_is('hub'), 'available', 'and what it built is available again');
select is((select string_agg(a ->> 'superseded', ' ' order by a ->> 'number') from jsonb_array_elements(traveler.run_json(test.the('hub')) -> 'as_built_records') a), 'true false', 'the first record is superseded, the second not');
select test.enter('admin');
select is(test.reopen('spare', 'x') || ', ' || test.state('spare') || ', ' || test.complete_run('spare') || ', ' || test.state('spare'), 'went through, in_progress 1 1, went through, partial_complete 2 2', 'a partly completed run is reopened alike');

-- The two records compared.
select is(traveler.as_built_difference(test.the('hub'), 1, 1), '[]', 'a record differs from itself in nothing');
select is((select (d -> 'before') || (d -> 'after') from jsonb_array_elements(traveler.as_built_difference(test.the('hub'), 1, 2)) d
    where d ->> 'path' = format('/steps/%s/fields/%s/value', test.step(test.the('hub'), 'Turn'), test.field(test.the('hub'), 'Bore'))), '["8.1", "8.2"]', 'the value that changed is found by its step and field, before and after');
select is((select string_agg(regexp_replace(d ->> 'path', '/[0-9a-f-]{36}', '', 'g'), ' ' order by d ->> 'path') from jsonb_array_elements(traveler.as_built_difference(test.the('hub'), 1)) d where d ->> 'path' !~ '^/steps'),
    '/run/completed_at /run/completed_by/actor /run/completed_by/name /run/completion_number', 'outside the steps only the completion differs; the newest record is the other one');
select is_empty($$ select d from jsonb_array_elements(traveler.as_built_difference(test.the('hub'), 1, 2)) d where d ->> 'path' ~ test.step(test.the('hub'), 'Polish')::text $$, 'what did not change is not listed');
select is(traveler.as_built_difference(test.the('hub'), 1, 3), null, 'a record that there is not differs from nothing');
select test.enter('stranger');
select is(traveler.as_built_difference(test.the('hub'), 1, 2), null, 'another org sees none');
select is_empty($$ select * from traveler.superseded_content(test.the('hub')) $$, 'of either kind');
commit;

-- What it built is installed: it stays, and whoever holds it is told -----------------------------------------------------

begin;
select test.enter('admin');
select test.keep('hub in cart', test.install(test.need(test.the('cart'), test.the('p hub')), test.unit(test.the('hub'))));
select test.keep('glue in cart', test.install(test.need(test.the('cart'), test.the('p glue')), test.unit(test.the('glue')), '2'));
select test.work(test.step(test.the('cart'), 'Fit'));
select test.keep('cart in train', test.install(test.need(test.the('train'), test.the('p cart')), test.unit(test.the('cart'))));
select is((select i #>> '{as_built,record_number}' from traveler.as_built_record a, jsonb_path_query(a.document::jsonb, '$.build_requirements[*].installations[*] ? (@.lot_number == "G1")') i
    where a.run_id = test.the('cart')), '1', 'a part of a lot cites the record of the run that built the lot');
select is(test.contains('cart') || ', ' || test.contains('train'), 'nothing superseded, nothing superseded', 'as yet no one holds anything superseded');
select is(test.reopen('hub'), 'TV409 C6 consumers_unacknowledged', 'a run whose unit is installed elsewhere is not reopened just so');
select is(test.consumers('hub'), '1 cart complete, 2 train todo', 'the refusal lists who holds it, all levels up');
select is(test.consumers('glue'), '1 cart complete, 2 train todo', 'for a part that was split off as well');
select is(test.reopen('hub', 'x', test.the('hub in cart')), 'TV409 C6 consumers_unacknowledged', 'each is acknowledged');
select is(test.reopen('hub', 'x', test.the('hub in cart'), test.the('glue in cart')), 'TV409 C6 consumers_unacknowledged', 'another does not stand in for it');
select is(test.reopen('hub', 'x', test.the('hub in cart'), test.the('cart in train'), traveler.new_id()), 'went through', 'with all of them acknowledged it is reopened');
select is(traveler.run_json(test.the('hub')) #> '{reopenings,1,acknowledged}', to_jsonb(array[test.the('hub in cart'), test.the('cart in train')]), 'and keeps which they were');
select is(test.unit_is('hub'), 'installed, on its run', 'the installed unit stays installed');
select test.work(test.step(test.the('hub'), 'Polish'));
select traveler.act_on_steps('reopen', array[test.step(test.the('hub'), 'Check')], null, 'x');
select traveler.act_on_steps('reopen', array[test.step(test.the('hub'), 'Turn')], null, 'x');
select test.start(test.step(test.the('hub'), 'Turn'));
select is((select i.location_id from traveler.part_inventory i where i.id = test.unit(test.the('hub'))), null, 'and is not moved to where its run goes on');
select test.complete(test.step(test.the('hub'), 'Turn'));
select test.work(test.step(test.the('hub'), 'Check'));
select is(test.contains('cart'), '1: record 2 of hub', 'the cart''s answer shows what it holds of a superseded record');
select is(test.contains('train'), '2: record 2 of hub', 'and so does the train''s');
select is(traveler.run_json(test.the('cart')) #>> '{superseded_content,0,reason}', 'x', 'with the reason, in the run''s document');
select is(test.reopen('cart', 'y', test.the('cart in train')), 'went through', 'the cart can be reopened as well');
select is(test.contains('train'), '1: record 1 of cart, 2: record 2 of hub', 'the train then holds both');
select is(test.complete_run('hub') || ', ' || test.state('hub') || ', ' || test.unit_is('hub'), 'went through, complete 3 3, installed', 'the hub is completed where it is');
select is(test.contains('cart'), 'nothing superseded', 'the live cart would cite the new record');
select is(test.complete_run('cart'), 'went through', 'and does, once completed');
select is(test.contains('cart') || ', ' || test.contains('train'), 'nothing superseded, nothing superseded', 'then nobody holds anything superseded');
select is(test.reopen('glue', 'z', test.the('glue in cart'), test.the('cart in train')) || ', ' || test.complete_run('glue'), 'went through, went through', 'the glue is reopened and completed');
select is(test.contains('cart') || ', ' || test.contains('train'), '1: record 1 of glue, 2: record 1 of glue', 'a completed record goes on citing what it cited');
select traveler.uninstall(test.the('cart in train'), null, 'x');
select is(test.contains('train'), 'nothing superseded', 'what is taken out is not held');
commit;
reset session authorization;

-- A unit that another live run has taken.
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.run(test.the('build hub'), jsonb_build_object('part_inventory_ids', array[test.unit(test.the('spare'))]));
select is(test.reopen('spare'), 'TV409 C6 unit_on_live_run', 'a run whose unit is on another live run is not reopened');
rollback;
reset session authorization;
-- The integrity check sees a run that was unlocked around the guards, and one that is completed under a superseded record.
begin;
select test.enter_owner();
set local session_replication_role = replica;
update traveler.run set completed_at = null where id = test.the('spare');
select is((select string_agg(v.rule, ' ' order by v.rule) from traveler.integrity_violations v where v.rule = 'C6'), 'C6', 'a run unlocked around the guards shows');
rollback;
select test.whole();
select * from finish();

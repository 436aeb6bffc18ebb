-- What was refused is kept (law 12 of the house): who asked for what, which rule said no. Beside the record, and no part of it.
\ir support/world.psql
select plan(35);

create function test.note(p_subjects uuid[] default '{}', p_message text default 'No.', p_code text default 'step_not_complete', p_route text default '/v1/steps/{id}/complete') returns boolean
language sql as $$ select traveler.record_refusal('POST', p_route, 409, p_code, 'S5', p_message, p_subjects) $$;
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('bolt', test.part('BOLT')), test.keep('cart', test.part('CART', 'serial'));
select test.mbom(test.the('cart'), test.line(test.the('bolt'), '4'));
select test.keep('procedure', test.released('Build', test.the('cart'), '[{"title": "A"}, {"title": "B"}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}')), test.keep('other', test.run(test.the('procedure'), '{"serial_numbers": ["2"]}'));
select test.keep('installation', test.install(test.need(test.the('run'), test.the('bolt')), test.receive(test.the('bolt'), '4')));
commit;
begin;
select test.enter('technician', 'req-1');
select ok(test.note(array[test.step(test.the('run'), 'A')]), 'a refused act is noted');
commit;
begin;
select test.enter('peer', 'req-2');
select test.note(array[test.the('run')]), test.note(array[test.the('installation')]), test.note(array[test.the('run'), test.the('other')]), test.note(array[test.the('bolt')]), test.note(null);
select test.note(array[test.step(test.the('run'), 'A'), test.step(test.the('run'), 'B')]), test.note(array(select traveler.new_id() from generate_series(1, 70))), test.note('{}', repeat('x', 2000), 'record_kept');
commit;

-- Who reads them ----------------------------------------------------------------------------------------------------------

begin;
select test.enter('quality');
select results_eq($$ select r.user_id, r.user_name, r.request_id, r.method, r.route, r.status, r.code, r.rule, r.message, r.subject_ids, r.run_id, r.run_step_id
        from traveler.refusals(100) r where r.request_id = 'req-1' $$,
    $$ values (test.user_id('technician'), 'Technician', 'req-1', 'POST', '/v1/steps/{id}/complete', 409, 'step_not_complete', 'S5', 'No.',
        jsonb_build_array(test.step(test.the('run'), 'A')), test.the('run'), test.step(test.the('run'), 'A')) $$, 'with who, what, where and which rule');
select ok((select r.at from traveler.refusals(100) r where r.request_id = 'req-1') between now() - interval '1 minute' and clock_timestamp(), 'and when');
select results_eq($$ select jsonb_array_length(r.subject_ids) as subjects, r.run_id = test.the('run') as run, count(*), count(r.run_step_id) from traveler.refusals(100) r
        where r.request_id = 'req-2' group by 1, 2 order by 1, 2 $$,
    $$ values (0, null::boolean, 2::bigint, 0::bigint), (1, true, 2, 0), (1, null, 1, 0), (2, true, 1, 0), (2, null, 1, 0), (50, null, 1, 0) $$,
    'the run of a step, of an installation, of all subjects if it is one');
select results_eq('select r.id from traveler.refusals(100) r', 'select r.id from traveler.refusals(100) r order by r.id desc', 'newest first');
select is((select char_length(r.message) from traveler.refusals(1, p_code => 'record_kept') r), 1000, 'a long sentence is cut');
select is((select count(*) from traveler.refusals(3) r), 3::bigint, 'as many as are asked for');
select results_eq($$ select r.id from traveler.refusals(2, (select x.id from traveler.refusals(100) x offset 2 limit 1)) r $$,
    $$ select r.id from traveler.refusals(100) r offset 3 limit 2 $$, 'from where one left off');
select is((select count(*) from traveler.refusals(100, p_rule => 'S5') r), 9::bigint, 'by rule');
select is((select count(*) from traveler.refusals(100, p_rule => 'S3') r), 0::bigint, 'and not by another');
select is((select count(*) from traveler.refusals(100, p_code => 'record_kept') r), 1::bigint, 'by code');
select is((select count(*) from traveler.refusals(100, p_user => test.user_id('technician')) r), 1::bigint, 'by user');
select is((select count(*) from traveler.refusals(100, p_run => test.the('run')) r), 4::bigint, 'by run');
select results_eq($$ select count(*) from (select min(at) + interval '1 microsecond' as at from traveler.refusals(100)) t, traveler.refusals(100, p_from => t.at) r $$,
    $$ values (8::bigint) $$, 'from a moment on');
select results_eq($$ select count(*) from (select min(at) + interval '1 microsecond' as at from traveler.refusals(100)) t, traveler.refusals(100, p_to => t.at) r $$,
    $$ values (1::bigint) $$, 'up to another');
select is((select count(*) from traveler.refusals(100, p_from => '-infinity', p_to => 'infinity') r), 9::bigint, 'however far');
select test.enter('technician');
select test.refuses('select count(*) from traveler.refusals(100)', 'TV403 T3 permission_missing', 'not everyone reads them');
select test.denied('select count(*) from traveler.refusal', 'nor is there another way for the service');
select test.denied($$ insert into traveler.refusal (org_id) values (traveler.current_org()) $$, 'or to write one');
select test.enter('stranger');
select is((select count(*) from traveler.refusals(100) r), 0::bigint, 'another org sees none');
select ok(test.note(array[test.step(test.the('run'), 'A')]), 'and notes its own');
select results_eq($$ select r.run_id, r.run_step_id, r.user_id from traveler.refusals(100) r $$, $$ values (null::uuid, null::uuid, test.user_id('stranger')) $$, 'whatever ids it names');
rollback;
select test.refuses('select test.note()', 'TV401 T2 no_context', 'nobody notes anything without saying who they are');

-- What is noted is short, and not too much --------------------------------------------------------------------------------

begin;
select test.enter('admin');
select test.refuses($$ select traveler.record_refusal('GET', '/v1/runs', 409, 'x', 'S5', '', '{}') $$, '23514 refusal_method', 'a read is no act');
select test.refuses($$ select traveler.record_refusal('POST', '/v1/runs', 200, 'x', 'S5', '', '{}') $$, '23514 refusal_status', 'what was done is no refusal');
select test.refuses($$ select traveler.record_refusal('POST', repeat('x', 201), 409, 'x', 'S5', '', '{}') $$, '23514 refusal_route_length', 'a route is short');
select test.refuses($$ select traveler.record_refusal('POST', '/', 409, repeat('x', 101), 'S5', '', '{}') $$, '23514 refusal_code_form', 'a code as well');
select test.refuses($$ select traveler.record_refusal('POST', '/', 409, 'x', repeat('x', 21), '', '{}') $$, '23514 refusal_rule_length', 'and a rule');
select is((select count(*) filter (where test.note()) from generate_series(1, 1300)), 1191::bigint, 'an org notes 1,200 a minute, and then no more');
rollback;
reset session authorization;

-- Kept as they are, until the operator deletes them -----------------------------------------------------------------------

begin;
select test.enter_owner();
set local role traveler_owner;
select test.refuses($$ update traveler.refusal set message = 'Yes.' $$, 'TV409 Y1 append_only', 'none is changed');
select lives_ok($$ delete from traveler.refusal r where r.at < now() $$, 'the operator deletes old ones');
select is((select count(*) from traveler.transaction_history h where h.table_name = 'refusal'), 0::bigint, 'they are no part of the history');
rollback;

-- T3: an org that was there before its roles could do this has it from then on, unless it took it back --------------------

begin;
select test.enter_owner();
alter table traveler.role_permission disable trigger _010_refuse_delete;
delete from traveler.role_permission rp where rp.org_id = test.org_id('acme') and rp.permission = 'refusal.read';
update traveler.role_permission set revoked_at = now() where org_id = test.org_id('acme') and permission = 'part.edit';
set local role traveler_owner;
select traveler_private.spread_permissions();
select test.enter_owner();
select is((select string_agg(r.name, ' ' order by r.name) from traveler.role_permission rp join traveler.role r on r.id = rp.role_id where rp.permission = 'refusal.read' and rp.revoked_at is null),
    'admin quality', 'the roles of an older org get what is new');
select is((select count(*) from traveler.role_permission rp where rp.permission = 'part.edit' and rp.revoked_at is null), 0::bigint, 'and not what was taken back');
rollback;
select test.whole();
select * from finish();

-- What a person with psql and the service's password cannot do: a sign-in of its own, statements as they are typed.
\ir support/world.psql
\ir support/psql.psql
select plan(53);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('screw', test.part('SCREW'));
select test.mbom(test.the('part'), test.line(test.the('screw'), '1'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"key": "a", "title": "A"}, {"title": "B", "after": ["a"]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
commit;
begin;
select test.enter('stranger');
select test.keep('theirs', test.part('THEIRS'));
commit;
reset session authorization;

-- psql's session: it enters by the technician's token, and each statement below is one line of its transaction.
select test.psql(format('begin; select traveler.enter(%L)', (select a.token from test.actor a where a.name = 'technician')));
create function test.typed(p_statement text) returns text language plpgsql as $$
declare
    v_answer text;
begin
    perform tap.dblink_exec('one', 'savepoint typed');
    begin
        if p_statement ~* '^\s*(select|table|with)\y' then
            v_answer := 'answered: ' || coalesce(test.psql(p_statement), 'nothing');
        else
            v_answer := 'done: ' || tap.dblink_exec('one', p_statement);
        end if;
    exception when others then
        v_answer := sqlstate || ' ' || sqlerrm;
    end;
    perform tap.dblink_exec('one', 'rollback to typed');
    return v_answer;
end
$$;
create function test.cannot(p_what text, p_statement text, p_refusal text) returns text language sql as $$
    select tap.matches(test.typed(p_statement), p_refusal, p_what)
$$;
select is(test.typed('select session_user || traveler.current_user_id()'), 'answered: traveler_service' || test.user_id('technician'), 'psql as the service''s role, entered as the technician');
select is(test.typed('select part_number from traveler.part order by 1'), 'answered: P,SCREW', 'reads its org');

-- Set a run's status ------------------------------------------------------------------------------------------------------

select test.cannot('set a status', format($$ update traveler.run set status = 'complete' where id = '%s' $$, test.the('run')), '^(42501|428C9)');
select test.cannot('count its steps otherwise', $$ update traveler.run set steps_todo = 0, steps_completed = 2 $$, '^42501');
select test.cannot('move a step by hand', $$ update traveler.run_step set state = 'completed' $$, '^42501 permission denied for table run_step');
select test.cannot('insert a run', $$ insert into traveler.run (org_id, number, title) values (traveler.current_org(), 9, 'X') $$, '^42501');
select test.cannot('delete a run', 'delete from traveler.run', '^42501');
select test.cannot('copy into a table', 'copy traveler.part from program ''true''', '^42501');
select test.cannot('merge into one', 'merge into traveler.part p using traveler.part q on p.id = q.id when matched then delete', '^42501');
select test.cannot('write through a view', 'update traveler.run_step_blocker set kind = ''x''', '^(42501|55000)');

-- Complete a blocked run --------------------------------------------------------------------------------------------------

select test.cannot('complete a run without its permission', format('select traveler.complete_run(%L)', test.the('run')), '^TV403 This needs the permission run.complete');
select test.psql(format('select traveler.enter(%L)', (select a.token from test.actor a where a.name = 'admin')));
select test.cannot('complete a blocked run as the admin', format('select traveler.complete_run(%L)', test.the('run')), '^TV409 Run 1 can''t be completed');
select test.cannot('record a completion by hand', 'update traveler.run set completed_at = now()', '^42501');
select test.cannot('write an as-built record', $$ insert into traveler.as_built_record (org_id, run_id, number, document, digest) select org_id, id, 1, '{}', sha256('{}') from traveler.run $$, '^42501');

-- Start a step whose upstream is open --------------------------------------------------------------------------------------

select test.cannot('start a step whose upstream is open', format('select traveler.start_steps(array[%L::uuid])', test.step(test.the('run'), 'B')), '^TV409 "B" is not available');
select test.cannot('start it together with the other', format('select traveler.start_steps(array[%L, %L]::uuid[])', test.step(test.the('run'), 'A'), test.step(test.the('run'), 'B')), '^TV409 "B" is not available');
select test.cannot('start it from a DO block that forgives', format('do $do$ begin perform traveler.start_steps(array[%L::uuid]); exception when others then perform 1/0; end $do$', test.step(test.the('run'), 'B')), '^22012');
select test.cannot('take the dependency away', 'delete from traveler.run_step_edge', '^42501');
select test.cannot('allow a move that there is not', $$ insert into traveler.step_transition values ('todo', 'completed', 'run_step.update', 'skip', 'S2') $$, '^42501');

-- Skip or edit history ------------------------------------------------------------------------------------------------------

select test.cannot('change an entry', $$ update traveler.transaction_history set actor = 'user:x' $$, '^42501');
select test.cannot('remove one', 'delete from traveler.transaction_history', '^42501');
select test.cannot('empty it', 'truncate traveler.transaction_history', '^42501');
select test.cannot('add one', 'insert into traveler.transaction_history select * from traveler.transaction_history', '^42501');
select test.cannot('add one to a partition', 'insert into traveler.transaction_history_default select * from traveler.transaction_history', '^42501');
select test.cannot('put a trigger to sleep', 'alter table traveler.part disable trigger all', '^42501');
select test.cannot('drop one', 'drop trigger _900_update_history on traveler.part', '^42501 must be owner');
select test.cannot('make the triggers sleep for the session', 'set session_replication_role = replica', '^42501');
select test.cannot('replace what writes the history', 'create or replace function traveler_private.append_history(text, text, text, uuid[], uuid[], text[]) returns void language sql as '''' ', '^42501');
select test.cannot('call it', 'select traveler_private.give_reason(''x'')', '^42501 permission denied for schema traveler_private');
select test.cannot('write rules of one''s own', 'create rule nothing as on insert to traveler.part do instead nothing', '^42501');

-- See another org -------------------------------------------------------------------------------------------------------------

select test.cannot('see another org''s rows', 'select count(*) from traveler.part where org_id <> traveler.current_org()', '^answered: 0$');
select test.cannot('or one by its id', format('select name from traveler.part where id = %L', test.the('theirs')), '^answered: nothing$');
select test.cannot('or ask a function for it', format('select traveler.part_json(%L)::text', test.the('theirs')), '^answered: nothing$');
select test.cannot('switch row security off', 'set row_security = off; select count(*) from traveler.part', '^42501');
select test.cannot('become the owner', 'set role traveler_owner', '^42501');
select test.cannot('become the migrator', 'set session authorization traveler_migrator', '^42501');
select test.cannot('become a superuser', 'alter role traveler_service superuser', '^42501');
select test.cannot('step over the policies', 'alter role traveler_service bypassrls', '^42501');
select test.cannot('drop a policy', 'drop policy own_org on traveler.part', '^42501');
select test.cannot('read the table''s file', 'select pg_read_file(''PG_VERSION'')', '^42501');
select test.cannot('read what others run', 'select query from pg_stat_activity', '^42501');
select test.cannot('read the passwords'' hashes', 'select hash from traveler_private.password', '^42501');
select test.cannot('read a credential''s digest', 'select digest from traveler.credential', '^42501');
select test.cannot('see rows by a function of its own', 'create function public.peep(uuid) returns boolean language plpgsql as $f$ begin raise notice ''%'', $1; return true; end $f$', '^42501');
select test.cannot('or in a temporary schema', 'create temporary table part (org_id uuid)', '^42501');

-- Forge the context --------------------------------------------------------------------------------------------------------------

select test.cannot('name another org', format($$ select set_config('traveler.context', '%s|%s|service||||', true), traveler.current_org()::text $$, test.org_id('bolt'), test.user_id('stranger')), '^TV401 This transaction has not entered an org');
select test.cannot('name another org and look', format($$ do $do$ begin perform set_config('traveler.context', '%s|%s|service||||' || repeat('0', 64), true); perform name from traveler.part; end $do$ $$,
    test.org_id('bolt'), test.user_id('stranger')), '^TV401 This transaction has not entered an org');
select test.cannot('sign it', 'select traveler_private.sign_context(''x'')', '^42501');
select test.cannot('read the secret', 'select secret from traveler_private.context_secret', '^42501');
select test.cannot('enter as the system', format('select traveler.enter_system(%L, ''x'')', test.org_id('bolt')), '^42501');
select test.cannot('make a token', 'select traveler.create_token(''bolt'', ''stranger@bolt.test'', ''x'')', '^42501');
select test.cannot('enter by a failed sign-in', $$ do $do$ begin perform traveler.sign_in('bolt', 'stranger@bolt.test', 'x'); perform name from traveler.part; end $do$ $$, '^TV401 This transaction has not entered an org');
select test.psql('commit');
select test.whole();
select * from finish();

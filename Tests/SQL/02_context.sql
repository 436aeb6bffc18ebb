-- T2: who acts is established by Postgres from a credential, in a form that the service's own role can't forge.
\ir support/world.psql
\ir support/psql.psql
select plan(72);

-- A context as its setting holds it, and what comes of another setting in its place. The forger knows the form: org, user, via,
-- job, request id, reason and signature, with bars between.
create function test.forged(p_context text) returns text language plpgsql as $$
begin
    perform set_config('traveler.context', p_context, true);
    return test.refusal('select traveler.current_org()');
end
$$;
create function test.context() returns text language sql as $$ select current_setting('traveler.context', true) $$;
create function test.actor_or_refusal() returns text language plpgsql as $$
begin
    return coalesce((select a.name from test.actor a where a.user_id = traveler.current_user_id() and a.org_id = traveler.current_org()), 'nobody');
exception when others then
    return 'refused';
end
$$;
grant execute on all functions in schema test to public;

-- Without a context there is no silence -----------------------------------------------------------------------------

set session authorization traveler_service;
select test.refuses('select * from traveler.run', 'TV401 T2 no_context', 'a read without a context is refused, not empty');
select test.refuses('select count(*) from traveler.transaction_history', 'TV401 T2 no_context', 'so is a count');
select test.refuses('select traveler.current_org()', 'TV401 T2 no_context', 'and the question where one is');
select test.refuses($$ select traveler.has_permission('run.reopen') $$, 'TV401 T2 no_context', 'and what one may');
select test.refuses($$ select traveler.create_part('{"part_number": "X", "name": "X"}') $$, 'TV401 T2 no_context', 'and every act');
reset session authorization;
set role traveler_owner;
select test.denied('select * from traveler.run', 'the owner is no exception: an error, not an empty answer', '22P02');
select test.denied($$ insert into traveler.location (org_id, name) values (test.org_id('acme'), 'X') $$, 'nor are the owner''s writes', '22P02');
begin;
select set_config('traveler.context', test.org_id('acme')::text, true);
select test.denied($$ insert into traveler.location (org_id, name) values (test.org_id('acme'), 'X') $$, 'nor with one that nobody signed: the history asks', 'TV401');
commit;
reset role;
select test.denied($$ insert into traveler.location (org_id, name) values (test.org_id('acme'), 'X') $$,
    'the superuser passes the policies, and then the history asks who it is', 'TV401');

-- Forgeries by hand -------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select is(test.actor_or_refusal(), 'technician', 'a token of the technician''s enters as the technician');
select test.context() as real_context, split_part(test.context(), '|', 7) as signature \gset
select is(test.forged(forgery), 'TV401 T2 no_context', format('refused: %s', what)) from (values
    ('an empty context', ''), ('a word', 'admin'), ('bars', '||||||'),
    ('sixty-four zeros for a signature', regexp_replace(:'real_context', '[^|]*$', repeat('0', 64))),
    ('no signature', regexp_replace(:'real_context', '[^|]*$', '')),
    ('another org', replace(:'real_context', test.org_id('acme')::text, test.org_id('bolt')::text)),
    ('another user', replace(:'real_context', test.user_id('technician')::text, test.user_id('admin')::text)),
    ('no user', replace(:'real_context', test.user_id('technician')::text, '')),
    ('the system''s door', replace(:'real_context', '|service|', '|system|')),
    ('another request', replace(:'real_context', encode('story', 'hex'), encode('alibi', 'hex'))),
    ('a field more', replace(:'real_context', '|service|', '|service||')),
    ('the bars moved', replace(:'real_context', '|' || :'signature', :'signature' || '|')),
    ('a real context behind another', test.org_id('bolt') || '||system|x||' || :'real_context'),
    ('a space behind', :'real_context' || ' '),
    ('the signature in capitals', upper(:'real_context'))) f (what, forgery);
select is(test.forged(:'real_context'), 'went through', 'the context itself, put back in its own transaction, is what it was');

-- A refused forgery leaves nothing, and neither does an exception that is caught.
do $$ begin
    begin
        perform set_config('traveler.context', replace(current_setting('traveler.context'), test.org_id('acme')::text, test.org_id('bolt')::text), true);
        perform traveler.current_org();
    exception when others then
        null;
    end;
end $$;
select is(test.actor_or_refusal(), 'technician', 'a forgery that is caught leaves the context before it');
do $$ begin
    begin
        perform traveler.enter(replace((select a.token from test.actor a where a.name = 'stranger'), 'a', 'b'));
    exception when others then
        null;
    end;
end $$;
select is(test.actor_or_refusal(), 'technician', 'and so does a credential that is refused and caught');
savepoint one;
select test.enter('stranger');
select is(test.actor_or_refusal(), 'stranger', 'who has two credentials can enter by each');
rollback to one;
select is(test.actor_or_refusal(), 'technician', 'a savepoint rolled back takes its context with it');
set local search_path = pg_temp, tap, pg_catalog;
select is(test.actor_or_refusal(), 'technician', 'a search path of one''s own changes nothing');
commit;

reset session authorization;
-- Whatever the service may call asks for the signature before it looks at a row: the owner's functions go by the context that was
-- verified, so that one who did not verify would work in any org that the setting names.
create function test.unsigned(p_org text) returns table (signature text, refusal text) language plpgsql as $$
declare
    r record;
begin
    perform set_config('traveler.context', test.org_id(p_org) || '|' || test.user_id('admin') || '|system|job|||' || repeat('0', 64), true);
    for r in
        select p.oid::regprocedure::text as signature, format('select * from %s(%s)', p.oid::regproc, (
            select string_agg(case t::regtype::text when 'uuid' then quote_literal(i.id) when 'uuid[]' then quote_literal(array[i.id]) when 'integer' then '1'
                when 'bigint' then '9' when 'text' then '''x''' when 'jsonb' then '''{}''' when 'bytea' then '''x''' else 'null' end || '::' || t::regtype, ', ' order by o)
            from unnest(p.proargtypes) with ordinality x (t, o))) as call
        from pg_proc p cross join test.id i
        where p.pronamespace = 'traveler'::regnamespace and has_function_privilege('traveler_service', p.oid, 'execute')
            and p.proname not in ('enter', 'sign_in', 'schema_version', 'new_id', 'json_time', 'json_decimal', 'canonical_json', 'is_available', 'supply_state', 'blocker_permission', 'divided_seconds')
    loop
        signature := r.signature;
        refusal := test.refusal(r.call);
        return next;
    end loop;
end
$$;
grant execute on all functions in schema test to public;
set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('place', test.location('L'));
select test.keep('mbom', (traveler.create_mbom(test.the('part'), '{"lines": []}') ->> 'id')::uuid), test.keep('stock', test.receive(test.the('part'), '1', '{"serial_number": "1"}')),
    test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "S"}]'));
select test.keep('run', test.run(test.the('procedure')));
select test.keep('step', test.step(test.the('run'), 'S')), test.keep('unit', ri.part_inventory_id) from traveler.run_inventory ri;
commit;
begin;
select is_empty($$ select * from test.unsigned('acme') where refusal <> 'TV401 T2 no_context' $$, 'every function refuses a context that only looks like one');
select is_empty($$ select * from test.unsigned('bolt') where refusal <> 'TV401 T2 no_context' $$, 'of whichever org');
commit;
begin;
select test.enter('stranger');
select is_empty($$ select a.*, set_config('traveler.context', test.org_id('acme') || '||system|x||', true) from traveler.abom(test.the('unit')) a $$,
    'nor does a context that changes under way change what a function answers');
commit;

-- Elsewhere and later -----------------------------------------------------------------------------------------------

begin;
select is(test.actor_or_refusal(), 'refused', 'a context ends with its transaction');
select is(test.forged(:'real_context'), 'TV401 T2 no_context', 'and is worth nothing in the next');
commit;
reset session authorization;
begin;
select test.enter('technician');
select test.psql(format('select set_config(''traveler.context'', %L, false)', test.context()));
select test.refuses($$ select test.psql('select traveler.current_org()') $$, 'TV401 T2 no_context', 'nor in another session while it lives');
-- Two transactions of one message start at one moment: what is signed for both reaches no further than the org that it names.
select test.refuses(format('select test.psql(%L)', format($m$
    begin; select traveler.enter(%L); commit; begin; select set_config('traveler.context', %L, true); select traveler.current_org(); commit $m$,
    (select a.token from test.actor a where a.name = 'stranger'), test.context())), 'TV401 T2 no_context', 'nor behind another''s transaction');
select test.psql('rollback');
commit;

-- Credentials -------------------------------------------------------------------------------------------------------

begin;
select test.enter_owner();
insert into test.actor (name, org, org_id, user_id, token)
select k.name, 'acme', test.org_id('acme'), test.user_id('viewer'),
    traveler_private.make_secret(test.org_id('acme'), test.user_id('viewer'), 'token', k.name, k.expires_at)
from (values ('expired', now() - interval '1 second'), ('revoked', null), ('live', now() + interval '1 hour')) k (name, expires_at);
update traveler.credential set revoked_at = now() where name = 'revoked';
update traveler.user_account set active = false where id = test.user_id('peer');
commit;

set session authorization traveler_service;
select test.refuses(format('select traveler.enter(%L)', credential), 'TV401 T2 credential_invalid', format('refused: %s', what))
from (select a.token, (select b.token from test.actor b where b.name = 'stranger') as other from test.actor a where a.name = 'technician') t
cross join lateral (values
    ('no credential', null), ('an empty one', ''), ('a word', 'tvl_admin'),
    ('a wrong secret', overlay(t.token placing repeat('0', 64) from 71)),
    ('no secret', left(t.token, 70)),
    ('another''s secret', left(t.token, 70) || right(t.other, 64)),
    ('the org of another', left(t.other, 36) || substr(t.token, 37)),
    ('an unknown credential', overlay(t.token placing repeat('a', 32) from 38)),
    ('capitals', upper(t.token)), ('a line more', t.token || E'\n'), ('SQL', t.token || ''' or true --'),
    ('an expired one', (select a.token from test.actor a where a.name = 'expired')),
    ('a revoked one', (select a.token from test.actor a where a.name = 'revoked')),
    ('one of a user who is no longer active', (select a.token from test.actor a where a.name = 'peer'))) c (what, credential);
select test.refuses($$ select test.enter('live') $$, 'went through', 'one that expires later is good');
begin;
do $$ begin
    begin perform traveler.enter('tvl_' || repeat('0', 32) || '_' || repeat('0', 32) || '_' || repeat('0', 64));
    exception when others then null;
    end;
end $$;
select is(test.actor_or_refusal(), 'refused', 'a refused credential leaves no context');
commit;

-- The page's sign-in: the one look-up before there is a credential ---------------------------------------------------

reset session authorization;
select traveler.create_user('acme', 'page@acme.test', 'Page', 'viewer', 'correct horse battery') as page \gset
set session authorization traveler_service;
begin;
select is((select s.token from traveler.sign_in('acme', 'page@acme.test', 'wrong horse battery') s), null, 'a wrong password signs nobody in');
select is(test.actor_or_refusal(), 'refused', 'and leaves no context');
select test.refuses($$ select traveler.create_part('{"part_number": "X", "name": "X"}') $$, 'TV401 T2 no_context', 'with which to act');
select test.enter('technician');
select is((select s.token from traveler.sign_in('bolt', 'stranger@bolt.test', '') s), null, 'nor does a password for a user without one');
select is(test.actor_or_refusal(), 'refused', 'which leaves none of a context before it');
select is((select s.token from traveler.sign_in('nowhere', 'page@acme.test', 'correct horse battery') s), null, 'an unknown org is no different from a wrong password');
select is((select s.token from traveler.sign_in('bolt', 'page@acme.test', 'correct horse battery') s), null, 'nor is another org');
select is((select s.token from traveler.sign_in('acme', 'page@acme.test', null) s), null, 'nor is no password');
select matches((select s.token from traveler.sign_in('acme', 'PAGE@acme.test', 'correct horse battery') s), '^tvl_', 'the right one does, whatever the address''s case');
select s.token as page_token from traveler.sign_in('acme', 'page@acme.test', 'correct horse battery') s \gset
commit;
begin;
select traveler.enter(:'page_token');
select traveler.sign_out();
commit;
select test.refuses(format('select traveler.enter(%L)', :'page_token'), 'TV401 T2 credential_invalid', 'signing out ends the sessions of the page');
begin;
do $$ begin
    for i in 1 .. 5 loop
        perform traveler.sign_in('acme', 'page@acme.test', 'wrong horse battery');
    end loop;
end $$;
select ok((select s.token is null and s.retry_after_seconds between 1 and 300 from traveler.sign_in('acme', 'page@acme.test', 'correct horse battery') s),
    'five failures close the address for a while, to the right password too');
rollback;

-- What the doors keep out -------------------------------------------------------------------------------------------

select test.denied($$ select traveler.enter_system(test.org_id('acme'), 'x') $$, 'the system''s door is closed to the service');
select test.denied($$ select traveler.create_token('acme', 'admin@acme.test', 'x') $$, 'and so are the operator''s acts');
begin isolation level repeatable read;
select test.refuses($$ select test.enter('technician') $$, 'TV409 T2 isolation_level', 'who may write enters at READ COMMITTED, where a lock shows what is true now');
rollback;
begin isolation level serializable;
select test.refuses($$ select test.enter('technician') $$, 'TV409 T2 isolation_level', 'and at no other level');
rollback;
begin isolation level repeatable read read only;
select test.refuses($$ select test.enter('technician') $$, 'went through', 'a snapshot to read is as good as any');
select test.denied('set transaction read write', 'and stays one to read', '25001');
rollback;
reset session authorization;
select test.whole();
select * from finish();

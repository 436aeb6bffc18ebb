-- Y2: a tail cut off a chain together with its head is invisible from inside the chain. The seals see it.
\ir support/world.psql
select plan(47);

-- The background job's seal of an org, as one word: what it sealed.
create function test.seal(p_org text default 'acme', p_limit integer default 10000) returns text language plpgsql as $$
declare
    s jsonb;
begin
    perform traveler.enter_system(test.org_id(p_org), 'seal');
    s := traveler.seal_history(p_limit);
    return case when s is null then 'nothing' else format('seal %s: %s chains%s', s ->> 'number', s ->> 'roots', case when (s ->> 'complete')::boolean then '' else ' and more' end) end;
end
$$;
-- What the owner keeps, for whoever asks as the superuser.
create view test.unsealed as
    select h.org_id, h.root_id from traveler_private.history_head h left join traveler_private.history_sealed s using (org_id, root_id) where h.seq > coalesce(s.seq, 0);
grant execute on all functions in schema test to public;

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('place', test.location('L'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A", "fields": [{"name": "N", "type": "text"}]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}')), test.keep('run 2', test.run(test.the('procedure'), '{"serial_numbers": ["2"]}'));
commit;
reset session authorization;

-- Sealing --------------------------------------------------------------------------------------------------------------

select count(*) as chains from test.unsealed u where u.org_id = test.org_id('acme') \gset
select cmp_ok(:chains, '>', 5, 'nothing is sealed yet');
set session authorization traveler_worker;
select is((select count(*) from traveler.work_orgs()), 2::bigint, 'the worker knows the orgs there are');
begin;
select is(test.seal(p_limit => :chains - 2), format('seal 1: %s chains and more', :chains - 2), 'a seal is bounded');
commit;
begin;
select is(test.seal(), 'seal 2: 2 chains', 'the next takes what is left');
commit;
begin;
select test.seal() as idle \gset
select pg_current_xact_id_if_assigned() is null as unwritten \gset
select is(:'idle'::text, 'nothing', 'and then there is nothing to seal');
select ok(:'unwritten', 'which writes nothing');
commit;
reset session authorization;
select is_empty($$ select * from test.unsealed where org_id = test.org_id('acme') $$, 'every chain is sealed');
select results_eq($$ select sum(s.entries)::bigint from traveler.history_seal s where s.org_id = test.org_id('acme') $$, $$ select count(*) from traveler.transaction_history h where h.org_id = test.org_id('acme') $$,
    'with every entry, each once');
select is((select count(*) from test.unsealed where org_id = test.org_id('bolt')) > 0, true, 'another org''s seals are its own');
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select test.value(test.field(test.the('run'), 'N'), '"ok"');
commit;
set session authorization traveler_worker;
begin;
select matches(test.seal(), 'seal 3: [1-9][0-9]* chains', 'what moved on is sealed again');
commit;
begin;
select matches(test.seal('bolt'), 'seal 1: [1-9][0-9]* chains', 'each org has seals of its own');
commit;
set session authorization traveler_service;
begin;
select test.enter('admin');
select is((select count(*) from traveler.history_seal), 3::bigint, 'an org reads its seals, and no other''s');
select is((select string_agg(s.number || ' ' || s.complete, ', ' order by s.number) from traveler.history_seal s), '1 false, 2 true, 3 true', 'with where each ended');
select ok((select bool_and(s.digest = sha256(convert_to(s.payload, 'UTF8'))) from traveler.history_seal s), 'the digest is the payload''s SHA-256');
select is((select bool_and(strpos(s.payload, 'previous ' || encode(p.digest, 'hex')) > 0) from traveler.history_seal s join traveler.history_seal p on p.number = s.number - 1), true,
    'which holds the digest before it');
select matches((select s.payload from traveler.history_seal s where s.number = 3), format(E'^traveler history seal 1\norg %s\nnumber 3\n(.*\n)*%s [0-9]+ [0-9a-f]{64}\n', test.org_id('acme'), test.the('run')), 'and a line for each chain');

-- Who may --------------------------------------------------------------------------------------------------------------

select test.denied('select traveler.seal_history()', 'the service seals nothing');
select test.denied('select traveler.work_orgs()', 'and knows of no other org');
select test.denied('select traveler.prepare_history_partitions(1)', 'and makes no partition');
select test.denied($$ insert into traveler.history_seal (org_id, number, sealed_at, entries, roots, complete, payload, digest) values (test.org_id('acme'), 4, now(), 0, 0, true, 'x', sha256('x')) $$,
    'it forges no seal');
select test.denied('update traveler.history_seal set payload = payload', 'it changes none');
select test.denied('delete from traveler.history_seal', 'it removes none');
commit;
set session authorization traveler_worker;
begin;
select traveler.enter_system(test.org_id('acme'), 'seal');
select test.denied($$ insert into traveler.history_seal (org_id, number, sealed_at, entries, roots, complete, payload, digest) values (test.org_id('acme'), 4, now(), 0, 0, true, 'x', sha256('x')) $$,
    'nor does the worker');
select test.refuses('select traveler.seal_history(0)', 'TV422 Y2 limit_invalid', 'a seal of nothing is refused');
rollback;
select test.denied($$ select test.enter('admin') $$, 'the worker comes in by no user''s credential');
select lives_ok('select traveler.prepare_history_partitions(14)', 'the worker makes partitions ahead');
select is(traveler.prepare_history_partitions(14), 0, 'and has nothing to do again');
reset session authorization;
begin;
select test.enter('admin');
select test.refuses('select traveler.seal_history()', 'TV403 Y2 system_only', 'and a user does not seal');
rollback;
set role traveler_owner;
begin;
select test.enter_owner();
select test.refuses('update traveler.history_seal set complete = complete', 'TV409 Y2 append_only', 'the owner changes no seal');
select test.refuses('delete from traveler.history_seal', 'TV409 Y2 append_only', 'and removes none');
rollback;
reset role;
set session_replication_role = replica;
select test.refuses('truncate traveler.history_seal', 'TV409 Y2 append_only', 'nor does a superuser as a replica');
reset session_replication_role;
select test.whole();

-- What a superuser does with every trigger asleep ----------------------------------------------------------------------

create function test.found_after(variadic p_statements text[]) returns text language plpgsql as $$
declare
    v_table regclass;
    v_statement text;
    v_found text;
begin
    for v_table in
        select c.oid from pg_class c where c.relnamespace in ('traveler'::regnamespace, 'traveler_private'::regnamespace) and c.relkind in ('r', 'p')
    loop
        execute format('alter table %s disable trigger all', v_table);
    end loop;
    foreach v_statement in array p_statements loop
        execute v_statement;
    end loop;
    select string_agg(distinct format('%s: %s', case v.record when test.the('run') then 'run' when test.org_id('acme') then 'org' else 'other' end, v.what), ' | ') into v_found
    from traveler.integrity_violations v where v.rule = 'Y2';
    raise exception '%', coalesce(v_found, 'nothing') using errcode = 'ZZ000';
exception when sqlstate 'ZZ000' then
    return sqlerrm;
end
$$;
select max(h.seq) as last_seq, max(h.seq) - 1 as seq_before from traveler.transaction_history h where h.root_id = test.the('run') \gset
select l.seq as first_sealed, s.number as first_seal from traveler.history_seal s cross join traveler_private.seal_lines(s.payload) l where l.root_id = test.the('run') order by s.number limit 1 \gset
\set cut_tail 'delete from traveler.transaction_history where root_id = test.the(''run'') and seq = ':last_seq
\set rewind 'update traveler_private.history_head h set seq = e.seq, digest = e.digest from traveler.transaction_history e where e.root_id = h.root_id and h.root_id = test.the(''run'') and e.seq = ':seq_before
select is(test.found_after(:'cut_tail', :'rewind'), format('run: history of run, entry %s: it is gone, and seal 3 holds it: the chain was cut after entry %s', :last_seq, :seq_before),
    'a tail cut off with its head is named: chain, and from which entry');
select is(test.found_after($$ delete from traveler.transaction_history where root_id = test.the('run') $$, $$ delete from traveler_private.history_head where root_id = test.the('run') $$),
    format('run: history of a lost root, entry %s: it is gone, and seal %s holds it: the chain was cut after entry 0', :first_sealed, :first_seal),
    'and a chain of which nothing is left');
-- The whole tail written anew, with digests that fit.
\set rewrite 'update traveler.transaction_history h set payload = h.payload || '' '', digest = traveler_private.chain_step(null, p.digest, h.payload || '' '') from traveler.transaction_history p where p.root_id = h.root_id and p.seq = h.seq - 1 and h.root_id = test.the(''run'') and h.seq = ':last_seq
\set reheads 'update traveler_private.history_head h set digest = e.digest from traveler.transaction_history e where e.root_id = h.root_id and e.seq = h.seq and h.root_id = test.the(''run'')'
select is(test.found_after(:'rewrite', :'reheads'), format('run: history of run, entry %s: it differs from what seal 3 holds', :last_seq), 'an entry written anew with its digest and its head');
select matches(test.found_after($$ delete from traveler.history_seal where number = 2 and org_id = test.org_id('acme') $$), 'org: seal 3 of the history: seals 2 to 2 are missing', 'a seal that was removed is named');
select matches(test.found_after($$ delete from traveler.history_seal where number = 3 and org_id = test.org_id('acme') $$), 'org: seal 2 of the history: the seals end here, their head says 3', 'the last one too');
select matches(test.found_after($$ update traveler.history_seal set payload = payload || ' ' where number = 2 and org_id = test.org_id('acme') $$), 'org: seal 2 of the history: the digest does not match the seal', 'one that was changed');
select matches(test.found_after($$ update traveler.history_seal set payload = payload || ' ', digest = sha256(convert_to(payload || ' ', 'UTF8')) where number = 2 and org_id = test.org_id('acme') $$),
    'org: seal 3 of the history: it does not follow the seal before it', 'with its digest: the one after it');
select matches(test.found_after($$ update traveler.history_seal set sealed_at = sealed_at + interval '1 day' where number = 3 and org_id = test.org_id('acme') $$), 'org: seal 3 of the history: it does not follow the seal before it, or a column differs', 'a column of one');
select matches(test.found_after($$ update traveler_private.history_sealed set seq = seq + 1000 where root_id = test.the('run') $$), 'run: history of history, entry [0-9]+: what the next seal begins from is not what seal 3 says', 'a chain that would be sealed no more');
select matches(test.found_after($$ insert into traveler_private.history_anchor select org_id, root_id, '2020-01-01', 1, digest, seq, digest from traveler_private.history_head where root_id = test.the('run') $$,
        $$ delete from traveler.transaction_history where root_id = test.the('run') $$), 'run: history of history, entry|an anchor of a month that was not detached', 'a chain that is taken away as if it had been detached');

-- What came after the last seal is cut without a trace, until the next seal: the bound of what seals can tell.
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'A'));
commit;
reset session authorization;
select is_empty('select * from traveler.history_seal_violations', 'entries above the last seal are no fault');
select test.whole();
set session authorization traveler_worker;
begin;
select matches(test.seal(), 'seal 4: [1-9]', 'and are in the next');
commit;
reset session authorization;
select is_empty($$ select * from test.unsealed where org_id = test.org_id('acme') $$, 'all of them');
select is_empty('select * from traveler.history_seal_violations', 'and hold');
select * from finish();

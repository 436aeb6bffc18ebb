-- Y2: an old month of the history is detached without a break: the chains go on from anchors, the archive is verified by itself.
\ir support/world.psql
select plan(42);

create function test.month(p_back integer) returns date language sql stable as $$ select (date_trunc('month', now() at time zone 'UTC') - make_interval(months => p_back))::date $$;
create function test.table_of(p_back integer) returns text language sql stable as $$ select 'transaction_history_' || to_char(test.month(p_back), 'YYYY_MM') $$;
create function test.seal(p_org text) returns jsonb language plpgsql as $$
begin
    perform traveler.enter_system(test.org_id(p_org), 'seal');
    return traveler.seal_history();
end
$$;
create function test.triggers(p_state text) returns void language plpgsql as $$
declare
    v_table regclass;
begin
    for v_table in
        select c.oid from pg_class c where c.relkind in ('r', 'p') and not c.relispartition
            and (c.relnamespace = 'traveler_archive'::regnamespace or c.oid in ('traveler.transaction_history'::regclass, 'traveler_private.history_anchor'::regclass, 'traveler_private.history_detachment'::regclass))
    loop
        execute format('alter table %s %s trigger _010_refuse_change', v_table, p_state);
    end loop;
end
$$;
-- Has what acme did from some entry of each chain on happened months ago: as it would have been written then, digests and all.
create function test.age(p_back integer) returns void language plpgsql as $$
declare
    e record;
    v_payload text;
    v_digest bytea;
    v_root uuid;
begin
    perform test.triggers('disable');
    for e in
        select h.root_id, h.seq, h.at, h.payload from traveler.transaction_history h where h.org_id = test.org_id('acme') order by h.root_id, h.seq
    loop
        if e.root_id is distinct from v_root then
            v_root := e.root_id;
            v_digest := traveler_private.chain_genesis(test.org_id('acme'), v_root);
        end if;
        if e.at >= date_trunc('month', now()) then
            v_payload := replace(e.payload, traveler.json_time(e.at), traveler.json_time(test.month(p_back)::timestamptz + (e.at - date_trunc('month', now())) * 0.5));
            v_digest := traveler_private.chain_step(null, v_digest, v_payload);
            update traveler.transaction_history h set payload = v_payload, digest = v_digest, at = test.month(p_back)::timestamptz + (e.at - date_trunc('month', now())) * 0.5
            where h.org_id = test.org_id('acme') and h.root_id = e.root_id and h.seq = e.seq;
        else
            v_digest := traveler_private.chain_step(null, v_digest, e.payload);
        end if;
        update traveler_private.history_head h set digest = v_digest where h.org_id = test.org_id('acme') and h.root_id = e.root_id;
    end loop;
    perform test.triggers('enable always');
end
$$;
do $$
begin
    for v_back in 1 .. 3 loop
        execute format('create table traveler.%I partition of traveler.transaction_history for values from (%L) to (%L)', test.table_of(v_back), test.month(v_back)::timestamptz, test.month(v_back - 1)::timestamptz);
        execute format('alter table traveler.%I owner to traveler_owner', test.table_of(v_back));
        perform traveler_private.protect_history(format('traveler.%I', test.table_of(v_back))::regclass);
    end loop;
end $$;
grant execute on all functions in schema test to public;

-- Three months of work -------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('place', test.location('L'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A", "fields": [{"name": "N", "type": "text"}]}, {"title": "B"}]'));
select test.keep('done', test.run(test.the('procedure'), '{"serial_numbers": ["0"]}'));
select test.start(test.step(test.the('done'), 'A'));
select test.value(test.field(test.the('done'), 'N'), '"ok"');
select test.complete(test.step(test.the('done'), 'A'));
select test.work(test.step(test.the('done'), 'B'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
select test.keep('draft', test.draft('Draft', null, '[{"title": "Old"}]'));
commit;
reset session authorization;
select test.age(3);
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.start(test.step(test.the('run'), 'A'));
select test.enter('admin');
select traveler.replace_procedure(test.the('draft'), null, '{"title": "Draft", "steps": [{"title": "New"}]}');
commit;
reset session authorization;
select test.age(2);
set session authorization traveler_service;
begin;
select test.enter('technician');
select test.value(test.field(test.the('run'), 'N'), '"ok"');
commit;
reset session authorization;
select cmp_ok((select count(distinct h.tableoid) from traveler.transaction_history h where h.root_id = test.the('run')), '=', 3::bigint, 'a chain runs through three months');
select test.whole();

-- What is refused ------------------------------------------------------------------------------------------------------

select test.refuses('select traveler_private.detach_history_partition(test.month(3))', 'TV403 Y2 operator_only', 'a superuser who has not said so detaches nothing');
set traveler.allow_history_removal = 'on';
set session authorization traveler_migrator;
set role traveler_owner;
select test.refuses('select traveler_private.detach_history_partition(test.month(3))', 'TV403 Y2 operator_only', 'nor does the owner, whatever it says');
select test.refuses(format('alter table traveler.transaction_history detach partition traveler.%I', test.table_of(3)), '42501 the history is append-only: traveler.' || test.table_of(3) || ' can not be detached, renamed or moved', 'by hand neither');
reset role;
set session authorization traveler_service;
select test.denied('select traveler_private.detach_history_partition(current_date)', 'the service even less');
reset session authorization;
select test.refuses('select traveler_private.detach_history_partition(test.month(3))', 'TV409 Y2 month_not_sealed', 'a month that is not sealed stays');
set session authorization traveler_worker;
begin; select test.seal('acme'); commit;
begin; select test.seal('bolt'); commit;
reset session authorization;
select test.refuses('select traveler_private.detach_history_partition(test.month(0))', 'TV409 Y2 month_open', 'so does one that is not over');
select test.refuses('select traveler_private.detach_history_partition(''2001-01-01'')', 'TV404 Y2 month_unknown', 'and one that is not there');
select test.refuses('select traveler_private.detach_history_partition(test.month(2))', 'TV409 Y2 month_not_first', 'and one that others come before');
create function test.broken_month() returns text language plpgsql as $$
begin
    perform test.triggers('disable');
    update traveler.transaction_history h set reason = 'x' where h.root_id = test.the('place');
    perform test.triggers('enable always');
    return test.refusal('select traveler_private.detach_history_partition(test.month(3))');
end
$$;
begin;
select is(test.broken_month(), 'TV409 Y2 month_broken', 'and one that does not hold');
rollback;
select is_empty('select * from traveler_private.history_anchor', 'nothing stays of what was refused');

-- Detached -------------------------------------------------------------------------------------------------------------

select count(*) as entries, count(distinct h.root_id) as chains from traveler.transaction_history h where h.at < test.month(2)::timestamptz and h.at >= test.month(3)::timestamptz \gset
select is(traveler_private.detach_history_partition(test.month(3) + 5), :entries::bigint, 'a month is detached, with all its entries');
reset traveler.allow_history_removal;
select is((select count(*) from traveler.transaction_history h where h.at < test.month(2)::timestamptz), 0::bigint, 'which the history holds no more');
select is((select count(*) from traveler_private.history_anchor), :chains::bigint, 'each chain has an anchor');
select test.whole();
select is_empty('select * from traveler_private.archive_violations(test.month(3))', 'the archive holds by itself');
select is_empty($$ select p from unnest(array['update traveler_archive.%I set reason = null', 'delete from traveler_archive.%I', 'truncate traveler_archive.%I']) p
    where test.refusal(format(p, test.table_of(3))) <> 'TV409 Y2 append_only' $$, 'it refuses every change');
select ok((select c.relrowsecurity and c.relforcerowsecurity and c.relowner = 'traveler_owner'::regrole from pg_class c where c.oid = ('traveler_archive.' || test.table_of(3))::regclass), 'and shows nothing to whom the policies hold');
select test.refuses(format('drop table traveler_archive.%I', test.table_of(3)), '42501 the history is append-only: traveler_archive.' || test.table_of(3) || ' can not be dropped', 'and is not dropped by the way');
select test.refuses($$ delete from traveler_private.history_anchor $$, 'TV409 Y2 append_only', 'anchors stay');
select test.refuses($$ update traveler_private.history_detachment set entries = 0 $$, 'TV409 Y2 append_only', 'as do the words about what was detached');

-- Life goes on ---------------------------------------------------------------------------------------------------------

set session authorization traveler_service;
begin;
select test.enter('technician');
select test.complete(test.step(test.the('run'), 'A'));
select test.enter('admin');
select traveler.change_part(test.the('part'), null, '{"name": "P II"}');
commit;
set session authorization traveler_worker;
begin; select test.seal('acme'); commit;
reset session authorization;
select matches((select s.payload from traveler.history_seal s where s.org_id = test.org_id('acme') order by s.number desc limit 1), E'\ndetached ' || to_char(test.month(3), 'YYYY-MM') || ' ' || :entries || ' [0-9a-f]{64} [0-9a-f]{64}\n',
    'the next seal tells of the month');
select test.whole();
-- As if the draft's step had been made in a month that was detached before this one, in which it was deleted.
insert into traveler_private.history_detached_record (org_id, table_name, row_id, operation)
select h.org_id, h.table_name, h.row_id, 'insert' from traveler.transaction_history h where h.table_name = 'procedure_step' and h.operation = 'delete';
set traveler.allow_history_removal = 'on';
select lives_ok('select traveler_private.detach_history_partition(test.month(2))', 'the month after it is detached');
reset traveler.allow_history_removal;
select test.whole();
set session authorization traveler_worker;
begin; select test.seal('acme'); commit;
reset session authorization;
select test.whole();

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.refuses(format('select traveler.run_as_of(%L, %L)', test.the('run'), test.month(2)::timestamptz), 'TV409 Y3 history_detached', 'a run as of a month that was detached is not taken for one that was not there');
select test.refuses(format('select traveler.run_as_of(%L, p_seq => 1)', test.the('run')), 'TV409 Y3 history_detached', 'nor is it as of an entry');
select test.refuses(format('select traveler.run_difference(%L, %L)', test.the('run'), test.month(2)::timestamptz + interval '1 day'), 'TV409 Y3 history_detached', 'nor compared with it');
commit;
reset session authorization;

-- What a superuser does with every trigger asleep ----------------------------------------------------------------------

create function test.found_after(variadic p_statements text[]) returns text language plpgsql as $$
declare
    v_statement text;
    v_found text;
begin
    perform test.triggers('disable');
    foreach v_statement in array p_statements loop
        execute format(v_statement, test.table_of(3));
    end loop;
    select string_agg(distinct format('%s %s: %s', v.rule, case v.record when test.the('run') then 'run' when test.the('done') then 'done' when test.the('place') then 'place' when test.org_id('acme') then 'org' else 'other' end, v.what), ' | ') into v_found
    from traveler.integrity_violations v;
    raise exception '%', coalesce(v_found, 'nothing') using errcode = 'ZZ000';
exception when sqlstate 'ZZ000' then
    return sqlerrm;
end
$$;
select matches(test.found_after($$ update traveler_archive.%I set payload = payload || ' ' where root_id = test.the('place') $$),
    'Y2 place: history detached in .*: history of location, entry 1: the digest does not match', 'an entry changed in the archive is named');
select matches(test.found_after($$ delete from traveler_archive.%I where root_id = test.the('place') $$), format('Y2 org: history detached in .*: it holds %s entries of %s chains, where %s of %s were', :entries - 1, :chains - 1, :entries, :chains),
    'one that was removed from it');
select matches(test.found_after($$ update traveler_archive.%I set digest = traveler_private.chain_step(null, traveler_private.chain_genesis(org_id, root_id), payload || ' '), payload = payload || ' ' where root_id = test.the('place') $$),
    'Y2 org: history detached in .*: it holds', 'one that was written anew with its digest');
select matches(test.found_after($$ update traveler_private.history_anchor set digest = sha256('x') where root_id = test.the('run') and seq = (select max(seq) from traveler_private.history_anchor where root_id = test.the('run')) $$),
    'Y2 run: history of run, entry [0-9]+: the digest does not match the entry and the one before it', 'an anchor that was changed breaks the chain that goes on from it');
select matches(test.found_after($$ update traveler_private.history_anchor set digest = sha256('x') where root_id = test.the('place') $$), 'Y2 place: history of location, entry 1: the head is not the last entry''s', 'or its head');
select matches(test.found_after($$ delete from traveler_private.history_anchor where root_id = test.the('place') $$), 'Y2 org: seal [0-9]+ of the history: the detachment of .* differs from what a seal or its anchors say', 'an anchor that was removed');
select matches(test.found_after($$ update traveler_private.history_detachment set digest = sha256('x') where month = test.month(3) $$), 'the detachment of .* differs from what a seal', 'a detachment that was changed');
select matches(test.found_after($$ delete from traveler_private.history_detachment where month = test.month(3) $$), '2 detachments are told in the seals, 1 are kept', 'or removed');
select matches(test.found_after($$ delete from traveler.transaction_history where root_id = test.the('run') $$,
        $$ update traveler_private.history_head h set seq = a.seq, digest = a.digest from traveler_private.history_anchor a where a.root_id = h.root_id and h.root_id = test.the('run') and a.month = test.month(2) $$),
    'Y2 run: history of run, entry [0-9]+: it is gone, and seal [0-9]+ holds it: the chain was cut after entry', 'a chain cut back to its anchor');
select matches(test.found_after($$ alter table traveler.location disable trigger all $$, $$ delete from traveler.location where id = test.the('place') $$), 'Y1 place: location: the record is gone without a trace',
    'a record whose history is detached is missed all the same');

-- Dropped --------------------------------------------------------------------------------------------------------------

set traveler.allow_history_removal = 'on';
select lives_ok(format('drop table traveler_archive.%I', test.table_of(3)), 'an archive that was dumped is dropped by an operator who says so');
select test.whole();
select * from finish();

-- Y2, C5: what a superuser changes with every trigger asleep is found, and named: which chain, which entry, which record.
\ir support/world.psql
select plan(31);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial')), test.keep('place', test.location('L'));
select test.keep('procedure', test.released('Build', test.the('part'), '[{"title": "A", "fields": [{"name": "N", "type": "text"}]}]'));
select test.keep('run', test.run(test.the('procedure'), '{"serial_numbers": ["1"]}'));
select test.start(test.step(test.the('run'), 'A'));
select test.value(test.field(test.the('run'), 'N'), '"ok"');
select test.complete(test.step(test.the('run'), 'A'));
commit;
reset session authorization;
select test.whole();

-- What is found after a statement that nothing refuses: rule, record and words, each once. All is taken back.
create function test.found_after(p_statement text) returns text language plpgsql as $$
declare
    v_table regclass;
    v_found text;
begin
    for v_table in
        select c.oid from pg_class c where c.relnamespace = 'traveler'::regnamespace and c.relkind in ('r', 'p')
    loop
        execute format('alter table %s disable trigger all', v_table);
    end loop;
    execute p_statement;
    select string_agg(distinct format('%s %s: %s', v.rule, case v.record when test.the('run') then 'run' when test.the('part') then 'part' when test.the('place') then 'place'
        when test.field(test.the('run'), 'N') then 'field' when test.step(test.the('run'), 'A') then 'step' else 'other' end, v.what), ' | ') into v_found
    from traveler.integrity_violations v;
    raise exception '%', coalesce(v_found, 'nothing') using errcode = 'ZZ000';
exception when sqlstate 'ZZ000' then
    return sqlerrm;
end
$$;
create function test.seq(p_table text, p_operation text, p_row uuid) returns bigint language sql stable as $$
    select h.seq from traveler.transaction_history h where h.table_name = p_table and h.operation = p_operation and h.row_id = p_row order by h.seq desc limit 1
$$;
select test.seq('run_step_field', 'update', test.field(test.the('run'), 'N')) as value_seq, (select max(h.seq) from traveler.transaction_history h where h.root_id = test.the('run')) as last_seq \gset

-- The history ---------------------------------------------------------------------------------------------------------

select matches(test.found_after(format($$ update traveler.transaction_history set %s where root_id = test.the('run') and seq = %s $$, change, :value_seq)),
    format('Y2 run: history of run, entry %s: %s', :value_seq, words), format('an entry that was changed is named: %s', change)) from (values
    ('payload = replace(payload, ''"ok"'', ''"no"'')', 'the digest does not match the entry and the one before it'),
    ('payload = payload || '' ''', 'the digest does not match'), ('payload = ''no JSON''', 'the digest does not match'), ('payload = ''''', 'the digest does not match'),
    ('digest = sha256(''x'')', 'the digest does not match'),
    ('actor = ''user:x''', 'a column differs from the payload'), ('reason = ''x''', 'a column differs'), ('request_id = null', 'a column differs'), ('db_role = ''x''', 'a column differs'),
    ('at = at + interval ''1 microsecond''', 'a column differs'), ('operation = ''insert''', 'a column differs'), ('table_name = ''run''', 'a column differs'), ('row_id = traveler.new_id()', 'a column differs'),
    ('transaction_id = ''1''', 'a column differs')) c (change, words);
select matches(test.found_after($$ update traveler.transaction_history set root_table = 'part' where root_id = test.the('run') and seq = 1 $$), 'Y2 run: history of part, entry 0: the chain has no head',
    'an entry under another table''s name');
select matches(test.found_after(format($$ delete from traveler.transaction_history where root_id = test.the('run') and seq = %s $$, :value_seq)),
    format('Y2 run: history of run, entry %s: entries %s to %s are missing', :value_seq + 1, :value_seq, :value_seq), 'an entry that was removed is named');
select matches(test.found_after(format($$ delete from traveler.transaction_history where root_id = test.the('run') and seq >= %s $$, :last_seq)),
    format('Y2 run: history of run, entry %s: the chain ends at %s, its head says %s', :last_seq, :last_seq - 1, :last_seq), 'a tail that was cut off');
select matches(test.found_after($$ delete from traveler.transaction_history where root_id = test.the('run') $$), 'Y2 run: history of run, entry [0-9]+: the chain ends at 0', 'a whole chain');
select matches(test.found_after($$ delete from traveler_private.history_head where root_id = test.the('run') $$), 'Y2 run: history of run, entry 0: the chain has no head', 'a head');
select matches(test.found_after(format($$ update traveler.transaction_history set org_id = test.org_id('bolt') where root_id = test.the('run') and seq = %s $$, :last_seq)),
    'Y2 run: history of run, entry [0-9]+: entries 1 to', 'an entry moved to another org');
-- Whoever recomputes an entry's digest breaks the link after it; whoever recomputes them all, the head.
select matches(test.found_after(format($$ update traveler.transaction_history h set payload = 'x', digest = traveler_private.chain_step(null, (
        select p.digest from traveler.transaction_history p where p.root_id = h.root_id and p.seq = h.seq - 1), 'x') where root_id = test.the('run') and seq = %s $$, :value_seq)),
    format('Y2 run: history of run, entry %s: the digest does not match', :value_seq + 1), 'a forged entry with its digest breaks the link after it');
select matches(test.found_after(format($$ update traveler.transaction_history h set payload = h.payload || ' ', digest = traveler_private.chain_step(null, p.digest, h.payload || ' ')
        from traveler.transaction_history p where p.root_id = h.root_id and p.seq = h.seq - 1 and h.root_id = test.the('run') and h.seq = %s $$, :last_seq)),
    format('Y2 run: history of run, entry %s: the head is not the last entry''s', :last_seq), 'and at the end of a chain, the head');
select matches(test.found_after($$ insert into traveler.transaction_history select (jsonb_populate_record(h, jsonb_build_object('seq', h.seq + 1))).* from traveler.transaction_history h
        where h.root_id = test.the('run') order by h.seq desc limit 1 $$), 'Y2 run: history of run, entry', 'an entry that was added');

-- The records ---------------------------------------------------------------------------------------------------------

select is(test.found_after($$ update traveler.run_step_field set value = '"no"' where id = test.field(test.the('run'), 'N') $$),
    'P4 other: signature: what it signed is not what is there | Y1 field: run_step_field: the record differs from its newest history entry in: value', 'a value changed around the triggers');
select is(test.found_after($$ update traveler.part set name = 'X', version = version + 1 where id = test.the('part') $$),
    'Y1 part: part: the record differs from its newest history entry in: name, version', 'a record changed as if it had been counted');
select is(test.found_after($$ delete from traveler.location where id = test.the('place') $$), 'Y1 place: location: the record is gone without a trace in the history', 'a record deleted');
select is(test.found_after($$ insert into traveler.location (org_id, name) values (test.org_id('acme'), 'X') $$), 'Y1 other: location: the record has no history', 'a record added');
select is(test.found_after($$ update traveler.as_built_record set document = replace(document, '"ok"', '"no"'), digest = sha256(convert_to(replace(document, '"ok"', '"no"'), 'UTF8')) $$),
    'C5 run: as-built record 1: the digest is not the one that the history keeps | Y1 other: as_built_record: the record differs from its newest history entry in: digest', 'an as-built document changed with its digest');
select is(test.found_after($$ alter table traveler.as_built_record drop constraint as_built_record_digest; update traveler.as_built_record set document = replace(document, '"ok"', '"no"') $$),
    'C5 run: as-built record 1: the digest does not match the document', 'or without');
select matches(test.found_after($$ delete from traveler.as_built_record $$), 'C5 run: as-built record 1: the completed run has no such record', 'or removed');
select * from finish();

-- Y2: the history's monthly partitions ahead. Entries that came before their month's partition stay where they are, and stop no other month.
\ir support/world.psql
select plan(7);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P', 'serial'));
commit;
reset session authorization;

create function test.month(p_ahead integer) returns timestamptz language sql stable as $$
    select (date_trunc('month', now() at time zone 'UTC') + make_interval(months => p_ahead)) at time zone 'UTC'
$$;
create function test.partition(p_ahead integer) returns regclass language sql stable as $$
    select to_regclass('traveler.transaction_history_' || to_char(test.month(p_ahead) at time zone 'UTC', 'YYYY_MM'))
$$;
select ok(test.partition(0) is not null and test.partition(12) is not null and test.partition(13) is null, 'there are partitions from this month to twelve ahead');

-- An entry of fourteen months ahead: nothing but the default partition can take it.
begin;
set local client_min_messages = error;
insert into traveler.transaction_history
select (json_populate_record(h, json_build_object('seq', h.seq + 1, 'at', test.month(14) + interval '1 day'))).*
from traveler.transaction_history h where h.root_id = test.the('part') order by h.seq desc limit 1;
select is((select array_agg(h.tableoid::regclass::text) from traveler.transaction_history h where h.at >= test.month(14)), '{traveler.transaction_history_default}',
    'an entry past them is in the default partition');
set role traveler_owner;
select lives_ok('select traveler_private.ensure_history_partitions(15)', 'partitions are made further ahead');
select lives_ok('select traveler_private.ensure_history_partitions(15)', 'and again');
reset role;
select ok(test.partition(13) is not null and test.partition(15) is not null, 'the months before and after it have theirs');
select ok(test.partition(14) is null, 'its own month has none');
select is((select count(*) from traveler.transaction_history h where h.at >= test.month(14)), 1::bigint, 'and the entry is where it was');
select * from finish();
rollback;

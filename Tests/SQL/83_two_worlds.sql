-- T1, E1: what an analyst of one org is shown is the same, to the byte, whether another org holds data or not.
\ir support/world.psql
\ir support/psql.psql
\ir support/analysts.psql
\ir support/busy.psql
select no_plan();

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.busy('admin', 'A');
commit;
reset session authorization;
-- What the clock alone changes (what is open ages) is not what this is about.
create function test.world() returns table (view_name text, rows_shown text) language plpgsql as $$
begin
    return query select c.relname::text, test.asks('acme', test.rows_of('analytics.' || c.relname))
    from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relkind = 'v' and not exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname ~ '^age')
    order by 1;
end
$$;
create table test.alone as select * from test.world();
select is_empty($$ select w.view_name from test.alone w where w.rows_shown = '' $$, 'every view has something to show');

-- Bolt fills up, with the same names and with others, and a third org comes.
set session authorization traveler_service;
begin;
select test.enter('stranger');
select test.busy('stranger', 'A');
select test.busy('stranger', m) from unnest(array['X', 'Y', 'Z']) m;
commit;
reset session authorization;
select traveler.create_org('third', 'Third') is not null;
analyze;

select is(w.rows_shown, a.rows_shown, w.view_name || ' shows what it showed when there was nobody else') from test.world() w join test.alone a using (view_name);
select isnt(test.asks('bolt', test.rows_of('analytics.' || a.view_name)), a.rows_shown, 'where another org''s ' || a.view_name || ' are others')
from test.alone a where a.view_name not in ('contract_version', 'dictionary');
-- No id, title or number of the other's is anywhere in what is shown.
select is_empty($$
    select a.view_name, x.id from test.alone a join (
        select r.id from traveler.run r where r.org_id = test.org_id('bolt')
        union all select s.id from traveler.run_step s where s.org_id = test.org_id('bolt')
        union all select i.id from traveler.part_inventory i where i.org_id = test.org_id('bolt')
        union all select test.org_id('bolt')) x on position(x.id::text in a.rows_shown) > 0
$$, 'nor does any id of the other''s appear');
-- Errors are the same ones, too: of a name that is not there, and of one that is there for somebody else.
select is(test.refusal(format('select test.asks(''acme'', %L)', format('select 1 / count(*) from runs where title = %L', t))), '22012 division by zero', 'no title of another''s is found: ' || t)
from unnest(array['Done X', 'No such title']) t;
select test.forget_analysts();
select test.whole();
select * from finish();

-- The org's own attributes for ops/bench (psql -v runs=N), in a database that seed.sql has set: the org bench gets 20 searchable attributes of runs, and
-- :runs bare runs of 1,000 parts with a value of each. Of the orgs that call bench.create(slug, token, steps, attributes) makes a run in, one has defined nothing, one the
-- same 20, one the same and searchable; what each took is in bench.took.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create table bench.took (what text, size integer, ms double precision);
select o.org_id as org from traveler.org o where o.slug = 'bench' \gset
select traveler.create_org(slug, slug), traveler.create_user(slug, 'bench@example.org', 'Bench', 'admin') from unnest(array['none', 'defined', 'searchable']) slug;
create table bench.creator as select slug, traveler.create_token(slug, 'bench@example.org', 'bench') as token from unnest(array['none', 'defined', 'searchable']) slug;

create function bench.type(n integer) returns text language sql immutable as $$
    select (array['text', 'number', 'select', 'boolean', 'date', 'datetime', 'multiselect', 'text', 'number', 'select'])[1 + n % 10]
$$;
create function bench.define(p_searchable boolean) returns void language sql as $$
    select count(traveler.create_attribute_definition(jsonb_build_object('record', 'run', 'key', 'a_' || n, 'label', 'A ' || n, 'type', bench.type(n), 'searchable', p_searchable)
        || case when bench.type(n) in ('select', 'multiselect') then jsonb_build_object('options', (select jsonb_agg('o' || o) from generate_series(0, 9) o)) else '{}' end))
    from generate_series(0, 19) n
$$;
-- The values of the r-th run: of a text and a number one of 1,000, as of parts; of a choice one of ten.
create function bench.attributes(r integer) returns jsonb language sql immutable as $$
    select jsonb_object_agg('a_' || n, case bench.type(n) when 'text' then to_jsonb('value ' || (r * 7919 + n) % 1000) when 'number' then to_jsonb(((r * 7907 + n) % 1000)::text || '.50')
        when 'select' then to_jsonb('o' || (r * 7 + n) % 10) when 'boolean' then to_jsonb((r + n) % 2 = 0) when 'date' then to_jsonb(to_char(date '2020-01-01' + (r + n) % 3000, 'YYYY-MM-DD'))
        when 'datetime' then to_jsonb(traveler.json_time(timestamptz '2020-01-01' + (r + n) % 3000 * interval '1 day')) else jsonb_build_array('o' || r % 10, 'o' || (r + 1) % 10) end)
    from generate_series(0, 19) n
$$;

begin;
select traveler.enter_system(:'org', 'bench');
select bench.define(true);
insert into traveler.part (org_id, id, part_number, revision, name, tracking)
select :'org', ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid, 'P' || n, 'A', 'Part ' || n, 'none' from generate_series(0, 999) n;
commit;
-- Bare rows, by none of the triggers: what is measured is how they are found.
set session_replication_role = replica;
alter table traveler.run disable trigger user;
insert into traveler.run (org_id, id, number, title, part_id, quantity, attributes)
select :'org', bench.run_id(10000000 + r), 10000000 + r, 'Run ' || r, ('00000000-0000-7000-b000-' || lpad(to_hex(r * 7919 % 1000), 12, '0'))::uuid, 1, bench.attributes(r) from generate_series(1, :runs) r;
insert into traveler.attribute_value (org_id, definition_id, record_id, place, record, record_number, text_value, number_value, time_value)
select r.org_id, d.id, r.id, k.place, 'run', r.number, k.text_value, k.number_value, k.time_value
from traveler.attribute_definition d join traveler.run r on r.org_id = d.org_id and r.title ~ '^Run '
cross join lateral traveler_private.attribute_keys(d.type, r.attributes -> d.key) k
where d.org_id = :'org' and d.record = 'run';
alter table traveler.run enable trigger user;
set session_replication_role = origin;
vacuum analyze;

-- A procedure of so many steps in each of the other orgs, with two fields a step.
create function bench.released(p_steps integer) returns uuid language plpgsql as $$
declare
    v_part uuid := (traveler.create_part(jsonb_build_object('part_number', p_steps || ' steps', 'name', 'Made', 'tracking', 'lot')) ->> 'id')::uuid;
    v_procedure uuid := (traveler.create_procedure(jsonb_build_object('title', p_steps || ' steps', 'part_id', v_part, 'steps', (
        select jsonb_agg(jsonb_build_object('title', 'S' || n, 'fields', '[{"name": "N", "type": "number", "maximum": "2"}, {"name": "T", "type": "text"}]'::jsonb) order by n)
        from generate_series(1, p_steps) n))) ->> 'id')::uuid;
begin
    perform traveler.move_procedure(v_procedure, 1, 'released');
    return v_procedure;
end
$$;
do $$
declare
    c record;
begin
    for c in select * from bench.creator loop
        perform traveler.enter(c.token, 'bench', 600000);
        perform bench.released(1), bench.released(10);
        if c.slug <> 'none' then
            perform bench.define(c.slug = 'searchable');
        end if;
        commit;
    end loop;
end $$;
vacuum analyze;

-- Runs are made in turn, one in each org, so that what else the machine does is shared by all.
create procedure bench.create(p_steps integer, p_times integer) language plpgsql as $$
declare
    c record;
    v_request jsonb;
    v_began timestamptz;
begin
    for i in 1 .. p_times loop
        for c in select * from bench.creator loop
            perform traveler.enter(c.token, 'bench', 600000);
            v_request := jsonb_build_object('procedure_id', (select p.id from traveler.procedure p where p.org_id = traveler.current_org() and p.title = p_steps || ' steps'), 'lot_number', 'L' || clock_timestamp());
            if c.slug <> 'none' then
                v_request := v_request || jsonb_build_object('attributes', bench.attributes(i));
            end if;
            v_began := clock_timestamp();
            perform traveler.create_run(v_request);
            insert into bench.took values (c.slug, p_steps, extract(epoch from clock_timestamp() - v_began) * 1000);
            commit;
        end loop;
    end loop;
end
$$;

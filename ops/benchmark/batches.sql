-- Batches for ops/bench (psql), in a database that seed.sql has set: call bench.batch(token, size) makes a batch of so many runs and takes
-- its siblings through what people do with them, each act a transaction of its own, and call bench.redlines(token, steps) redlines a
-- step of runs of so many steps. What each took, commit included, is in bench.took.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create table bench.took (what text, size integer, ms double precision);
create function bench.released(p_title text, p_steps jsonb) returns uuid language plpgsql as $$
declare
    v_part uuid := (traveler.create_part(jsonb_build_object('part_number', p_title, 'name', p_title, 'tracking', 'serial')) ->> 'id')::uuid;
begin
    return (traveler.move_procedure((traveler.create_procedure(jsonb_build_object('title', p_title, 'part_id', v_part, 'steps', p_steps)) ->> 'id')::uuid, 1, 'released') ->> 'id')::uuid;
end
$$;
begin;
select traveler.enter_system((select o.org_id from traveler.org o where o.slug = 'bench'), 'bench');
select bench.released('Batch', '[
    {"key": "a", "title": "A", "fields": [{"name": "Note", "type": "text", "required": false}, {"name": "Sign", "type": "signoff", "required": false}]},
    {"key": "b", "title": "B", "after": ["a"]}, {"title": "C", "after": ["b"]}]');
select bench.released(steps || ' steps', (select jsonb_agg(jsonb_build_object('key', 's' || n, 'title', 'S' || n,
    'after', case when n = 1 then '[]' else jsonb_build_array('s' || n - 1) end) order by n) from generate_series(1, steps) n)) from (values (30), (300)) s (steps);
commit;

-- The step of the batch's first run.
create function bench.sibling(p_batch uuid, p_title text) returns uuid language sql as $$
    select s.id from traveler.batch_run b join traveler.run_step s on s.org_id = b.org_id and s.run_id = b.run_id and s.title = p_title
    where b.batch_id = p_batch order by s.id limit 1
$$;
create procedure bench.batch(p_token text, p_size integer) language plpgsql as $$
declare
    v_batch uuid;
    v_act record;
    v_began timestamptz;
begin
    perform traveler.enter(p_token, 'bench', 600000);
    v_began := clock_timestamp();
    v_batch := (traveler.create_batch(jsonb_build_object('procedure_id', (select p.id from traveler.procedure p where p.title = 'Batch'),
        'runs', (select jsonb_agg(jsonb_build_object('serial_numbers', jsonb_build_array(traveler.new_id()))) from generate_series(1, p_size)))) ->> 'id')::uuid;
    commit;
    insert into bench.took values ('create', p_size, extract(epoch from clock_timestamp() - v_began) * 1000);
    for v_act in
        select * from (values
            (1, 'start', 'A', $act$ select traveler.start_steps(array[$1]) $act$),
            (2, 'check-out', 'A', $act$ select traveler.check_out(l.id) from traveler.labor_session l where l.run_step_id = $1 and l.ended_at is null $act$),
            (3, 'check-in', 'A', $act$ select traveler.check_in($1) $act$),
            (4, 'field value', 'A', $act$ select traveler.enter_values($1, null, jsonb_build_object('values', (select jsonb_agg(jsonb_build_object('field_id', f.id, 'value', 'Blue'))
                from traveler.run_step_field f where f.run_step_id = $1 and f.name = 'Note'))) $act$),
            (5, 'signed field', 'A', $act$ select traveler.enter_values($1, null, jsonb_build_object('values', (select jsonb_agg(jsonb_build_object('field_id', f.id, 'value', true))
                from traveler.run_step_field f where f.run_step_id = $1 and f.name = 'Sign'))) $act$),
            (6, 'sign-off', 'A', $act$ select traveler.complete_steps(array[$1]) $act$),
            (7, 'hold', 'B', $act$ select traveler.act_on_steps('hold', array[$1], null, 'bench') $act$),
            (8, 'release', 'B', $act$ select traveler.act_on_steps('release', array[$1]) $act$),
            (9, 'redline opened', 'C', $act$ select traveler.act_on_steps('redline', array[$1], null, 'bench') $act$),
            (10, 'redline edited', 'C', $act$ select traveler.edit_redline($1, null, '{"instructions": "Twice.", "add_fields": [{"name": "Count", "type": "text", "required": false}]}') $act$),
            (11, 'redline moved', 'C', $act$ select traveler.edit_redline($1, null, jsonb_build_object('after', (select s.id from traveler.run_step s join traveler.run_step o
                on o.org_id = s.org_id and o.run_id = s.run_id where o.id = $1 and s.title = 'A'))) $act$),
            (12, 'redline released', 'C', $act$ select traveler.act_on_steps('release_redline', array[$1]) $act$),
            -- What all of them are compared with: as many steps, moved by one statement, triggers and history included.
            (13, 'plain update', 'B', $act$ update traveler.run_step s set state = 'in_progress'
                where s.sibling_id = (select x.sibling_id from traveler.run_step x where x.id = $1) $act$)) a (place, what, title, act)
        order by place
    loop
        perform traveler.enter(p_token, 'bench', 600000);
        v_began := clock_timestamp();
        execute v_act.act using bench.sibling(v_batch, v_act.title);
        commit;
        insert into bench.took values (v_act.what, p_size, extract(epoch from clock_timestamp() - v_began) * 1000);
    end loop;
    commit;
end
$$;

-- Twenty runs, the middle step of each: opened, edited and released.
create procedure bench.redlines(p_token text, p_steps integer) language plpgsql as $$
declare
    v_steps uuid[];
    v_step uuid;
    v_began timestamptz;
begin
    for v_run in 1 .. 20 loop
        perform traveler.enter(p_token, 'bench', 600000);
        v_step := (traveler.create_run(jsonb_build_object('procedure_id', (select p.id from traveler.procedure p where p.title = p_steps || ' steps'))) ->> 'id')::uuid;
        v_steps := v_steps || (select s.id from traveler.run_step s where s.run_id = v_step and s.position = p_steps / 2);
        commit;
    end loop;
    foreach v_step in array v_steps loop
        perform traveler.enter(p_token, 'bench', 600000);
        v_began := clock_timestamp();
        perform traveler.act_on_steps('redline', array[v_step], null, 'bench');
        perform traveler.edit_redline(v_step, null, '{"title": "Again"}');
        perform traveler.act_on_steps('release_redline', array[v_step]);
        commit;
        insert into bench.took values ('redline in a run', p_steps, extract(epoch from clock_timestamp() - v_began) * 1000);
    end loop;
    commit;
end
$$;

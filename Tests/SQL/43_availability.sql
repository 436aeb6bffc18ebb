-- A2, A3: canceled steps are transparent, in any order, in chains and nested; bringing them back restores the graph exactly.
\ir support/world.psql
select plan(20);

set session authorization traveler_service;
begin;
select test.enter('admin');
select test.keep('part', test.part('P'));
-- a -> b -> c -> d; around n: a -> n(n1 -> n2), n2 -> e; f -> c
select test.keep('procedure', test.released('Chain', test.the('part'), '[
    {"key": "a", "title": "a"}, {"key": "f", "title": "f"}, {"key": "b", "title": "b", "after": ["a"]}, {"key": "c", "title": "c", "after": ["b", "f"]},
    {"key": "d", "title": "d", "after": ["c"]},
    {"key": "n", "title": "n", "after": ["a"], "steps": [{"key": "n1", "title": "n1"}, {"key": "n2", "title": "n2", "after": ["n1"]}]},
    {"key": "e", "title": "e", "after": ["n2"]}]'::jsonb));
select test.keep('run', test.run(test.the('procedure')));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('run');
-- And u -> v, around o: o(o1).
select test.keep('other run', test.run(test.released('Pair', test.the('part'), '[
    {"key": "u", "title": "u"}, {"title": "v", "after": ["u"]}, {"title": "o", "steps": [{"title": "o1", "required": false}]}]'::jsonb)));
select test.keep(s.title, s.id) from traveler.run_step s where s.run_id = test.the('other run');
commit;
reset session authorization;
create function test.waits(p_step text) returns text language sql stable as $$
    select coalesce(string_agg(b.blocking_title, ' ' order by b.blocking_title), '-') from traveler.run_step_blocker b where b.run_step_id = test.the(p_step)
$$;
create function test.cancel(variadic p_titles text[]) returns jsonb language sql as $$
    select traveler.act_on_steps('cancel', array(select test.the(t) from unnest(p_titles) t))
$$;
create function test.graph() returns text language sql stable as $$
    select string_agg(s.title || ':' || test.waits(s.title), ', ' order by s.title) from traveler.run_step s where s.run_id = test.the('run')
$$;
create function test.available() returns text language sql stable as $$
    select string_agg(s.title, ' ' order by s.title) from traveler.run_step s where s.id in (select traveler.available_steps(test.the('run')))
$$;
grant execute on all functions in schema test to public;

-- By another way than the view's: what a step waits for, walked step by step.
create function test.upstream(p_step uuid) returns table (id uuid) language plpgsql stable as $$
declare
    v_up record;
    v_canceled uuid[] := '{}';
    v_todo uuid[] := array[p_step];
    v_step uuid;
begin
    while cardinality(v_todo) > 0 loop
        v_step := v_todo[1];
        v_todo := v_todo[2:];
        for v_up in select s.id, s.state from traveler.run_step_edge e join traveler.run_step s on s.id = e.upstream_id where e.downstream_id = v_step loop
            if v_up.state <> 'canceled' then
                id := v_up.id;
                return next;
            elsif v_up.id <> all (v_canceled) then
                v_canceled := v_canceled || v_up.id;
                v_todo := v_todo || v_up.id || array(with recursive up as (
                    select s.parent_id from traveler.run_step s where s.id = v_up.id
                    union select s.parent_id from up u join traveler.run_step s on s.id = u.parent_id) select u.parent_id from up u where u.parent_id is not null);
            end if;
        end loop;
    end loop;
end
$$;
create view test.wrong as
    select s.title, array(select distinct u.id from test.upstream(s.id) u join traveler.run_step x on x.id = u.id where x.state <> 'completed' order by 1) as walked,
        array(select b.blocking_step_id from traveler.run_step_blocker b where b.run_step_id = s.id and b.kind = 'upstream' order by 1) as viewed
    from traveler.run_step s
    where s.state <> 'canceled' and array(select distinct u.id from test.upstream(s.id) u join traveler.run_step x on x.id = u.id where x.state <> 'completed' order by 1)
        <> array(select b.blocking_step_id from traveler.run_step_blocker b where b.run_step_id = s.id and b.kind = 'upstream' order by 1);
-- Asked of the whole run at once, and step by step.
create view test.unlike as
    select s.title, s.state from traveler.run_step s
    where (s.id in (select a from traveler.run r, traveler.available_steps(r.id) a)) <> traveler.is_available(s.state,
        exists (select from traveler.run_step_blocker b where b.run_step_id = s.id));
-- As the document of the run shows it.
create view test.misread as
    select s.title, b.kind, b.blocking_title, b.blocking_state from traveler.run_step s join traveler.run_step_blocker b on b.run_step_id = s.id
    where s.run_id = test.the('random') and s.state in ('todo', 'in_progress')
    except all
    select s.title, b.kind, b.blocking_title, b.blocking_state from traveler_private.run_blockers(test.the('random')) b join traveler.run_step s on s.id = b.run_step_id
    union all
    (select s.title, b.kind, b.blocking_title, b.blocking_state from traveler_private.run_blockers(test.the('random')) b join traveler.run_step s on s.id = b.run_step_id
    except all
    select s.title, b.kind, b.blocking_title, b.blocking_state from traveler.run_step s join traveler.run_step_blocker b on b.run_step_id = s.id
    where s.run_id = test.the('random') and s.state in ('todo', 'in_progress'));
create table test.seen (state text, next text, nested text);
grant select on test.wrong, test.unlike to public;
grant select, insert on test.seen to public;

set session authorization traveler_service;
begin;
select test.enter('technician');
select is(test.graph(), 'a:-, b:a, c:b f, d:c, e:n2, f:-, n:a, n1:n, n2:n n1', 'the graph as it was drawn');
select test.cancel('b');
select is(test.waits('c'), 'a f', 'who depended on a canceled step depends on what it depended on');
select test.cancel('c');
select is(test.waits('d'), 'a f', 'through a chain');
select test.cancel('a');
select is(test.waits('d'), 'f', 'to its end');
select test.start(test.the('f'));
select is(test.available(), 'f n', 'what is in progress can be worked on');
select test.complete(test.the('f'));
select is(test.waits('d'), '-', 'and what is completed no longer blocks');
select is(test.available(), 'd n', 'but can''t be worked on itself, nor what is nested in a step in todo');
select is_empty('select * from test.wrong', 'the view agrees with a walk');
rollback;
begin;
select test.enter('technician');
select test.cancel('n2');
select is(test.waits('e'), 'a n1', 'a canceled nested step passes on what its ancestors depended on, too');
select test.cancel('n');
select is(test.waits('e'), 'a', 'with all that was nested canceled, only that is left');
select test.refuses($$ select test.start(test.the('e')) $$, 'TV409 A1 step_not_available', 'the guard reads the same');
select test.work(test.the('a'));
select lives_ok($$ select test.start(test.the('e')) $$, 'and lets it start when they are done');
select test.refuses($$ select traveler.act_on_steps('restore', array[test.the('n'), test.the('n2')]) $$, 'TV409 A3 downstream_started', 'a canceled step does not come back once its downstream has started');
rollback;

-- A1: only what is completed lets others go on, and only in a step in progress is there work.
begin;
select test.enter('admin');
do $$
declare
    v_act text;
begin
    foreach v_act in array array['', 'start', 'hold', 'release', 'redline', 'cancel_redline', 'fail', 'retry', 'start', 'complete', 'reopen'] loop
        perform case v_act when '' then null when 'start' then test.start(test.the('u'), test.the('o')) when 'complete' then test.complete(test.the('u'), test.the('o'))
            else traveler.act_on_steps(v_act, array[test.the('u'), test.the('o')], null, 'why') end;
        insert into test.seen select s.state, test.waits('v'), test.waits('o1') from traveler.run_step s where s.id = test.the('u');
    end loop;
end $$;
select results_eq('select distinct state, next from test.seen order by 1', $$ values ('completed', '-'), ('failed', 'u'), ('hold', 'u'), ('in_progress', 'u'), ('redline', 'u'), ('todo', 'u') $$,
    'a step waits for one in any state but completed');
select results_eq('select distinct state, nested from test.seen order by 1', $$ values ('completed', 'o'), ('failed', 'o'), ('hold', 'o'), ('in_progress', '-'), ('redline', 'o'), ('todo', 'o') $$,
    'and a nested one for the step around it in any but in progress');
rollback;
begin;
select test.enter('admin');
select test.start(test.the('u'));
select traveler.act_on_steps('fail', array[test.the('u')], null, 'x');
select test.refuses($$ select test.start(test.the('v')) $$, 'TV409 A1 step_not_available', 'nothing starts after what has failed');
rollback;

-- In any order, and back in any other, the graph is the same as before.
begin;
select test.enter('technician');
do $$
declare
    v_order text[];
    v_before text := test.graph();
    v_wrong text;
begin
    perform setseed(0.42);
    for i in 1 .. 60 loop
        v_order := array(select t from unnest(array['a', 'b', 'c', 'd', 'e', 'f', 'n1', 'n2']) t order by random() limit 1 + floor(random() * 8)::integer);
        for j in 1 .. cardinality(v_order) loop
            perform test.cancel(v_order[j]);
        end loop;
        select string_agg(w::text, '; ') into v_wrong from (select w::text as w from test.wrong w union all select u::text from test.unlike u) w;
        if v_wrong is not null then
            raise exception 'round %, canceled %: %', i, v_order, v_wrong;
        end if;
        v_order := array(select t from unnest(v_order) t order by random());
        for j in 1 .. cardinality(v_order) loop
            perform traveler.act_on_steps('restore', array[test.the(v_order[j])]);
        end loop;
        if test.graph() <> v_before then
            raise exception 'round %: % is not %', i, test.graph(), v_before;
        end if;
    end loop;
end $$;
select pass('60 random sets of canceled steps: the view agrees with the walk, and bringing them back restores the graph');
rollback;
reset session authorization;

-- Whatever the graph: steps and edges in states that only a superuser can give them, 48 times over, in each third without a canceled one. Asked of the run at once, the
-- answer is that of the definition, and nothing is asked step by step.
begin;
select test.enter('admin');
select test.keep('random', test.run(test.released('Random', test.the('part'), (
    select jsonb_agg(jsonb_build_object('title', 'r' || n, 'steps', jsonb_build_array(
        jsonb_build_object('title', 'r' || n || 'a', 'steps', jsonb_build_array(jsonb_build_object('title', 'r' || n || 'b'))),
        jsonb_build_object('title', 'r' || n || 'c')))) from generate_series(1, 6) n))));
set local session_replication_role = replica;
set local track_functions = 'all';
create temporary table found (available bigint, asked bigint) on commit drop;
create function pg_temp.asked() returns bigint language sql as $$
    select coalesce(sum(f.calls), 0)::bigint from pg_stat_xact_user_functions f where f.funcname = 'step_behind'
$$;
do $$
declare
    v_run uuid := test.the('random');
    v_before bigint;
    v_available bigint;
    v_unlike text;
begin
    perform setseed(0.17);
    insert into traveler.run_step_edge (org_id, run_id, upstream_id, downstream_id)
    select u.org_id, v_run, u.id, d.id from traveler.run_step u join traveler.run_step d on d.run_id = u.run_id and d.id > u.id where u.run_id = v_run;
    for i in 1 .. 48 loop
        update traveler.run_step_edge e set withdrawn_at = case when random() < 0.9 then now() end where e.run_id = v_run;
        update traveler.run_step s set state = x.state, held_from = case x.state when 'hold' then 'todo' end, started_at = now(),
            completed_at = case x.state when 'completed' then now() end, completed_by = case x.state when 'completed' then 'x' end
        from (
            select z.id, (array['canceled', 'canceled', 'canceled', 'completed', 'completed', 'in_progress', 'in_progress', 'failed', 'hold', 'todo', 'todo'])
                [case when i % 3 = 0 then 4 + floor(random() * 8) else 1 + floor(random() * 11) end] as state
            from traveler.run_step z where z.run_id = v_run) x
        where s.id = x.id;
        update traveler.run r set steps_canceled = (select count(*) from traveler.run_step s where s.run_id = v_run and s.state = 'canceled')
        where r.id = v_run;
        v_before := pg_temp.asked();
        select count(*) into v_available from traveler.available_steps(v_run);
        perform traveler.run_json(v_run);
        insert into found values (v_available, pg_temp.asked() - v_before);
        select string_agg(x.what, ', ') into v_unlike from (
            select format('%s in %s', u.title, u.state) as what from test.unlike u
            union all
            select format('%s after %s in %s', u.title, u.blocking_title, u.blocking_state) from test.misread u) x;
        if v_unlike is not null then
            raise exception 'round %: %', i, v_unlike;
        end if;
    end loop;
end $$;
select ok((select count(distinct f.available) > 3 from found f), 'in 48 random graphs, all of a run at once is what each of its steps says');
select is((select sum(f.asked) from found f), 0::numeric, 'and neither that nor the run''s document asks a step for what stands behind it');
rollback;
select test.whole();
select * from finish();

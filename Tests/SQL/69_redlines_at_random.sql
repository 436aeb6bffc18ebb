-- D3: whatever a redline does to its step, canceled it leaves the run's definition and the step's state as they were, to the byte. Redlines at
-- random, of steps in all states, some of them approved or rejected before; every eighth is released, so that they go on from one another.
\ir support/world.psql
select plan(7);

-- All that the run asks for, and where its steps stand. What is withdrawn, and versions, only grow.
create function test.digest(p_run uuid) returns bytea language sql as $$
    select sha256(convert_to(coalesce(string_agg(x.line, e'\n' order by x.line collate "C"), ''), 'UTF8')) from (
        select (to_jsonb(s) - 'version')::text as line from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null
        union all
        select (to_jsonb(f) - 'version')::text || f.minimum || f.maximum from traveler.run_step_field f where f.run_id = p_run and f.withdrawn_at is null
        union all
        select (to_jsonb(f) - 'version')::text from traveler.run_step_field f where f.run_id = p_run and f.withdrawn_at is null
        union all
        select (to_jsonb(e) - 'version')::text from traveler.run_step_edge e where e.run_id = p_run and e.withdrawn_at is null
        union all
        select (to_jsonb(q) - 'version')::text from traveler.build_requirement q where q.run_id = p_run and q.withdrawn_at is null
        union all
        select (to_jsonb(b) - 'version')::text from traveler.build_requirement_substitute b join traveler.build_requirement q on q.id = b.build_requirement_id
        where b.run_id = p_run and b.withdrawn_at is null and q.withdrawn_at is null
        union all
        select (to_jsonb(g) - 'version')::text from traveler.signature g where g.run_id = p_run and g.voided_at is null) x
$$;
create function test.pick(variadic p_choices text[]) returns text language sql volatile as $$ select p_choices[1 + floor(random() * cardinality(p_choices))::integer] $$;
-- One random edit; what the rules refuse is no edit.
create function test.random_edit(p_step uuid, p_run uuid) returns boolean language plpgsql as $$
declare
    v_field uuid := (select f.id from traveler.run_step_field f where f.run_step_id = p_step and f.withdrawn_at is null order by random() limit 1);
    v_need uuid := (select q.id from traveler.build_requirement q where q.run_step_id = p_step and q.withdrawn_at is null order by random() limit 1);
    v_part uuid := (select p.id from traveler.part p where p.part_number like 'C%' order by random() limit 1);
    v_other uuid := (select s.id from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null order by random() limit 1);
    v_beside uuid := (select s.id from traveler.run_step s join traveler.run_step o on o.id = p_step and o.parent_id is not distinct from s.parent_id and o.id <> s.id
        where s.run_id = p_run and s.withdrawn_at is null order by random() limit 1);
begin
    perform traveler.edit_redline(p_step, null, case test.pick('title', 'text', 'time', 'required', 'upstream', 'none', 'add', 'number', 'change', 'withdraw', 'remove', 'keep',
            'need', 'needs', 'other part', 'instead', 'needless', 'after', 'after', 'first')
        when 'title' then jsonb_build_object('title', 'T' || random()) when 'text' then jsonb_build_object('instructions', repeat('i', (random() * 50)::integer))
        when 'time' then jsonb_build_object('lead_time_seconds', (random() * 1000)::integer) when 'required' then jsonb_build_object('required', random() < 0.5)
        when 'upstream' then jsonb_build_object('upstream_ids', jsonb_build_array(v_other)) when 'none' then '{"upstream_ids": []}'
        when 'add' then jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'F' || random(), 'type', test.pick('text', 'signoff', 'boolean'), 'required', false)))
        when 'number' then jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'G' || random(), 'type', 'number', 'required', false, 'maximum', round(random()::numeric * 10, 2)::text)))
        when 'change' then jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', v_field, 'name', 'H' || random(), 'required', random() < 0.3)))
        when 'withdraw' then jsonb_build_object('withdraw_fields', jsonb_build_array(v_field))
        when 'need' then jsonb_build_object('add_requirements', jsonb_build_array(jsonb_build_object('part_id', v_part, 'quantity_per_unit', round((0.01 + random() * 5)::numeric, 2)::text,
            'substitute_part_ids', case when random() < 0.5 then jsonb_build_array(v_part) else '[]' end)))
        when 'needs' then jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', v_need, 'quantity_per_unit', (1 + random() * 3)::integer::text,
            'reference_designators', case when random() < 0.5 then '["X1"]'::jsonb else '[]' end)))
        when 'other part' then jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', v_need, 'part_id', v_part)))
        when 'instead' then jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', v_need, 'substitute_part_ids',
            case when random() < 0.7 then jsonb_build_array(v_part) else '[]' end)))
        when 'needless' then jsonb_build_object('withdraw_requirements', jsonb_build_array(v_need))
        when 'after' then jsonb_build_object('after', v_beside) when 'first' then '{"after": null}'
        when 'remove' then '{"remove": true}' else '{"remove": false}' end);
    return true;
exception when others then
    return false;
end
$$;
-- A random move of the run's work, so that redlines find steps in all states.
create function test.random_work(p_run uuid) returns void language plpgsql as $$
declare
    v_step traveler.run_step;
begin
    -- Rather of those that are worked on: what was never in progress is never completed.
    select * into v_step from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null order by s.state = test.pick('in_progress', 'todo') desc, random() limit 1;
    case test.pick('start', 'start', 'complete', 'complete', 'hold', 'release', 'fail', 'fail', 'retry', 'value', 'reopen', 'install', 'uninstall')
        when 'start' then perform test.start(v_step.id);
        when 'complete' then perform test.complete(v_step.id);
        when 'hold' then perform traveler.act_on_steps('hold', array[v_step.id], null, 'x');
        when 'release' then perform traveler.act_on_steps('release', array[v_step.id]);
        when 'fail' then perform traveler.act_on_steps('fail', array[v_step.id], null, 'x');
        when 'retry' then perform traveler.act_on_steps('retry', array[v_step.id]);
        when 'install' then perform test.install(q.id, (select i.id from traveler.part_inventory i where i.part_id = q.part_id and i.status = 'available' and i.quantity > 1 limit 1), '0.5')
            from traveler.build_requirement q where q.run_step_id = v_step.id and q.withdrawn_at is null order by random() limit 1;
        when 'uninstall' then perform traveler.uninstall(n.id, null, 'x') from (select n.id from traveler.installation n where n.run_id = p_run and n.removed_at is null order by random() limit 1) n
            where random() < 0.3;
        when 'reopen' then perform traveler.act_on_steps('reopen', array[v_step.id], null, 'x');
        else perform test.value(f.id, case f.type when 'number' then '"1.50"' when 'text' then '"x"' else 'true' end) from traveler.run_step_field f where f.run_step_id = v_step.id and f.withdrawn_at is null;
    end case;
exception when others then
    null;
end
$$;
create table test.tried (n integer, came_from text, state text, edits integer, same boolean);
create function test.redlines_at_random(p_run uuid, p_times integer) returns void language plpgsql as $$
declare
    v_step uuid;
    v_before bytea;
    v_redline uuid;
    v_edits integer;
    v_release boolean;
begin
    for n in 1 .. p_times loop
        for i in 1 .. 2 loop
            perform test.random_work(p_run);
        end loop;
        select s.id into v_step from traveler.run_step s where s.run_id = p_run and s.withdrawn_at is null and s.state <> 'canceled'
        -- Of the states alike, rather than of the steps: few are completed.
        order by s.state = test.pick('todo', 'in_progress', 'hold', 'failed', 'completed') desc, random() limit 1;
        -- Whoever opens a redline is checked out of the step, and what is nested in it goes on hold: not a matter of the definition.
        begin
            perform traveler.act_on_steps('hold', array(select x.id from traveler_private.nested_steps(array[v_step]) x where x.state = 'in_progress'), null, 'x')
            where exists (select from traveler_private.nested_steps(array[v_step]) x where x.state = 'in_progress');
            v_before := test.digest(p_run);
            perform traveler.act_on_steps('redline', array[v_step], null, 'r' || n);
            select d.id into strict v_redline from traveler.redline d where d.run_step_id = v_step and d.closed_at is null;
            v_edits := 0;
            for i in 1 .. 1 + (random() * 2)::integer loop
                v_edits := v_edits + test.random_edit(v_step, p_run)::integer;
                if random() < 0.2 then
                    perform traveler.move_redline('submit', v_redline, null);
                    perform test.enter('quality');
                    perform traveler.decide_redline(test.pick('approved', 'rejected'), v_redline, null, '{"reason": "x"}') where random() < 0.7;
                    perform test.enter('admin');
                end if;
            end loop;
            v_release := n % 8 = 0;
            if v_release then
                perform traveler.move_redline('reopen', v_redline, null) from traveler.redline d where d.id = v_redline and d.state <> 'open';
                perform traveler.edit_redline(v_step, null, '{"remove": false}');
                perform traveler.move_redline('submit', v_redline, null);
                perform test.enter('quality');
                perform traveler.decide_redline('approved', v_redline, null, '{}');
                perform test.enter('admin');
                perform traveler.act_on_steps('release_redline', array[v_step]);
            else
                perform traveler.act_on_steps('cancel_redline', array[v_step]);
            end if;
            insert into test.tried select n, d.came_from, d.state, v_edits, v_release or v_before = test.digest(p_run) from traveler.redline d where d.id = v_redline;
        exception when sqlstate 'TV409' or sqlstate 'TV422' then
            perform test.enter('admin');
        end;
    end loop;
end
$$;
grant execute on all functions in schema test to public;

begin;
select test.enter('admin');
select traveler.change_org(null, '{"redline_approvals": [{"role": "quality"}], "complete_by_act": true}');
select test.receive(test.part('C' || n), '1000') from generate_series(1, 3) n;
select test.keep('run', test.run(test.released('Build', test.part('P', 'serial'), (jsonb_set('[
    {"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5.50", "required": false}, {"name": "T", "type": "text", "required": false}, {"name": "S", "type": "signoff", "required": false}]},
    {"key": "b", "title": "B", "after": ["a"], "fields": [{"name": "M", "type": "number", "minimum": "0.10", "required": false}]}, {"key": "c", "title": "C", "after": ["b"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2", "steps": [{"title": "P21"}]}]}, {"key": "q", "title": "Q", "after": ["p"]}, {"title": "R"}, {"title": "V"}]',
    '{1,requirements}', (select jsonb_agg(test.line(p.id, '2')) from traveler.part p where p.part_number like 'C%')))),
    '{"serial_numbers": ["U1"]}'));
commit;
begin;
select test.enter('admin');
select setseed(0.42);
select test.redlines_at_random(test.the('run'), 270);
commit;
select cmp_ok((select count(*) from test.tried t where t.state = 'canceled'), '>=', 200::bigint, 'at least 200 random redlines were canceled');
select is_empty($$ select t.n, t.came_from from test.tried t where not t.same $$, 'each left the run as it was, to the byte');
select cmp_ok((select count(*) from test.tried t where t.state = 'released'), '>', 15::bigint, 'others were released in between');
select cmp_ok((select count(*) from traveler.redline d where d.state = 'canceled' and d.before -> 'requirements' <> d.after -> 'requirements'), '>=', 25::bigint,
    'many of them had changed what is required');
select cmp_ok((select count(*) from traveler.redline d where d.state = 'canceled' and d.before -> 'position' <> d.after -> 'position'), '>=', 25::bigint, 'or had moved their step');
select is((select string_agg(distinct t.came_from, ' ' order by t.came_from) from test.tried t), 'completed failed hold in_progress todo', 'of steps in every state');
select test.whole();
select * from finish();

-- K3, D4: redlines at random, made on a batch and on a run alone, written there or applied from another run: each run of the batch gets what the run
-- alone gets, or is refused what that is refused.
\ir support/world.psql
select plan(6);

create function test.pick(variadic p_choices text[]) returns text language sql volatile as $$ select p_choices[1 + floor(random() * cardinality(p_choices))::integer] $$;
-- A step by what it is a copy of or, where a redline added it, by its title.
create function test.at(p_run text, p_label text) returns uuid language sql stable as $$
    select s.id from traveler.run_step s left join traveler.procedure_step o on o.id = s.origin_step_id
    where s.run_id = test.the(p_run) and s.withdrawn_at is null and coalesce(o.title, s.title) = p_label
$$;
create function test.plain(p_run text) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('title', s.title, 'instructions', s.instructions, 'lead_time_seconds', s.lead_time_seconds, 'required', s.required, 'in', p.title, 'state', s.state,
        'position', s.position, 'held_from', s.held_from, 'attempt', s.attempt,
        'fields', (select jsonb_agg(traveler_private.field_form(to_jsonb(f), 'run_step') - 'compare' || jsonb_build_object('held_against', c.name, 'op', f.compare_op) order by f.position)
            from traveler.run_step_field f left join traveler.run_step_field c on c.id = f.compare_field_id where f.run_step_id = s.id and f.withdrawn_at is null),
        'needs', (select jsonb_agg(p.part_number || ' ' || traveler.json_decimal(q.quantity_per_unit) || ' ' || traveler.json_decimal(q.quantity_needed) order by p.part_number, q.quantity_per_unit)
            from traveler.build_requirement q join traveler.part p on p.id = q.part_id where q.run_step_id = s.id and q.withdrawn_at is null),
        'after', (select jsonb_agg(u.title order by u.title) from traveler.run_step_edge e join traveler.run_step u on u.id = e.upstream_id where e.downstream_id = s.id and e.withdrawn_at is null))
        order by s.title, s.position)
    from traveler.run_step s left join traveler.run_step p on p.id = s.parent_id where s.run_id = test.the(p_run) and s.withdrawn_at is null
$$;
-- One change, said so that it can be made in any run.
create function test.random_change(p_n integer) returns jsonb language sql volatile as $$
    select case test.pick('title', 'text', 'time', 'required', 'upstream', 'none', 'add', 'number', 'compare', 'change', 'withdraw', 'remove', 'move', 'move', 'first', 'need', 'more', 'less')
        when 'title' then jsonb_build_object('title', 'T' || p_n) when 'text' then jsonb_build_object('instructions', 'I' || p_n)
        when 'time' then jsonb_build_object('lead_time_seconds', p_n) when 'required' then jsonb_build_object('required', random() < 0.5)
        when 'upstream' then jsonb_build_object('upstream', jsonb_build_array(test.pick('A', 'B', 'C', 'P', 'Q'))) when 'none' then '{"upstream": []}'
        when 'add' then jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'F' || p_n, 'type', test.pick('text', 'signoff', 'boolean'), 'required', false)))
        when 'number' then jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'G' || p_n, 'type', 'number', 'required', false, 'maximum', round(random()::numeric * 10, 2)::text)))
        when 'compare' then jsonb_build_object('add_fields', jsonb_build_array(jsonb_build_object('name', 'K' || p_n, 'type', 'number', 'required', false)), 'compared', true)
        when 'change' then jsonb_build_object('place', floor(random() * 4), 'change', jsonb_build_object('name', 'H' || p_n, 'required', false))
        when 'withdraw' then jsonb_build_object('place', floor(random() * 4), 'withdraw', true)
        when 'need' then jsonb_build_object('add_requirements', jsonb_build_array(jsonb_build_object('part_id', (select (array_agg(p.id order by p.part_number))[1 + floor(random() * 2)::integer] from traveler.part p where p.part_number ~ '^C'),
            'quantity_per_unit', (1 + p_n % 3)::text)))
        when 'more' then jsonb_build_object('need', floor(random() * 3), 'more', (4 + p_n % 3)::text) when 'less' then jsonb_build_object('need', floor(random() * 3), 'less', true)
        when 'move' then jsonb_build_object('behind', test.pick('A', 'B', 'C', 'P', 'P2', 'Q', 'R')) when 'first' then '{"after": null}' else '{"remove": true}' end
$$;
create function test.request(p_run text, p_step uuid, p_change jsonb) returns jsonb language sql stable as $$
    select p_change - array['upstream', 'place', 'change', 'withdraw', 'compared', 'behind', 'need', 'more', 'less']
        || case when p_change ? 'more' then jsonb_build_object('change_requirements', jsonb_build_array(jsonb_build_object('build_requirement_id', q.id, 'quantity_per_unit', p_change -> 'more')))
            when p_change ? 'less' then jsonb_build_object('withdraw_requirements', jsonb_build_array(q.id)) else '{}' end
        || case when p_change ? 'behind' then jsonb_build_object('after', test.at(p_run, p_change ->> 'behind')) else '{}' end
        || case when p_change ? 'upstream' then jsonb_build_object('upstream_ids',
            (select coalesce(jsonb_agg(test.at(p_run, u)), '[]') from jsonb_array_elements_text(p_change -> 'upstream') u)) else '{}' end
        || case when p_change ? 'change' then jsonb_build_object('change_fields', jsonb_build_array(jsonb_build_object('field_id', f.id) || (p_change -> 'change')))
            when p_change ? 'withdraw' then jsonb_build_object('withdraw_fields', jsonb_build_array(f.id))
            when p_change ? 'compared' then jsonb_build_object('add_fields', jsonb_build_array(p_change #> '{add_fields,0}' || jsonb_build_object('compare', jsonb_build_object('op', '<=', 'field_id', n.id))))
            else '{}' end
    from (select array_agg(f.id order by f.position) as ids, (array_agg(f.id order by f.position) filter (where f.type = 'number'))[1] as number
        from traveler.run_step_field f where f.run_step_id = p_step and f.withdrawn_at is null) x
    cross join lateral (select x.ids[1 + (p_change ->> 'place')::integer % cardinality(x.ids)] as id) f cross join lateral (select x.number as id) n
    cross join lateral (select array_agg(b.id order by p.part_number, b.quantity_per_unit, b.id) as ids from traveler.build_requirement b join traveler.part p on p.id = b.part_id
        where b.run_step_id = p_step and b.withdrawn_at is null) y
    cross join lateral (select y.ids[1 + (p_change ->> 'need')::integer % cardinality(y.ids)] as id) q
$$;
-- The same in a run; what it is refused with, if it is.
create function test.redline(p_run text, p_label text, p_changes jsonb, p_n integer) returns text language plpgsql as $$
declare
    v_step uuid := test.at(p_run, p_label);
    v_change jsonb;
begin
    if p_changes ? 'add' then
        v_step := (traveler.add_step(test.the(p_run), jsonb_build_object('title', 'X' || p_n, 'reason', 'x', 'parent_id', case when p_changes ->> 'add' = 'in' then v_step end,
            'upstream_ids', jsonb_build_array(test.at(p_run, p_changes ->> 'after')))
            || case when p_n % 2 = 0 then jsonb_build_object('after', test.at(p_run, p_changes ->> 'behind')) else '{}' end) ->> 'id')::uuid;
    else
        perform traveler.act_on_steps('redline', array[v_step], null, 'r' || p_n);
        for v_change in select x from jsonb_array_elements(p_changes -> 'edit') x loop
            perform traveler.edit_redline(v_step, null, test.request(p_run, v_step, v_change));
        end loop;
    end if;
    perform test.remember('redline of ' || p_run, (select d.id from traveler.redline d where d.run_step_id = v_step and d.closed_at is null));
    perform traveler.act_on_steps(p_changes ->> 'end', array[v_step]);
    return null;
exception when sqlstate 'TV409' or sqlstate 'TV422' or sqlstate 'TV404' or integrity_constraint_violation then
    return sqlstate || ' ' || sqlerrm;
end
$$;
create function test.remember(p_name text, p_id uuid) returns void language sql as $$
    insert into test.id (name, id) values (p_name, p_id) on conflict (name) do update set id = excluded.id
$$;
create function test.applied(p_run text, p_n integer) returns text language plpgsql as $$
declare
    v_applied jsonb;
begin
    v_applied := traveler.apply_redline(test.the('redline of source'), jsonb_build_object('run_ids', jsonb_build_array(test.the(p_run)))) -> 'applied';
    perform traveler.act_on_steps('release_redline', array[(v_applied #>> '{0,run_step_id}')::uuid]);
    return null;
exception when sqlstate 'TV409' or sqlstate 'TV422' or integrity_constraint_violation then
    -- Of several runs, it is of the first.
    return sqlstate || ' ' || regexp_replace(sqlerrm, '^.*because: |[Rr]un [0-9]+|redline [0-9]+', '', 'g');
end
$$;
create function test.worked(p_run text, p_label text, p_act text) returns text language plpgsql as $$
begin
    case p_act when 'start' then perform test.start(test.at(p_run, p_label)); when 'complete' then perform test.complete(test.at(p_run, p_label));
        else perform traveler.act_on_steps(p_act, array[test.at(p_run, p_label)], null, 'x'); end case;
    return null;
exception when sqlstate 'TV409' or sqlstate 'TV404' then
    return sqlstate;
end
$$;
create table test.tried (n integer, what text, alone text, batch text, same boolean);
create function test.at_random(p_times integer) returns void language plpgsql as $$
declare
    v_member text;
    v_label text;
    v_what text;
    v_changes jsonb;
    v_alone text;
    v_batch text;
begin
    for n in 1 .. p_times loop
        v_member := test.pick('one', 'two', 'three');
        v_label := test.pick('A', 'B', 'C', 'P', 'P1', 'Q', 'R');
        v_what := test.pick('work', 'redline', 'redline', 'apply', 'apply', 'apply');
        if v_what = 'work' then
            v_changes := to_jsonb(test.pick('start', 'complete', 'hold', 'release', 'cancel', 'restore'));
            v_alone := test.worked('alone', v_label, v_changes #>> '{}');
            v_batch := test.worked(v_member, v_label, v_changes #>> '{}');
        else
            v_changes := case when random() < 0.15 then jsonb_build_object('add', test.pick('in', 'beside'), 'after', test.pick('A', 'B', 'Q'), 'behind', test.pick('A', 'B', 'P1', 'Q'))
                else jsonb_build_object('edit', (select jsonb_agg(test.random_change(n * 10 + i)) from generate_series(1, 1 + floor(random() * 3)::integer) i)) end
                || jsonb_build_object('end', case when v_what = 'redline' and random() < 0.3 then 'cancel_redline' else 'release_redline' end);
            if v_what = 'redline' then
                v_alone := test.redline('alone', v_label, v_changes, n);
                v_batch := test.redline(v_member, v_label, v_changes, n);
            else
                continue when test.redline('source', v_label, v_changes, n) is not null;
                v_alone := test.applied('alone', n);
                v_batch := test.applied(v_member, n);
            end if;
        end if;
        insert into test.tried select n, v_what || ' ' || v_changes, v_alone, v_batch,
            (select bool_and(test.plain(r) = test.plain('alone')) from unnest(array['one', 'two', 'three']) r);
    end loop;
end
$$;
grant execute on all functions in schema test to public;
grant select, insert, update on test.id, test.tried to public;

begin;
select test.enter('admin');
select traveler.change_org(null, '{"complete_by_act": true}');
select test.part('C1'), test.part('C2');
select test.keep('procedure', test.released('Build', test.part('P', 'serial'), '[
    {"key": "a", "title": "A", "fields": [{"name": "N", "type": "number", "maximum": "5.50", "required": false}, {"name": "T", "type": "text", "required": false}, {"name": "S", "type": "signoff", "required": false}]},
    {"key": "b", "title": "B", "after": ["a"], "fields": [{"name": "M", "type": "number", "minimum": "0.10", "required": false}]}, {"key": "c", "title": "C", "after": ["b"]},
    {"key": "p", "title": "P", "steps": [{"title": "P1"}, {"title": "P2"}]}, {"key": "q", "title": "Q", "after": ["p"]}, {"title": "R"}]'));
create function test.world(p_set integer) returns void language sql as $$
    select test.remember(r, test.run(test.the('procedure'), jsonb_build_object('serial_numbers', jsonb_build_array(r || p_set)))) from unnest(array['source', 'alone', 'one', 'two', 'three']) r;
    select traveler.create_batch(jsonb_build_object('run_ids', jsonb_build_array(test.the('one'), test.the('two'), test.the('three'))))
$$;
commit;
begin;
select test.enter('admin');
select setseed(0.42);
select test.world(n), test.at_random(25) from generate_series(1, 3) n;
commit;
select cmp_ok((select count(*) from test.tried t where t.what ~ '^redline' and t.alone is null), '>=', 10::bigint, 'random redlines were made on a batch and on a run alone');
select cmp_ok((select count(*) from test.tried t where t.what ~ '^apply' and t.alone is null), '>=', 10::bigint, 'others were applied to both');
select cmp_ok((select count(*) from test.tried t where t.alone is not null), '>=', 10::bigint, 'others were refused');
select is_empty($$ select t.* from test.tried t where not t.same $$, 'each run of the batch has what the run alone has');
select is_empty($$ select t.* from test.tried t where t.alone is distinct from t.batch $$, 'and was refused what that was refused');
select test.whole();
select * from finish();

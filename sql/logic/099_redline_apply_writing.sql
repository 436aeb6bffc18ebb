-- Applying a redline to other runs (D4), written: what was judged able is done there, as an edit of the redline by hand would do it.

-- As an edit of the redline there would have it. What a field is held against, and what is withdrawn, comes second: it may be with what is added.
create or replace function traveler_private.application_request(p_redline traveler.redline, p_members jsonb, p_now jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_taken jsonb := (select coalesce(jsonb_agg(m), '[]') from jsonb_array_elements(p_members) m where (m ->> 'written')::boolean);
    v_not_in constant text[] := array['compare', 'compare_op'];
begin
    return case when p_redline.kind = 'add' then (p_redline.after - array['fields', 'requirements', 'upstream', 'parent_id', 'position', 'stands_after'])
            || jsonb_build_object('add_requirements', (select coalesce(jsonb_agg(q - 'id' order by q ->> 'id'), '[]') from jsonb_array_elements(p_redline.after -> 'requirements') q))
            || jsonb_build_object('add_fields', (select coalesce(jsonb_agg(jsonb_strip_nulls(f.value - array['id', 'position', 'compare_op', 'compare_field_id']) order by f.ordinality), '[]')
                from jsonb_array_elements(p_redline.after -> 'fields') with ordinality f))
        else (select coalesce(jsonb_object_agg(m ->> 'member', m -> 'after'), '{}') from jsonb_array_elements(v_taken) m where m ->> 'member' !~ ':' and m ->> 'member' <> 'after')
            -- What it says of attributes is all that there are.
            || coalesce((select jsonb_build_object('attributes', (select coalesce(jsonb_object_agg(k, null::jsonb), '{}') from jsonb_object_keys(p_now -> 'attributes') k)
                    || (p_redline.after -> 'attributes')) from jsonb_array_elements(v_taken) m where m ->> 'member' = 'attributes'), '{}')
            || coalesce((select jsonb_build_object('after', m -> 'there_id') from jsonb_array_elements(v_taken) m where m ->> 'member' = 'after'), '{}')
            || jsonb_build_object(
                'add_fields', (
                    select coalesce(jsonb_agg(jsonb_strip_nulls(m -> 'after') - v_not_in order by f.ordinality), '[]')
                    from jsonb_array_elements(v_taken) m
                    cross join lateral (select min(f.ordinality) as ordinality from jsonb_array_elements(p_redline.after -> 'fields') with ordinality f
                        where f.value -> 'name' = m #> '{after,name}') f
                    where m ->> 'member' ~ '^field:' and m -> 'now' = 'null'),
                'change_fields', (
                    select coalesce(jsonb_agg(jsonb_build_object('field_id', m -> 'there_id') || x.changed), '[]')
                    from jsonb_array_elements(v_taken) m
                    cross join lateral (
                        select jsonb_object_agg(e.key, e.value) - v_not_in
                            || case when m #> '{now,compare}' is distinct from m #> '{after,compare}' or m #> '{now,compare_op}' is distinct from m #> '{after,compare_op}'
                                then '{"compare_op": null, "compare_field_id": null}'::jsonb else '{}' end as changed
                        from jsonb_each(m -> 'after') e where m -> 'now' -> e.key is distinct from e.value) x
                    where m ->> 'member' ~ '^field:' and m -> 'now' <> 'null' and m -> 'after' <> 'null'),
                'add_requirements', (select coalesce(jsonb_agg(m -> 'after' order by m ->> 'member'), '[]') from jsonb_array_elements(v_taken) m
                    where m ->> 'member' ~ '^requirement:' and m -> 'there_id' = 'null'),
                'change_requirements', (select coalesce(jsonb_agg(jsonb_build_object('build_requirement_id', m -> 'there_id') || (m -> 'after')), '[]') from jsonb_array_elements(v_taken) m
                    where m ->> 'member' ~ '^requirement:' and m -> 'there_id' <> 'null' and m -> 'after' <> 'null'),
                'withdraw_requirements', (select coalesce(jsonb_agg(m -> 'there_id'), '[]') from jsonb_array_elements(v_taken) m
                    where m ->> 'member' ~ '^requirement:' and m -> 'there_id' <> 'null' and m -> 'after' = 'null'))
        end
        || case when v_taken @? '$[*] ? (@.member starts with "upstream:")' then jsonb_build_object('upstream_ids', (
            select coalesce(jsonb_agg(distinct x.id), '[]') from (
                select u ->> 'run_step_id' as id from jsonb_array_elements(p_now -> 'upstream') u
                where not v_taken @> jsonb_build_array(jsonb_build_object('there_id', u -> 'run_step_id', 'after', null))
                union all
                select m ->> 'there_id' from jsonb_array_elements(v_taken) m where m ->> 'member' ~ '^upstream:' and m -> 'after' <> 'null') x)) else '{}' end;
end
$$;
comment on function traveler_private.application_request is 'What a redline changes, as a request that edits the step of another run (D4).';

create or replace function traveler_private.application_rest(p_redline traveler.redline, p_run uuid, p_step uuid, p_members jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return jsonb_build_object(
        'withdraw_fields', (select coalesce(jsonb_agg(m -> 'there_id'), '[]') from jsonb_array_elements(p_members) m
            where (m ->> 'written')::boolean and m ->> 'member' ~ '^field:' and m -> 'after' = 'null'),
        'change_fields', (
            select coalesce(jsonb_agg(jsonb_build_object('field_id', y.id, 'compare_op', a -> 'compare_op',
                'compare_field_id', traveler_private.alike_field(p_redline, (a ->> 'compare_field_id')::uuid, p_run, p_step))), '[]')
            from jsonb_array_elements(p_redline.after -> 'fields') a
            cross join lateral (select f.id from traveler.run_step_field f
                where f.org_id = v_org and f.run_step_id = p_step and f.withdrawn_at is null and f.name = a ->> 'name' and f.compare_field_id is null
                order by f.position desc limit 1) y
            where a ->> 'compare_field_id' is not null and (p_redline.kind = 'add' or exists (
                select from jsonb_array_elements(p_members) m where (m ->> 'written')::boolean and m ->> 'member' ~ '^field:' and m #> '{after,name}' = a -> 'name'
                    and (m #> '{now,compare}' is distinct from m #> '{after,compare}' or m #> '{now,compare_op}' is distinct from m #> '{after,compare_op}')))));
end
$$;
comment on function traveler_private.application_rest is 'What a redline changes of what fields are held against, and withdraws, in another run (D4, P4).';

-- An added step comes after the one that it came after or, where that is not, the nearest before that; where none of them is, it comes last.
create or replace function traveler_private.application_place(p_redline traveler.redline, p_run uuid, p_parent uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    if p_redline.after -> 'stands_after' = 'null' then
        return '{"after": null}'::jsonb;
    end if;
    return coalesce((
        select jsonb_build_object('after', x.id)
        from traveler_private.steps_before((p_redline.after ->> 'stands_after')::uuid) b
        cross join lateral (
            select min(o.id::text)::uuid as id from traveler_private.steps_alike(b.run_step_id, array[p_run]) a
            join traveler.run_step o on o.org_id = v_org and o.id = a.run_step_id and o.parent_id is not distinct from p_parent having count(*) = 1) x
        order by b.place limit 1), '{}');
end
$$;
comment on function traveler_private.application_place is 'Where a step that a redline added goes in another run, as a request says it (D4).';

-- Locked and judged. The redlines are opened by one statement, so that siblings are together in it (K3).
create or replace function traveler_private.write_application(p_redline traveler.redline, p_reason text, p_able jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_target jsonb;
    v_step uuid;
    v_rest jsonb;
    v_left text;
    v_outside boolean;
begin
    if p_redline.kind = 'add' then
        p_able := (with n as materialized (
                -- Made once for each batch, whatever way the rows are joined.
                select b.value ->> 'batch_id' as batch, count(*) as runs, traveler.new_id() as sibling from jsonb_array_elements(p_able) b group by 1)
            select jsonb_agg(a || jsonb_build_object('parent_id', a -> 'run_step_id', 'run_step_id', traveler.new_id(),
                'sibling_id', case when n.runs > 1 then n.sibling end))
            from jsonb_array_elements(p_able) a
            join n on n.batch is not distinct from a ->> 'batch_id');
    end if;
    insert into traveler.redline (org_id, run_id, run_step_id, kind, reason, applied_from_id)
    select v_org, (a ->> 'run_id')::uuid, (a ->> 'run_step_id')::uuid, p_redline.kind, p_reason, p_redline.id
    from jsonb_array_elements(p_able) a order by a ->> 'run_id';
    if p_redline.kind = 'add' then
        select s.outside_process into strict v_outside from traveler.run_step s where s.org_id = v_org and s.id = p_redline.run_step_id;
        insert into traveler.run_step (org_id, id, run_id, parent_id, depth, position, title, state, outside_process, sibling_id)
        select v_org, (a ->> 'run_step_id')::uuid, (a ->> 'run_id')::uuid, (a ->> 'parent_id')::uuid, coalesce(p.depth, 0) + 1,
            traveler_private.place_of((a ->> 'run_id')::uuid, p.id, traveler_private.application_place(p_redline, (a ->> 'run_id')::uuid, p.id)),
            p_redline.after ->> 'title', 'redline', v_outside, case when a ->> 'batch_id' is not null and not v_outside then (a ->> 'sibling_id')::uuid end
        from jsonb_array_elements(p_able) a
        left join traveler.run_step p on p.org_id = v_org and p.id = (a ->> 'parent_id')::uuid;
        insert into traveler.run_step_approval_requirement (org_id, run_id, run_step_id, role_id, approvers)
        select v_org, (a ->> 'run_id')::uuid, (a ->> 'run_step_id')::uuid, q.role_id, q.approvers
        from jsonb_array_elements(p_able) a join traveler.run_step_approval_requirement q on q.org_id = v_org and q.run_step_id = p_redline.run_step_id
        order by a ->> 'run_id', q.id;
    end if;
    for v_target in select a from jsonb_array_elements(p_able) a order by a ->> 'run_id' loop
        v_step := (v_target ->> 'run_step_id')::uuid;
        if p_redline.kind <> 'remove' then
            perform traveler_private.write_redline(v_step, traveler_private.application_request(p_redline, v_target -> 'members', traveler_private.run_step_definition(v_step)));
            v_rest := traveler_private.application_rest(p_redline, (v_target ->> 'run_id')::uuid, v_step, v_target -> 'members');
            perform traveler_private.write_redline(v_step, v_rest) where v_rest <> '{"withdraw_fields": [], "change_fields": []}';
        end if;
    end loop;
    -- All that the redline changed is changed: it would be a change lost in silence otherwise.
    if p_redline.kind = 'modify' then
        select string_agg(m.member, ', ') into v_left
        from (select array_agg((a ->> 'run_id')::uuid) as runs, array_agg((a ->> 'run_step_id')::uuid) as steps from jsonb_array_elements(p_able) a) t
        cross join lateral traveler_private.application_plan(p_redline, t.runs, t.steps) m
        join jsonb_array_elements(p_able) a on (a ->> 'run_id')::uuid = m.run_id
        where m.outcome <> 'same' and a -> 'members' @> jsonb_build_array(jsonb_build_object('member', m.member, 'written', true));
    elsif p_redline.kind = 'add' then
        select string_agg(a ->> 'run_number', ', ') into v_left from jsonb_array_elements(p_able) a
        where traveler_private.step_likeness(traveler_private.run_step_definition((a ->> 'run_step_id')::uuid)) <> traveler_private.step_likeness(p_redline.after);
    end if;
    if v_left is not null then
        raise exception 'redline %: % was not applied', p_redline.id, v_left;
    end if;
end
$$;
comment on function traveler_private.write_application is 'Opens a redline in each of some runs, and writes what it changes (D4).';

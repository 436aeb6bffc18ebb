-- K3: what is asked of one sibling, as it reads for the others.

-- What a request on one step means for its sibling: fields by their place, requirements by what they ask for, steps that are waited for by
-- their own siblings.
create or replace function traveler_private.sibling_request(p_step uuid, p_sibling uuid, p_request jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_text text := (p_request - 'upstream_ids')::text;
    v_pair record;
    v_run uuid;
begin
    -- Ids are long enough to be replaced as they stand.
    for v_pair in
        select f.id::text as from_id, x.id::text as to_id from traveler.run_step_field f
        left join traveler.run_step_field x on x.org_id = v_org and x.run_step_id = p_sibling and x.position = f.position and x.withdrawn_at is null
        where f.org_id = v_org and f.run_step_id = p_step and f.withdrawn_at is null and strpos(v_text, f.id::text) > 0
    loop
        perform traveler_private.demand(v_pair.to_id is not null, 409, 'siblings_differ', 'K3', 'A sibling has no such field.', 'Act on this run alone.');
        v_text := replace(v_text, v_pair.from_id, v_pair.to_id);
    end loop;
    if p_request ?| array['change_requirements', 'withdraw_requirements'] then
        for v_pair in
            with asked as (
                select q.value ->> 'id' as id, q.value - 'id' as what, row_number() over (partition by q.value - 'id' order by q.value ->> 'id') as place
                from jsonb_array_elements(traveler_private.step_requirements(p_step)) q
            )
            select a.id as from_id, b.id as to_id
            from asked a
            left join (
                select q.value ->> 'id' as id, q.value - 'id' as what, row_number() over (partition by q.value - 'id' order by q.value ->> 'id') as place
                from jsonb_array_elements(traveler_private.step_requirements(p_sibling)) q) b on b.what = a.what and b.place = a.place
            where strpos(v_text, a.id) > 0
        loop
            perform traveler_private.demand(v_pair.to_id is not null, 409, 'siblings_differ', 'K3', 'A sibling has no such build requirement.', 'Act on this run alone.');
            v_text := replace(v_text, v_pair.from_id, v_pair.to_id);
        end loop;
    end if;
    select s.run_id into v_run from traveler.run_step s where s.org_id = v_org and s.id = p_sibling;
    return v_text::jsonb || case when p_request ? 'upstream_ids' then jsonb_build_object('upstream_ids', traveler_private.sibling_steps(v_run, p_request -> 'upstream_ids')) else '{}' end;
end
$$;
comment on function traveler_private.sibling_request is 'A request on a step as it reads for its sibling (K3).';

-- Steps of one run by their siblings in another, or by the step that both are copies of.
create or replace function traveler_private.sibling_steps(p_run uuid, p_ids jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_found jsonb;
    v_number bigint;
begin
    select jsonb_agg(x.id) into v_found
    from jsonb_array_elements_text(p_ids) u
    join traveler.run_step s on s.org_id = v_org and s.id = u::uuid
    cross join lateral (select y.id from traveler.run_step y where y.org_id = v_org and y.run_id = p_run and y.withdrawn_at is null
        and (y.sibling_id = s.sibling_id or y.origin_step_id = s.origin_step_id) order by (y.sibling_id = s.sibling_id) desc nulls last, y.id limit 1) x;
    if jsonb_array_length(coalesce(v_found, '[]')) <> jsonb_array_length(p_ids) then
        select r.number into v_number from traveler.run r where r.org_id = v_org and r.id = p_run;
        perform traveler_private.refuse(409, 'siblings_differ', 'K3', format('Run %s has no such step.', v_number), 'Act on this run alone.');
    end if;
    return coalesce(v_found, '[]');
end
$$;
comment on function traveler_private.sibling_steps is 'The steps of a run that correspond to some of another run of the batch (K3).';

create or replace function traveler_private.sibling_place(p_run uuid, p_other uuid, p_request jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return p_request
        || case when p_request ->> 'parent_id' is not null
            then jsonb_build_object('parent_id', traveler_private.sibling_steps(p_other, jsonb_build_array(p_request -> 'parent_id')) -> 0) else '{}' end
        || case when p_request ->> 'after' is not null
            then jsonb_build_object('after', traveler_private.sibling_steps(p_other, jsonb_build_array(p_request -> 'after')) -> 0) else '{}' end
        || case when jsonb_typeof(p_request -> 'upstream_ids') = 'array'
            then jsonb_build_object('upstream_ids', traveler_private.sibling_steps(p_other, p_request -> 'upstream_ids')) else '{}' end;
end
$$;
comment on function traveler_private.sibling_place is 'Where a step that is added to one run goes in another of its batch (K3).';

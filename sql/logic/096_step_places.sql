-- Where a run's step stands among those beside it (P3, D1): a number between those of the steps around it, so that moving one rewrites its own
-- row alone. What an open redline moved may come back: its former place stays free.

-- Short, so that many fit in: into a gap that is filled from one side by the least step from there, else near the middle.
create or replace function traveler_private.place_between(p_low double precision, p_high double precision) returns double precision
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_low numeric := p_low::numeric;
    v_high numeric := p_high::numeric;
    v_unit numeric;
    v_place numeric;
begin
    if p_high is null then
        return floor(p_low) + 1;
    end if;
    for v_digits in 0 .. 15 - length(trunc(v_high)::text) loop
        v_unit := power(10::numeric, -v_digits);
        v_place := case
            when min_scale(v_low) > min_scale(v_high) then (floor(v_low / v_unit) + 1) * v_unit
            when min_scale(v_low) < min_scale(v_high) then (ceil(v_high / v_unit) - 1) * v_unit
            else round((v_low + v_high) / 2, v_digits) end;
        if v_place > v_low and v_place < v_high then
            return v_place::double precision;
        end if;
    end loop;
    return null;
end
$$;
comment on function traveler_private.place_between is 'A number with few digits between two, or the next whole one above the first; null when none of fifteen digits is left (D1).';

-- The places that are taken beside each other: by steps, withdrawn ones too, and by what may come back.
create or replace function traveler_private.taken_places(p_run uuid, p_parent uuid, p_but uuid) returns table (place double precision)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    -- The run's steps first: there may be a thousand in redline elsewhere.
    return query
    select x.place
    from (select y.* from traveler.run_step y where y.org_id = v_org and y.run_id = p_run offset 0) s
    left join traveler.redline d on s.state = 'redline' and d.org_id = v_org and d.run_step_id = s.id and d.closed_at is null
    cross join lateral (values (s.position), ((d.before ->> 'position')::double precision)) x (place)
    where s.parent_id is not distinct from p_parent and s.id is distinct from p_but and x.place is not null;
end
$$;
comment on function traveler_private.taken_places is 'The places beside each other in a run that no other step can have (D1).';

-- Null is before all others. A step that is there already stays where it is, or comes back to where its redline found it.
create or replace function traveler_private.place_after(p_run uuid, p_parent uuid, p_after uuid, p_step uuid) returns double precision
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_after traveler.run_step;
    v_low double precision := 0;
    v_high double precision;
    v_place double precision;
begin
    if p_after is not null then
        select * into v_after from traveler.run_step s where s.org_id = v_org and s.run_id = p_run and s.id = p_after;
        perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'The run has no such step to come after.');
        perform traveler_private.demand(p_after is distinct from p_step, 422, 'after_itself', 'D1', format('"%s" can''t come after itself.', v_after.title),
            'Name another step beside it, or null for the first place.');
        perform traveler_private.demand(v_after.parent_id is not distinct from p_parent, 422, 'after_not_beside', 'D1',
            format('"%s" stands elsewhere: a step is moved among those beside it.', v_after.title), 'Name a step with the same step around it, or null for the first place.');
        perform traveler_private.demand(v_after.withdrawn_at is null, 409, 'after_withdrawn', 'D6', format('"%s" was withdrawn: nothing comes after it.', v_after.title),
            'Name a step that is there.');
        v_low := v_after.position;
    end if;
    select min(t.place) into v_high from traveler_private.taken_places(p_run, p_parent, p_step) t where t.place > v_low;
    select x.place into v_place
    from (
        select 1 as rank, (d.before ->> 'position')::double precision as place from traveler.redline d where d.org_id = v_org and d.run_step_id = p_step and d.closed_at is null
        union all
        select 2, s.position from traveler.run_step s where s.org_id = v_org and s.id = p_step) x
    where x.place > v_low and (v_high is null or x.place < v_high) order by x.rank limit 1;
    v_place := coalesce(v_place, traveler_private.place_between(v_low, v_high));
    perform traveler_private.demand(v_place is not null, 409, 'place_too_narrow', 'D1', 'Too many steps were moved in between there: no number is left for one more.',
        'Move one of the steps around the place elsewhere first.');
    return v_place;
end
$$;
comment on function traveler_private.place_after is 'The place after a step of a run, or before all, for a step or a new one; refuses what is not beside it (D1).';

-- A new step comes last, unless the request says after which.
create or replace function traveler_private.place_of(p_run uuid, p_parent uuid, p_request jsonb) returns double precision
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if p_request ? 'after' then
        return traveler_private.place_after(p_run, p_parent, (p_request ->> 'after')::uuid, null);
    end if;
    return (select traveler_private.place_between(coalesce(max(t.place), 0), null) from traveler_private.taken_places(p_run, p_parent, null) t);
end
$$;
comment on function traveler_private.place_of is 'The place that a request gives a new step among those around it (D1).';

create or replace function traveler_private.place_steps(p_steps uuid[], p_afters uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.run_step s set position = traveler_private.place_after(s.run_id, s.parent_id, x.after, s.id)
    from unnest(p_steps, p_afters) x (id, after) where s.org_id = traveler_private.org() and s.id = x.id;
end
$$;
comment on function traveler_private.place_steps is 'Moves steps of different runs, each after another of its run (D1).';

-- K3: siblings follow, each after the step that corresponds in its run.
create or replace function traveler_private.place_siblings(p_step uuid, p_steps uuid[], p_after uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_after traveler.run_step;
    v_afters uuid[];
    v_number bigint;
begin
    perform traveler_private.place_steps(array[p_step], array[p_after]);
    p_steps := array_remove(p_steps, p_step);
    if p_after is not null then
        select * into v_after from traveler.run_step s where s.org_id = v_org and s.id = p_after;
        v_afters := array(
            -- Run by run: looked up by what siblings share, each would find those of all runs.
            select (select y.id from (select z.* from traveler.run_step z where z.org_id = v_org and z.run_id = s.run_id and z.withdrawn_at is null offset 0) y
                where y.parent_id is not distinct from s.parent_id and (y.sibling_id = v_after.sibling_id or y.origin_step_id = v_after.origin_step_id)
                order by (y.sibling_id = v_after.sibling_id) desc nulls last, y.id limit 1)
            from unnest(p_steps) with ordinality x (id, place) join traveler.run_step s on s.org_id = v_org and s.id = x.id order by x.place);
        select min(r.number) into v_number
        from unnest(p_steps, v_afters) x (id, after) join traveler.run_step s on s.org_id = v_org and s.id = x.id join traveler.run r on r.org_id = v_org and r.id = s.run_id
        where x.after is null;
        perform traveler_private.demand(v_number is null, 409, 'siblings_differ', 'K3', format('In run %s no such step stands beside it.', v_number), 'Act on this run alone.');
    end if;
    perform traveler_private.place_steps(p_steps, coalesce(v_afters, array(select null::uuid from unnest(p_steps))));
end
$$;
comment on function traveler_private.place_siblings is 'Moves a step in redline, and its siblings in their runs, after another, or before all (D1, K3).';

-- The step just before, as people see them.
create or replace function traveler_private.step_before(p_step uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_step traveler.run_step;
begin
    select * into v_step from traveler.run_step s where s.org_id = v_org and s.id = p_step;
    if v_step.parent_id is null then
        return (select s.id from traveler.run_step s where s.org_id = v_org and s.run_id = v_step.run_id and s.parent_id is null
            and s.position < v_step.position and s.withdrawn_at is null order by s.position desc limit 1);
    end if;
    return (select s.id from traveler.run_step s where s.org_id = v_org and s.run_id = v_step.run_id and s.parent_id = v_step.parent_id
        and s.position < v_step.position and s.withdrawn_at is null order by s.position desc limit 1);
end
$$;
comment on function traveler_private.step_before is 'The step that a run''s step comes after among those beside it; null for the first.';

-- D1: a redline keeps with the number what it meant, which other redlines may change meanwhile.
create or replace function traveler_private.placed_definition(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return traveler_private.run_step_definition(p_step) || jsonb_build_object('stands_after', traveler_private.step_before(p_step));
end
$$;
comment on function traveler_private.placed_definition is 'A step''s definition, and the step that it comes after, as a redline keeps them (D1).';

create or replace function traveler_private.steps_before(p_step uuid) returns table (run_step_id uuid, place bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_org uuid := traveler_private.org();
begin
    return query
    select s.id, row_number() over (order by s.position desc)
    from traveler.run_step o
    join traveler.run_step s on s.org_id = v_org and s.run_id = o.run_id and s.parent_id is not distinct from o.parent_id and s.position <= o.position
        and (s.withdrawn_at is null or s.id = o.id)
    where o.org_id = v_org and o.id = p_step;
end
$$;
comment on function traveler_private.steps_before is 'A step of a run and those before it, the nearest first.';

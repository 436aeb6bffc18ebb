-- What can be done with a run as a whole, and why not (S15, S16): one source for the acts and for whoever wants to know beforehand.

-- What stands in the way of an act on a whole run, one row an obstacle, permission and completion gates aside.
create or replace function traveler_private.run_obstacles(p_act text, p_run uuid) returns table (code text, rule text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_run traveler.run;
begin
    select * into v_run from traveler.run r where r.org_id = v_org and r.id = p_run;
    if p_act = 'reopen' then
        return query
        select 'run_not_completed', 'C6', format('Run %s is not completed: there is nothing to reopen.', v_run.number), 'Bring its steps back instead.'
        where v_run.completed_at is null or v_run.status not in ('complete', 'partial_complete')
        union all
        (select 'unit_on_live_run', 'C6', format('What run %s built is on run %s, which is live.', v_run.number, r.number),
            format('Complete or cancel run %s first.', r.number)
        from traveler_private.built_rows(p_run) b
        join traveler.part_inventory i on i.org_id = v_org and i.id = b.id
        left join traveler.run_split s on s.org_id = v_org and s.id = i.run_split_id
        join traveler.run r on r.org_id = v_org and r.id = coalesce(i.building_run_id, s.run_id) and r.id <> p_run
        -- What was split off from the run stays apart from it (X9).
        where v_run.completed_at is not null and not exists (select from traveler.run_inventory x
            where x.org_id = v_org and x.run_id = p_run and x.part_inventory_id = b.id and x.run_split_id is not null)
        limit 1);
    elsif p_act = 'complete' then
        return query
        select 'run_completed', 'C3', format('Run %s is completed already.', v_run.number), null::text where v_run.completed_at is not null;
    elsif v_run.completed_at is not null then
        return query
        select 'run_completed', 'C5', format('Run %s is completed: its records are locked.', v_run.number), 'An admin can reopen the run with a reason.';
    elsif p_act = 'hold' then
        return query
        select 'run_held', 'S15', format('Run %s is on hold already.', v_run.number), 'Release it.' where v_run.held_act is not null
        union all
        select 'nothing_to_hold', 'S15', format('Run %s has no step to hold.', v_run.number), null
        where v_run.held_act is null and v_run.steps_todo + v_run.steps_in_progress = 0;
    elsif p_act = 'release' then
        return query
        select 'run_not_held', 'S15', format('Run %s is not on hold as a whole.', v_run.number), 'Release its steps one by one.'
        where v_run.held_act is null;
    elsif p_act = 'cancel' then
        return query
        select 'step_in_redline', 'S15', format('Run %s has a step in redline.', v_run.number), 'Release or cancel its redline first.'
        where v_run.steps_redline > 0
        union all
        select 'units_away', 'S15', format('Run %s can''t be canceled: %s.', v_run.number, traveler_private.away_text(p_run, '{}')),
            'Receive them, or close the shortfall on an issue.'
        where traveler_private.away_text(p_run, '{}') is not null
        union all
        select 'nothing_to_cancel', 'S15', format('Run %s has no open step.', v_run.number),
            case when v_run.steps_total = 0 then 'Add a step: with that, the run can be canceled.' end
        where v_run.steps_redline + v_run.steps_todo + v_run.steps_in_progress + v_run.steps_hold + v_run.steps_failed = 0;
    end if;
end
$$;
comment on function traveler_private.run_obstacles is 'What stands in the way of an act on a whole run (S15, C3, C5, C6).';

create or replace function traveler_private.demand_run_act(p_act text, p_run uuid) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_obstacle record;
begin
    select * into v_obstacle from traveler_private.run_obstacles(p_act, p_run) limit 1;
    if found then
        perform traveler_private.refuse(409, v_obstacle.code, v_obstacle.rule, v_obstacle.message, v_obstacle.clear);
    end if;
end
$$;
comment on function traveler_private.demand_run_act is 'Refuses an act on a whole run while something stands in its way (S15).';

-- S16: the acts of a run for its caller. What blocks its completion is given: whoever asks has looked it up already.
create or replace function traveler_private.run_acts_json(p_run uuid, p_blockers jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select jsonb_agg(jsonb_build_object('act', a.act, 'permission', a.permission, 'reason', traveler_private.reason_policy(v_org, a.act, a.reason),
            'allowed', p.allowed and o.obstacles is null and not b.blocked,
            'refusals', case when p.allowed then '[]' else jsonb_build_array(jsonb_build_object('code', 'permission_missing', 'rule', 'T3',
                    'message', format('This needs the permission %s.', a.permission), 'clear', 'Ask an admin of your org for a role that holds it.')) end
                || coalesce(o.obstacles, '[]')
                || case when b.blocked then jsonb_build_array(jsonb_build_object('code', 'completion_blocked', 'rule', 'C4',
                    'message', p_blockers -> 0 ->> 'what', 'clear', p_blockers -> 0 ->> 'clear')) else '[]' end) order by a.place)
        from (values (1, 'complete', 'run.complete', 'none'), (2, 'hold', 'run_step.update', 'required'), (3, 'release', 'run_step.update', 'none'),
            (4, 'cancel', 'run_step.update', 'org'), (5, 'reopen', 'run.reopen', 'required')) a (place, act, permission, reason)
        cross join lateral (select traveler.has_permission(a.permission) as allowed) p
        cross join lateral (select a.act = 'complete' and jsonb_array_length(p_blockers) > 0 as blocked) b
        cross join lateral (
            select jsonb_agg(jsonb_build_object('code', x.code, 'rule', x.rule, 'message', x.message, 'clear', x.clear)) as obstacles
            from traveler_private.run_obstacles(a.act, p_run) x) o
    );
end
$$;
comment on function traveler_private.run_acts_json is 'The acts of a run: allowed now or not, and why (S16).';

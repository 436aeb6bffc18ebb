-- What can be done with a step now, and why not (S16).

-- From the guard's own sources: the table of moves and the obstacles.
create or replace function traveler_private.step_acts_json(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('act', t.act, 'to_state', t.to_state, 'permission', t.permission,
            'reason', traveler_private.reason_policy(v_org, t.act, t.reason),
            'allowed', p.allowed and r.completed_at is null and o.obstacles is null,
            'refusals', case when r.completed_at is not null then jsonb_build_array(jsonb_build_object('code', 'run_completed', 'rule', 'C5',
                    'message', format('Run %s is completed: its records are locked.', r.number), 'clear', 'An admin can reopen the run with a reason.'))
                else '[]' end
                || case when p.allowed then '[]' else jsonb_build_array(jsonb_build_object('code', 'permission_missing', 'rule', 'T3',
                    'message', format('This needs the permission %s.', t.permission), 'clear', 'Ask an admin of your org for a role that holds it.')) end
                || coalesce(o.obstacles, '[]')) order by t.act, t.to_state), '[]')
        from traveler.run_step s
        join traveler.run r on r.org_id = s.org_id and r.id = s.run_id
        left join traveler.redline d on d.org_id = s.org_id and d.run_step_id = s.id and d.closed_at is null
        join traveler.step_transition t on t.from_state = s.state and (t.act <> 'release' or t.to_state = s.held_from)
            and (d.id is null or t.to_state = traveler_private.redline_target(d.kind, d.came_from, t.act))
        cross join lateral (select traveler.has_permission(t.permission) as allowed) p
        cross join lateral (
            select jsonb_agg(jsonb_build_object('code', x.code, 'rule', x.rule, 'message', x.message, 'clear', x.clear)) as obstacles
            from (
                select m.code, m.rule, m.message, m.clear from traveler_private.move_obstacles(t.from_state, t.to_state, array[s.id]) m
                union all
                select g.code, g.rule, g.message, g.clear from traveler_private.redline_ring(s.id) g where t.act = 'cancel_redline'
                union all
                select m.code, 'D3', m.message, m.clear from traveler_private.redline_unapproved(d) m where t.act = 'release_redline'
                union all
                select u.code, u.rule, u.message, u.clear from traveler_private.start_obstacle(s.id) u where t.act = 'start') x) o
        where s.org_id = v_org and s.id = p_step and s.withdrawn_at is null);
end
$$;
comment on function traveler_private.step_acts_json is 'The acts of a step: allowed now or not, and why (S16).';

-- Approvals (P5, S5): a step may demand so many approvers of a role. An approval is a signature over the step as it is; a refusal says
-- why and stands in the way until it is decided anew or what was refused changes. Approvers are distinct persons, and may have worked
-- on the step: who must not have is what a peer's sign-off is for (P4).

-- In whose authority a user approves in a role what a step demands, or a redline: their own or, without it, one delegated to them. None
-- where it is used up.
create or replace function traveler_private.approval_authority(p_org uuid, p_user uuid, p_role uuid, p_requirement uuid)
returns table (principal_id uuid, delegation_id uuid, used boolean)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select x.principal_id, x.delegation_id, x.used from (
        select ur.user_id as principal_id, null::uuid as delegation_id, false as used, null::timestamptz as valid_to
        from traveler.user_role ur
        where ur.org_id = p_org and ur.user_id = p_user and ur.role_id = p_role and ur.revoked_at is null
        union all
        select d.from_user_id, d.id, exists (select from traveler.approval a
            where a.org_id = p_org and a.requirement_id = p_requirement and a.principal_id = d.from_user_id and a.user_id <> p_user and a.voided_at is null)
            or exists (select from traveler.redline_approval a where a.org_id = p_org and a.redline_id = p_requirement and a.role_id = p_role
                and a.principal_id = d.from_user_id and a.user_id <> p_user and a.voided_at is null), d.valid_to
        from traveler.approval_delegation d
        join traveler.user_role ur on ur.org_id = d.org_id and ur.user_id = d.from_user_id and ur.role_id = d.role_id and ur.revoked_at is null
        join traveler.user_account u on u.org_id = d.org_id and u.id = d.from_user_id and u.active
        where d.org_id = p_org and d.to_user_id = p_user and d.role_id = p_role and d.ended_at is null
            and clock_timestamp() between d.valid_from and d.valid_to) x
    order by x.delegation_id is not null, x.used, x.valid_to, x.delegation_id limit 1;
end
$$;
comment on function traveler_private.approval_authority is 'In whose authority a user may approve in a role: their own before a delegated one, one not used yet before one that is (P5).';

-- How far each demand is met; who has refused stands in the way even of enough approvals.
create or replace view traveler.approval_status with (security_invoker = true) as
    select q.org_id, q.run_id, q.run_step_id, q.id as requirement_id, q.role_id, r.name as role, q.approvers, x.given, x.refusal
    from traveler.run_step_approval_requirement q
    join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
    cross join lateral (
        select count(*) filter (where a.decision = 'approved') as given, min(a.reason) filter (where a.decision = 'refused') as refusal
        from traveler.approval a where a.org_id = q.org_id and a.requirement_id = q.id and a.voided_at is null) x;
comment on view traveler.approval_status is 'The approvals that steps demand, how many are given, and why one was refused (P5, S5).';

create or replace function traveler_private.guard_approval() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user uuid := traveler.current_user_id();
    v record;
    v_own traveler.approval;
    v_authority record;
begin
    perform traveler_private.demand(v_user is not null, 403, 'approval_person', 'P5', 'A person approves, not a job.');
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select s.title, s.state, s.attempt, q.role_id, q.role, q.given < q.approvers or q.refusal is not null as is_open into v
    from traveler.approval_status q join traveler.run_step s on s.org_id = q.org_id and s.id = q.run_step_id
    where q.org_id = new.org_id and q.requirement_id = new.requirement_id;
    perform traveler_private.demand(found, 409, 'approval_not_asked', 'P5', 'The step asks for no such approval.');
    -- S13: on a completed step only what a correction made stale is given again.
    perform traveler_private.demand(v.state = 'in_progress' or v.state = 'completed' and v.is_open, 409, 'approval_closed', 'S13',
        format('"%s" is %s: approvals are given while it is in progress.', v.title, replace(v.state, '_', ' ')), 'Start the step first.');
    select * into v_authority from traveler_private.approval_authority(new.org_id, v_user, v.role_id, new.requirement_id);
    perform traveler_private.demand(found, 403, 'approval_role', 'P5', format('"%s" is approved by a holder of the role %s, or their delegate.', v.title, v.role),
        format('Ask a holder of the role %s.', v.role));
    perform traveler_private.demand(not v_authority.used, 409, 'authority_used', 'P5', 'Who delegated the role to you, or another delegate of theirs, has decided already.',
        'Each holder of the role counts once.');
    select * into v_own from traveler.approval a
    where a.org_id = new.org_id and a.requirement_id = new.requirement_id and a.user_id = v_user and a.voided_at is null;
    if found then
        perform traveler_private.demand(v_own.decision <> new.decision, 409, 'already_decided', 'P5', format('You have %s this already.', v_own.decision));
        perform traveler_private.withdraw_signatures(array(select g.id from traveler.signature g
            where g.org_id = new.org_id and g.run_step_id = new.run_step_id and g.approval_id = v_own.id));
        update traveler.approval a set voided_at = now(), void_reason = 'withdrawn' where a.org_id = new.org_id and a.id = v_own.id and a.voided_at is null;
    end if;
    perform traveler_private.demand(not exists (select from traveler.approval a where a.org_id = new.org_id and a.requirement_id = new.requirement_id
            and a.principal_id = v_authority.principal_id and a.voided_at is null),
        409, 'authority_used', 'P5', 'Your delegate has decided in your name already.', 'Each holder of the role counts once.');
    new.attempt := v.attempt;
    new.user_id := v_user;
    new.principal_id := v_authority.principal_id;
    new.delegation_id := v_authority.delegation_id;
    new.decided_at := clock_timestamp();
    new.voided_at := null;
    new.void_reason := null;
    return new;
end
$$;
comment on function traveler_private.guard_approval is 'Trigger: who approves a step, in whose authority, when, and once (P5, S13).';
create or replace trigger _100_guard_approval before insert on traveler.approval
    for each row execute function traveler_private.guard_approval();

create or replace function traveler_private.sign_approval() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.signature (org_id, run_id, run_step_id, kind, approval_id) values (new.org_id, new.run_id, new.run_step_id, 'approval', new.id);
    return null;
end
$$;
comment on function traveler_private.sign_approval is 'Trigger: an approval is signed.';
create or replace trigger _500_sign_approval after insert on traveler.approval
    for each row when (new.decision = 'approved') execute function traveler_private.sign_approval();

-- POST /v1/steps/{id}/approve: {role?}, POST /v1/steps/{id}/refuse-approval: {reason, role?}. Without a role: in each role that the step
-- asks for, that the caller may approve in and has not decided on so.
create or replace function traveler.decide_approval(p_decision text, p_step uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_user uuid := traveler.current_user_id();
    v_requirements uuid[];
begin
    perform traveler_private.lock_steps(array[p_step]);
    perform traveler_private.expect_step_version(array[p_step], p_version);
    select array_agg(q.requirement_id order by q.requirement_id) into v_requirements
    from traveler.approval_status q where q.org_id = v_org and q.run_step_id = p_step and (p_request ->> 'role' is null or q.role = p_request ->> 'role');
    perform traveler_private.demand(v_requirements is not null, 409, 'approval_not_asked', 'P5', 'The step asks for no such approval.');
    if p_request ->> 'role' is null then
        -- The guard has the last word; where nothing is left, it says why of the first.
        v_requirements := coalesce((
            select array_agg(q.requirement_id order by q.requirement_id) from traveler.approval_status q
            where q.org_id = v_org and q.run_step_id = p_step and exists (
                select from traveler_private.approval_authority(v_org, v_user, q.role_id, q.requirement_id) x where not x.used)
                and not exists (select from traveler.approval a where a.org_id = v_org and a.requirement_id = q.requirement_id
                    and a.user_id = v_user and a.decision = p_decision and a.voided_at is null)), (
            select array[q.requirement_id] from traveler.approval_status q
            where q.org_id = v_org and q.run_step_id = p_step
            order by exists (select from traveler_private.approval_authority(v_org, v_user, q.role_id, q.requirement_id)) desc, q.requirement_id limit 1));
    end if;
    insert into traveler.approval (org_id, run_id, run_step_id, requirement_id, attempt, decision, reason, user_id, principal_id)
    select q.org_id, q.run_id, q.run_step_id, q.id, 0, p_decision, p_request ->> 'reason', v_user, v_user
    from traveler.run_step_approval_requirement q where q.org_id = v_org and q.id = any (v_requirements) order by q.id;
    return traveler_private.step_answer(array[p_step]);
end
$$;
comment on function traveler.decide_approval is 'Approves a step, or refuses to with a reason, in the roles that it asks for (P5). Who may is the role''s matter, not a permission''s.';

create or replace function traveler_private.approvals_json(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', q.requirement_id, 'role', q.role, 'approvers', q.approvers, 'given', q.given,
            'refused', q.refusal is not null,
            'decisions', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'decision', a.decision, 'reason', a.reason, 'user_id', a.user_id,
                    'principal_id', a.principal_id, 'delegation_id', a.delegation_id, 'attempt', a.attempt, 'decided_at', traveler.json_time(a.decided_at),
                    'voided_at', traveler.json_time(a.voided_at), 'void_reason', a.void_reason) order by a.decided_at, a.id), '[]')
                from traveler.approval a where a.org_id = q.org_id and a.requirement_id = q.requirement_id)) order by q.role), '[]')
        from traveler.approval_status q where q.org_id = traveler_private.org() and q.run_step_id = p_step
    );
end
$$;
comment on function traveler_private.approvals_json is 'The approvals that a step asks for, with every decision on them (P5).';

-- Delegation -----------------------------------------------------------------------------------------------------------

-- Who holds a role delegates it, and nobody else for them; who was delegated to delegates no further.
create or replace function traveler_private.guard_delegation() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(new.from_user_id = traveler.current_user_id(), 403, 'delegation_own', 'P5', 'Only who holds a role delegates it.');
    if tg_op = 'INSERT' then
        perform traveler_private.demand(new.to_user_id <> new.from_user_id, 422, 'delegation_to_self', 'P5', 'Nobody delegates to themselves.');
        perform traveler_private.demand(exists (select from traveler.user_role ur where ur.org_id = new.org_id and ur.user_id = new.from_user_id
            and ur.role_id = new.role_id and ur.revoked_at is null), 403, 'delegation_role', 'P5', 'You don''t hold the role yourself.');
        perform traveler_private.demand(exists (select from traveler.user_account u where u.org_id = new.org_id and u.id = new.to_user_id and u.active),
            422, 'user_unknown', 'T1', 'There is no such active user.');
        new.ended_at := null;
        return new;
    end if;
    perform traveler_private.demand(old.ended_at is null and new.ended_at is not null
        and to_jsonb(old) - 'ended_at' = to_jsonb(new) - 'ended_at', 409, 'delegation_fixed', 'P5', 'A delegation is ended, not rewritten.', 'End it and make another.');
    new.ended_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_delegation is 'Trigger: a delegation is its giver''s, of a role that they hold, to someone else (P5).';
create or replace trigger _100_guard_delegation before insert or update on traveler.approval_delegation
    for each row execute function traveler_private.guard_delegation();

create or replace function traveler_private.delegation_json(p_delegation uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', d.id, 'from_user_id', d.from_user_id, 'to_user_id', d.to_user_id, 'role', r.name,
            'valid_from', traveler.json_time(d.valid_from), 'valid_to', traveler.json_time(d.valid_to), 'reason', d.reason,
            'ended_at', traveler.json_time(d.ended_at), 'created_at', traveler.json_time(d.created_at), 'version', d.version)
        from traveler.approval_delegation d join traveler.role r on r.org_id = d.org_id and r.id = d.role_id
        where d.org_id = traveler_private.org() and d.id = p_delegation
    );
end
$$;
comment on function traveler_private.delegation_json is 'A delegation as JSON.';

-- POST /v1/approval-delegations: {to_user_id, role, valid_from?, valid_to, reason}
create or replace function traveler.create_approval_delegation(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_role uuid := (select r.id from traveler.role r where r.org_id = v_org and r.name = p_request ->> 'role');
begin
    perform traveler_private.demand(v_role is not null, 422, 'role_unknown', 'T3', format('The org has no role %s.', p_request ->> 'role'));
    insert into traveler.approval_delegation (org_id, id, from_user_id, to_user_id, role_id, valid_from, valid_to, reason)
    values (v_org, v_id, traveler.current_user_id(), (p_request ->> 'to_user_id')::uuid, v_role,
        coalesce((p_request ->> 'valid_from')::timestamptz, now()), (p_request ->> 'valid_to')::timestamptz, p_request ->> 'reason');
    return traveler_private.delegation_json(v_id);
end
$$;
comment on function traveler.create_approval_delegation is 'Lets someone else approve in a role of the caller''s for a time (P5).';

-- POST /v1/approval-delegations/{id}/end
create or replace function traveler.end_approval_delegation(p_delegation uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.approval_delegation;
begin
    select * into v_now from traveler.approval_delegation d where d.org_id = traveler.current_org() and d.id = p_delegation for no key update;
    perform traveler_private.demand(found, 404, 'delegation_unknown', 'T1', 'There is no such delegation.');
    perform traveler_private.expect_version('approval_delegation', p_delegation, v_now.version, p_version);
    perform traveler_private.demand(v_now.ended_at is null, 409, 'delegation_ended', 'P5', 'The delegation has ended already.');
    update traveler.approval_delegation d set ended_at = now() where d.org_id = v_now.org_id and d.id = p_delegation;
    return traveler_private.delegation_json(p_delegation);
end
$$;
comment on function traveler.end_approval_delegation is 'Takes a delegation back before its time; what was approved under it stays (P5).';

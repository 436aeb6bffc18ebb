-- Approvals of redlines (D3): what the org asks for, who gives it, and what it comes to. An approval is of the redline as it was submitted.

-- What is decided on, to the byte.
create or replace function traveler_private.redline_digest(p_redline traveler.redline) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(convert_to(traveler.canonical_json(
        jsonb_build_object('kind', p_redline.kind, 'definition', traveler_private.run_step_definition(p_redline.run_step_id)
            -- One that was opened before requirements were a redline's matter was approved without them.
            - case when p_redline.before is null or p_redline.before ? 'requirements' then '' else 'requirements' end)), 'UTF8'));
end
$$;
comment on function traveler_private.redline_digest is 'The digest of what an open redline proposes: its kind, and the definition of its step (D3).';

-- Who approved something else has not approved this.
create or replace function traveler_private.redline_unapproved(p_redline traveler.redline) returns table (code text, message text, clear text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_digest bytea;
begin
    if p_redline.state = 'rejected' then
        return query select 'redline_rejected', format('Redline %s is rejected: %s', p_redline.number, (
                select min(a.reason) from traveler.redline_approval a
                where a.org_id = p_redline.org_id and a.redline_id = p_redline.id and a.voided_at is null and a.decision = 'rejected')),
            'Edit it and submit it again, or cancel it.';
        return;
    end if;
    if not exists (select from traveler.redline_approval_policy q where q.org_id = p_redline.org_id and q.ended_at is null) then
        return;
    end if;
    v_digest := traveler_private.redline_digest(p_redline);
    return query
    select 'redline_not_approved', format('Redline %s has %s of %s approvals by the role %s.', p_redline.number, x.given, q.approvers, r.name),
        case p_redline.state when 'open' then 'Submit it, and have it approved.' else format('Holders of the role %s approve it.', r.name) end
    from traveler.redline_approval_policy q
    join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
    cross join lateral (select count(*) as given from traveler.redline_approval a
        where a.org_id = q.org_id and a.redline_id = p_redline.id and a.role_id = q.role_id and a.voided_at is null and a.decision = 'approved'
            and a.content_digest = v_digest) x
    where q.org_id = p_redline.org_id and q.ended_at is null and x.given < q.approvers
    order by r.name;
    -- An author's delegate approves in the author's name.
    return query
    select 'redline_own_approval', format('Redline %s is approved by its author alone.', p_redline.number), 'Have someone else approve it.'
    where not exists (select from traveler.redline_approval a
        where a.org_id = p_redline.org_id and a.redline_id = p_redline.id and a.voided_at is null and a.decision = 'approved' and a.content_digest = v_digest
            and p_redline.author <> all (array['user:' || a.user_id, 'user:' || a.principal_id]));
end
$$;
comment on function traveler_private.redline_unapproved is 'What the release of a redline still waits for, one row a reason; none where the org asks for nothing (D3).';

create or replace function traveler_private.guard_redline_approval() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user uuid := traveler.current_user_id();
    v_redline traveler.redline;
    v_role text;
    v_own traveler.redline_approval;
    v_authority record;
begin
    perform traveler_private.demand(v_user is not null, 403, 'approval_person', 'D3', 'A person approves, not a job.');
    perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
    select * into v_redline from traveler.redline d where d.org_id = new.org_id and d.run_id = new.run_id and d.id = new.redline_id;
    perform traveler_private.demand(found, 404, 'redline_unknown', 'T1', 'There is no such redline.');
    perform traveler_private.demand(v_redline.state in ('submitted', 'approved', 'rejected'), 409, 'redline_not_submitted', 'D3',
        format('Redline %s is %s: there is nothing to decide.', v_redline.number, v_redline.state), 'Its author submits it first.');
    select r.name into v_role from traveler.redline_approval_policy q join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
    where q.org_id = new.org_id and q.role_id = new.role_id and q.ended_at is null;
    perform traveler_private.demand(found, 409, 'approval_not_asked', 'D3', 'The org asks for no approval of redlines by that role.');
    select * into v_authority from traveler_private.approval_authority(new.org_id, v_user, new.role_id, new.redline_id);
    perform traveler_private.demand(found, 403, 'approval_role', 'D3', format('Redlines are approved by a holder of the role %s, or their delegate.', v_role),
        format('Ask a holder of the role %s.', v_role));
    select * into v_own from traveler.redline_approval a
    where a.org_id = new.org_id and a.redline_id = new.redline_id and a.role_id = new.role_id and a.user_id = v_user and a.voided_at is null;
    if found then
        perform traveler_private.demand(v_own.decision <> new.decision, 409, 'already_decided', 'D3', format('You have %s this already.', v_own.decision));
        update traveler.redline_approval a set voided_at = now(), void_reason = 'withdrawn' where a.org_id = new.org_id and a.id = v_own.id;
    end if;
    perform traveler_private.demand(not v_authority.used and not exists (select from traveler.redline_approval a where a.org_id = new.org_id and a.redline_id = new.redline_id
            and a.role_id = new.role_id and a.principal_id = v_authority.principal_id and a.voided_at is null),
        409, 'authority_used', 'D3', 'It has been decided in that name already.', 'Each holder of the role counts once.');
    new.user_id := v_user;
    new.principal_id := v_authority.principal_id;
    new.delegation_id := v_authority.delegation_id;
    new.content_digest := traveler_private.redline_digest(v_redline);
    new.decided_at := clock_timestamp();
    new.voided_at := null;
    new.void_reason := null;
    return new;
end
$$;
comment on function traveler_private.guard_redline_approval is 'Trigger: who approves a redline, in whose authority, when, and once (D3).';
create or replace trigger _100_guard_redline_approval before insert on traveler.redline_approval
    for each row execute function traveler_private.guard_redline_approval();

create or replace function traveler_private.judge_redline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_redline traveler.redline;
    v_state text;
begin
    select * into v_redline from traveler.redline d where d.org_id = new.org_id and d.id = new.redline_id;
    -- Asked as one that nobody rejects.
    v_state := v_redline.state;
    v_redline.state := 'submitted';
    v_redline.state := case
        when exists (select from traveler.redline_approval a where a.org_id = new.org_id and a.redline_id = new.redline_id and a.voided_at is null and a.decision = 'rejected')
            then 'rejected'
        when exists (select from traveler_private.redline_unapproved(v_redline)) then 'submitted'
        else 'approved' end;
    if v_redline.state <> v_state then
        update traveler.redline d set state = v_redline.state where d.org_id = new.org_id and d.id = new.redline_id;
    end if;
    return null;
end
$$;
comment on function traveler_private.judge_redline is 'Trigger: what the decisions on a redline come to: one rejection stands in the way of any number of approvals (D1, D3).';
create or replace trigger _500_judge_redline after insert on traveler.redline_approval
    for each row execute function traveler_private.judge_redline();

create or replace function traveler_private.redline_approvals_json(p_redline traveler.redline) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'role', r.name, 'decision', a.decision, 'reason', a.reason, 'user_id', a.user_id,
            'principal_id', a.principal_id, 'delegation_id', a.delegation_id, 'content_digest', encode(a.content_digest, 'hex'), 'decided_at', traveler.json_time(a.decided_at),
            'voided_at', traveler.json_time(a.voided_at), 'void_reason', a.void_reason) order by a.decided_at, a.id), '[]')
        from traveler.redline_approval a join traveler.role r on r.org_id = a.org_id and r.id = a.role_id
        where a.org_id = p_redline.org_id and a.redline_id = p_redline.id
    );
end
$$;
comment on function traveler_private.redline_approvals_json is 'The decisions on a redline, void ones included.';

-- The policy ------------------------------------------------------------------------------------------------------------

create or replace function traveler_private.guard_redline_policy() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(tg_op = 'UPDATE' or new.ended_at is null, 409, 'derived', 'D3', 'What the org asks for begins before it ends.');
    perform traveler_private.demand(tg_op = 'INSERT' or old.ended_at is null and (old.role_id, old.approvers, old.created_at) = (new.role_id, new.approvers, new.created_at),
        409, 'identity_fixed', 'D3', 'What the org asks for is taken back, not rewritten.', 'End it, and ask for something else.');
    return new;
end
$$;
comment on function traveler_private.guard_redline_policy is 'Trigger: the policy of redlines is a list of what began and ended (D3, T4).';
create or replace trigger _100_guard_redline_policy before insert or update of role_id, approvers, created_at, ended_at on traveler.redline_approval_policy
    for each row execute function traveler_private.guard_redline_policy();

create or replace function traveler_private.redline_policy_json() returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('role', r.name, 'approvers', q.approvers) order by r.name), '[]')
        from traveler.redline_approval_policy q join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
        where q.org_id = traveler_private.org() and q.ended_at is null
    );
end
$$;
comment on function traveler_private.redline_policy_json is 'The approvals that the org asks for before a redline is released (D3).';

create or replace function traveler_private.write_redline_policy(p_approvals jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_unknown text;
begin
    select min(x ->> 'role') into v_unknown from jsonb_array_elements(p_approvals) x
    where not exists (select from traveler.role r where r.org_id = v_org and r.name = x ->> 'role');
    perform traveler_private.demand(v_unknown is null, 422, 'role_unknown', 'T3', format('The org has no role %s.', v_unknown));
    update traveler.redline_approval_policy q set ended_at = clock_timestamp()
    where q.org_id = v_org and q.ended_at is null and not exists (
        select from jsonb_array_elements(p_approvals) x join traveler.role r on r.org_id = v_org and r.name = x ->> 'role'
        where r.id = q.role_id and coalesce((x ->> 'approvers')::integer, 1) = q.approvers);
    insert into traveler.redline_approval_policy (org_id, role_id, approvers)
    select v_org, r.id, coalesce((x ->> 'approvers')::integer, 1)
    from jsonb_array_elements(p_approvals) x join traveler.role r on r.org_id = v_org and r.name = x ->> 'role'
    where not exists (select from traveler.redline_approval_policy q where q.org_id = v_org and q.role_id = r.id and q.ended_at is null
        and q.approvers = coalesce((x ->> 'approvers')::integer, 1));
end
$$;
comment on function traveler_private.write_redline_policy is 'Makes the org ask for these approvals of redlines, and no others (D3).';

-- Acts ------------------------------------------------------------------------------------------------------------------

-- GET /v1/redlines/{id}
create or replace function traveler.redline_json(p_redline uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select traveler_private.redline_json(d) from traveler.redline d where d.org_id = traveler.current_org() and d.id = p_redline);
end
$$;
comment on function traveler.redline_json is 'A redline with before, after and approvals; null when the org has no such redline (D1).';

-- The redline and those of its siblings (K3): one change to them all.
create or replace function traveler_private.lock_redlines(p_redline uuid, p_version integer) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_now traveler.redline;
    v_steps uuid[];
begin
    select * into v_now from traveler.redline d where d.org_id = v_org and d.id = p_redline;
    perform traveler_private.demand(found, 404, 'redline_unknown', 'T1', 'There is no such redline.');
    v_steps := array[v_now.run_step_id];
    if v_now.closed_at is null then
        v_steps := traveler_private.lock_batches(v_steps, traveler_private.with_siblings(v_steps), null);
    end if;
    perform traveler_private.lock_steps(v_steps);
    select * into v_now from traveler.redline d where d.org_id = v_org and d.id = p_redline;
    perform traveler_private.expect_version('redline', p_redline, v_now.version, p_version);
    return array(select d.id from traveler.redline d where d.org_id = v_org and (d.id = p_redline or d.run_step_id = any (v_steps) and d.closed_at is null) order by d.id);
end
$$;
comment on function traveler_private.lock_redlines is 'Locks the steps of a redline and its siblings, and answers their redlines (K3).';

-- PATCH /v1/redlines/{id}: {issue_id}
create or replace function traveler.change_redline(p_redline uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_issue uuid := (p_request ->> 'issue_id')::uuid;
    v_ids uuid[];
begin
    if not exists (select from traveler.redline d where d.org_id = v_org and d.id = p_redline and d.author = traveler_private.actor()) then
        perform traveler_private.require('redline.create');
    end if;
    -- The issue is locked before the run, and not resolved meanwhile.
    if v_issue is not null then
        perform from traveler.issue i where i.org_id = v_org and i.id = v_issue for share;
        perform traveler_private.demand(found, 422, 'issue_unknown', 'T1', 'There is no such issue.');
    end if;
    v_ids := traveler_private.lock_redlines(p_redline, p_version);
    if p_request ? 'issue_id' then
        update traveler.redline d set issue_id = v_issue where d.org_id = v_org and d.id = any (v_ids);
    end if;
    return traveler.redline_json(p_redline);
end
$$;
comment on function traveler.change_redline is 'Links an open redline to the issue that it is for, or to none (D1). For who opened it, or who holds redline.create.';

-- POST /v1/redlines/{id}/submit, reopen
create or replace function traveler.move_redline(p_act text, p_redline uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[];
begin
    if not exists (select from traveler.redline d where d.org_id = v_org and d.id = p_redline and d.author = traveler_private.actor()) then
        perform traveler_private.require('redline.create');
    end if;
    perform traveler_private.demand(p_act in ('submit', 'reopen'), 422, 'act_unknown', 'D3', format('There is no act "%s" on a redline.', p_act));
    v_ids := traveler_private.lock_redlines(p_redline, p_version);
    update traveler.redline d set state = case p_act when 'submit' then 'submitted' else 'open' end
    where d.org_id = v_org and d.id = any (v_ids) and d.state <> case p_act when 'submit' then 'submitted' else 'open' end;
    perform traveler_private.demand(found, 409, 'already_there', 'D3', format('The redline is %s already.', case p_act when 'submit' then 'submitted' else 'open' end));
    return traveler.redline_json(p_redline);
end
$$;
comment on function traveler.move_redline is 'Submits a redline for approval, with those of its siblings, or opens it again, which voids what was decided (D1, D3, K3). For who opened it, or who holds redline.create.';

-- POST /v1/redlines/{id}/approve: {role?}, reject: {reason, role?}. Without a role: in each that the org asks for, that the caller may
-- approve in and has not decided on so.
create or replace function traveler.decide_redline(p_decision text, p_redline uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_user uuid := traveler.current_user_id();
    v_ids uuid[];
    v_roles uuid[];
begin
    v_ids := traveler_private.lock_redlines(p_redline, p_version);
    select array_agg(q.role_id order by mine.principal_id is null, q.role_id) filter (where p_request ->> 'role' is not null or mine.principal_id is not null and not decided)
    into v_roles
    from traveler.redline_approval_policy q
    join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
    left join lateral (select x.principal_id from traveler_private.approval_authority(v_org, v_user, q.role_id, p_redline) x where not x.used) mine on true
    cross join lateral (select exists (select from traveler.redline_approval a where a.org_id = v_org and a.redline_id = p_redline and a.role_id = q.role_id
        and a.user_id = v_user and a.decision = p_decision and a.voided_at is null) as decided) own
    where q.org_id = v_org and q.ended_at is null and (p_request ->> 'role' is null or r.name = p_request ->> 'role');
    if v_roles is null then
        -- The guard says why of the first, the caller's own role before others.
        select array[q.role_id] into v_roles from traveler.redline_approval_policy q
        where q.org_id = v_org and q.ended_at is null and p_request ->> 'role' is null
        order by exists (select from traveler_private.approval_authority(v_org, v_user, q.role_id, p_redline)) desc, q.role_id limit 1;
        perform traveler_private.demand(v_roles is not null, 409, 'approval_not_asked', 'D3', 'The org asks for no such approval of redlines.');
    end if;
    insert into traveler.redline_approval (org_id, run_id, redline_id, role_id, decision, reason, user_id, principal_id, content_digest)
    select v_org, d.run_id, d.id, x, p_decision, p_request ->> 'reason', v_user, v_user, sha256('')
    from unnest(v_roles) x cross join traveler.redline d where d.org_id = v_org and d.id = any (v_ids) order by d.id <> p_redline, d.id;
    return traveler.redline_json(p_redline);
end
$$;
comment on function traveler.decide_redline is 'Approves a redline, or rejects it with a reason, in the roles that the org asks for, with those of its siblings (D3, K3). Who may is the role''s matter, not a permission''s.';

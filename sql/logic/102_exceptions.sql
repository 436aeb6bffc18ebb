-- Exceptions of build requirements (B5): met = installed + excepted + carried, and never above the need (B2). Both count against what is open,
-- so that what was excepted is installed only after its exception is withdrawn.

-- An exception is a decision about the run, not work on the step: it may be made in any state of the step.
create or replace function traveler_private.guard_exception() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_issue traveler.issue;
    v_need traveler.build_requirement;
    v_open numeric;
begin
    -- A split or a merge divides what was decided before (X2): it decides nothing, and the requirement's CHECK holds.
    if pg_trigger_depth() > 1 then
        new.created_at := clock_timestamp();
        return new;
    end if;
    perform traveler_private.require('requirement.except');
    -- Shared: the issue is not resolved meanwhile, and several exceptions may name it at once.
    perform from traveler.issue i where i.org_id = v_org and i.id = new.issue_id for share;
    perform from traveler.run r where r.org_id = v_org and r.id = new.run_id for no key update;
    perform from traveler.build_requirement b where b.org_id = v_org and b.id = new.build_requirement_id for no key update;
    select * into v_issue from traveler.issue i where i.org_id = v_org and i.id = new.issue_id;
    select * into v_need from traveler.build_requirement b where b.org_id = v_org and b.id = new.build_requirement_id;
    perform traveler_private.demand(coalesce(v_issue.run_id, new.run_id) = new.run_id, 409, 'issue_of_other_run', 'B5',
        format('Issue %s is about another run.', v_issue.number), 'Name an issue of this run, or of none.');
    perform traveler_private.demand(v_issue.state <> 'resolved', 409, 'issue_resolved', 'B5',
        format('Issue %s is resolved: it excepts nothing more.', v_issue.number), 'Name an open issue.');
    v_open := traveler_private.feedable(v_need);
    perform traveler_private.demand(new.quantity <= v_open, 409, 'above_need', 'B5',
        format('%s more are needed, not %s.', traveler.json_decimal(v_open), traveler.json_decimal(new.quantity)),
        'Except no more than what is open.', jsonb_build_object('open', traveler.json_decimal(v_open)));
    perform traveler_private.demand(num_nonnulls(new.withdrawn_by, new.withdrawn_at, new.withdrawal_reason) = 0, 409, 'exception_starts_live', 'B5',
        'An exception is made before it is withdrawn.');
    new.created_by := traveler_private.actor();
    new.created_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_exception is 'Trigger: judges an exception: by an open issue of the run or of none, never above what is open (B5).';
create or replace trigger _100_guard_exception before insert on traveler.build_requirement_exception
    for each row execute function traveler_private.guard_exception();

create or replace function traveler_private.guard_exception_withdrawal() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if pg_trigger_depth() = 1 then
        perform traveler_private.require('requirement.except');
    end if;
    perform traveler_private.demand((old.run_id, old.build_requirement_id, old.issue_id, old.quantity, old.reason, old.created_by, old.created_at)
            = (new.run_id, new.build_requirement_id, new.issue_id, new.quantity, new.reason, new.created_by, new.created_at)
            and old.withdrawn_at is null and new.withdrawn_at is not null,
        409, 'exception_fixed', 'B5', 'An exception is withdrawn once, and never rewritten.', 'Withdraw it, then make a new one.');
    perform traveler_private.demand(char_length(trim(new.withdrawal_reason)) > 0, 422, 'reason_missing', 'B5', 'Say why it is withdrawn.', 'Give a reason.');
    new.withdrawn_at := clock_timestamp();
    new.withdrawn_by := traveler_private.actor();
    return new;
end
$$;
comment on function traveler_private.guard_exception_withdrawal is 'Trigger: an exception is only ever withdrawn, once and with a reason (B5).';
create or replace trigger _100_guard_withdrawal before update on traveler.build_requirement_exception
    for each row execute function traveler_private.guard_exception_withdrawal();

create or replace function traveler_private.apply_exception() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    update traveler.build_requirement b set
        quantity_excepted = b.quantity_excepted + case when tg_op = 'INSERT' then new.quantity else -new.quantity end
    where b.org_id = new.org_id and b.id = new.build_requirement_id;
    if not found then
        raise exception 'exception %: its requirement is missing', new.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.apply_exception is 'Trigger: counts an exception, or its withdrawal, at the requirement (B5).';
create or replace trigger _500_apply_exception after insert on traveler.build_requirement_exception
    for each row execute function traveler_private.apply_exception();
create or replace trigger _500_apply_withdrawal after update on traveler.build_requirement_exception
    for each row execute function traveler_private.apply_exception();

create or replace function traveler.exception_json(p_exception uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', e.id, 'run_id', e.run_id, 'build_requirement_id', e.build_requirement_id, 'issue_id', e.issue_id,
            'quantity', traveler.json_decimal(e.quantity), 'reason', e.reason, 'created_by', e.created_by,
            'created_at', traveler.json_time(e.created_at), 'withdrawn_by', e.withdrawn_by, 'withdrawn_at', traveler.json_time(e.withdrawn_at),
            'withdrawal_reason', e.withdrawal_reason, 'version', e.version)
        from traveler.build_requirement_exception e where e.org_id = traveler.current_org() and e.id = p_exception
    );
end
$$;
comment on function traveler.exception_json is 'An exception as JSON; null when the org has no such exception.';

-- POST /v1/build-requirements/{id}/except: {issue_id, quantity?, reason}
create or replace function traveler.except_requirement(p_requirement uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_issue uuid := (p_request ->> 'issue_id')::uuid;
    v_run uuid;
    v_open numeric;
    v_id uuid;
begin
    perform traveler_private.require('requirement.except');
    select b.run_id into v_run from traveler.build_requirement b where b.org_id = v_org and b.id = p_requirement;
    perform traveler_private.demand(found, 404, 'requirement_unknown', 'T1', 'There is no such build requirement.');
    perform from traveler.issue i where i.org_id = v_org and i.id = v_issue for share;
    perform traveler_private.demand(found, 422, 'issue_unknown', 'T1', 'There is no such issue.');
    perform from traveler.run r where r.org_id = v_org and r.id = v_run for no key update;
    perform from traveler.build_requirement b where b.org_id = v_org and b.id = p_requirement for no key update;
    select traveler_private.feedable(b) into v_open
    from traveler.build_requirement b where b.org_id = v_org and b.id = p_requirement;
    perform traveler_private.demand(v_open > 0, 409, 'above_need', 'B5', 'The requirement is met already: 0 more are needed.',
        'There is nothing to except.', jsonb_build_object('open', '0'));
    insert into traveler.build_requirement_exception (org_id, run_id, build_requirement_id, issue_id, quantity, reason, created_by)
    values (v_org, v_run, p_requirement, v_issue, coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), v_open),
        p_request ->> 'reason', traveler_private.actor())
    returning id into v_id;
    return traveler.exception_json(v_id);
end
$$;
comment on function traveler.except_requirement is 'Excepts a quantity of a build requirement, all that is open unless given, by an issue (B5).';

-- POST /v1/requirement-exceptions/{id}/withdraw: {reason}
create or replace function traveler.withdraw_exception(p_exception uuid, p_version integer, p_reason text) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.build_requirement_exception;
begin
    perform traveler_private.require('requirement.except');
    select * into v_now from traveler.build_requirement_exception e where e.org_id = v_org and e.id = p_exception;
    perform traveler_private.demand(found, 404, 'exception_unknown', 'T1', 'There is no such exception.');
    perform from traveler.run r where r.org_id = v_org and r.id = v_now.run_id for no key update;
    perform from traveler.build_requirement b where b.org_id = v_org and b.id = v_now.build_requirement_id for no key update;
    select * into v_now from traveler.build_requirement_exception e where e.org_id = v_org and e.id = p_exception for no key update;
    perform traveler_private.expect_version('build_requirement_exception', p_exception, v_now.version, p_version);
    perform traveler_private.demand(v_now.withdrawn_at is null, 409, 'already_withdrawn', 'B5', 'It was withdrawn before.');
    perform traveler_private.give_reason(p_reason);
    update traveler.build_requirement_exception e
    set withdrawn_at = now(), withdrawn_by = traveler_private.actor(), withdrawal_reason = p_reason
    where e.org_id = v_org and e.id = p_exception;
    return traveler.exception_json(p_exception);
end
$$;
comment on function traveler.withdraw_exception is 'Withdraws an exception, with a reason, while its run is live: its quantity is needed again (B5).';

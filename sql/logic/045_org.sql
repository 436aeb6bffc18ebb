-- The org's own settings: what moves ask for (S10), what failing creates (S6), what starting moves (S3), how runs complete (C3).

create or replace function traveler.org_json() returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('org_id', o.org_id, 'slug', o.slug, 'name', o.name, 'move_on_start', o.move_on_start,
            'complete_by_act', o.complete_by_act, 'fail_reason', o.fail_reason, 'cancel_reason', o.cancel_reason,
            'fail_creates_issue', o.fail_creates_issue, 'assignment_restricts', o.assignment_restricts,
            'open_issue_policy', o.open_issue_policy, 'accepted_deviation_policy', o.accepted_deviation_policy,
            'undone_step_policy', o.undone_step_policy, 'unmerged_redline_policy', o.unmerged_redline_policy,
            'session_limit_minutes', o.session_limit_minutes, 'signature_password', o.signature_password,
            'deviation_by_enterer', o.deviation_by_enterer, 'redline_approvals', traveler_private.redline_policy_json(),
            'attachment_limit_bytes', o.attachment_limit_bytes, 'created_at', traveler.json_time(o.created_at), 'version', o.version)
        from traveler.org o where o.org_id = traveler.current_org()
    );
end
$$;
comment on function traveler.org_json is 'The caller''s org with its settings.';

-- PATCH /v1/org: {name?, move_on_start?, complete_by_act?, fail_reason?, cancel_reason?, fail_creates_issue?, assignment_restricts?,
-- open_issue_policy?, accepted_deviation_policy?, undone_step_policy?, unmerged_redline_policy?, session_limit_minutes?,
-- attachment_limit_bytes?, signature_password?, deviation_by_enterer?, redline_approvals?: [{role, approvers?}]}
create or replace function traveler.change_org(p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.org;
begin
    perform traveler_private.require('org.manage');
    select * into v_now from traveler.org o where o.org_id = traveler.current_org() for no key update;
    perform traveler_private.expect_version('org', v_now.org_id, v_now.version, p_version);
    update traveler.org o set
        name = coalesce(p_request ->> 'name', o.name),
        move_on_start = coalesce((p_request ->> 'move_on_start')::boolean, o.move_on_start),
        complete_by_act = coalesce((p_request ->> 'complete_by_act')::boolean, o.complete_by_act),
        fail_reason = coalesce(p_request ->> 'fail_reason', o.fail_reason),
        cancel_reason = coalesce(p_request ->> 'cancel_reason', o.cancel_reason),
        fail_creates_issue = coalesce((p_request ->> 'fail_creates_issue')::boolean, o.fail_creates_issue),
        assignment_restricts = coalesce((p_request ->> 'assignment_restricts')::boolean, o.assignment_restricts),
        open_issue_policy = coalesce(p_request ->> 'open_issue_policy', o.open_issue_policy),
        accepted_deviation_policy = coalesce(p_request ->> 'accepted_deviation_policy', o.accepted_deviation_policy),
        undone_step_policy = coalesce(p_request ->> 'undone_step_policy', o.undone_step_policy),
        unmerged_redline_policy = coalesce(p_request ->> 'unmerged_redline_policy', o.unmerged_redline_policy),
        session_limit_minutes = coalesce((p_request ->> 'session_limit_minutes')::integer, o.session_limit_minutes),
        attachment_limit_bytes = coalesce((p_request ->> 'attachment_limit_bytes')::bigint, o.attachment_limit_bytes),
        signature_password = coalesce((p_request ->> 'signature_password')::boolean, o.signature_password),
        deviation_by_enterer = coalesce((p_request ->> 'deviation_by_enterer')::boolean, o.deviation_by_enterer)
    where o.org_id = v_now.org_id;
    if p_request ? 'redline_approvals' then
        perform traveler_private.write_redline_policy(p_request -> 'redline_approvals');
    end if;
    return traveler.org_json();
end
$$;
comment on function traveler.change_org is 'Changes the org''s settings.';

create or replace function traveler_private.reason_json(p_reason uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', r.id, 'act', r.act, 'label', r.label, 'archived_at', traveler.json_time(r.archived_at),
            'created_at', traveler.json_time(r.created_at), 'version', r.version)
        from traveler.reason r where r.org_id = traveler_private.org() and r.id = p_reason
    );
end
$$;
comment on function traveler_private.reason_json is 'A reason of the org''s lists as JSON.';

-- POST /v1/reasons: {act, label}
create or replace function traveler.create_reason(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid;
begin
    perform traveler_private.require('org.manage');
    insert into traveler.reason (org_id, act, label)
    values (traveler.current_org(), p_request ->> 'act', p_request ->> 'label') returning id into v_id;
    return traveler_private.reason_json(v_id);
end
$$;
comment on function traveler.create_reason is 'Adds a reason to the org''s list for an act (S10).';

-- POST /v1/reasons/{id}/archive
create or replace function traveler.archive_reason(p_reason uuid, p_version integer) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_now traveler.reason;
begin
    perform traveler_private.require('org.manage');
    select * into v_now from traveler.reason r where r.org_id = traveler.current_org() and r.id = p_reason for no key update;
    perform traveler_private.demand(found, 404, 'reason_unknown', 'T1', 'There is no such reason.');
    perform traveler_private.expect_version('reason', p_reason, v_now.version, p_version);
    perform traveler_private.demand(v_now.archived_at is null, 409, 'reason_archived', 'T4', 'The reason is archived already.');
    update traveler.reason r set archived_at = now() where r.org_id = v_now.org_id and r.id = p_reason;
    return traveler_private.reason_json(p_reason);
end
$$;
comment on function traveler.archive_reason is 'Takes a reason off the org''s list; what was given before keeps its words (T4).';

create or replace function traveler_private.next_numbers(p_name text, p_count integer) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_last bigint;
begin
    insert into traveler.org_counter as c (org_id, name, last_number) values (traveler_private.org(), p_name, p_count)
    on conflict (org_id, name) do update set last_number = c.last_number + p_count
    returning c.last_number into v_last;
    return v_last - p_count + 1;
end
$$;
comment on function traveler_private.next_numbers is 'The first of the next so many of the org''s numbers of one kind, for people to read.';

create or replace function traveler_private.next_number(p_name text) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    return traveler_private.next_numbers(p_name, 1);
end
$$;
comment on function traveler_private.next_number is 'The next of the org''s numbers of one kind, for people to read.';

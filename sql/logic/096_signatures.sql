-- Electronic signatures (P4, S5, S13, S14): a row says who signed what, in which name, when and with what meaning, and holds exactly
-- what was signed. A row comes from the act that signs, by a trigger; it becomes void when what was signed changes, by a trigger.

-- What is signed, in canonical form as it is written: every object is a row whose columns stand in byte order. A deviation is of one
-- value; all others are of the whole step and of the signatures that were there before them. Who entered a value and when is no part of it: the
-- same value given again is the same.
create or replace function traveler_private.signature_document(g traveler.signature) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select to_json(d) from (
        select
            case when g.approval_id is not null then (select to_json(x) from (
                select a.decision, a.id, a.principal_id, a.requirement_id from traveler.approval a
                where a.org_id = g.org_id and a.id = g.approval_id) x) end as approval,
            g.attempt,
            case when g.covers = '{}' then array[]::json[] else array(select to_json(x) from (
                select encode(c.digest, 'hex') as digest, c.id, c.kind, c.meaning, c.printed_name, c.role, traveler.json_time(c.signed_at) as signed_at, c.signed_by
                from traveler.signature c where c.org_id = g.org_id and c.id = any (g.covers) order by c.id) x) end as covers,
            case when g.deviation_id is not null then (select to_json(x) from (
                select v.id, v.rationale, v.run_step_field_id from traveler.deviation v
                where v.org_id = g.org_id and v.id = g.deviation_id) x) end as deviation,
            array(select to_json(x) from (
                select f.allow_not_applicable, f.compare_field_id, f.compare_op, case when f.datagrid is not null then traveler.canonical_json(f.datagrid)::json end as datagrid,
                    f.id, traveler.json_decimal(f.maximum) as maximum, f.meaning, traveler.json_decimal(f.minimum) as minimum,
                    f.name, case when f.type <> 'signoff' then f.not_applicable end as not_applicable, f.options, f.peer, f.required, f.signoff_role_id,
                    traveler.json_decimal(f.target) as target, traveler.json_decimal(f.tolerance_minus) as tolerance_minus,
                    traveler.json_decimal(f.tolerance_plus) as tolerance_plus, f.type, f.unit,
                    case when f.type = 'signoff' then null
                        when jsonb_typeof(f.value) in ('object', 'array') then traveler.canonical_json(f.value)::json
                        else f.value::json end as value,
                    case when f.value_detail is not null then traveler.canonical_json(f.value_detail)::json end as value_detail
                from traveler.run_step_field f
                where f.org_id = g.org_id and f.run_step_id = g.run_step_id and f.withdrawn_at is null and (g.deviation_id is null or f.id = (
                    select v.run_step_field_id from traveler.deviation v where v.org_id = g.org_id and v.id = g.deviation_id))
                order by f.position, f.id) x) as fields,
            'traveler.signature/1' as format,
            g.id,
            s.instructions,
            g.kind,
            g.meaning,
            g.printed_name,
            g.role,
            s.run_id,
            g.run_step_field_id,
            s.id as run_step_id,
            traveler.json_time(g.signed_at) as signed_at,
            g.signed_by,
            s.title
        from traveler.run_step s where s.org_id = g.org_id and s.id = g.run_step_id) d);
end
$$;
comment on function traveler_private.signature_document(traveler.signature) is 'What a signature signs, as the step is now, in canonical form (P4).';

-- The one door to a signature. Whoever adds a row, what it says of who, when and what is this function's; by itself, without an act
-- that signs, only a completed step is signed, whose sign-off went stale.
create or replace function traveler_private.stamp_signature() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    -- As entered: an act that signs has verified the context, and what comes by itself asks for a permission.
    c text[] := string_to_array(current_setting('traveler.context'), '|');
    v record;
    v_left record;
begin
    if pg_trigger_depth() = 1 then
        perform traveler_private.demand(new.kind = 'step', 409, 'derived', 'P4', 'A signature comes from the act that signs.',
            'Sign the field, decide on the approval or accept the deviation.');
        perform traveler_private.require('run_step.update');
        perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
        select r.number, r.completed_at into v from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
        perform traveler_private.demand(v.completed_at is null, 409, 'run_completed', 'C5', format('Run %s is completed: its records are locked.', v.number),
            'An admin can reopen the run with a reason.');
    end if;
    select s.state, s.attempt, o.signature_password, u.name, case when new.kind = 'deviation' then '{}' else array(
        select g.id from traveler.signature g where g.org_id = new.org_id and g.run_step_id = new.run_step_id and g.voided_at is null and (new.kind = 'step' or g.kind = 'field') order by g.id) end as covers
    into v
    from traveler.run_step s
    join traveler.org o on o.org_id = s.org_id
    left join traveler.user_account u on u.org_id = s.org_id and u.id = nullif(c[2], '')::uuid
    where s.org_id = new.org_id and s.id = new.run_step_id;
    perform traveler_private.demand(new.kind <> 'step' or v.state = 'completed', 409, 'step_not_completed', 'S5', 'Only a completed step''s sign-off is given again.',
        'Complete the step.');
    if pg_trigger_depth() = 1 then
        -- The sign-off is over all the rest, so it comes last again, as it did the first time (S5).
        select b.what, b.clear into v_left from traveler.run_step_completion_blocker b
        where b.org_id = new.org_id and b.run_step_id = new.run_step_id order by b.what limit 1;
        perform traveler_private.demand(not found, 409, 'step_not_complete', 'S5', format('The step can''t be signed off again yet: %s', v_left.what), v_left.clear || '.');
    end if;
    if v.signature_password then
        perform traveler_private.require_password();
    end if;
    new.attempt := v.attempt;
    new.signed_by := case when c[2] <> '' then 'user:' || c[2] else 'system:' || c[4] end;
    new.printed_name := coalesce(v.name, new.signed_by);
    new.signed_at := clock_timestamp();
    new.voided_at := null;
    new.void_reason := null;
    new.meaning := 'Performed and verified';
    new.role := null;
    if new.kind = 'field' then
        select coalesce(f.meaning, new.meaning), r.name into new.meaning, new.role
        from traveler.run_step_field f left join traveler.role r on r.org_id = f.org_id and r.id = f.signoff_role_id
        where f.org_id = new.org_id and f.id = new.run_step_field_id;
    elsif new.kind = 'approval' then
        select 'Approved', r.name into new.meaning, new.role
        from traveler.approval a
        join traveler.run_step_approval_requirement q on q.org_id = a.org_id and q.id = a.requirement_id
        join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
        where a.org_id = new.org_id and a.id = new.approval_id;
    elsif new.kind = 'deviation' then
        new.meaning := 'Deviation accepted';
    end if;
    new.covers := v.covers;
    new.document := traveler_private.signature_document(new);
    new.digest := sha256(convert_to(new.document, 'UTF8'));
    return new;
end
$$;
comment on function traveler_private.stamp_signature is 'Trigger: makes a signature out of who acts and what is there (P4, S5).';
create or replace trigger _100_stamp_signature before insert on traveler.signature
    for each row execute function traveler_private.stamp_signature();

-- A signature, an approval and a deviation stay as they were given. They become void, once, by what happens to what they are of.
create or replace function traveler_private.guard_voiding() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if old.voided_at is not null or new.voided_at is null
        or to_jsonb(old) - array['voided_at', 'void_reason'] <> to_jsonb(new) - array['voided_at', 'void_reason'] then
        perform traveler_private.refuse(409, 'append_only', tg_argv[1], format('A %s stays as it was given.', tg_argv[0]), 'Give another.',
            jsonb_build_object('table', tg_argv[0]));
    end if;
    new.voided_at := clock_timestamp();
    return new;
end
$$;
comment on function traveler_private.guard_voiding is 'Trigger: nothing of a signature changes but that it becomes void (P4, S13, S14).';
do $$
declare
    r record;
begin
    for r in select * from (values ('signature', 'P4'), ('approval', 'P5'), ('deviation', 'D5'), ('redline_approval', 'D3')) t (name, rule) loop
        execute format('create or replace trigger _100_guard_voiding before update on traveler.%I
            for each row execute function traveler_private.guard_voiding(%L, %L)', r.name, r.name, r.rule);
        execute format('alter table traveler.%I enable always trigger _100_guard_voiding', r.name);
        execute format('create or replace trigger _120_refuse_derived before update on traveler.%I
            for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived(%L, %L, ''Whether it is void'')', r.name, r.name, r.rule);
    end loop;
end $$;
create or replace trigger _010_refuse_change before update on traveler.signature_failure
    for each row execute function traveler_private.refuse_change('signature_failure', 'T2');
alter table traveler.signature_failure enable always trigger _010_refuse_change;

-- With a signature goes what it is of.
create or replace function traveler_private.void_signatures(p_ids uuid[], p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    update traveler.signature g set voided_at = now(), void_reason = p_reason
    where g.org_id = v_org and g.id = any (p_ids) and g.voided_at is null;
    update traveler.approval a set voided_at = now(), void_reason = p_reason
    from traveler.signature g where g.org_id = v_org and g.id = any (p_ids) and a.org_id = v_org and a.id = g.approval_id and a.voided_at is null;
    update traveler.deviation d set voided_at = now(), void_reason = p_reason
    from traveler.signature g where g.org_id = v_org and g.id = any (p_ids) and d.org_id = v_org and d.id = g.deviation_id and d.voided_at is null;
end
$$;
comment on function traveler_private.void_signatures(uuid[], text) is 'Makes signatures void, with the approvals and deviations that they are of (S13, S14).';

-- What was signed over one that is taken back was not what is there now.
create or replace function traveler_private.withdraw_signatures(p_ids uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_over uuid[];
    v_fields uuid[];
begin
    select array_agg(g.id), array_agg(g.run_step_field_id) filter (where g.kind = 'field') into v_over, v_fields
    from traveler.signature g
    where g.org_id = v_org and g.voided_at is null and g.covers && p_ids and g.id <> all (p_ids)
        and g.run_step_id in (select x.run_step_id from traveler.signature x where x.org_id = v_org and x.id = any (p_ids));
    perform traveler_private.void_signatures(p_ids, 'withdrawn');
    if v_over is not null then
        perform traveler_private.void_signatures(v_over, 'changed');
        update traveler.run_step_field f set stale = true where f.org_id = v_org and f.id = any (v_fields) and f.value is not null and not f.stale;
    end if;
end
$$;
comment on function traveler_private.withdraw_signatures is 'Makes signatures void that were taken back; those given over them are stale (S13).';

-- S13: a change of a value makes what was signed over it stale, in progress and by a correction alike. A sign-off is a signature, and
-- taken back it is one no more.
create or replace function traveler_private.keep_field_signatures() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_steps uuid[];
    v_changed uuid[];
    v_signed uuid[];
    v_void uuid[];
begin
    select array_agg(distinct n.run_step_id) filter (where n.type <> 'signoff'), array_agg(n.id) filter (where n.type <> 'signoff'),
        array_agg(n.id) filter (where n.type = 'signoff')
    into v_steps, v_changed, v_signed
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
    where case when n.type = 'signoff' then (n.value, n.entered_at) is distinct from (o.value, o.entered_at)
        -- What is kept with a grid is derived from it and its columns, and these change in redline only (D3).
        else (n.value, n.not_applicable, case when n.type <> 'datagrid' then n.value_detail end)
            is distinct from (o.value, o.not_applicable, case when n.type <> 'datagrid' then o.value_detail end) end;
    if v_steps is not null then
        select array_agg(g.id) into v_void
        from traveler.signature g left join traveler.deviation d on d.org_id = g.org_id and d.id = g.deviation_id
        where g.org_id = v_org and g.run_step_id = any (v_steps) and g.voided_at is null and (g.kind <> 'deviation' or d.run_step_field_id = any (v_changed));
        -- What was accepted against another value, in whatever step, was accepted against that one.
        v_void := v_void || array(
            select g.id from traveler.run_step_field f
            join traveler.deviation d on d.org_id = f.org_id and d.run_step_field_id = f.id and d.voided_at is null
            join traveler.signature g on g.org_id = d.org_id and g.run_step_id = d.run_step_id and g.deviation_id = d.id
            where f.org_id = v_org and f.compare_field_id = any (v_changed));
        if v_void <> '{}' then
            perform traveler_private.void_signatures(v_void, 'changed');
        end if;
        if exists (select from traveler.approval a where a.org_id = v_org and a.run_step_id = any (v_steps) and a.voided_at is null) then
            update traveler.approval a set voided_at = now(), void_reason = 'changed'
            where a.org_id = v_org and a.run_step_id = any (v_steps) and a.voided_at is null;
        end if;
        if exists (select from traveler.run_step_field f where f.org_id = v_org and f.run_step_id = any (v_steps)
                and f.type = 'signoff' and f.value is not null and not f.stale) then
            update traveler.run_step_field f set stale = true
            where f.org_id = v_org and f.run_step_id = any (v_steps) and f.type = 'signoff' and f.value is not null and not f.stale
                and f.id <> all (coalesce(v_signed, '{}'));
        end if;
    end if;
    if v_signed is not null then
        select array_agg(g.id) into v_void from traveler.signature g
        where g.org_id = v_org and g.run_step_field_id = any (v_signed) and g.voided_at is null;
        if v_void is not null then
            perform traveler_private.withdraw_signatures(v_void);
        end if;
        insert into traveler.signature (org_id, run_id, run_step_id, kind, run_step_field_id)
        select n.org_id, n.run_id, n.run_step_id, 'field', n.id from new_rows n
        where n.id = any (v_signed) and n.value is not null order by n.run_step_id, n.position;
    end if;
    return null;
end
$$;
comment on function traveler_private.keep_field_signatures is 'Trigger: a sign-off is a signature; what was signed and then changed must be signed again (S13).';
create or replace trigger _500_keep_field_signatures after update on traveler.run_step_field referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.keep_field_signatures();

-- S5, S14: signing a step off is a signature; a new attempt is signed anew, and the earlier one's signatures stay in the record, void.
create or replace function traveler_private.keep_step_signatures() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_again uuid[];
    v_left uuid[];
    v_removed uuid[];
    v_signed uuid[];
    v_runs uuid[];
    v_void uuid[];
begin
    select array_agg(n.id) filter (where n.attempt <> o.attempt),
        array_agg(n.id) filter (where o.state = 'completed' and n.state not in ('completed', 'redline') and n.attempt = o.attempt),
        array_agg(n.id) filter (where o.withdrawn_at is null and n.withdrawn_at is not null),
        array_agg(n.id) filter (where o.state = 'in_progress' and n.state = 'completed'),
        array_agg(n.run_id) filter (where o.state = 'in_progress' and n.state = 'completed')
    into v_again, v_left, v_removed, v_signed, v_runs
    from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id;
    if v_again is not null then
        select array_agg(g.id) into v_void from traveler.signature g where g.org_id = v_org and g.run_step_id = any (v_again) and g.voided_at is null;
        perform traveler_private.void_signatures(v_void, 'attempt');
        update traveler.approval a set voided_at = now(), void_reason = 'attempt'
        where a.org_id = v_org and a.run_step_id = any (v_again) and a.voided_at is null;
        update traveler.run_step_field f set value = null
        where f.org_id = v_org and f.run_step_id = any (v_again) and f.type = 'signoff' and f.value is not null;
    end if;
    if v_left is not null then
        perform traveler_private.void_signatures(array(select g.id from traveler.signature g
            where g.org_id = v_org and g.run_step_id = any (v_left) and g.kind = 'step' and g.voided_at is null), 'withdrawn');
    end if;
    if v_removed is not null then
        -- D6: the redline that took the step out may have edited it before; and nothing of it is asked for any more.
        perform traveler_private.void_signatures(array(select g.id from traveler.signature g
            where g.org_id = v_org and g.run_step_id = any (v_removed) and g.voided_at is null), 'changed');
    end if;
    if v_signed is not null then
        insert into traveler.signature (org_id, run_id, run_step_id, kind)
        select v_org, u.run_id, u.id, 'step' from unnest(v_runs, v_signed) u (run_id, id) order by u.id;
    end if;
    return null;
end
$$;
comment on function traveler_private.keep_step_signatures is 'Trigger: the sign-off of a step is a signature (S5); a new attempt voids those of the earlier one (S14).';
create or replace trigger _520_keep_signatures after update on traveler.run_step referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.keep_step_signatures();

-- POST /v1/steps/{id}/sign, and of many steps at once: the sign-off of a completed step that went stale by a correction.
create or replace function traveler.sign_steps(p_ids uuid[], p_version integer default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_signed text;
    v_ids uuid[] := traveler_private.with_siblings(p_ids);
begin
    perform traveler_private.require('run_step.update');
    v_ids := traveler_private.lock_batches(p_ids, v_ids, null);
    perform traveler_private.lock_steps(v_ids);
    perform traveler_private.expect_step_version(p_ids, p_version);
    select s.title into v_signed from traveler.signature g join traveler.run_step s on s.org_id = g.org_id and s.id = g.run_step_id
    where g.org_id = v_org and g.run_step_id = any (p_ids) and g.kind = 'step' and g.voided_at is null limit 1;
    -- Of the siblings only those that went stale too.
    v_ids := p_ids || array(select i from unnest(v_ids) i where i <> all (p_ids) and not exists (
        select from traveler.signature g where g.org_id = v_org and g.run_step_id = i and g.kind = 'step' and g.voided_at is null));
    perform traveler_private.demand(v_signed is null, 409, 'step_signed', 'S13', format('The sign-off of "%s" is valid as it is.', v_signed));
    insert into traveler.signature (org_id, run_id, run_step_id, kind)
    select s.org_id, s.run_id, s.id, 'step' from traveler.run_step s where s.org_id = v_org and s.id = any (v_ids) order by s.id;
    return traveler_private.step_answer(p_ids);
end
$$;
comment on function traveler.sign_steps is 'Signs completed steps again whose sign-off went stale by a correction (S13).';

create or replace function traveler_private.signatures_json(p_step uuid) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'kind', g.kind, 'run_step_field_id', g.run_step_field_id, 'approval_id', g.approval_id,
            'deviation_id', g.deviation_id, 'attempt', g.attempt, 'meaning', g.meaning, 'signed_by', g.signed_by, 'printed_name', g.printed_name,
            'role', g.role, 'signed_at', traveler.json_time(g.signed_at), 'digest', encode(g.digest, 'hex'),
            'voided_at', traveler.json_time(g.voided_at), 'void_reason', g.void_reason) order by g.signed_at, g.id), '[]')
        from traveler.signature g where g.org_id = traveler_private.org() and g.run_step_id = p_step
    );
end
$$;
comment on function traveler_private.signatures_json is 'The signatures of a step, void ones included, in the order in which they were given.';

-- GET /v1/signatures/{id}: with what was signed, and whether the step still reads so.
create or replace function traveler.signature_json(p_signature uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', g.id, 'run_id', g.run_id, 'run_step_id', g.run_step_id, 'kind', g.kind, 'run_step_field_id', g.run_step_field_id,
            'attempt', g.attempt, 'meaning', g.meaning, 'signed_by', g.signed_by, 'printed_name', g.printed_name, 'role', g.role,
            'signed_at', traveler.json_time(g.signed_at), 'covers', to_jsonb(g.covers), 'document', g.document, 'digest', encode(g.digest, 'hex'),
            'unchanged', g.document = traveler_private.signature_document(g),
            'voided_at', traveler.json_time(g.voided_at), 'void_reason', g.void_reason, 'version', g.version)
        from traveler.signature g where g.org_id = traveler.current_org() and g.id = p_signature
    );
end
$$;
comment on function traveler.signature_json is 'A signature with the document that was signed; null when the org has no such signature.';

-- A step in redline is between two definitions: its signatures become void with the attempt, or fit again when the redline is canceled.
create or replace view traveler.signature_violations with (security_invoker = true) as
    select g.org_id, g.run_step_id, g.id, 'what it signed is not what is there' as what
    from traveler.signature g join traveler.run_step s on s.org_id = g.org_id and s.id = g.run_step_id
    where g.voided_at is null and s.state <> 'redline' and g.document <> traveler_private.signature_document(g)
    union all
    select g.org_id, g.run_step_id, g.id, 'it was given over one that is void'
    from traveler.signature g
    where g.voided_at is null and exists (
        select from traveler.signature c where c.org_id = g.org_id and c.id = any (g.covers) and c.voided_at is not null)
    union all
    select g.org_id, g.run_step_id, g.id, 'its field is not signed, or stale'
    from traveler.signature g join traveler.run_step_field f on f.org_id = g.org_id and f.id = g.run_step_field_id
    where g.voided_at is null and (f.value is null or f.stale)
    union all
    select g.org_id, g.run_step_id, g.id, 'the approval or the deviation that it is of is void, or the other way round'
    from traveler.signature g
    left join traveler.approval a on a.org_id = g.org_id and a.id = g.approval_id
    left join traveler.deviation d on d.org_id = g.org_id and d.id = g.deviation_id
    where g.kind in ('approval', 'deviation') and (g.voided_at is null) <> (coalesce(a.voided_at, d.voided_at) is null)
    union all
    select d.org_id, d.run_step_id, d.id, 'the deviation is not of the value that is there'
    from traveler.deviation d join traveler.run_step_field f on f.org_id = d.org_id and f.id = d.run_step_field_id
    where d.voided_at is null and d.value is distinct from f.value;
comment on view traveler.signature_violations is 'Signatures that stand for something that is not there any more: empty when each holds (P4, P5, D5).';

-- The as-built record (C5).

create or replace function traveler_private.actor_json(p_org uuid, p_actor text) returns json
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_actor is not null then to_json((select x from (select p_actor as actor,
        (select u.name from traveler.user_account u where u.org_id = p_org and u.id = case when p_actor like 'user:%' then substr(p_actor, 6)::uuid end) as name) x)) end;
end
$$;
comment on function traveler_private.actor_json is 'An actor with the name they have now.';

-- What a row was built under: the newest record of a run that had it, or had what it was split from.
create or replace function traveler_private.as_built_citation(i traveler.part_inventory, p_but_run uuid) returns json
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select to_json(x) from (
        select encode(a.digest, 'hex') as digest, a.number as record_number, r.number as run_number
        -- The origins are looked up once, not for each of the org's units that they are compared with.
        from unnest(traveler_private.row_and_origins(i)) o (id)
        join traveler.run_inventory ri on ri.org_id = i.org_id and ri.part_inventory_id = o.id and ri.run_id is distinct from p_but_run
        join traveler.run r on r.org_id = ri.org_id and r.id = ri.run_id
        join traveler.as_built_record a on a.org_id = r.org_id and a.run_id = r.id
        order by a.created_at desc, a.number desc limit 1) x);
end
$$;
comment on function traveler_private.as_built_citation is 'The as-built record that a row was last built under, of other runs than the one given, as records cite it; null where there is none (C5).';

-- The values of a record's attributes by what they are called and, of what they refer to, what that is now: so that the record stays true when a user is
-- renamed or a file archived.
create or replace function traveler_private.attributes_record(p_record text, p_attributes jsonb) returns json
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return array_to_json(array(select to_json(x) from (
        select
            case d.type
            when 'user' then (select to_json(y) from (select u.name from traveler.user_account u where u.org_id = v_org and u.id = (e.value #>> '{}')::uuid) y)
            when 'part' then (select to_json(y) from (select p.name, p.part_number, p.revision from traveler.part p where p.org_id = v_org and p.id = (e.value #>> '{}')::uuid) y)
            when 'file' then (select to_json(y) from (select a.byte_size, a.content_type, encode(a.digest, 'hex') as digest, a.file_name
                from traveler.attachment a where a.org_id = v_org and a.id = (e.value #>> '{}')::uuid) y) end as detail,
            e.key,
            d.label,
            d.type,
            traveler.canonical_json(e.value)::json as value
        from jsonb_each(p_attributes) e
        join traveler.attribute_definition d on d.org_id = v_org and d.record = p_record and d.key = e.key
        order by e.key collate "C") x));
end
$$;
comment on function traveler_private.attributes_record is 'The attributes of a record as an as-built record has them, in canonical form (C5, F2).';

-- The document that a completion fixes, in canonical form as it is written: every object is a row whose columns stand in byte
-- order, which to_json and array_to_json put out in that order and without spaces. Cites its children's records by number and
-- digest and never embeds them.
create or replace function traveler_private.as_built_document(p_run uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
begin
    return (select to_json(d) from (
        select
            array(select to_json(x) from (
                select traveler.json_time(a.archived_at) as archived_at, traveler_private.actor_json(v_org, a.archived_by) as archived_by, a.byte_size,
                    a.content_type, encode(a.digest, 'hex') as digest, a.file_name, a.id, traveler_private.actor_json(v_org, a.uploaded_by) as uploaded_by
                from traveler.attachment a where a.org_id = v_org and a.run_id = p_run and a.run_step_id is null order by a.id) x) as attachments,
            traveler_private.attributes_record('run', r.attributes) as attributes,
            array(select to_json(x) from (
                select
                    traveler.json_decimal(q.quantity_carried) as carried,
                    array(select to_json(x) from (
                        select
                            traveler_private.as_built_citation(i, null) as as_built,
                            n.assembly_inventory_id,
                            traveler.json_time(c.ended_at) as ended_at,
                            n.id as installation_id,
                            i.lot_number,
                            i.id as part_inventory_id,
                            ip.part_number,
                            traveler.json_decimal(c.quantity) as quantity,
                            ip.revision,
                            (select o.number from traveler.run o where o.org_id = v_org and o.id = n.run_id) as run_number,
                            i.serial_number
                        from traveler.carried_installation c
                        join traveler.installation n on n.org_id = c.org_id and n.id = c.installation_id
                        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
                        join traveler.part ip on ip.org_id = i.org_id and ip.id = i.part_id
                        where c.org_id = v_org and c.build_requirement_id = q.id order by n.id) x) as carried_installations,
                    traveler.json_decimal(q.quantity_excepted) as excepted,
                    array(select to_json(x) from (
                        select
                            traveler.json_time(e.created_at) as created_at,
                            traveler_private.actor_json(v_org, e.created_by) as created_by,
                            e.id,
                            (select u.number from traveler.issue u where u.org_id = v_org and u.id = e.issue_id) as issue_number,
                            traveler.json_decimal(e.quantity) as quantity,
                            e.reason,
                            e.withdrawal_reason,
                            traveler.json_time(e.withdrawn_at) as withdrawn_at,
                            traveler_private.actor_json(v_org, e.withdrawn_by) as withdrawn_by
                        from traveler.build_requirement_exception e
                        where e.org_id = v_org and e.build_requirement_id = q.id order by e.id) x) as exceptions,
                    q.id,
                    array(select to_json(x) from (
                        select
                            traveler_private.as_built_citation(i, null) as as_built,
                            n.assembly_inventory_id,
                            n.id,
                            traveler.json_time(n.installed_at) as installed_at,
                            traveler_private.actor_json(v_org, n.installed_by) as installed_by,
                            i.lot_number,
                            n.made_on_assembly,
                            n.origin_id,
                            i.id as part_inventory_id,
                            ip.part_number,
                            traveler.json_decimal(n.quantity) as quantity,
                            n.reference_designator,
                            n.removal_reason,
                            traveler.json_time(n.removed_at) as removed_at,
                            traveler_private.actor_json(v_org, n.removed_by) as removed_by,
                            (select o.number from traveler.run o where o.org_id = v_org and o.id = n.removed_run_id) as removed_run_number,
                            ip.revision,
                            i.serial_number
                        from traveler.installation n
                        join traveler.part_inventory i on i.org_id = n.org_id and i.id = n.part_inventory_id
                        join traveler.part ip on ip.org_id = i.org_id and ip.id = i.part_id
                        where n.org_id = v_org and n.build_requirement_id = q.id order by n.id) x) as installations,
                    traveler.json_decimal(q.quantity_installed) as installed,
                    q.made_on_assembly,
                    traveler.json_decimal(q.quantity_needed) as needed,
                    q.parent_id,
                    p.part_number,
                    q.reference_designators,
                    p.revision,
                    q.run_step_id,
                    traveler.json_time(q.withdrawn_at) as withdrawn_at
                from traveler.build_requirement q join traveler.part p on p.org_id = q.org_id and p.id = q.part_id
                where q.org_id = v_org and q.run_id = p_run and q.run_split_id is null order by q.id) x) as build_requirements,
            'traveler.as-built/1' as format,
            array(select to_json(x) from (
                select
                    (select t.name from traveler.disposition_type t where t.org_id = v_org and t.id = u.disposition_type_id) as disposition,
                    u.id,
                    u.number,
                    u.run_step_id,
                    u.state,
                    u.title
                from traveler.issue u where u.org_id = v_org and u.run_id = p_run order by u.number) x) as issues,
            (select to_json(x) from (select o.name, o.org_id, o.slug from traveler.org o where o.org_id = v_org) x) as org,
            (select to_json(x) from (select p.id, p.name, p.part_number, p.revision, p.unit
                from traveler.part p where p.org_id = v_org and p.id = r.part_id) x) as part,
            (select to_json(x) from (select p.family_id, p.id, p.title, p.version_number
                from traveler.procedure p where p.org_id = v_org and p.id = r.procedure_id) x) as procedure,
            array(select to_json(x) from (
                select
                    traveler.canonical_json(o.after)::json as after,
                    traveler_private.actor_json(v_org, o.author) as author,
                    traveler.canonical_json(o.before)::json as before,
                    traveler.json_time(o.closed_at) as closed_at,
                    traveler_private.actor_json(v_org, o.closed_by) as closed_by,
                    o.id,
                    o.kind,
                    o.number,
                    traveler.json_time(o.opened_at) as opened_at,
                    o.reason,
                    o.run_step_id,
                    o.state
                from traveler.redline o where o.org_id = v_org and o.run_id = p_run order by o.number) x) as redlines,
            array(select to_json(x) from (
                select traveler.json_time(w.acknowledged_at) as acknowledged_at, traveler_private.actor_json(v_org, w.acknowledged_by) as acknowledged_by,
                    w.kind, w.run_step_id, w.severity, traveler.json_time(w.since) as since, w.subject_id, w.what
                from traveler.completion_warning w where w.org_id = v_org and w.run_id = p_run order by w.kind, w.since, w.subject_id) x) as remarks,
            (select to_json(x) from (select
                traveler.json_time(r.completed_at) as completed_at,
                traveler_private.actor_json(v_org, r.completed_by) as completed_by,
                r.completion_number,
                traveler.json_time(r.created_at) as created_at,
                r.id,
                r.number,
                traveler.json_decimal(r.quantity) as quantity,
                traveler.json_time(r.started_at) as started_at,
                r.status,
                r.title) x) as run,
            array(select to_json(x) from (
                select
                    traveler.json_time(d.closed_at) as closed_at,
                    traveler_private.actor_json(v_org, d.closed_by) as closed_by,
                    traveler.json_time(d.created_at) as created_at,
                    traveler_private.actor_json(v_org, d.created_by) as created_by,
                    d.id,
                    (select u.number from traveler.issue u where u.org_id = v_org and u.id = d.issue_id) as issue_number,
                    d.number,
                    d.outcome,
                    d.parent_id,
                    traveler.json_decimal(d.quantity) as quantity,
                    d.reason,
                    (select w.number from traveler.run w where w.org_id = v_org and w.id = d.rework_run_id) as rework_run_number
                from traveler.run_split d where d.org_id = v_org and d.run_id = p_run order by d.number) x) as splits,
            array(select to_json(x) from (
                select
                    array(select to_json(x) from (
                        select
                            q.approvers,
                            array(select to_json(x) from (
                                select a.attempt, traveler.json_time(a.decided_at) as decided_at, a.decision, a.delegation_id, a.id, a.principal_id, a.reason,
                                    traveler_private.actor_json(v_org, 'user:' || a.user_id) as user, a.void_reason, traveler.json_time(a.voided_at) as voided_at
                                from traveler.approval a where a.org_id = v_org and a.requirement_id = q.id order by a.decided_at, a.id) x) as decisions,
                            r.name as role
                        from traveler.run_step_approval_requirement q join traveler.role r on r.org_id = q.org_id and r.id = q.role_id
                        where q.org_id = v_org and q.run_step_id = s.id order by r.name) x) as approvals,
                    array(select to_json(x) from (
                        select traveler.json_time(a.archived_at) as archived_at, traveler_private.actor_json(v_org, a.archived_by) as archived_by,
                            a.byte_size, a.content_type, encode(a.digest, 'hex') as digest, a.file_name, a.id,
                            traveler_private.actor_json(v_org, a.uploaded_by) as uploaded_by
                        from traveler.attachment a where a.org_id = v_org and a.run_step_id = s.id order by a.id) x) as attachments,
                    s.attempt,
                    traveler_private.attributes_record('run_step', s.attributes) as attributes,
                    traveler.json_time(s.completed_at) as completed_at,
                    traveler_private.actor_json(v_org, s.completed_by) as completed_by,
                    array(select to_json(x) from (
                        select traveler.json_time(d.accepted_at) as accepted_at, traveler_private.actor_json(v_org, d.accepted_by) as accepted_by, d.attempt,
                            d.id, d.rationale, d.run_step_field_id, traveler.canonical_json(d.value)::json as value, d.void_reason,
                            traveler.json_time(d.voided_at) as voided_at
                        from traveler.deviation d where d.org_id = v_org and d.run_step_id = s.id order by d.accepted_at, d.id) x) as deviations,
                    array(select to_json(x) from (
                        select
                            f.compare_field_id,
                            f.compare_op,
                            traveler.canonical_json(f.datagrid)::json as datagrid,
                            traveler.json_time(f.entered_at) as entered_at,
                            traveler_private.actor_json(v_org, f.entered_by) as entered_by,
                            f.id,
                            traveler.json_decimal(coalesce(f.maximum, f.target + f.tolerance_plus)) as maximum,
                            f.meaning,
                            traveler.json_decimal(coalesce(f.minimum, f.target - f.tolerance_minus)) as minimum,
                            f.name,
                            f.not_applicable,
                            f.required,
                            traveler.json_decimal(f.target) as target,
                            f.type,
                            f.unit,
                            traveler.canonical_json(f.value)::json as value,
                            traveler.canonical_json(f.value_detail)::json as value_detail,
                            traveler.json_time(f.withdrawn_at) as withdrawn_at
                        from traveler.run_step_field f where f.org_id = v_org and f.run_step_id = s.id order by f.position) x) as fields,
                    s.id,
                    s.instructions,
                    (select l.name from traveler.location l where l.org_id = v_org and l.id = s.location_id) as location,
                    s.parent_id,
                    s.position::numeric as position,
                    s.required,
                    array(select to_json(x) from (
                        select g.attempt, encode(g.digest, 'hex') as digest, g.id, g.kind, g.meaning, g.printed_name, g.role, g.run_step_field_id,
                            traveler.json_time(g.signed_at) as signed_at, g.signed_by, g.void_reason, traveler.json_time(g.voided_at) as voided_at
                        from traveler.signature g where g.org_id = v_org and g.run_step_id = s.id order by g.signed_at, g.id) x) as signatures,
                    traveler.json_time(s.started_at) as started_at,
                    s.state,
                    s.title,
                    array(select e.upstream_id from traveler.run_step_edge e
                        where e.org_id = v_org and e.downstream_id = s.id and e.withdrawn_at is null order by e.upstream_id) as upstream_ids,
                    traveler.json_time(s.withdrawn_at) as withdrawn_at
                from traveler.run_step s where s.org_id = v_org and s.run_id = p_run order by s.depth, s.parent_id, s.position) x) as steps,
            array(select to_json(x) from (
                select case when ri.taken then traveler_private.as_built_citation(i, p_run) end as as_built,
                    traveler_private.attributes_record('part_inventory', i.attributes) as attributes, i.lot_number, i.id as part_inventory_id,
                    traveler.json_decimal(i.quantity) as quantity, i.serial_number, ri.taken
                from traveler.run_inventory ri join traveler.part_inventory i on i.org_id = ri.org_id and i.id = ri.part_inventory_id
                where ri.org_id = v_org and ri.run_id = p_run and ri.run_split_id is null order by i.id) x) as units
        from traveler.run r where r.org_id = v_org and r.id = p_run) d);
end
$$;
comment on function traveler_private.as_built_document is 'What an as-built record says of a run as of this transaction, in canonical form (C5).';

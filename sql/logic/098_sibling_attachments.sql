-- Attaching and archiving (P4, T4), which of siblings is done in all of them (K3): each has an attachment of its own, which it keeps when its run
-- leaves the batch; the content is there once.

create or replace function traveler_private.sibling_attachment(p_new traveler.attachment) returns traveler.attachment
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_original traveler.attachment;
begin
    select * into v_original from traveler.attachment a where a.org_id = p_new.org_id and a.id = p_new.original_id;
    perform traveler_private.demand(found and v_original.original_id is null and v_original.archived_at is null and exists (
            select from traveler.run_step s join traveler.run_step x on x.org_id = s.org_id and x.sibling_id = s.sibling_id
            where s.org_id = p_new.org_id and s.id = v_original.run_step_id and v_original.run_step_field_id is null and x.id = p_new.run_step_id and x.id <> s.id),
        409, 'not_a_sibling', 'K3', 'A file is attached anew to siblings of the step that it was attached to, and to no others.', 'Upload it.');
    perform traveler_private.demand(p_new.run_step_field_id is null and not exists (select from traveler.attachment a
            where a.org_id = p_new.org_id and a.original_id = p_new.original_id and a.run_step_id = p_new.run_step_id),
        409, 'attached_already', 'K3', 'The file is attached there.');
    p_new.file_name := v_original.file_name;
    p_new.content_type := v_original.content_type;
    p_new.byte_size := v_original.byte_size;
    p_new.digest := v_original.digest;
    p_new.uploaded_by := traveler_private.actor();
    p_new.archived_at := null;
    p_new.archived_by := null;
    return p_new;
end
$$;
comment on function traveler_private.sibling_attachment is 'An attachment of a sibling: the same file, as it is (K3).';

-- K3: whoever attaches a file or archives it does so for all siblings. What a step had when its run joined is its own (K4): it is the change
-- that is judged.
create or replace function traveler_private.guard_sibling_attachments() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler_private.org();
    v_siblings uuid[];
    v_left record;
begin
    v_siblings := array(select distinct s.sibling_id from traveler.run_step s
        where s.org_id = v_org and s.sibling_id is not null and s.id = any (array(select n.run_step_id from new_rows n where n.run_step_field_id is null)));
    if v_siblings = '{}' then
        return null;
    end if;
    with changed as materialized (
        select distinct s.sibling_id, coalesce(n.original_id, n.id) as file
        from new_rows n join traveler.run_step s on s.org_id = v_org and s.id = n.run_step_id and s.sibling_id = any (v_siblings)
        where n.run_step_field_id is null
    ), sibling as materialized (
        select x.sibling_id, x.id, x.title, r.number
        from traveler.run_step x join traveler.run r on r.org_id = v_org and r.id = x.run_id and r.completed_at is null
        where x.org_id = v_org and x.sibling_id = any (v_siblings)
    ), attached as materialized (
        select x.id, coalesce(a.original_id, a.id) as file
        from sibling x join traveler.attachment a on a.org_id = v_org and a.run_step_id = x.id and a.run_step_field_id is null and a.archived_at is null
    )
    select min(x.title) as title, min(x.number) as number into v_left
    from changed c
    join sibling x on x.sibling_id = c.sibling_id
    left join attached a on a.id = x.id and a.file = c.file
    group by c.sibling_id, c.file
    having count(a.id) not in (0, count(*))
    limit 1;
    if found then
        perform traveler_private.refuse(409, 'sibling_left', 'K3', format('A file of "%s" is one of all its siblings, that in run %s among them.', v_left.title, v_left.number),
            'Attach or archive it for all of them, or take the run out of its batch.');
    end if;
    return null;
end
$$;
comment on function traveler_private.guard_sibling_attachments is 'Trigger: a file is attached to all siblings and archived in all, whoever does it (K3).';
create or replace trigger _120_guard_sibling_attachments_insert after insert on traveler.attachment referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_attachments();
create or replace trigger _120_guard_sibling_attachments_update after update on traveler.attachment referencing new table as new_rows
    for each statement execute function traveler_private.guard_sibling_attachments();

create or replace function traveler_private.lock_attaching(p_run uuid, p_step uuid, p_field uuid, p_siblings text) returns uuid[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_steps uuid[] := array[p_step];
begin
    if p_step is null or p_field is not null then
        perform from traveler.run r where r.org_id = traveler_private.org() and r.id = p_run for no key update;
        return '{}'::uuid[];
    end if;
    v_steps := traveler_private.lock_batches(v_steps, traveler_private.with_siblings(v_steps), p_siblings);
    perform traveler_private.lock_steps(v_steps);
    return v_steps;
end
$$;
comment on function traveler_private.lock_attaching is 'Locks what a file is attached to, and answers the steps that it is attached to: none where it belongs to a run or a field (K3).';

-- POST /v1/attachment-uploads/{id}/finish: {digest?, siblings?}. One statement, the uploaded one first.
create or replace function traveler.finish_attachment(p_upload uuid, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_upload traveler.attachment_upload;
    v_steps uuid[];
    v_digest bytea;
begin
    perform traveler_private.require('run_step.update');
    select * into v_upload from traveler.attachment_upload u where u.org_id = v_org and u.id = p_upload and u.created_by = traveler_private.actor();
    perform traveler_private.demand(found, 404, 'upload_unknown', 'T1', 'There is no such upload.');
    v_steps := traveler_private.lock_attaching(v_upload.run_id, v_upload.run_step_id, v_upload.run_step_field_id, p_request ->> 'siblings');
    -- What it is, the guard takes from its upload.
    insert into traveler.attachment (org_id, id, run_id, run_step_id, file_name, content_type, byte_size, digest, uploaded_by, original_id)
    select v_org, x.id, x.run_id, x.step, v_upload.file_name, v_upload.content_type, v_upload.byte_size, '', '', x.original
    from (
        select p_upload as id, v_upload.run_id as run_id, v_upload.run_step_id as step, null::uuid as original
        union all
        select traveler.new_id(), s.run_id, s.id, p_upload from traveler.run_step s where s.org_id = v_org and s.id = any (v_steps) and s.id <> v_upload.run_step_id) x
    order by x.original is not null, x.step;
    select a.digest into strict v_digest from traveler.attachment a where a.org_id = v_org and a.id = p_upload;
    perform traveler_private.demand(p_request ->> 'digest' is null or lower(p_request ->> 'digest') = encode(v_digest, 'hex'), 422, 'digest_mismatch', 'P4',
        format('The digest of what came is %s.', encode(v_digest, 'hex')), 'Compare the parts'' digests, and send again what differs.');
    return traveler.attachment_json(p_upload);
end
$$;
comment on function traveler.finish_attachment is 'Makes an attachment of an upload whose parts have all come, if its digest is the one expected (P4), and of the siblings of its step (K3).';

-- POST /v1/attachments/{id}/archive: {siblings?}
drop function if exists traveler.archive_attachment(uuid, integer);
create or replace function traveler.archive_attachment(p_attachment uuid, p_version integer, p_siblings text default null) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.attachment;
    v_steps uuid[];
begin
    perform traveler_private.require('run_step.update');
    select * into v_now from traveler.attachment a where a.org_id = v_org and a.id = p_attachment;
    perform traveler_private.demand(found, 404, 'attachment_unknown', 'T1', 'There is no such attachment.');
    v_steps := traveler_private.lock_attaching(v_now.run_id, v_now.run_step_id, v_now.run_step_field_id, p_siblings);
    select * into v_now from traveler.attachment a where a.org_id = v_org and a.id = p_attachment;
    perform traveler_private.expect_version('attachment', p_attachment, v_now.version, p_version);
    perform traveler_private.demand(v_now.archived_at is null, 409, 'attachment_archived', 'T4', 'The attachment is archived already.');
    update traveler.attachment a set archived_at = now()
    where a.org_id = v_org and a.archived_at is null and (a.id = p_attachment
        or a.run_step_id = any (v_steps) and coalesce(a.original_id, a.id) = coalesce(v_now.original_id, v_now.id));
    return traveler.attachment_json(p_attachment);
end
$$;
comment on function traveler.archive_attachment is 'Archives an attachment of a live run, and those of the siblings of its step (K3); its content stays (T4).';

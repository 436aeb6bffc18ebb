-- Attachments (P3, P4). A file is declared, comes in parts of 1 MiB that may be sent again, and is a record once it is finished: an
-- upload that is cut off leaves nothing that anyone sees. No statement holds more than one part.

-- What a file may be, and what it begins with where that is known. What is not in the list is refused: nothing that a browser runs is.
create or replace function traveler_private.content_type_fault(p_type text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when p_type in ('application/pdf', 'image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/tiff', 'image/heic', 'image/bmp',
        'text/plain', 'text/csv', 'application/json', 'application/zip', 'application/gzip', 'video/mp4', 'audio/mp4', 'audio/mpeg', 'audio/wav',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'application/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.spreadsheet',
        'model/step', 'model/stl', 'model/3mf', 'image/vnd.dxf', 'application/octet-stream') then null
        else format('Files of the type %s are not taken.', left(p_type, 100)) end;
end
$$;
comment on function traveler_private.content_type_fault is 'Why a content type is not taken; null when it is (P4).';

create or replace function traveler_private.content_fault(p_type text, p_number integer, p_bytes bytea) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_fits boolean;
begin
    if p_type in ('text/plain', 'text/csv', 'application/json') then
        v_fits := position('\x00'::bytea in p_bytes) = 0;
    elsif p_number > 1 then
        return null;
    else
        v_fits := case
            when p_type = 'application/pdf' then position('%PDF-'::bytea in substr(p_bytes, 1, 1024)) > 0
            when p_type = 'image/jpeg' then substr(p_bytes, 1, 3) = '\xffd8ff'
            when p_type = 'image/png' then substr(p_bytes, 1, 8) = '\x89504e470d0a1a0a'
            when p_type = 'image/gif' then substr(p_bytes, 1, 6) in ('GIF87a', 'GIF89a')
            when p_type = 'image/webp' then substr(p_bytes, 1, 4) = 'RIFF' and substr(p_bytes, 9, 4) = 'WEBP'
            when p_type = 'image/tiff' then substr(p_bytes, 1, 4) in ('\x49492a00', '\x4d4d002a')
            when p_type = 'image/bmp' then substr(p_bytes, 1, 2) = 'BM'
            when p_type = 'audio/wav' then substr(p_bytes, 1, 4) = 'RIFF' and substr(p_bytes, 9, 4) = 'WAVE'
            when p_type in ('image/heic', 'video/mp4', 'audio/mp4') then substr(p_bytes, 5, 4) = 'ftyp'
            when p_type = 'application/gzip' then substr(p_bytes, 1, 2) = '\x1f8b'
            when p_type ~ '^application/(zip$|vnd\.)' or p_type = 'model/3mf' then substr(p_bytes, 1, 4) in ('\x504b0304', '\x504b0506')
            when p_type = 'model/step' then substr(p_bytes, 1, 12) = 'ISO-10303-21'
            else true end;
    end if;
    return case when v_fits is not true then format('The content is not what %s is.', p_type) end;
end
$$;
comment on function traveler_private.content_fault is 'Whether a part''s bytes are of the type that was declared, as far as bytes tell; null when they are (P4).';

-- Whoever declares a file: it belongs to a live run, is not above the org's limit, and is the actor's.
create or replace function traveler_private.guard_upload() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_limit bigint;
    v_fault text := traveler_private.content_type_fault(new.content_type);
    v_field traveler.run_step_field;
    v_run traveler.run;
begin
    perform traveler_private.require('run_step.update');
    -- Marks that turn the direction of writing make "exe.fdp" read "pdf.exe" backwards; line separators break a line as control characters do.
    perform traveler_private.demand(new.file_name !~ '[\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]', 422, 'file_name_invalid', 'P4',
        'A file name holds no marks of the direction of writing and no line separators.', 'Give the file a plain name.');
    select o.attachment_limit_bytes into v_limit from traveler.org o where o.org_id = new.org_id;
    perform traveler_private.demand(new.byte_size <= v_limit, 413, 'attachment_too_large', 'P4',
        format('The file has %s bytes; %s is the most that the org takes.', new.byte_size, v_limit), null, jsonb_build_object('limit', v_limit));
    perform traveler_private.demand(v_fault is null, 422, 'content_type_refused', 'P4', v_fault, 'Send it as a PDF, an image, or in a zip file.');
    select * into v_run from traveler.run r where r.org_id = new.org_id and r.id = new.run_id;
    perform traveler_private.demand(found, 404, 'run_unknown', 'T1', 'There is no such run.');
    perform traveler_private.demand(v_run.completed_at is null, 409, 'run_completed', 'C5',
        format('Run %s is completed: its records are locked.', v_run.number), 'An admin can reopen the run with a reason.');
    if new.run_step_field_id is not null then
        select * into v_field from traveler.run_step_field f where f.org_id = new.org_id and f.id = new.run_step_field_id;
        perform traveler_private.demand(v_field.run_step_id = new.run_step_id and v_field.type = 'file', 422, 'field_takes_no_file', 'P4',
            'The file belongs to a file field of its step, or to the step.');
    end if;
    new.created_by := traveler_private.actor();
    new.created_at := now();
    new.finished_at := null;
    return new;
end
$$;
comment on function traveler_private.guard_upload is 'Trigger: judges a file as it is declared: of a live run, of a type that is taken, within the org''s limit (P4, C5).';
create or replace trigger _100_guard_upload before insert on traveler.attachment_upload for each row execute function traveler_private.guard_upload();

-- A part: of an upload under way, of its uploader, of the size that its place has, and of the type that was declared.
create or replace function traveler_private.guard_part() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_upload traveler.attachment_upload;
    v_size bigint;
    v_fault text;
begin
    select * into v_upload from traveler.attachment_upload u where u.org_id = new.org_id and u.id = new.upload_id for no key update;
    perform traveler_private.demand(found, 404, 'upload_unknown', 'T1', 'There is no such upload.');
    perform traveler_private.demand(v_upload.created_by = traveler_private.actor(), 404, 'upload_unknown', 'T1', 'There is no such upload.');
    perform traveler_private.demand(v_upload.finished_at is null, 409, 'upload_finished', 'P4', 'The upload is finished; its content never changes.',
        'Attach another file.');
    v_size := least(1048576, v_upload.byte_size - (new.number - 1)::bigint * 1048576);
    perform traveler_private.demand(new.number >= 1 and v_size > 0, 422, 'part_number', 'P4',
        format('The file has %s parts.', (v_upload.byte_size + 1048575) / 1048576));
    perform traveler_private.demand(octet_length(new.bytes) = v_size, 422, 'part_size', 'P4',
        format('Part %s has %s bytes, not %s.', new.number, v_size, octet_length(new.bytes)), 'Send the part again, whole.');
    v_fault := traveler_private.content_fault(v_upload.content_type, new.number, new.bytes);
    perform traveler_private.demand(v_fault is null, 422, 'content_type_mismatch', 'P4', v_fault, 'Declare the file as what it is.');
    return new;
end
$$;
comment on function traveler_private.guard_part is 'Trigger: judges a part by its upload: its place, its size, its type; a finished upload takes none (P4).';
create or replace trigger _100_guard_part before insert or update on traveler.attachment_part for each row execute function traveler_private.guard_part();

-- What was finished stays; what was not may go, whole.
create or replace function traveler_private.guard_part_kept() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(exists (select from traveler.attachment_upload u where u.org_id = old.org_id and u.id = old.upload_id and u.finished_at is null),
        409, 'record_kept', 'T4', 'Nothing is deleted from an attachment.', 'Archive it instead.', '{"table": "attachment_part"}');
    return old;
end
$$;
comment on function traveler_private.guard_part_kept is 'Trigger: the content of an attachment is kept (T4).';
create or replace function traveler_private.guard_upload_fixed() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'upload_fixed', 'P4', 'What was declared of an upload is fixed; it is finished by its attachment alone.');
    return null;
end
$$;
comment on function traveler_private.guard_upload_fixed is 'Trigger: an upload stays as it was declared (P4).';
create or replace trigger _010_refuse_change before update on traveler.attachment_upload
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.guard_upload_fixed();
create or replace trigger _010_refuse_delete before delete on traveler.attachment_upload
    for each row when (old.finished_at is not null) execute function traveler_private.refuse_delete('attachment_upload');
create or replace trigger _010_refuse_delete before delete on traveler.attachment_part for each row execute function traveler_private.guard_part_kept();
create or replace trigger _010_refuse_truncate before truncate on traveler.attachment_upload
    for each statement execute function traveler_private.refuse_delete('attachment_upload');
create or replace trigger _010_refuse_truncate before truncate on traveler.attachment_part
    for each statement execute function traveler_private.refuse_delete('attachment_part');
do $$
declare
    r record;
begin
    for r in select t.tgrelid::regclass as name, t.tgname from pg_trigger t
        where t.tgrelid in ('traveler.attachment_upload'::regclass, 'traveler.attachment_part'::regclass) and t.tgname ~ '^_010_' loop
        execute format('alter table %s enable always trigger %I', r.name, r.tgname);
    end loop;
end $$;

-- An attachment is what its upload says, with the digest of what came; inserting it is what finishes the upload. Only its archiving
-- changes it later.
create or replace function traveler_private.guard_attachment() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_upload traveler.attachment_upload;
    v_parts integer;
begin
    if tg_op = 'UPDATE' then
        perform traveler_private.require('run_step.update');
        perform traveler_private.demand(old.archived_at is null and new.archived_at is not null and (to_jsonb(old) - array['archived_at', 'archived_by', 'version']) = (to_jsonb(new) - array['archived_at', 'archived_by', 'version']),
            409, 'attachment_fixed', 'T4', 'An attachment is archived, and nothing else of it changes.', 'Attach another file.');
        perform from traveler.run r where r.org_id = new.org_id and r.id = new.run_id for no key update;
        perform traveler_private.demand(not exists (select from traveler.run_step_field f where f.org_id = new.org_id and f.id = new.run_step_field_id
            and f.value = to_jsonb(new.id)), 409, 'attachment_is_value', 'P4', format('"%s" is the value of its field.', new.file_name), 'Enter another value, or clear the field, first.');
        new.archived_at := clock_timestamp();
        new.archived_by := traveler_private.actor();
        return new;
    end if;
    perform traveler_private.require('run_step.update');
    if new.original_id is not null then
        return traveler_private.sibling_attachment(new);
    end if;
    select * into v_upload from traveler.attachment_upload u where u.org_id = new.org_id and u.id = new.id for no key update;
    perform traveler_private.demand(v_upload.created_by = traveler_private.actor(), 404, 'upload_unknown', 'T1', 'There is no such upload.');
    perform traveler_private.demand(v_upload.finished_at is null, 409, 'upload_finished', 'P4', 'The upload is finished.');
    v_parts := (v_upload.byte_size + 1048575) / 1048576;
    perform traveler_private.demand((select count(*) from traveler.attachment_part p where p.org_id = new.org_id and p.upload_id = new.id) = v_parts,
        409, 'upload_incomplete', 'P4', format('The file has %s parts, and not all have come.', v_parts), 'Send the parts that are missing.',
        jsonb_build_object('missing', (select jsonb_agg(n order by n) from (select n from generate_series(1, v_parts) n
            where not exists (select from traveler.attachment_part p where p.org_id = new.org_id and p.upload_id = new.id and p.number = n) order by n limit 100) m)));
    new.run_id := v_upload.run_id;
    new.run_step_id := v_upload.run_step_id;
    new.run_step_field_id := v_upload.run_step_field_id;
    new.file_name := v_upload.file_name;
    new.content_type := v_upload.content_type;
    new.byte_size := v_upload.byte_size;
    new.uploaded_by := v_upload.created_by;
    new.digest := traveler_private.attachment_digest(new.org_id, new.id);
    new.archived_at := null;
    new.archived_by := null;
    update traveler.attachment_upload u set finished_at = clock_timestamp() where u.org_id = new.org_id and u.id = new.id;
    return new;
end
$$;
comment on function traveler_private.guard_attachment is 'Trigger: an attachment is what its upload declared and what came, whole; then only archiving changes it (P4, T4).';
create or replace trigger _100_guard_attachment before insert or update on traveler.attachment for each row execute function traveler_private.guard_attachment();
create or replace trigger _050_guard_run_live_insert after insert on traveler.attachment referencing new table as new_rows
    for each statement execute function traveler_private.guard_run_live('work');
create or replace trigger _050_guard_run_live_update after update on traveler.attachment referencing new table as new_rows
    for each statement execute function traveler_private.guard_run_live('work');

-- Of parts' digests alone: whatever the size of the file, no more than 32 bytes a part are held.
create or replace function traveler_private.attachment_digest(p_org uuid, p_upload uuid) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select case count(*) when 1 then decode(max(encode(p.digest, 'hex')), 'hex') else sha256(string_agg(p.digest, ''::bytea order by p.number)) end
        from traveler.attachment_part p where p.org_id = p_org and p.upload_id = p_upload);
end
$$;
comment on function traveler_private.attachment_digest is 'SHA-256 of a file''s content; of several parts, SHA-256 of their digests one behind the other.';

-- A file field names a file that was attached to it.
create or replace function traveler_private.file_fault(f traveler.run_step_field, p_attachment uuid) returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when not exists (select from traveler.attachment a where a.org_id = f.org_id and a.id = p_attachment
        and a.run_step_field_id = f.id and a.archived_at is null) then 'is the id of a file that was attached to this field, and not archived' end;
end
$$;
comment on function traveler_private.file_fault is 'Whether a file can be the value of a field; null when it can (P4).';

create or replace function traveler.attachment_json(p_attachment uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', a.id, 'run_id', a.run_id, 'run_step_id', a.run_step_id, 'run_step_field_id', a.run_step_field_id, 'file_name', a.file_name,
            'content_type', a.content_type, 'byte_size', a.byte_size, 'digest', encode(a.digest, 'hex'), 'uploaded_by', a.uploaded_by,
            'archived_at', traveler.json_time(a.archived_at), 'archived_by', a.archived_by, 'created_at', traveler.json_time(a.created_at), 'version', a.version)
        from traveler.attachment a where a.org_id = traveler.current_org() and a.id = p_attachment
    );
end
$$;
comment on function traveler.attachment_json is 'An attachment as JSON, without its content; null when the org has no such attachment.';

-- GET /v1/attachment-uploads/{id}: what has come, for who goes on after a break.
create or replace function traveler.upload_json(p_upload uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', u.id, 'run_id', u.run_id, 'run_step_id', u.run_step_id, 'run_step_field_id', u.run_step_field_id, 'file_name', u.file_name,
            'content_type', u.content_type, 'byte_size', u.byte_size, 'part_size', 1048576, 'parts', (u.byte_size + 1048575) / 1048576,
            'received', (select coalesce(jsonb_agg(p.number order by p.number), '[]') from traveler.attachment_part p where p.org_id = u.org_id and p.upload_id = u.id),
            'created_at', traveler.json_time(u.created_at))
        from traveler.attachment_upload u
        where u.org_id = traveler.current_org() and u.id = p_upload and u.finished_at is null and u.created_by = traveler_private.actor()
    );
end
$$;
comment on function traveler.upload_json is 'An upload of the caller''s that is not finished, with the parts that have come; null when there is none.';

-- POST /v1/attachment-uploads: {run_id | run_step_id | run_step_field_id, file_name, content_type, byte_size}
create or replace function traveler.declare_attachment(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_id uuid := traveler.new_id();
    v_run uuid := (p_request ->> 'run_id')::uuid;
    v_step uuid := (p_request ->> 'run_step_id')::uuid;
    v_field uuid := (p_request ->> 'run_step_field_id')::uuid;
begin
    perform traveler_private.require('run_step.update');
    perform traveler_private.demand(num_nonnulls(v_run, v_step, v_field) = 1, 422, 'attachment_owner', 'P4', 'A file belongs to a run, to a step or to a field: to one of them.');
    if v_field is not null then
        select f.run_step_id, f.run_id into v_step, v_run from traveler.run_step_field f where f.org_id = v_org and f.id = v_field;
        perform traveler_private.demand(found, 404, 'field_unknown', 'T1', 'There is no such field.');
    elsif v_step is not null then
        select s.run_id into v_run from traveler.run_step s where s.org_id = v_org and s.id = v_step;
        perform traveler_private.demand(found, 404, 'step_unknown', 'T1', 'There is no such step.');
    end if;
    perform traveler_private.drop_uploads(10);
    perform traveler_private.demand((select count(*) from traveler.attachment_upload u where u.org_id = v_org and u.finished_at is null
        and u.created_by = traveler_private.actor()) < 20, 409, 'uploads_unfinished', 'P4', '20 of your uploads are not finished.', 'Finish them, or wait a day.');
    insert into traveler.attachment_upload (org_id, id, run_id, run_step_id, run_step_field_id, file_name, content_type, byte_size, created_by)
    values (v_org, v_id, v_run, v_step, v_field, p_request ->> 'file_name', lower(p_request ->> 'content_type'), (p_request ->> 'byte_size')::bigint, traveler_private.actor());
    return traveler.upload_json(v_id);
end
$$;
comment on function traveler.declare_attachment is 'Declares a file before its first byte: what it belongs to, its name, type and size (P4).';

-- PUT /v1/attachment-uploads/{id}/parts/{number}: the bytes; sent again, they replace what came before.
create or replace function traveler.write_attachment_part(p_upload uuid, p_number integer, p_digest text, p_bytes bytea) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_digest bytea := sha256(p_bytes);
begin
    perform traveler_private.require('run_step.update');
    perform traveler_private.demand(p_digest is null or p_digest = encode(v_digest, 'base64'), 422, 'digest_mismatch', 'P4',
        'The bytes are not those whose digest was sent.', 'Send the part again.');
    insert into traveler.attachment_part (org_id, upload_id, number, digest, bytes) values (v_org, p_upload, p_number, v_digest, p_bytes)
    on conflict (org_id, upload_id, number) do update set digest = excluded.digest, bytes = excluded.bytes where attachment_part.digest <> excluded.digest;
    return jsonb_build_object('number', p_number, 'byte_size', octet_length(p_bytes), 'digest', encode(v_digest, 'hex'));
end
$$;
comment on function traveler.write_attachment_part is 'Takes one part of a file; its digest, if one came with it, must be right (P4).';

-- GET /v1/attachments/{id}/content, a part at a time.
create or replace function traveler.attachment_content(p_attachment uuid, p_number integer) returns bytea
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (select p.bytes from traveler.attachment a join traveler.attachment_part p on p.org_id = a.org_id and p.upload_id = coalesce(a.original_id, a.id)
        where a.org_id = traveler.current_org() and a.id = p_attachment and p.number = p_number);
end
$$;
comment on function traveler.attachment_content is 'One part of an attachment''s content; null where there is none.';

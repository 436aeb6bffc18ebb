-- previous: 852243a3598cf5835456edc12bef5c54964e803613d68b4796b7066c4abc1e46
-- Attachments of a run, its steps and its file fields: files that come and go in parts of 1 MiB (P3, P4).

alter table traveler.org add column attachment_limit_bytes bigint not null default 104857600;
alter table traveler.org add constraint org_attachment_limit check (attachment_limit_bytes between 1048576 and 10737418240);
comment on column traveler.org.attachment_limit_bytes is 'The greatest attachment, in bytes; 100 MiB unless the org says otherwise.';

create table traveler.attachment_upload (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid,
    run_step_field_id uuid,
    file_name text not null,
    content_type text not null,
    byte_size bigint not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    constraint attachment_upload_pkey primary key (org_id, id),
    constraint attachment_upload_file_name check (char_length(file_name) between 1 and 255 and file_name !~ '[[:cntrl:]/\\]'),
    constraint attachment_upload_byte_size check (byte_size between 1 and 10737418240),
    constraint attachment_upload_field_has_step check (run_step_field_id is null or run_step_id is not null)
);
alter table traveler.attachment_upload
    add constraint attachment_upload_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint attachment_upload_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint attachment_upload_field_fkey foreign key (org_id, run_step_field_id) references traveler.run_step_field (org_id, id);
create index attachment_upload_unfinished on traveler.attachment_upload (org_id, created_at) where finished_at is null;
comment on table traveler.attachment_upload is 'A file on its way, as declared before its first byte. No record: nothing shows it, and what is not finished within a day is dropped.';

create table traveler.attachment_part (
    org_id uuid not null,
    upload_id uuid not null,
    number integer not null,
    digest bytea not null,
    bytes bytea not null,
    constraint attachment_part_pkey primary key (org_id, upload_id, number),
    constraint attachment_part_number check (number between 1 and 10240),
    constraint attachment_part_size check (octet_length(bytes) between 1 and 1048576),
    constraint attachment_part_digest check (digest = sha256(bytes))
);
alter table traveler.attachment_part
    alter column bytes set storage external,
    add constraint attachment_part_upload_fkey foreign key (org_id, upload_id) references traveler.attachment_upload (org_id, id);
comment on table traveler.attachment_part is 'The content of a file, in parts of 1 MiB; the last has what is left. It never changes once the upload is finished.';
comment on column traveler.attachment_part.digest is 'SHA-256 of the part''s bytes.';

create table traveler.attachment (
    org_id uuid not null,
    id uuid not null,
    run_id uuid not null,
    run_step_id uuid,
    run_step_field_id uuid,
    file_name text not null,
    content_type text not null,
    byte_size bigint not null,
    digest bytea not null,
    uploaded_by text not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint attachment_pkey primary key (org_id, id),
    constraint attachment_digest_length check (octet_length(digest) = 32)
);
alter table traveler.attachment
    add constraint attachment_upload_fkey foreign key (org_id, id) references traveler.attachment_upload (org_id, id),
    add constraint attachment_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint attachment_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint attachment_field_fkey foreign key (org_id, run_step_field_id) references traveler.run_step_field (org_id, id);
create index attachment_by_run on traveler.attachment (org_id, run_id, id);
create index attachment_by_step on traveler.attachment (org_id, run_step_id, id) where run_step_id is not null;
comment on table traveler.attachment is 'A file that belongs to a run, to a step of it or to a file field. Its content never changes; it is archived, never deleted (T4).';
comment on column traveler.attachment.digest is 'SHA-256 of the content; of a file above 1 MiB, SHA-256 of the SHA-256 digests of its parts of 1 MiB, one behind the other.';

alter table traveler.procedure_field
    drop constraint procedure_field_type,
    add constraint procedure_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part', 'tool', 'datagrid', 'file'));
alter table traveler.run_step_field
    drop constraint run_step_field_type,
    add constraint run_step_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part', 'tool', 'datagrid', 'file'));

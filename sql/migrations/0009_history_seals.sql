-- previous: 587b9cfea36192461d0f709990392ae5783483a9c672b80663aa6d5f56760714
-- Y2: seals over the whole history of an org, so that a tail that was cut off a chain together with its head shows; and what keeps
-- the chains verifiable when an old month of the history is detached.

create table traveler.history_seal (
    org_id uuid not null,
    number bigint not null,
    sealed_at timestamptz not null,
    entries bigint not null,
    roots integer not null,
    complete boolean not null,
    payload text not null,
    digest bytea not null,
    constraint history_seal_pkey primary key (org_id, number),
    constraint history_seal_digest_length check (octet_length(digest) = 32)
);
alter table traveler.history_seal add constraint history_seal_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.history_seal is 'Where each chain of the org''s history stood when the background job looked: chained by digest, append only (Y2). No record, and not in the history itself.';
comment on column traveler.history_seal.number is 'Place in the org''s chain of seals: 1, 2, 3 ... without gaps.';
comment on column traveler.history_seal.sealed_at is 'When the sealing began. What was committed before is in this seal or an earlier one, if this one is complete.';
comment on column traveler.history_seal.entries is 'How many entries it seals that no seal before it did.';
comment on column traveler.history_seal.roots is 'How many chains they belong to: one line of the payload each.';
comment on column traveler.history_seal.complete is 'Whether nothing was left for a further seal.';
comment on column traveler.history_seal.payload is 'The seal as hashed: format and version, the columns, the digest of the seal before it, then a line ROOT SEQ DIGEST for each chain that moved on.';
comment on column traveler.history_seal.digest is 'SHA-256 of the payload''s bytes, which hold the digest of the seal before it.';

create table traveler_private.history_seal_head (
    org_id uuid not null,
    number bigint not null,
    digest bytea not null,
    complete_at timestamptz,
    detachments integer not null default 0,
    constraint history_seal_head_pkey primary key (org_id)
);
comment on table traveler_private.history_seal_head is 'The last seal of each org. Its row lock is what orders those who seal.';
comment on column traveler_private.history_seal_head.complete_at is 'When the last complete seal was begun.';
comment on column traveler_private.history_seal_head.detachments is 'How many of the org''s detachments are told in a seal.';

create table traveler_private.history_sealed (
    org_id uuid not null,
    root_id uuid not null,
    seq bigint not null,
    digest bytea not null,
    constraint history_sealed_pkey primary key (org_id, root_id)
) with (fillfactor = 70);
comment on table traveler_private.history_sealed is 'How far each chain is sealed: what the next seal begins from. Derived from the seals, and verified against them.';

create table traveler_private.history_anchor (
    org_id uuid not null,
    root_id uuid not null,
    month date not null,
    first_seq bigint not null,
    previous_digest bytea not null,
    seq bigint not null,
    digest bytea not null,
    constraint history_anchor_pkey primary key (org_id, root_id, seq),
    constraint history_anchor_digest_length check (octet_length(digest) = 32 and octet_length(previous_digest) = 32)
);
comment on table traveler_private.history_anchor is 'Where a chain goes on after a month was detached: its entries first_seq to seq are in that month''s archive, and digest is the last one''s. Append only (Y2).';
comment on column traveler_private.history_anchor.previous_digest is 'The digest before first_seq: what the archive''s part of the chain is verified from.';

create table traveler_private.history_detachment (
    org_id uuid not null,
    number integer not null,
    month date not null,
    entries bigint not null,
    roots bigint not null,
    digest bytea not null,
    anchor_digest bytea not null,
    detached_at timestamptz not null,
    detached_by text not null,
    constraint history_detachment_pkey primary key (org_id, month),
    constraint history_detachment_number_key unique (org_id, number)
);
comment on table traveler_private.history_detachment is 'Which months of an org''s history were detached, and what was in them. Told by the org''s next seal; append only (Y2).';
comment on column traveler_private.history_detachment.number is 'Counts the org''s detachments, from 1.';
comment on column traveler_private.history_detachment.digest is 'Running SHA-256 over the month''s entries (root, seq, digest), in that order.';
comment on column traveler_private.history_detachment.anchor_digest is 'Running SHA-256 over the month''s anchors, in the order of their roots.';

create table traveler_private.history_detached_record (
    org_id uuid not null,
    table_name text not null,
    row_id uuid not null,
    operation text not null,
    constraint history_detached_record_pkey primary key (org_id, table_name, row_id)
);
comment on table traveler_private.history_detached_record is 'The records whose newest entry, at the time, went with a detached month: what verification can''t compare with the history any more.';

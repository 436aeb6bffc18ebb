-- previous: none
-- Identity, permissions, the caller's context, the transaction history: what every later table stands on (T1-T4, Y1, Y2).

create function traveler.new_id() returns uuid
language sql volatile parallel safe
as $$
    -- RFC 9562 version 7: 48 bits of milliseconds, then random. Leading time keeps new rows together in every index.
    select encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                from 1 for 6),
            52, 1), 53, 1),
        'hex')::uuid
$$;
comment on function traveler.new_id() is 'A new identifier: a version 7 UUID, so that ids sort by the time they were made (RFC 9562).';

-- The reference list of what may be permitted (T3). Read-only; the same for every org.
create table traveler.permission (
    name text not null,
    description text not null,
    constraint permission_pkey primary key (name),
    constraint permission_name_form check (name ~ '^[a-z_]+\.[a-z_]+$')
);
comment on table traveler.permission is 'Every permission that a role can hold (T3).';

create table traveler.org (
    org_id uuid not null default traveler.new_id(),
    slug text not null,
    name text not null,
    move_on_start boolean not null default true,
    complete_by_act boolean not null default false,
    fail_reason text not null default 'optional',
    cancel_reason text not null default 'optional',
    fail_creates_issue boolean not null default false,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint org_pkey primary key (org_id),
    constraint org_slug_key unique (slug),
    constraint org_slug_form check (slug ~ '^[a-z][a-z0-9-]{0,62}$'),
    constraint org_name_length check (char_length(name) between 1 and 200),
    constraint org_fail_reason check (fail_reason in ('off', 'optional', 'required')),
    constraint org_cancel_reason check (cancel_reason in ('off', 'optional', 'required'))
);
comment on column traveler.org.fail_reason is 'Whether failing a step asks for a reason: off, optional or required (S10).';
comment on column traveler.org.cancel_reason is 'Whether canceling a step asks for a reason: off, optional or required (S10).';
comment on column traveler.org.fail_creates_issue is 'Whether failing a step creates an issue in the same transaction (S6).';
comment on table traveler.org is 'An organisation: the tenant that every other row belongs to (T1).';
comment on column traveler.org.move_on_start is 'Whether starting a step moves the assembly to the step''s location (S3).';
comment on column traveler.org.complete_by_act is 'Whether completion always waits for the act of a holder of run.complete (C3).';

create table traveler.user_account (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    email text not null,
    name text not null,
    active boolean not null default true,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint user_account_pkey primary key (org_id, id),
    constraint user_account_email_key unique (org_id, email),
    constraint user_account_email_form check (email = lower(email) and email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 254),
    constraint user_account_name_length check (char_length(name) between 1 and 200)
);
alter table traveler.user_account add constraint user_account_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.user_account is 'A person who acts in one org. Never deleted: deactivated (T4).';

create table traveler.role (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    name text not null,
    built_in boolean not null default false,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint role_pkey primary key (org_id, id),
    constraint role_name_key unique (org_id, name),
    constraint role_name_form check (name ~ '^[a-z][a-z0-9_]{0,62}$')
);
alter table traveler.role add constraint role_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.role is 'A named set of permissions of one org; the built-in ones come with the org (T3).';

create table traveler.role_permission (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    role_id uuid not null,
    permission text not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint role_permission_pkey primary key (org_id, id)
);
alter table traveler.role_permission
    add constraint role_permission_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id),
    add constraint role_permission_permission_fkey foreign key (permission) references traveler.permission (name);
create unique index role_permission_live_key on traveler.role_permission (org_id, role_id, permission) where revoked_at is null;
comment on table traveler.role_permission is 'A permission that a role holds; taken back by revoked_at, never deleted (T3, T4).';

create table traveler.user_role (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    user_id uuid not null,
    role_id uuid not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint user_role_pkey primary key (org_id, id)
);
alter table traveler.user_role
    add constraint user_role_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id),
    add constraint user_role_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
create unique index user_role_live_key on traveler.user_role (org_id, user_id, role_id) where revoked_at is null;
create index user_role_by_role on traveler.user_role (org_id, role_id);
comment on table traveler.user_role is 'A role given to a user; taken back by revoked_at, never deleted (T3, T4).';

-- API tokens and the page's sessions alike: only a digest of the secret is kept.
create table traveler.credential (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    user_id uuid not null,
    kind text not null,
    name text not null,
    digest bytea not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint credential_pkey primary key (org_id, id),
    constraint credential_kind check (kind in ('token', 'session')),
    constraint credential_session_expires check (kind <> 'session' or expires_at is not null),
    constraint credential_name_length check (char_length(name) between 1 and 200),
    constraint credential_digest_length check (octet_length(digest) = 32)
);
alter table traveler.credential
    add constraint credential_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
create index credential_by_user on traveler.credential (org_id, user_id, kind);
comment on table traveler.credential is 'What a caller proves an identity with: an API token or a session of the page. Holds the SHA-256 of the secret only.';

-- Secrets of the sign-in and of the context signature: no role but the owner reads this schema.
create table traveler_private.password (
    org_id uuid not null,
    user_id uuid not null,
    hash text not null,
    changed_at timestamptz not null default now(),
    constraint password_pkey primary key (org_id, user_id)
);
alter table traveler_private.password
    add constraint password_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
comment on table traveler_private.password is 'bcrypt hashes of passwords (pgcrypto).';

create table traveler_private.sign_in_attempt (
    org_id uuid not null,
    email text not null,
    failures integer not null,
    window_started_at timestamptz not null,
    constraint sign_in_attempt_pkey primary key (org_id, email)
);
comment on table traveler_private.sign_in_attempt is 'Failed sign-ins per address in the current window; the rate limit is judged before any hashing.';

create table traveler_private.context_secret (
    only_row boolean not null default true,
    secret bytea not null,
    constraint context_secret_pkey primary key (only_row),
    constraint context_secret_only_row check (only_row)
);
comment on table traveler_private.context_secret is 'The key that signs a transaction''s context (T2). Read by the owner''s functions alone.';
insert into traveler_private.context_secret (secret) values (extensions.gen_random_bytes(32));

create table traveler.org_counter (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    name text not null,
    last_number bigint not null default 0,
    constraint org_counter_pkey primary key (org_id, id),
    constraint org_counter_name_key unique (org_id, name)
);
alter table traveler.org_counter add constraint org_counter_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.org_counter is 'Per-org counters for numbers that people read (run numbers). A counter is no record and has no history.';

create table traveler.idempotency_key (
    org_id uuid not null,
    user_id uuid not null,
    key text not null,
    request_digest bytea not null,
    status integer,
    body text,
    created_at timestamptz not null default now(),
    constraint idempotency_key_pkey primary key (org_id, user_id, key),
    constraint idempotency_key_length check (char_length(key) between 1 and 255)
);
alter table traveler.idempotency_key
    add constraint idempotency_key_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
comment on table traveler.idempotency_key is 'The answer of each POST that carried an Idempotency-Key, written by the transaction that did the work.';

-- Y1, Y2. One entry a change. What is hashed is the payload, byte for byte as stored; the columns repeat parts of it for
-- reading and are compared with it by verification.
create table traveler.transaction_history (
    org_id uuid not null,
    root_id uuid not null,
    seq bigint not null,
    at timestamptz not null,
    root_table text not null,
    table_name text not null,
    row_id uuid not null,
    operation text not null,
    transaction_id xid8 not null,
    actor text not null,
    via text not null,
    db_role text not null,
    request_id text,
    reason text,
    payload text not null,
    digest bytea not null,
    constraint transaction_history_pkey primary key (org_id, root_id, seq, at),
    constraint transaction_history_operation check (operation in ('insert', 'update', 'delete')),
    constraint transaction_history_digest_length check (octet_length(digest) = 32)
) partition by range (at);
create index transaction_history_by_row on traveler.transaction_history (org_id, row_id, seq);
create index transaction_history_by_time on traveler.transaction_history (org_id, at);
comment on table traveler.transaction_history is 'Every change to every record (Y1), chained by digest per root record (Y2). Append only.';
comment on column traveler.transaction_history.root_id is 'The record whose chain the entry belongs to: the run, or else the record''s own root.';
comment on column traveler.transaction_history.seq is 'Place in the root''s chain: 1, 2, 3 ... without gaps.';
comment on column traveler.transaction_history.payload is 'The entry as hashed: JSON with format version, who, when, before and after.';
comment on column traveler.transaction_history.digest is 'SHA-256 of the entry before it in the chain (of the root''s identity for the first) followed by the payload''s bytes.';
comment on column traveler.transaction_history.actor is 'user:<id>, or system:<job> for work that no person asked for.';
create table traveler.transaction_history_default partition of traveler.transaction_history default;

create table traveler_private.history_head (
    org_id uuid not null,
    root_id uuid not null,
    root_table text not null,
    seq bigint not null,
    digest bytea not null,
    constraint history_head_pkey primary key (org_id, root_id)
) with (fillfactor = 70);
comment on table traveler_private.history_head is 'The last link of each root''s chain. Its row lock is what orders the writers of one chain.';

-- The slugs once more, where the sign-in finds an org before there is a context.
create table traveler_private.org_slug (
    slug text not null,
    org_id uuid not null,
    constraint org_slug_pkey primary key (slug)
);
alter table traveler_private.org_slug add constraint org_slug_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler_private.org_slug is 'Which org a slug names: read by the sign-in and the operator''s functions before a context exists.';

create table traveler_private.history_table (
    table_name text not null,
    root_table text not null,
    id_column text not null,
    left_out text[] not null,
    constraint history_table_pkey primary key (table_name)
);
comment on table traveler_private.history_table is 'Which tables are under the history, whose chain their entries join, and which derived columns an entry leaves out.';

-- previous: 5af9b77f4d4b0f01212b502cccf99c153b56e0478649aebe038e75197ffb96d6
-- Electronic signatures, the approvals that a step demands (P5), deviations (D5).

alter table traveler.org
    add column signature_password boolean not null default false,
    add column deviation_by_enterer boolean not null default false;
comment on column traveler.org.signature_password is 'Whether whoever signs gives their password again.';
comment on column traveler.org.deviation_by_enterer is 'Whether who entered an out-of-range value may accept it as well (D5).';

alter table traveler.procedure_field add column meaning text;
alter table traveler.procedure_field
    add constraint procedure_field_meaning check (meaning is null or type = 'signoff' and char_length(trim(meaning)) between 1 and 500);
comment on column traveler.procedure_field.meaning is 'What the signature in a sign-off field says; null for "Performed and verified".';
alter table traveler.run_step_field add column meaning text;
alter table traveler.run_step_field
    add constraint run_step_field_meaning check (meaning is null or type = 'signoff' and char_length(trim(meaning)) between 1 and 500);
comment on column traveler.run_step_field.meaning is 'What the signature in a sign-off field says; null for "Performed and verified".';

-- P5: what a step demands, in the procedure and copied into the run.
create table traveler.procedure_approval (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    procedure_id uuid not null,
    procedure_step_id uuid not null,
    role_id uuid not null,
    approvers integer not null default 1,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint procedure_approval_pkey primary key (org_id, id),
    constraint procedure_approval_role_key unique (org_id, procedure_step_id, role_id),
    constraint procedure_approval_approvers check (approvers between 1 and 20)
);
alter table traveler.procedure_approval
    add constraint procedure_approval_step_fkey foreign key (org_id, procedure_id, procedure_step_id) references traveler.procedure_step (org_id, procedure_id, id),
    add constraint procedure_approval_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
create index procedure_approval_by_procedure on traveler.procedure_approval (org_id, procedure_id);
comment on table traveler.procedure_approval is 'Approvals that a step demands: so many approvers of a role (P5).';

create table traveler.run_step_approval_requirement (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    role_id uuid not null,
    approvers integer not null default 1,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_step_approval_requirement_pkey primary key (org_id, id),
    constraint run_step_approval_requirement_role_key unique (org_id, run_step_id, role_id),
    constraint run_step_approval_requirement_in_step_key unique (org_id, run_id, run_step_id, id),
    constraint run_step_approval_requirement_approvers check (approvers between 1 and 20)
);
alter table traveler.run_step_approval_requirement
    add constraint run_step_approval_requirement_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint run_step_approval_requirement_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
create index run_step_approval_requirement_by_role on traveler.run_step_approval_requirement (org_id, role_id);
comment on table traveler.run_step_approval_requirement is 'Approvals that a run''s step demands: so many approvers of a role, as copied from the procedure (P5).';

create table traveler.approval_delegation (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    from_user_id uuid not null,
    to_user_id uuid not null,
    role_id uuid not null,
    valid_from timestamptz not null default now(),
    valid_to timestamptz not null,
    reason text not null,
    ended_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint approval_delegation_pkey primary key (org_id, id),
    constraint approval_delegation_not_self check (from_user_id <> to_user_id),
    constraint approval_delegation_ends_after_start check (valid_to > valid_from),
    constraint approval_delegation_reason_length check (char_length(trim(reason)) between 1 and 1000)
);
alter table traveler.approval_delegation
    add constraint approval_delegation_from_fkey foreign key (org_id, from_user_id) references traveler.user_account (org_id, id),
    add constraint approval_delegation_to_fkey foreign key (org_id, to_user_id) references traveler.user_account (org_id, id),
    add constraint approval_delegation_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
create index approval_delegation_by_delegate on traveler.approval_delegation (org_id, to_user_id, role_id);
create index approval_delegation_by_delegator on traveler.approval_delegation (org_id, from_user_id);
comment on table traveler.approval_delegation is 'A holder of a role lets someone else approve in it for a time; never themselves, and never beyond their own holding of the role (P5).';
comment on column traveler.approval_delegation.ended_at is 'When it was taken back before its time.';

create table traveler.approval (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    requirement_id uuid not null,
    attempt integer not null,
    decision text not null,
    reason text,
    user_id uuid not null,
    principal_id uuid not null,
    delegation_id uuid,
    decided_at timestamptz not null default now(),
    voided_at timestamptz,
    void_reason text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint approval_pkey primary key (org_id, id),
    constraint approval_decision check (decision in ('approved', 'refused')),
    constraint approval_refused_with_reason check (decision = 'approved' or char_length(trim(coalesce(reason, ''))) between 1 and 1000),
    constraint approval_delegated check ((delegation_id is null) = (user_id = principal_id)),
    constraint approval_void_reason check ((voided_at is null) = (void_reason is null) and void_reason in ('changed', 'attempt', 'withdrawn'))
);
alter table traveler.approval
    add constraint approval_requirement_fkey foreign key (org_id, run_id, run_step_id, requirement_id)
        references traveler.run_step_approval_requirement (org_id, run_id, run_step_id, id),
    add constraint approval_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id),
    add constraint approval_principal_fkey foreign key (org_id, principal_id) references traveler.user_account (org_id, id),
    add constraint approval_delegation_fkey foreign key (org_id, delegation_id) references traveler.approval_delegation (org_id, id);
create unique index approval_person_key on traveler.approval (org_id, requirement_id, user_id) where voided_at is null;
create unique index approval_principal_key on traveler.approval (org_id, requirement_id, principal_id) where voided_at is null;
create index approval_by_step on traveler.approval (org_id, run_step_id);
comment on table traveler.approval is 'An approval of a step, or its refusal, in a role that the step demands (P5). Append only, but for becoming void.';
comment on column traveler.approval.principal_id is 'Whose authority was used: the approver''s own, or that of who delegated it. It counts once, as does a person.';
comment on column traveler.approval.void_reason is 'changed: what was approved changed since; attempt: a new attempt began (S14); withdrawn: decided anew by the same person.';

create table traveler.deviation (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    run_step_field_id uuid not null,
    attempt integer not null,
    value jsonb not null,
    rationale text not null,
    accepted_by text not null,
    accepted_at timestamptz not null default now(),
    voided_at timestamptz,
    void_reason text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint deviation_pkey primary key (org_id, id),
    constraint deviation_rationale_length check (char_length(trim(rationale)) between 1 and 2000),
    constraint deviation_void_reason check ((voided_at is null) = (void_reason is null) and void_reason in ('changed', 'attempt'))
);
alter table traveler.deviation
    add constraint deviation_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint deviation_field_fkey foreign key (org_id, run_step_field_id) references traveler.run_step_field (org_id, id);
create unique index deviation_live_key on traveler.deviation (org_id, run_step_field_id) where voided_at is null;
create index deviation_by_step on traveler.deviation (org_id, run_step_id);
comment on table traveler.deviation is 'An out-of-range value that was accepted, with its rationale (D5). Append only, but for becoming void.';
comment on column traveler.deviation.value is 'The value that was accepted: it covers no other.';

create table traveler.signature (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    kind text not null,
    run_step_field_id uuid,
    approval_id uuid,
    deviation_id uuid,
    attempt integer not null,
    meaning text not null,
    signed_by text not null,
    printed_name text not null,
    role text,
    signed_at timestamptz not null default now(),
    covers uuid[] not null default '{}',
    document text not null,
    digest bytea not null,
    voided_at timestamptz,
    void_reason text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint signature_pkey primary key (org_id, id),
    constraint signature_kind check (kind in ('step', 'field', 'approval', 'deviation')),
    constraint signature_subject check ((kind = 'field') = (run_step_field_id is not null) and (kind = 'approval') = (approval_id is not null)
        and (kind = 'deviation') = (deviation_id is not null)),
    constraint signature_digest check (digest = sha256(convert_to(document, 'UTF8'))),
    constraint signature_void_reason check ((voided_at is null) = (void_reason is null) and void_reason in ('changed', 'attempt', 'withdrawn'))
);
alter table traveler.signature
    add constraint signature_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint signature_field_fkey foreign key (org_id, run_step_field_id) references traveler.run_step_field (org_id, id),
    add constraint signature_approval_fkey foreign key (org_id, approval_id) references traveler.approval (org_id, id),
    add constraint signature_deviation_fkey foreign key (org_id, deviation_id) references traveler.deviation (org_id, id);
create index signature_by_step on traveler.signature (org_id, run_step_id);
create unique index signature_step_key on traveler.signature (org_id, run_step_id) where voided_at is null and kind = 'step';
create unique index signature_field_key on traveler.signature (org_id, run_step_field_id) where voided_at is null and kind = 'field';
create index signature_stale_by_run on traveler.signature (org_id, run_id) where kind = 'step' and void_reason = 'changed';
comment on table traveler.signature is 'An electronic signature: who, in which name and role, when, what it means, and exactly what was signed. Append only, but for becoming void.';
comment on column traveler.signature.kind is 'What was signed: the step (its sign-off), a sign-off field, an approval or a deviation.';
comment on column traveler.signature.printed_name is 'The signer''s name as it was then.';
comment on column traveler.signature.role is 'The role that it was given in, where one was asked for.';
comment on column traveler.signature.covers is 'The live signatures that it was given over: those of the step''s fields and, for its sign-off, all of it. Approvers judge each for themselves.';
comment on column traveler.signature.document is 'What was signed, as canonical JSON: the step''s definition, its values, the signatures before it.';
comment on column traveler.signature.digest is 'SHA-256 of the document''s UTF-8 bytes: anyone can recompute it.';
comment on column traveler.signature.void_reason is 'changed: what was signed changed since (stale); attempt: a new attempt began (S14); withdrawn: taken back or given anew.';

-- A wrong password at a signature is told apart from a wrong sign-in, and kept.
create table traveler.signature_failure (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    user_id uuid not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint signature_failure_pkey primary key (org_id, id)
);
alter table traveler.signature_failure
    add constraint signature_failure_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id);
create index signature_failure_by_user on traveler.signature_failure (org_id, user_id, created_at);
comment on table traveler.signature_failure is 'A wrong password given to sign something: kept for the record, and counted against the next tries. Append only.';

-- Its place is taken by the keeper of all signatures.
drop trigger if exists _520_void_signatures on traveler.run_step;
drop function if exists traveler_private.void_signatures();
drop trigger if exists _500_make_signatures_stale on traveler.run_step_field;
drop function if exists traveler_private.make_signatures_stale();

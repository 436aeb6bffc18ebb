-- previous: d95b04bcae1cff3dad41cca76494d32a514ed31aa243bbddfc46430903cff2b2
-- What the release of a redline needs (D1, D3): the org's policy, the approvals that are given, and the issue that a redline is for.

create table traveler.redline_approval_policy (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    role_id uuid not null,
    approvers integer not null default 1,
    ended_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint redline_approval_policy_pkey primary key (org_id, id),
    constraint redline_approval_policy_approvers check (approvers between 1 and 20)
);
alter table traveler.redline_approval_policy
    add constraint redline_approval_policy_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
create unique index redline_approval_policy_role_key on traveler.redline_approval_policy (org_id, role_id) where ended_at is null;
comment on table traveler.redline_approval_policy is 'The approvals that the org asks for before a redline is released: so many approvers of a role (D3). None: it is released without.';
comment on column traveler.redline_approval_policy.ended_at is 'When the org took it back.';

alter table traveler.redline add column issue_id uuid;
alter table traveler.redline
    add constraint redline_in_run_key unique (org_id, run_id, id),
    add constraint redline_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id) not valid;
create index redline_by_issue on traveler.redline (org_id, issue_id) where issue_id is not null;
comment on column traveler.redline.issue_id is 'The issue that it is for, if any (D1).';
comment on column traveler.redline.state is 'open: it is edited; submitted: it waits for approvals; approved, rejected: what they came to; released, canceled: closed (D1). Editing it opens it again.';

create table traveler.redline_approval (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    redline_id uuid not null,
    role_id uuid not null,
    decision text not null,
    reason text,
    user_id uuid not null,
    principal_id uuid not null,
    delegation_id uuid,
    content_digest bytea not null,
    decided_at timestamptz not null default now(),
    voided_at timestamptz,
    void_reason text,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint redline_approval_pkey primary key (org_id, id),
    constraint redline_approval_decision check (decision in ('approved', 'rejected')),
    constraint redline_approval_rejected_with_reason check (decision = 'approved' or char_length(trim(coalesce(reason, ''))) between 1 and 1000),
    constraint redline_approval_delegated check ((delegation_id is null) = (user_id = principal_id)),
    constraint redline_approval_digest_length check (octet_length(content_digest) = 32),
    constraint redline_approval_void_reason check ((voided_at is null) = (void_reason is null) and void_reason in ('changed', 'withdrawn'))
);
alter table traveler.redline_approval
    add constraint redline_approval_redline_fkey foreign key (org_id, run_id, redline_id) references traveler.redline (org_id, run_id, id),
    add constraint redline_approval_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id),
    add constraint redline_approval_user_fkey foreign key (org_id, user_id) references traveler.user_account (org_id, id),
    add constraint redline_approval_principal_fkey foreign key (org_id, principal_id) references traveler.user_account (org_id, id),
    add constraint redline_approval_delegation_fkey foreign key (org_id, delegation_id) references traveler.approval_delegation (org_id, id);
create unique index redline_approval_person_key on traveler.redline_approval (org_id, redline_id, role_id, user_id) where voided_at is null;
create unique index redline_approval_principal_key on traveler.redline_approval (org_id, redline_id, role_id, principal_id) where voided_at is null;
create index redline_approval_by_run on traveler.redline_approval (org_id, run_id);
comment on table traveler.redline_approval is 'An approval of a redline, or its rejection, in a role that the org asks for (D3). Append only, but for becoming void.';
comment on column traveler.redline_approval.principal_id is 'Whose authority was used: the approver''s own, or that of who delegated it. It counts once, as does a person.';
comment on column traveler.redline_approval.content_digest is 'SHA-256 of what was decided on: the redline''s kind and the step''s definition as canonical JSON.';
comment on column traveler.redline_approval.void_reason is 'changed: the redline was edited since; withdrawn: decided anew by the same person.';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.redline validate constraint redline_issue_fkey;
set local role traveler_owner;

-- previous: 6098addb1cc37ebcf22ff14127ee1ce0d90ac49ce14c4939334e8e89fa6604ec
-- Issues: how they move, dispositions and their approvals, what they link and keep from being used (Q1, I2); requirements excepted
-- by an issue (B5).

-- Q1 as data: the guard and the documents read this one table.
create table traveler.issue_transition (
    from_state text not null,
    to_state text not null,
    permission text not null,
    act text not null,
    reason text not null,
    constraint issue_transition_pkey primary key (from_state, to_state),
    constraint issue_transition_from check (from_state in ('pending', 'in_progress', 'in_review', 'resolved')),
    constraint issue_transition_to check (to_state in ('pending', 'in_progress', 'in_review', 'resolved')),
    constraint issue_transition_moves check (from_state <> to_state),
    constraint issue_transition_reason check (reason in ('off', 'optional', 'required'))
);
alter table traveler.issue_transition
    add constraint issue_transition_permission_fkey foreign key (permission) references traveler.permission (name);
comment on table traveler.issue_transition is 'The moves that an issue can make (Q1), each with the permission it needs. One that is not here is refused; a change of the disposition goes back to pending by itself.';

create table traveler.disposition_type (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    name text not null,
    availability text not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint disposition_type_pkey primary key (org_id, id),
    constraint disposition_type_name_length check (char_length(trim(name)) between 1 and 100),
    constraint disposition_type_availability check (availability in ('available_immediately', 'release_on_resolve', 'permanently_unavailable'))
);
alter table traveler.disposition_type add constraint disposition_type_org_fkey foreign key (org_id) references traveler.org (org_id);
create unique index disposition_type_name_key on traveler.disposition_type (org_id, name) where archived_at is null;
comment on table traveler.disposition_type is 'What an org can decide about what an issue is about (Q1). Never rewritten: one that is to read differently is archived and made anew.';
comment on column traveler.disposition_type.availability is 'What becomes of the issue''s inventory: available_immediately once so disposed, release_on_resolve, permanently_unavailable.';

create table traveler.disposition_type_role (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    disposition_type_id uuid not null,
    role_id uuid not null,
    duty text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint disposition_type_role_pkey primary key (org_id, id),
    constraint disposition_type_role_once_key unique (org_id, disposition_type_id, role_id, duty),
    constraint disposition_type_role_duty check (duty in ('approve', 'close'))
);
alter table traveler.disposition_type_role
    add constraint disposition_type_role_type_fkey foreign key (org_id, disposition_type_id) references traveler.disposition_type (org_id, id),
    add constraint disposition_type_role_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
comment on table traveler.disposition_type_role is 'A role that a disposition asks for: each approver role approves once, a holder of any closure role resolves (Q1). Append only.';

alter table traveler.issue
    add column disposition_type_id uuid,
    add column disposition_note text,
    add column disposition_number integer not null default 0,
    add column disposed_by text,
    add column disposed_at timestamptz,
    add column cause text,
    add column assigned_to uuid,
    add column state_reason text,
    add column resolved_by text,
    add column resolved_at timestamptz;
alter table traveler.issue
    add constraint issue_disposition_fkey foreign key (org_id, disposition_type_id) references traveler.disposition_type (org_id, id) not valid,
    add constraint issue_assigned_to_fkey foreign key (org_id, assigned_to) references traveler.user_account (org_id, id) not valid,
    add constraint issue_description_length check (char_length(description) <= 20000),
    add constraint issue_cause_length check (char_length(trim(cause)) between 1 and 300),
    add constraint issue_disposition_note_length check (char_length(trim(disposition_note)) between 1 and 4000),
    add constraint issue_disposition_is_signed check (
        num_nulls(disposition_type_id, disposed_by, disposed_at) = case when disposition_number = 0 then 3 else 0 end
        and (disposition_note is null or disposition_number > 0)),
    add constraint issue_leaves_pending_disposed check (state not in ('in_progress', 'in_review', 'resolved') or disposition_number > 0),
    add constraint issue_resolved_is_signed check (num_nulls(resolved_by, resolved_at) = case when state = 'resolved' then 0 else 2 end);
reset role;
alter table traveler.issue validate constraint issue_disposition_fkey, validate constraint issue_assigned_to_fkey;
set local role traveler_owner;
create index issue_open_by_run on traveler.issue (org_id, run_id, number) where run_id is not null and state <> 'resolved';
create index issue_by_assigned on traveler.issue (org_id, assigned_to, number) where assigned_to is not null;
comment on column traveler.issue.state is 'Moves only as issue_transition allows, and back to pending with each change of the disposition (Q1).';
comment on column traveler.issue.disposition_number is 'Derived: counts the dispositions that the issue has had; an approval is of one of them.';
comment on column traveler.issue.disposed_by is 'Derived: the actor who set the disposition, and so does not approve it.';
comment on column traveler.issue.cause is 'Why it happened: a label of the org''s list, or free text.';
comment on column traveler.issue.state_reason is 'Derived: why it was moved to its state, where a reason was given.';

create table traveler.issue_inventory (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    issue_id uuid not null,
    part_inventory_id uuid not null,
    unlinked_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint issue_inventory_pkey primary key (org_id, id)
);
alter table traveler.issue_inventory
    add constraint issue_inventory_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id),
    add constraint issue_inventory_inventory_fkey foreign key (org_id, part_inventory_id) references traveler.part_inventory (org_id, id);
create unique index issue_inventory_live_key on traveler.issue_inventory (org_id, issue_id, part_inventory_id) where unlinked_at is null;
create index issue_inventory_by_inventory on traveler.issue_inventory (org_id, part_inventory_id) where unlinked_at is null;
comment on table traveler.issue_inventory is 'Inventory that an issue is about, and may keep from being used (I2); taken back by unlinked_at.';

create table traveler.issue_approval (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    issue_id uuid not null,
    disposition_number integer not null,
    role_id uuid not null,
    approved_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint issue_approval_pkey primary key (org_id, id),
    constraint issue_approval_once_key unique (org_id, issue_id, disposition_number, role_id)
);
alter table traveler.issue_approval
    add constraint issue_approval_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id),
    add constraint issue_approval_role_fkey foreign key (org_id, role_id) references traveler.role (org_id, id);
comment on table traveler.issue_approval is 'The approval of an issue''s disposition, as it stood, for a role that it asks for (Q1). Append only.';
comment on column traveler.issue_approval.disposition_number is 'Which of the issue''s dispositions was approved; the approval says nothing of a later one.';

create table traveler.issue_comment (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    issue_id uuid not null,
    body text not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint issue_comment_pkey primary key (org_id, id),
    constraint issue_comment_length check (char_length(trim(body)) between 1 and 10000)
);
alter table traveler.issue_comment
    add constraint issue_comment_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id);
create index issue_comment_by_issue on traveler.issue_comment (org_id, issue_id, id);
comment on table traveler.issue_comment is 'What people say to an issue. Append only.';

-- The causes that the org offers stand in its lists of reasons.
alter table traveler.reason drop constraint reason_act;
alter table traveler.reason
    add constraint reason_act check (act in ('hold', 'fail', 'cancel', 'redline', 'reset', 'reopen', 'issue'));

-- I2: what an issue keeps from being used reads unavailable. A generated column's expression can't be changed, only made anew.
alter table traveler.part_inventory add column issue_hold boolean not null default false;
alter table traveler.part_inventory drop column status;
alter table traveler.part_inventory add column status text not null generated always as (
    case when installation_id is not null then 'installed'
         when build_canceled then 'never_built'
         when building_run_id is not null then 'work_in_progress'
         when issue_hold or quantity = 0 then 'unavailable'
         else 'available' end) stored;
create index part_inventory_by_part on traveler.part_inventory (org_id, part_id, status);
comment on column traveler.part_inventory.status is 'Derived, never set (I2). Expiry and place are judged when it is used: traveler_private.unusable_reason.';
comment on column traveler.part_inventory.issue_hold is 'Derived: an issue keeps it from being used (Q1, I2).';

create table traveler.build_requirement_exception (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    build_requirement_id uuid not null,
    issue_id uuid not null,
    quantity numeric(20, 6) not null,
    reason text not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    withdrawn_by text,
    withdrawn_at timestamptz,
    withdrawal_reason text,
    version integer not null default 1,
    constraint build_requirement_exception_pkey primary key (org_id, id),
    constraint build_requirement_exception_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint build_requirement_exception_reason_length check (char_length(trim(reason)) between 1 and 1000),
    constraint build_requirement_exception_withdrawal_is_whole check (num_nulls(withdrawn_by, withdrawn_at, withdrawal_reason) in (0, 3))
);
alter table traveler.build_requirement_exception
    add constraint build_requirement_exception_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint build_requirement_exception_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id);
create index build_requirement_exception_by_run on traveler.build_requirement_exception (org_id, run_id);
create index build_requirement_exception_by_requirement on traveler.build_requirement_exception (org_id, build_requirement_id);
create index build_requirement_exception_by_issue on traveler.build_requirement_exception (org_id, issue_id);
comment on table traveler.build_requirement_exception is 'A quantity of a requirement that need not be installed, by an issue that says why (B5); withdrawn_at reverses it.';

alter table traveler.build_requirement add column quantity_excepted numeric(20, 6) not null default 0;
alter table traveler.build_requirement drop constraint build_requirement_never_above_need;
alter table traveler.build_requirement add constraint build_requirement_never_above_need check (
    quantity_installed >= 0 and quantity_excepted >= 0 and quantity_installed + quantity_excepted <= quantity_needed);
comment on column traveler.build_requirement.quantity_excepted is 'Derived: the sum of the live exceptions (B5).';

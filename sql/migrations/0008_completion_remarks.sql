-- previous: 2065fce38a3281e7ceeb181290b65a6fb195561a63e89d367dfb0d37b48b9604
-- What is no gate but has to be looked at before a run completes, and what the org makes of it (C2).

alter table traveler.org
    add column open_issue_policy text not null default 'warning',
    add column accepted_deviation_policy text not null default 'note',
    add column undone_step_policy text not null default 'note',
    add column unmerged_redline_policy text not null default 'note';
alter table traveler.org
    add constraint org_open_issue_policy check (open_issue_policy in ('note', 'warning', 'gate')),
    add constraint org_accepted_deviation_policy check (accepted_deviation_policy in ('note', 'warning', 'gate')),
    add constraint org_undone_step_policy check (undone_step_policy in ('note', 'warning', 'gate')),
    add constraint org_unmerged_redline_policy check (unmerged_redline_policy in ('note', 'warning', 'gate'));
comment on column traveler.org.open_issue_policy is 'What an open issue of a run is to its completion: a note in the record, a warning to acknowledge, or a gate (C2).';
comment on column traveler.org.accepted_deviation_policy is 'What an accepted deviation is to completion: note, warning or gate (C2).';
comment on column traveler.org.undone_step_policy is 'What an optional step left undone is to completion: note, warning or gate (C2).';
comment on column traveler.org.unmerged_redline_policy is 'What a released redline that is not merged into the procedure is to completion: note, warning or gate (C2).';

create table traveler.completion_acknowledgment (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    record_number integer not null,
    kind text not null,
    subject_id uuid not null,
    stands text not null,
    what text not null,
    acknowledged_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint completion_acknowledgment_pkey primary key (org_id, id),
    constraint completion_acknowledgment_once_key unique (org_id, run_id, record_number, kind, subject_id, stands)
);
alter table traveler.completion_acknowledgment
    add constraint completion_acknowledgment_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id);
comment on table traveler.completion_acknowledgment is 'A warning that someone acknowledged, as it stood then (C2). Append only.';
comment on column traveler.completion_acknowledgment.record_number is 'The as-built record that the completion was to fix: each completion has its own acknowledgments.';
comment on column traveler.completion_acknowledgment.stands is 'What the warning stood on; when that changes, the warning is another one.';
comment on column traveler.completion_acknowledgment.what is 'The warning in words, as it was.';

-- The live runs of an org, for what blocks them all.
create index run_live on traveler.run (org_id, number) where completed_at is null;

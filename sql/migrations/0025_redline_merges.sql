-- previous: 74b5f78f8a65d52a1151e8a24d64cbaa5614e60c765413e3742392ad1d09ab26
-- What a redline changed, merged into the procedure (D4): which step of a version is which of another, and what was merged where.

alter table traveler.procedure_step add column lineage_id uuid;
create unique index procedure_step_lineage_key on traveler.procedure_step (org_id, procedure_id, lineage_id);
comment on column traveler.procedure_step.lineage_id is 'The step that it goes back to, over the versions of its procedure, or the run''s step that a redline added; null where it begins.';

create table traveler.redline_merge (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    redline_id uuid not null,
    procedure_id uuid not null,
    merged_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint redline_merge_pkey primary key (org_id, id),
    constraint redline_merge_once_key unique (org_id, redline_id)
);
alter table traveler.redline_merge
    add constraint redline_merge_redline_fkey foreign key (org_id, run_id, redline_id) references traveler.redline (org_id, run_id, id),
    add constraint redline_merge_procedure_fkey foreign key (org_id, procedure_id) references traveler.procedure (org_id, id);
create index redline_merge_by_procedure on traveler.redline_merge (org_id, procedure_id);
comment on table traveler.redline_merge is 'A released redline that a version of its procedure has (D4). A record of the procedure, not of the run, which may be completed by then. Append only.';

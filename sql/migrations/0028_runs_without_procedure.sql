-- previous: d6ac474f003a278fdc5eb666b5d65c9ef81f6e48391e62de477655838bd26902
-- Runs that are built as they fly, and what they are saved as (D7).

alter table traveler.run alter column procedure_id drop not null;
comment on table traveler.run is
    'One execution of a procedure, or of none, against one part inventory (P2, D7). Its status is derived from its steps (R1, R2).';
comment on column traveler.run.procedure_id is 'The version that it is a copy of (P2); null where it was made without one, and built by redlines (D7).';

alter table traveler.procedure add column saved_run_id uuid;
alter table traveler.procedure
    add constraint procedure_saved_run_fkey foreign key (org_id, saved_run_id) references traveler.run (org_id, id) not valid,
    add constraint procedure_saved_run_begins_family check (saved_run_id is null or version_number = 1);
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.procedure validate constraint procedure_saved_run_fkey;
set local role traveler_owner;
create index procedure_by_saved_run on traveler.procedure (org_id, saved_run_id) where saved_run_id is not null;
comment on column traveler.procedure.saved_run_id is 'The run whose steps it was saved from, as they were when it was drafted (D7).';
comment on column traveler.procedure_step.lineage_id is
    'The step that it goes back to, over the versions of its procedure, or the run''s step that a redline added or that it was saved from; null where it begins.';

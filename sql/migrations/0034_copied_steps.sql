-- previous: 1017217131987bfe68f666838ba9a8927e16f514cffda91f80db307c2c3eb5d9
-- Steps that a redline adds as copies (D1): what each was copied from.

alter table traveler.redline
    add column source_run_step_id uuid,
    add column source_procedure_step_id uuid;
alter table traveler.redline
    add constraint redline_source_run_step_fkey foreign key (org_id, run_id, source_run_step_id) references traveler.run_step (org_id, run_id, id) not valid,
    add constraint redline_source_procedure_step_fkey foreign key (org_id, source_procedure_step_id) references traveler.procedure_step (org_id, id) not valid,
    add constraint redline_source_of_added check (num_nonnulls(source_run_step_id, source_procedure_step_id) <= case kind when 'add' then 1 else 0 end);
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.redline validate constraint redline_source_run_step_fkey, validate constraint redline_source_procedure_step_fkey;
set local role traveler_owner;
create index redline_by_source_procedure_step on traveler.redline (org_id, source_procedure_step_id) where source_procedure_step_id is not null;
create index redline_by_source_run_step on traveler.redline (org_id, source_run_step_id) where source_run_step_id is not null;
comment on column traveler.redline.source_run_step_id is 'The step of the run that the added one is a duplicate of, as it was then.';
comment on column traveler.redline.source_procedure_step_id is 'The step of a released procedure that the added one is a copy of.';

-- previous: af176b65fc45058b90c1b8f06ada9cfa52c2c49cc85329b866b461c1f6b37c15
-- Standard steps: reusable, released on their own, pulled at their latest release when a run's step starts (P2).

alter table traveler.procedure add column standard boolean not null default false;
alter table traveler.procedure add constraint procedure_standard_builds_nothing check (not standard or part_id is null);
comment on column traveler.procedure.standard is
    'Whether it is a standard step: one step, with instructions and fields, that steps of procedures refer to. It has versions and states as any procedure (P1), and is not run by itself.';

alter table traveler.procedure_step add column standard_id uuid;
alter table traveler.procedure_step
    add constraint procedure_step_standard_fkey foreign key (org_id, standard_id) references traveler.procedure (org_id, id) not valid,
    add constraint procedure_step_standard_content check (standard_id is null or instructions = '');
create index procedure_step_by_standard on traveler.procedure_step (org_id, procedure_id, standard_id) where standard_id is not null;
comment on column traveler.procedure_step.standard_id is
    'The standard step, by its family, that this step has its instructions and fields from. Title, place, time, order, requirements and approvals are its own.';

alter table traveler.run_step add column standard_version_id uuid;
alter table traveler.run_step
    add constraint run_step_standard_version_fkey foreign key (org_id, standard_version_id) references traveler.procedure (org_id, id) not valid;
comment on column traveler.run_step.standard_version_id is
    'Derived: the version of its standard step that its instructions and fields were last pulled from. A newer release is pulled as the step starts, while nothing is entered. What a redline of this run changed is pulled no more: it was approved as it is, and what comes later was never looked at beside it (P2, D3).';
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.procedure_step validate constraint procedure_step_standard_fkey;
alter table traveler.run_step validate constraint run_step_standard_version_fkey;
set local role traveler_owner;

-- previous: ff54a886ccbcbb4f87e8c745832684d0ebcad21d0927d04a73ed57c74d986273
-- Made on assembly (B7): children that a run makes in their assembly, the requirements under them; where in its unit a part is (B2).

alter table traveler.mbom_line add column made_on_assembly boolean not null default false;
comment on column traveler.mbom_line.made_on_assembly is 'The run that builds the assembly makes this part too, in it; the part''s own mBOM is required under it (B7).';

alter table traveler.build_requirement
    add column made_on_assembly boolean not null default false,
    add column parent_id uuid,
    add column quantity_per_assembly numeric(20, 6);
alter table traveler.build_requirement
    add constraint build_requirement_parent_fkey foreign key (org_id, run_id, parent_id) references traveler.build_requirement (org_id, run_id, id) not valid,
    add constraint build_requirement_not_own_parent check (parent_id <> id),
    add constraint build_requirement_under_its_assembly check ((parent_id is null) = (quantity_per_assembly is null)),
    add constraint build_requirement_per_assembly_positive check (quantity_per_assembly > 0 and quantity_per_assembly < 'Infinity');
create index build_requirement_by_parent on traveler.build_requirement (org_id, parent_id) where parent_id is not null;
comment on column traveler.build_requirement.made_on_assembly is 'The run made the part with its assembly, installed from the start (B7).';
comment on column traveler.build_requirement.parent_id is 'The made-on-assembly requirement that it stands under: what is installed for it goes into one of the rows made for that one (B7).';
comment on column traveler.build_requirement.quantity_per_unit is 'Per unit that the run builds, also at depth; in the part''s unit (B1).';
comment on column traveler.build_requirement.quantity_per_assembly is 'Per one of the part that it stands under, in the part''s unit; null where that is the run''s own unit (B7).';

alter table traveler.installation
    add column made_on_assembly boolean not null default false,
    add column reference_designator text;
alter table traveler.installation
    add constraint installation_designator_length check (char_length(reference_designator) between 1 and 100);
drop index traveler.installation_by_requirement;
create index installation_by_requirement on traveler.installation (org_id, build_requirement_id, assembly_inventory_id);
comment on column traveler.installation.made_on_assembly is 'The run made the row as it installed it, when it was created (B7).';
comment on column traveler.installation.reference_designator is 'Where in its unit it is: one of the requirement''s reference designators; null where that is not told (B2).';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.build_requirement validate constraint build_requirement_parent_fkey;
set local role traveler_owner;

-- previous: 2d5237a887198ea5dfe8ebc0ff90a3b17e6955926eff3f827bfd4bc61c6eb23a
-- Build requirements of a step in redline (D1): what a redline withdraws of them, and the columns that tell.

alter table traveler.build_requirement add column withdrawn_at timestamptz;
alter table traveler.build_requirement_substitute add column withdrawn_at timestamptz;
comment on column traveler.build_requirement.withdrawn_at is 'When a redline withdrew it: nothing is needed for it any more (D1, T4).';
comment on column traveler.build_requirement_substitute.withdrawn_at is 'When a redline withdrew it: the part is approved here no more (D1, T4).';

alter table traveler.build_requirement drop constraint build_requirement_needed_positive;
alter table traveler.build_requirement add constraint build_requirement_needed_positive check (
    quantity_per_unit > 0 and quantity_per_unit < 'Infinity' and quantity_needed < 'Infinity'
    and case when withdrawn_at is null then quantity_needed > 0 else quantity_needed = 0 end) not valid;
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.build_requirement validate constraint build_requirement_needed_positive;
set local role traveler_owner;

-- previous: b85567acc62aedae41aef6b3f2f0634eeed1d6b9d0519a9c2663ce55d60ee4be
-- Runs that wait for what other runs build (H2, H3).

create table traveler.run_supply (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    build_requirement_id uuid not null,
    supplying_run_id uuid not null,
    quantity numeric(20, 6) not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    ended_by text,
    ended_at timestamptz,
    end_reason text,
    version integer not null default 1,
    constraint run_supply_pkey primary key (org_id, id),
    constraint run_supply_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint run_supply_not_itself check (run_id <> supplying_run_id),
    constraint run_supply_end_is_whole check (num_nulls(ended_by, ended_at, end_reason) in (0, 3)),
    constraint run_supply_end_reason_length check (char_length(trim(end_reason)) between 1 and 1000)
);
alter table traveler.run_supply
    add constraint run_supply_requirement_fkey foreign key (org_id, run_id, build_requirement_id) references traveler.build_requirement (org_id, run_id, id),
    add constraint run_supply_supplying_run_fkey foreign key (org_id, supplying_run_id) references traveler.run (org_id, id);
create unique index run_supply_live_key on traveler.run_supply (org_id, build_requirement_id, supplying_run_id) where ended_at is null;
create index run_supply_by_run on traveler.run_supply (org_id, run_id, id);
create index run_supply_by_supplying_run on traveler.run_supply (org_id, supplying_run_id, id);
comment on table traveler.run_supply is 'A run that waits for what another builds: of which of its requirements, and how much of it (H2, H3); ended_at ends the waiting.';
comment on column traveler.run_supply.run_id is 'The run that waits.';
comment on column traveler.run_supply.supplying_run_id is 'The run whose output it waits for.';
comment on column traveler.run_supply.quantity is 'How much of that output, in the unit of the supplying run''s part.';

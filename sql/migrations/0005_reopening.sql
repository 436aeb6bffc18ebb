-- previous: 8ced30930c1df15f01d1ba4886965f29e8b09ece11ea9051806d8da101446105
-- Reopening a completed run (C6).

create table traveler.run_reopening (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    record_number integer not null,
    reason text not null,
    acknowledged uuid[] not null default '{}',
    reopened_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint run_reopening_pkey primary key (org_id, id),
    constraint run_reopening_record_key unique (org_id, run_id, record_number),
    constraint run_reopening_reason_length check (char_length(trim(reason)) between 1 and 1000)
);
alter table traveler.run_reopening
    add constraint run_reopening_run_fkey foreign key (org_id, run_id) references traveler.run (org_id, id),
    add constraint run_reopening_record_fkey foreign key (org_id, run_id, record_number) references traveler.as_built_record (org_id, run_id, number);
comment on table traveler.run_reopening is 'A completed run that was opened again: its as-built record stays, superseded (C6). Append only; adding a row is what unlocks the run.';
comment on column traveler.run_reopening.record_number is 'The as-built record that the reopening superseded: a record is superseded once.';
comment on column traveler.run_reopening.acknowledged is 'The installations, at all levels up, that held what the run had built; each was acknowledged.';
comment on column traveler.run_reopening.reopened_by is 'The actor who reopened the run.';

-- Which run built a row, and what was split from it, are asked for each part of an assembly.
create index run_inventory_by_inventory on traveler.run_inventory (org_id, part_inventory_id);
create index part_inventory_by_origin on traveler.part_inventory (org_id, origin_id) where origin_id is not null;

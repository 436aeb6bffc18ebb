-- previous: 7b2ca126e9b31f31428283de7d383a7715758842eb70d75b675dabb2359cb7b7
-- Attributes that an org defines for its own records (F1, F2).

create table traveler.attribute_definition (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    record text not null,
    key text not null,
    label text not null,
    type text not null,
    options text[] not null default '{}',
    retired_options text[] not null default '{}',
    required boolean not null default false,
    required_from text not null default 'completion',
    default_value jsonb,
    searchable boolean not null default false,
    created_by text not null default '',
    created_at timestamptz not null default now(),
    archived_at timestamptz,
    -- derived
    required_at timestamptz,
    version integer not null default 1,
    constraint attribute_definition_pkey primary key (org_id, id),
    constraint attribute_definition_key_key unique (org_id, record, key),
    constraint attribute_definition_record check (record in ('run', 'run_step', 'issue', 'part_inventory', 'procedure')),
    constraint attribute_definition_key_form check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint attribute_definition_label_length check (char_length(label) between 1 and 200 and label ~ '\S'),
    constraint attribute_definition_type check (
        type in ('text', 'number', 'boolean', 'date', 'datetime', 'select', 'multiselect', 'file', 'user', 'part')),
    constraint attribute_definition_options check (case when type in ('select', 'multiselect') then cardinality(options) between 1 and 500 else options = '{}' end),
    constraint attribute_definition_retired_options check (retired_options <@ options),
    constraint attribute_definition_required_from check (required_from = 'completion' or required_from = 'creation' and record = 'run'),
    constraint attribute_definition_required_since check (required = (required_at is not null))
);
alter table traveler.attribute_definition add constraint attribute_definition_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.attribute_definition is 'What an org wants to know of its runs, steps, issues, inventory and procedures beside what is built in (F1). Its values stand in the records'' column attributes, by its key.';
comment on column traveler.attribute_definition.record is 'Which records have it.';
comment on column traveler.attribute_definition.key is 'Its name in JSON and in views; like the type, it never changes once a value exists.';
comment on column traveler.attribute_definition.label is 'What people read.';
comment on column traveler.attribute_definition.options is 'What a select or multiselect may be, in the order in which it is shown; options are added and retired, never removed.';
comment on column traveler.attribute_definition.retired_options is 'Those of the options that no value is given anew.';
comment on column traveler.attribute_definition.required is 'Whether each record must have a value by the time that required_from says.';
comment on column traveler.attribute_definition.required_from is 'creation: a run is not made without it, and older live ones meet it as a gate. completion: no run completes while it, one of its steps or a unit that it builds lacks it, no issue is resolved, no procedure released.';
comment on column traveler.attribute_definition.default_value is 'What a new record gets that is given no value and inherits none.';
comment on column traveler.attribute_definition.searchable is 'Whether lists can be filtered and sorted by it.';
comment on column traveler.attribute_definition.archived_at is 'Since when no value is given any more; those that are there stay.';
comment on column traveler.attribute_definition.required_at is 'Derived: since when it is required.';

alter table traveler.run add column attributes jsonb not null default '{}';
alter table traveler.run_step add column attributes jsonb not null default '{}';
alter table traveler.procedure add column attributes jsonb not null default '{}';
alter table traveler.procedure_step add column attributes jsonb not null default '{}';
alter table traveler.issue add column attributes jsonb not null default '{}';
alter table traveler.part_inventory add column attributes jsonb not null default '{}';
-- Beside these, a trigger of each table judges every key that changes (F2).
alter table traveler.run add constraint run_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
alter table traveler.run_step add constraint run_step_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
alter table traveler.procedure add constraint procedure_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
alter table traveler.procedure_step add constraint procedure_step_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
alter table traveler.issue add constraint issue_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
alter table traveler.part_inventory add constraint part_inventory_attributes_form check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536) not valid;
reset role;
alter table traveler.run validate constraint run_attributes_form;
alter table traveler.run_step validate constraint run_step_attributes_form;
alter table traveler.procedure validate constraint procedure_attributes_form;
alter table traveler.procedure_step validate constraint procedure_step_attributes_form;
alter table traveler.issue validate constraint issue_attributes_form;
alter table traveler.part_inventory validate constraint part_inventory_attributes_form;
set local role traveler_owner;
comment on column traveler.run.attributes is 'The values of the org''s own attributes by their keys: numbers as decimal strings, times in UTC (F2).';
comment on column traveler.run_step.attributes is 'The values of the org''s own attributes by their keys; they change by redline only (F3).';
comment on column traveler.procedure.attributes is 'The values of the org''s own attributes by their keys; a run inherits those that runs have as well (F3).';
comment on column traveler.procedure_step.attributes is 'The values of the attributes of run steps, which each run''s step starts with (P3, F3).';
comment on column traveler.issue.attributes is 'The values of the org''s own attributes by their keys (F2).';
comment on column traveler.part_inventory.attributes is 'The values of the org''s own attributes by their keys (F2).';

-- previous: 8d407ff5d709a4766376cbfe1cda5ee11b3ed042fb99d3735fb5abadb0f4015b
-- Every type of field (P4): units that convert, tools, datagrids, one field against another.

create table traveler.unit (
    symbol text not null,
    dimension text not null,
    numerator numeric not null,
    denominator numeric not null default 1,
    shift numeric not null default 0,
    constraint unit_pkey primary key (symbol),
    constraint unit_factor_positive check (
        numerator > 0 and numerator < 'Infinity' and denominator > 0 and denominator < 'Infinity' and abs(shift) < 'Infinity')
);
comment on table traveler.unit is 'The units that convert (P4). In the base unit of its dimension, a value is (value + shift) * numerator / denominator: exact, as the units are defined.';

create table traveler.tool (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    number text not null,
    name text not null,
    serial_number text,
    calibration_due date,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint tool_pkey primary key (org_id, id),
    constraint tool_number_key unique (org_id, number),
    constraint tool_number_length check (char_length(number) between 1 and 100),
    constraint tool_name_length check (char_length(name) between 1 and 200),
    constraint tool_serial_length check (char_length(serial_number) between 1 and 100),
    constraint tool_calibration_due_is_a_day check (isfinite(calibration_due))
);
alter table traveler.tool add constraint tool_org_fkey foreign key (org_id) references traveler.org (org_id);
comment on table traveler.tool is 'A tool that steps name as used. One whose calibration is overdue can''t be used (P4).';
comment on column traveler.tool.number is 'What the org calls it: unique in the org, archived tools included.';
comment on column traveler.tool.calibration_due is 'The last day (UTC) that it may be used on; null when it needs no calibration.';

alter table traveler.procedure_field
    add column datagrid jsonb,
    add column compare_op text,
    add column compare_field_id uuid,
    drop constraint procedure_field_type,
    add constraint procedure_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part', 'tool', 'datagrid')),
    add constraint procedure_field_datagrid check ((type = 'datagrid') = (datagrid is not null)),
    add constraint procedure_field_compare check (
        num_nulls(compare_op, compare_field_id) in (0, 2) and (compare_op is null or type = 'number' and compare_op in ('<', '<=', '=', '>=', '>'))),
    add constraint procedure_field_compare_not_self check (compare_field_id <> id),
    add constraint procedure_field_compare_fkey foreign key (org_id, compare_field_id) references traveler.procedure_field (org_id, id) not valid;
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.procedure_field validate constraint procedure_field_compare_fkey;
set local role traveler_owner;
create index procedure_field_by_compared on traveler.procedure_field (org_id, compare_field_id) where compare_field_id is not null;
comment on column traveler.procedure_field.datagrid is 'Of a datagrid: its columns (key, label, type, unit, options, required, minimum, maximum) and how many rows it takes.';
comment on column traveler.procedure_field.compare_field_id is 'The number field of the same procedure that this one is held against: in range when value compare_op that value.';

-- Whether a value is out of range asks for other fields and for the cells of a grid: a trigger derives it from now on.
alter table traveler.run_step_field alter column out_of_range drop expression;
alter table traveler.run_step_field alter column out_of_range set default false;
alter table traveler.run_step_field
    add column datagrid jsonb,
    add column compare_op text,
    add column compare_field_id uuid,
    add column value_detail jsonb,
    drop constraint run_step_field_type,
    add constraint run_step_field_type check (type in ('text', 'number', 'boolean', 'pass_fail', 'datetime', 'date', 'select', 'multiselect', 'signoff', 'user', 'part', 'tool', 'datagrid')),
    add constraint run_step_field_datagrid check ((type = 'datagrid') = (datagrid is not null)),
    add constraint run_step_field_compare check (
        num_nulls(compare_op, compare_field_id) in (0, 2) and (compare_op is null or type = 'number' and compare_op in ('<', '<=', '=', '>=', '>'))),
    add constraint run_step_field_compare_not_self check (compare_field_id <> id),
    add constraint run_step_field_detail_of_value check (value_detail is null or value is not null),
    add constraint run_step_field_range_of_value check (not out_of_range or value is not null),
    add constraint run_step_field_compare_fkey foreign key (org_id, compare_field_id) references traveler.run_step_field (org_id, id) not valid;
-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.run_step_field validate constraint run_step_field_compare_fkey;
set local role traveler_owner;
create index run_step_field_by_compared on traveler.run_step_field (org_id, compare_field_id) where compare_field_id is not null;
comment on column traveler.run_step_field.datagrid is 'Of a datagrid: its columns and how many rows it takes, as copied.';
comment on column traveler.run_step_field.compare_field_id is 'The number field of the same run that this one is held against: in range when value compare_op that value.';
comment on column traveler.run_step_field.out_of_range is 'Derived: whether the value, or a cell of it, lies outside its validation (P4).';
comment on column traveler.run_step_field.value_detail is 'Derived, with the value: a number as it was entered in another unit; a tool''s number and calibration as of its use; the cells of a datagrid that are out of range.';

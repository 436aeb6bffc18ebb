-- previous: ec426e7ba17e5c1d7a68b0231e3dea4f89c41622c6420cb2960e4f4be1256553
-- Work that a supplier does (O1, O2): suppliers, purchase orders and their lines, and what was sent to them and came back.

create table traveler.supplier (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    code text not null,
    name text not null,
    location_id uuid not null,
    archived_at timestamptz,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint supplier_pkey primary key (org_id, id),
    constraint supplier_code_key unique (org_id, code),
    constraint supplier_location_key unique (org_id, location_id),
    constraint supplier_code_length check (char_length(trim(code)) between 1 and 50),
    constraint supplier_name_length check (char_length(trim(name)) between 1 and 200)
);
alter table traveler.supplier
    add constraint supplier_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id);
comment on table traveler.supplier is 'Who does work for the org outside (O1). A supplier''s place is a location: what is there is away.';
comment on column traveler.supplier.location_id is 'Where units are while the supplier has them; no work center, and nothing there is available (I2).';

create table traveler.purchase_order (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    number bigint not null,
    supplier_id uuid not null,
    note text not null default '',
    created_by text not null,
    lines_draft integer not null default 0,
    lines_requested integer not null default 0,
    lines_approved integer not null default 0,
    lines_ordered integer not null default 0,
    lines_partially_received integer not null default 0,
    lines_received integer not null default 0,
    lines_canceled integer not null default 0,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    -- First match: the line that is least far along, canceled ones aside.
    status text not null generated always as (
        case when lines_draft > 0 then 'draft'
             when lines_requested > 0 then 'requested'
             when lines_approved > 0 then 'approved'
             when lines_partially_received > 0 or lines_ordered > 0 and lines_received > 0 then 'partially_received'
             when lines_ordered > 0 then 'ordered'
             when lines_received > 0 then 'received'
             when lines_canceled > 0 then 'canceled'
             else 'draft' end) stored,
    constraint purchase_order_pkey primary key (org_id, id),
    constraint purchase_order_number_key unique (org_id, number),
    constraint purchase_order_note_length check (char_length(note) <= 5000),
    constraint purchase_order_counters_not_negative check (least(lines_draft, lines_requested, lines_approved, lines_ordered, lines_partially_received,
        lines_received, lines_canceled) >= 0)
);
alter table traveler.purchase_order
    add constraint purchase_order_supplier_fkey foreign key (org_id, supplier_id) references traveler.supplier (org_id, id);
create index purchase_order_by_supplier on traveler.purchase_order (org_id, supplier_id, number);
create index purchase_order_by_status on traveler.purchase_order (org_id, status, number);
comment on table traveler.purchase_order is 'What is ordered of a supplier (O2). Its number, of the org''s own count, is what people call it by.';
comment on column traveler.purchase_order.status is 'Derived from the lines by their counters, never set (O2).';

-- O2 as data: the guard and the documents read this one table.
create table traveler.purchase_order_line_transition (
    from_state text not null,
    to_state text not null,
    permission text not null,
    act text not null,
    reason text not null,
    constraint purchase_order_line_transition_pkey primary key (from_state, to_state, act),
    constraint purchase_order_line_transition_from
        check (from_state in ('draft', 'requested', 'approved', 'ordered', 'partially_received', 'received', 'canceled')),
    constraint purchase_order_line_transition_to
        check (to_state in ('draft', 'requested', 'approved', 'ordered', 'partially_received', 'received', 'canceled')),
    constraint purchase_order_line_transition_moves check (from_state <> to_state),
    constraint purchase_order_line_transition_reason check (reason in ('off', 'required'))
);
alter table traveler.purchase_order_line_transition
    add constraint purchase_order_line_transition_permission_fkey foreign key (permission) references traveler.permission (name);
comment on table traveler.purchase_order_line_transition is 'The moves that a purchase order''s line can make (O2), each with the permission it needs. What is received moves a line by itself.';

create table traveler.purchase_order_line (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    purchase_order_id uuid not null,
    position integer not null,
    part_id uuid,
    description text,
    operation text not null,
    quantity numeric(20, 6) not null,
    unit_price numeric(16, 6) not null,
    currency text not null,
    need_date date,
    state text not null default 'draft',
    state_reason text,
    state_changed_by text,
    state_changed_at timestamptz,
    requested_by text,
    approved_by text,
    quantity_sent numeric(20, 6) not null default 0,
    quantity_received numeric(20, 6) not null default 0,
    quantity_short numeric(20, 6) not null default 0,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint purchase_order_line_pkey primary key (org_id, id),
    constraint purchase_order_line_position_key unique (org_id, purchase_order_id, position),
    constraint purchase_order_line_names_what check (num_nonnulls(part_id, description) >= 1),
    constraint purchase_order_line_description_length check (char_length(trim(description)) between 1 and 500),
    constraint purchase_order_line_operation_length check (char_length(trim(operation)) between 1 and 500),
    constraint purchase_order_line_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint purchase_order_line_price_not_negative check (unit_price >= 0 and unit_price < 'Infinity'),
    constraint purchase_order_line_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint purchase_order_line_need_date_is_a_day check (isfinite(need_date)),
    constraint purchase_order_line_state
        check (state in ('draft', 'requested', 'approved', 'ordered', 'partially_received', 'received', 'canceled')),
    constraint purchase_order_line_never_above_order check (quantity_sent between 0 and quantity),
    constraint purchase_order_line_never_above_sent check (quantity_received >= 0 and quantity_short >= 0
        and quantity_received + quantity_short <= quantity_sent),
    constraint purchase_order_line_approved_by_another check (approved_by <> requested_by),
    constraint purchase_order_line_sent_when_ordered check (quantity_sent = 0 or state in ('ordered', 'partially_received', 'received'))
);
alter table traveler.purchase_order_line
    add constraint purchase_order_line_order_fkey foreign key (org_id, purchase_order_id) references traveler.purchase_order (org_id, id),
    add constraint purchase_order_line_part_fkey foreign key (org_id, part_id) references traveler.part (org_id, id);
create index purchase_order_line_by_part on traveler.purchase_order_line (org_id, part_id) where part_id is not null;
comment on table traveler.purchase_order_line is 'One piece of outside work that is ordered (O1): of what, which operation, how many, for how much each and until when.';
comment on column traveler.purchase_order_line.part_id is 'The part that is worked on: only a run that builds it is sent. Null where the description says what.';
comment on column traveler.purchase_order_line.quantity is 'In the part''s unit. It may serve several steps and runs, together up to this.';
comment on column traveler.purchase_order_line.unit_price is 'For one, in the currency.';
comment on column traveler.purchase_order_line.need_date is 'The last day (UTC) by which all is to be back.';
comment on column traveler.purchase_order_line.state is 'Moves only as purchase_order_line_transition allows; partially_received and received follow what comes back (O2).';
comment on column traveler.purchase_order_line.requested_by is 'Derived: the actor who asked for its approval, and so does not approve it.';
comment on column traveler.purchase_order_line.quantity_sent is 'Derived: the sum of what was sent on this line.';
comment on column traveler.purchase_order_line.quantity_received is 'Derived: the sum of what came back.';
comment on column traveler.purchase_order_line.quantity_short is 'Derived: the sum of what will not come back, each piece of it on an issue.';

-- P3: which steps a supplier does. They are never batched (K2).
alter table traveler.procedure_step add column outside_process boolean not null default false;
alter table traveler.run_step add column outside_process boolean not null default false;
create index run_step_outside on traveler.run_step (org_id, run_id) where outside_process;
comment on column traveler.procedure_step.outside_process is 'A supplier does it: it is started by sending the units there (O1).';
comment on column traveler.run_step.outside_process is 'A supplier does it: it is started by sending the units there (O1).';

create table traveler.outside_process (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    run_step_id uuid not null,
    attempt integer not null,
    purchase_order_line_id uuid not null,
    created_by text not null,
    withdrawn_at timestamptz,
    quantity_sent numeric(20, 6) not null default 0,
    quantity_received numeric(20, 6) not null default 0,
    quantity_short numeric(20, 6) not null default 0,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    state text not null generated always as (
        case when withdrawn_at is not null then 'withdrawn'
             when quantity_sent = 0 then 'planned'
             when quantity_received + quantity_short < quantity_sent then 'away'
             when quantity_short > 0 then 'short'
             else 'returned' end) stored,
    constraint outside_process_pkey primary key (org_id, id),
    constraint outside_process_in_run_key unique (org_id, run_id, id),
    constraint outside_process_sent_not_negative check (quantity_sent >= 0 and quantity_sent < 'Infinity'),
    constraint outside_process_never_above_sent check (quantity_received >= 0 and quantity_short >= 0
        and quantity_received + quantity_short <= quantity_sent),
    constraint outside_process_withdrawn_unsent check (withdrawn_at is null or quantity_sent = 0)
);
alter table traveler.outside_process
    add constraint outside_process_step_fkey foreign key (org_id, run_id, run_step_id) references traveler.run_step (org_id, run_id, id),
    add constraint outside_process_line_fkey foreign key (org_id, purchase_order_line_id) references traveler.purchase_order_line (org_id, id);
create unique index outside_process_live_key on traveler.outside_process (org_id, run_step_id, attempt, purchase_order_line_id) where withdrawn_at is null;
create index outside_process_by_run on traveler.outside_process (org_id, run_id);
create index outside_process_by_step on traveler.outside_process (org_id, run_step_id, attempt);
create index outside_process_by_line on traveler.outside_process (org_id, purchase_order_line_id);
create index outside_process_by_state on traveler.outside_process (org_id, state, id);
comment on table traveler.outside_process is 'An attempt at a run''s step that a supplier does, on a purchase order''s line, and how much of the run is there (O1).';
comment on column traveler.outside_process.attempt is 'Derived: the attempt at the step that it is for. Another attempt is sent anew (S14).';
comment on column traveler.outside_process.withdrawn_at is 'When the link was taken back, before anything was sent.';
comment on column traveler.outside_process.quantity_sent is 'Derived: the sum of what was sent, in the unit of the run''s part.';
comment on column traveler.outside_process.quantity_received is 'Derived: the sum of what came back.';
comment on column traveler.outside_process.quantity_short is 'Derived: the sum of what will not come back.';
comment on column traveler.outside_process.state is 'Derived: planned, away while any of it is, returned, or short when some of it will not come back; withdrawn.';

create table traveler.outside_shipment (
    org_id uuid not null,
    id uuid not null default traveler.new_id(),
    run_id uuid not null,
    outside_process_id uuid not null,
    kind text not null,
    quantity numeric(20, 6) not null,
    part_inventory_ids uuid[] not null default '{}',
    location_id uuid,
    came_from jsonb not null default '{}',
    reference text,
    reason text,
    issue_id uuid,
    created_by text not null,
    created_at timestamptz not null default now(),
    version integer not null default 1,
    constraint outside_shipment_pkey primary key (org_id, id),
    constraint outside_shipment_kind check (kind in ('send', 'receive', 'short')),
    constraint outside_shipment_quantity_positive check (quantity > 0 and quantity < 'Infinity'),
    constraint outside_shipment_reference_length check (char_length(trim(reference)) between 1 and 200),
    constraint outside_shipment_reason_length check (char_length(trim(reason)) between 1 and 1000),
    constraint outside_shipment_shortfall_has_issue check ((kind = 'short') = (issue_id is not null))
);
alter table traveler.outside_shipment
    add constraint outside_shipment_process_fkey foreign key (org_id, run_id, outside_process_id) references traveler.outside_process (org_id, run_id, id),
    add constraint outside_shipment_location_fkey foreign key (org_id, location_id) references traveler.location (org_id, id),
    add constraint outside_shipment_issue_fkey foreign key (org_id, issue_id) references traveler.issue (org_id, id);
create index outside_shipment_by_process on traveler.outside_shipment (org_id, outside_process_id);
create index outside_shipment_by_run on traveler.outside_shipment (org_id, run_id);
create index outside_shipment_by_issue on traveler.outside_shipment (org_id, issue_id) where issue_id is not null;
comment on table traveler.outside_shipment is 'What went to a supplier, came back, or will not (O1). Adding a row is the act: it moves the units, and the first that is sent starts the step. Append only.';
comment on column traveler.outside_shipment.part_inventory_ids is 'The serialized units, by name; empty for a lot, which goes by quantity.';
comment on column traveler.outside_shipment.location_id is 'Where to: the supplier''s place, or where what came back is now; null where each unit is back where it was.';
comment on column traveler.outside_shipment.came_from is 'Derived: where each row was when it was sent, {part_inventory_id: location_id}.';
comment on column traveler.outside_shipment.reference is 'The number of a packing slip, or the like.';
comment on column traveler.outside_shipment.issue_id is 'What decides about a shortfall.';

-- I2: a row that a supplier has is neither moved by other work nor by hand.
alter table traveler.part_inventory add column outside_process_id uuid;
alter table traveler.part_inventory
    add constraint part_inventory_outside_fkey foreign key (org_id, outside_process_id) references traveler.outside_process (org_id, id) not valid;
create index part_inventory_by_outside on traveler.part_inventory (org_id, outside_process_id) where outside_process_id is not null;
comment on column traveler.part_inventory.outside_process_id is 'Derived: the outside process that has all of it at a supplier''s, until it is received, or moved after a shortfall (O1).';

-- The owner, without a context, would ask the policies.
reset role;
alter table traveler.part_inventory validate constraint part_inventory_outside_fkey;
set local role traveler_owner;

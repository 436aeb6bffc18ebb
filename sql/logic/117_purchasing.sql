-- Suppliers and what is ordered of them (O2): the moves of an order's lines as data, and the guards over whoever writes.

insert into traveler.purchase_order_line_transition (from_state, to_state, permission, act, reason) values
    ('draft', 'requested', 'purchase.edit', 'request', 'off'),
    ('requested', 'draft', 'purchase.approve', 'return', 'required'),
    ('requested', 'approved', 'purchase.approve', 'approve', 'off'),
    ('approved', 'draft', 'purchase.edit', 'revise', 'required'),
    ('approved', 'ordered', 'purchase.order', 'order', 'off'),
    ('ordered', 'partially_received', 'purchase.receive', 'receive', 'off'),
    ('ordered', 'received', 'purchase.receive', 'receive', 'off'),
    ('partially_received', 'received', 'purchase.receive', 'receive', 'off'),
    ('ordered', 'received', 'purchase.order', 'close', 'required'),
    ('partially_received', 'received', 'purchase.order', 'close', 'required'),
    ('draft', 'canceled', 'purchase.edit', 'cancel', 'off'),
    ('requested', 'canceled', 'purchase.edit', 'cancel', 'required'),
    ('approved', 'canceled', 'purchase.edit', 'cancel', 'required'),
    ('ordered', 'canceled', 'purchase.order', 'cancel', 'required')
on conflict (from_state, to_state, act) do update set permission = excluded.permission, reason = excluded.reason
where (purchase_order_line_transition.permission, purchase_order_line_transition.reason) <> (excluded.permission, excluded.reason);

-- A supplier's place is one that work is not done at and stock not used from: what is there is away.
create or replace function traveler_private.guard_supplier() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('purchase.edit');
    if tg_op = 'INSERT' then
        perform from traveler.location l where l.org_id = new.org_id and l.id = new.location_id for share;
        perform traveler_private.demand(exists (select from traveler.location l
                where l.org_id = new.org_id and l.id = new.location_id and not l.work_center and not l.available),
            422, 'location_not_outside', 'O1', 'A supplier''s place is a location of the org that is no work center and where nothing is available.',
            'Leave the location out: it is made with the supplier.');
    else
        perform traveler_private.demand((old.code, old.location_id, old.created_at) = (new.code, new.location_id, new.created_at), 409, 'supplier_fixed', 'O1',
            'A supplier''s code and place are fixed when it is made.', 'Archive it, and make another.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_supplier is 'Trigger: a supplier has a place where nothing is available, and stays there (O1).';
create or replace trigger _100_guard_supplier before insert or update on traveler.supplier
    for each row execute function traveler_private.guard_supplier();

create or replace function traveler_private.guard_supplier_location() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.demand(not exists (select from traveler.supplier s where s.org_id = new.org_id and s.location_id = new.id), 409, 'location_is_suppliers', 'O1',
        format('%s is a supplier''s place: nothing there is available, and it is no work center.', new.name));
    return new;
end
$$;
comment on function traveler_private.guard_supplier_location is 'Trigger: a supplier''s place stays one (O1).';
create or replace trigger _110_guard_supplier_location before update of work_center, available on traveler.location
    for each row when (new.work_center or new.available) execute function traveler_private.guard_supplier_location();

create or replace function traveler_private.guard_purchase_order() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.require('purchase.edit');
    if tg_op = 'INSERT' then
        perform traveler_private.demand(exists (select from traveler.supplier s where s.org_id = new.org_id and s.id = new.supplier_id and s.archived_at is null),
            422, 'supplier_unknown', 'T1', 'The org has no such supplier, or it is archived.');
        new.created_by := traveler_private.actor();
    else
        perform traveler_private.demand((old.number, old.supplier_id, old.created_by, old.created_at) = (new.number, new.supplier_id, new.created_by, new.created_at),
            409, 'order_fixed', 'O2', 'A purchase order''s number and supplier are fixed when it is made.', 'Cancel it, and make another.');
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_purchase_order is 'Trigger: an order is made by who may, of a supplier that is there, and stays that order (O2).';
create or replace trigger _100_guard_purchase_order before insert or update of number, supplier_id, note, created_by, created_at on traveler.purchase_order
    for each row execute function traveler_private.guard_purchase_order();
create or replace trigger _120_refuse_derived before update of lines_draft, lines_requested, lines_approved, lines_ordered, lines_partially_received,
    lines_received, lines_canceled on traveler.purchase_order
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('purchase_order', 'O2', 'The status');
create or replace trigger _120_refuse_derived_insert before insert on traveler.purchase_order
    for each row when (new.lines_draft + new.lines_requested + new.lines_approved + new.lines_ordered + new.lines_partially_received
        + new.lines_received + new.lines_canceled <> 0)
    execute function traveler_private.refuse_derived('purchase_order', 'O2', 'The status');

-- What stands in the way of an act on a line, its state, the permission and the reason aside; null when nothing does.
create or replace function traveler_private.line_obstacle(p_line traveler.purchase_order_line, p_act text) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return case
        when p_act = 'approve' and p_line.requested_by = traveler_private.actor() then jsonb_build_object('code', 'own_request',
            'message', format('Nobody approves what they asked for: line %s was requested by you.', p_line.position), 'clear', 'Ask another who may approve.')
        when p_act = 'cancel' and p_line.quantity_sent > 0 then jsonb_build_object('code', 'line_sent',
            'message', format('Line %s can''t be canceled: %s were sent on it.', p_line.position, traveler.json_decimal(p_line.quantity_sent)),
            'clear', 'Receive them, or close the shortfall on an issue, and close the line.')
        when p_act = 'close' and p_line.quantity_received + p_line.quantity_short < p_line.quantity_sent then jsonb_build_object('code', 'units_away',
            'message', format('Line %s can''t be closed: %s are at the supplier''s.', p_line.position,
                traveler.json_decimal(p_line.quantity_sent - p_line.quantity_received - p_line.quantity_short)),
            'clear', 'Receive them, or close the shortfall on an issue.')
    end;
end
$$;
comment on function traveler_private.line_obstacle is 'What stands in the way of an act on a line: code, message, what would clear it (O2).';

-- Whoever writes a line: what it orders is edited in draft only; its moves are the table's, stamped, and judged.
create or replace function traveler_private.guard_purchase_line() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_move traveler.purchase_order_line_transition;
    v_obstacle jsonb;
    v_unit text;
begin
    if tg_op = 'UPDATE' then
        perform traveler_private.demand((old.purchase_order_id, old.position, old.created_at) = (new.purchase_order_id, new.position, new.created_at),
            409, 'line_fixed', 'O2', 'A line stays the one of its order.', 'Cancel it, and add another.');
    end if;
    if tg_op = 'INSERT' or (old.part_id, old.description, old.operation, old.quantity, old.unit_price, old.currency, old.need_date)
            is distinct from (new.part_id, new.description, new.operation, new.quantity, new.unit_price, new.currency, new.need_date) then
        perform traveler_private.require('purchase.edit');
        perform traveler_private.demand(new.state = 'draft' and (tg_op = 'INSERT' or old.state = 'draft'), 409, 'line_not_draft', 'O2',
            format('Only a line in draft is edited: line %s is %s.', new.position, replace(new.state, '_', ' ')), 'Revise it first, or cancel it and add another.');
        select p.unit into v_unit from traveler.part p where p.org_id = new.org_id and p.id = new.part_id;
        perform traveler_private.demand(v_unit is distinct from 'each' or new.quantity = trunc(new.quantity), 422, 'fraction_of_a_unit', 'O1',
            format('The part is counted in whole units: %s is none.', traveler.json_decimal(new.quantity)), 'Order whole units.');
    end if;
    if tg_op = 'INSERT' then
        new.state_reason := null;
        new.requested_by := null;
        new.approved_by := null;
        new.state_changed_by := traveler_private.actor();
        new.state_changed_at := clock_timestamp();
        return new;
    end if;
    new.state_reason := old.state_reason;
    new.state_changed_by := old.state_changed_by;
    new.state_changed_at := old.state_changed_at;
    new.requested_by := old.requested_by;
    new.approved_by := old.approved_by;
    if new.state = old.state then
        return new;
    end if;
    select * into v_move from traveler.purchase_order_line_transition t where t.from_state = old.state and t.to_state = new.state
        and (t.act = 'receive') = ((new.quantity_received, new.quantity_short) <> (old.quantity_received, old.quantity_short));
    if not found then
        perform traveler_private.refuse_line_move(old.position, old.state, new.state);
    end if;
    perform traveler_private.require(v_move.permission);
    perform traveler_private.demand(v_move.reason <> 'required' or coalesce(trim(traveler_private.reason()), '') <> '', 422, 'reason_missing', 'O2',
        format('Say why: to %s a line needs a reason.', v_move.act), 'Give a reason.');
    v_obstacle := traveler_private.line_obstacle(old, v_move.act);
    perform traveler_private.demand(v_obstacle is null, 409, v_obstacle ->> 'code', 'O2', v_obstacle ->> 'message', v_obstacle ->> 'clear');
    new.state_reason := traveler_private.reason();
    new.state_changed_by := traveler_private.actor();
    new.state_changed_at := clock_timestamp();
    if new.state in ('draft', 'requested') then
        new.requested_by := case new.state when 'requested' then traveler_private.actor() end;
        new.approved_by := null;
    elsif new.state = 'approved' then
        new.approved_by := traveler_private.actor();
    end if;
    return new;
end
$$;
comment on function traveler_private.guard_purchase_line is 'Trigger: a line is edited in draft, and moves as the table says, approved by another than who asked (O2).';
create or replace trigger _100_guard_purchase_line before insert or update on traveler.purchase_order_line
    for each row execute function traveler_private.guard_purchase_line();
create or replace trigger _050_refuse_derived before update of quantity_sent, quantity_received, quantity_short on traveler.purchase_order_line
    for each row when (pg_trigger_depth() = 0) execute function traveler_private.refuse_derived('purchase_order_line', 'O1', 'What was sent or received');
create or replace trigger _050_refuse_derived_insert before insert on traveler.purchase_order_line
    for each row when (new.quantity_sent <> 0 or new.quantity_received <> 0 or new.quantity_short <> 0)
    execute function traveler_private.refuse_derived('purchase_order_line', 'O1', 'What was sent or received');

create or replace function traveler_private.refuse_line_move(p_position integer, p_from text, p_to text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform traveler_private.refuse(409, 'move_not_allowed', 'O2',
        format('Line %s is %s and can''t become %s.', p_position, replace(p_from, '_', ' '), replace(p_to, '_', ' ')),
        coalesce((select 'From here a line can: ' || string_agg(distinct t.act, ', ' order by t.act) || '.' from traveler.purchase_order_line_transition t
            where t.from_state = p_from), 'There is no way out of this state.'),
        jsonb_build_object('state', p_from, 'allowed', coalesce((select jsonb_agg(distinct t.to_state order by t.to_state)
            from traveler.purchase_order_line_transition t where t.from_state = p_from), '[]')));
end
$$;
comment on function traveler_private.refuse_line_move is 'Refuses a move that the transition table does not have, and names the moves that there are (O2).';

-- O2: the counters that an order's status is generated from follow its lines in the same statement.
create or replace function traveler_private.count_purchase_lines() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'INSERT' then
        update traveler.purchase_order o set lines_draft = o.lines_draft + d.added
        from (select n.purchase_order_id, count(*) as added from new_rows n group by n.purchase_order_id order by n.purchase_order_id) d
        where o.org_id = traveler_private.org() and o.id = d.purchase_order_id;
    else
        update traveler.purchase_order o set lines_draft = o.lines_draft + d.draft, lines_requested = o.lines_requested + d.requested,
            lines_approved = o.lines_approved + d.approved, lines_ordered = o.lines_ordered + d.ordered,
            lines_partially_received = o.lines_partially_received + d.partially_received, lines_received = o.lines_received + d.received,
            lines_canceled = o.lines_canceled + d.canceled
        from (
            select n.purchase_order_id,
                sum((n.state = 'draft')::integer - (o.state = 'draft')::integer) as draft,
                sum((n.state = 'requested')::integer - (o.state = 'requested')::integer) as requested,
                sum((n.state = 'approved')::integer - (o.state = 'approved')::integer) as approved,
                sum((n.state = 'ordered')::integer - (o.state = 'ordered')::integer) as ordered,
                sum((n.state = 'partially_received')::integer - (o.state = 'partially_received')::integer) as partially_received,
                sum((n.state = 'received')::integer - (o.state = 'received')::integer) as received,
                sum((n.state = 'canceled')::integer - (o.state = 'canceled')::integer) as canceled
            from new_rows n join old_rows o on o.org_id = n.org_id and o.id = n.id
            where o.state <> n.state
            group by n.purchase_order_id order by n.purchase_order_id) d
        where o.org_id = traveler_private.org() and o.id = d.purchase_order_id;
    end if;
    return null;
end
$$;
comment on function traveler_private.count_purchase_lines is 'Trigger: applies the lines'' moves to the counters of their orders (O2).';
create or replace trigger _500_count_inserted_lines after insert on traveler.purchase_order_line referencing new table as new_rows
    for each statement execute function traveler_private.count_purchase_lines();
create or replace trigger _500_count_moved_lines after update on traveler.purchase_order_line referencing old table as old_rows new table as new_rows
    for each statement execute function traveler_private.count_purchase_lines();

-- Suppliers and what is ordered of them (O2): the moves of an order's lines as data, the guards over whoever writes, the acts.

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

create or replace function traveler.supplier_json(p_supplier uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', s.id, 'code', s.code, 'name', s.name, 'location_id', s.location_id,
            'archived_at', traveler.json_time(s.archived_at), 'created_at', traveler.json_time(s.created_at), 'version', s.version)
        from traveler.supplier s where s.org_id = traveler.current_org() and s.id = p_supplier
    );
end
$$;
comment on function traveler.supplier_json is 'A supplier as JSON; null when the org has no such supplier.';

-- POST /v1/suppliers: {code, name, location_id?}: without a location, one is made by the supplier's name.
create or replace function traveler.create_supplier(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_location uuid := (p_request ->> 'location_id')::uuid;
    v_id uuid;
begin
    perform traveler_private.require('purchase.edit');
    if v_location is null then
        insert into traveler.location (org_id, name, available) values (v_org, p_request ->> 'name', false) returning id into v_location;
    end if;
    insert into traveler.supplier (org_id, code, name, location_id) values (v_org, p_request ->> 'code', p_request ->> 'name', v_location) returning id into v_id;
    return traveler.supplier_json(v_id);
end
$$;
comment on function traveler.create_supplier is 'Adds a supplier, with the place where units are while it has them (O1).';

-- PATCH /v1/suppliers/{id}: {name?, archived?}
create or replace function traveler.change_supplier(p_supplier uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_now traveler.supplier;
begin
    perform traveler_private.require('purchase.edit');
    select * into v_now from traveler.supplier s where s.org_id = v_org and s.id = p_supplier for no key update;
    perform traveler_private.demand(found, 404, 'supplier_unknown', 'T1', 'There is no such supplier.');
    perform traveler_private.expect_version('supplier', p_supplier, v_now.version, p_version);
    update traveler.supplier s set name = coalesce(p_request ->> 'name', s.name),
        archived_at = case (p_request ->> 'archived')::boolean when true then coalesce(s.archived_at, now()) when false then null else s.archived_at end
    where s.org_id = v_org and s.id = p_supplier;
    return traveler.supplier_json(p_supplier);
end
$$;
comment on function traveler.change_supplier is 'Renames a supplier, or archives it: nothing new is ordered of it.';

create or replace function traveler_private.purchase_line_json(p_line traveler.purchase_order_line) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('id', p_line.id, 'purchase_order_id', p_line.purchase_order_id, 'position', p_line.position, 'part_id', p_line.part_id,
        'part_number', (select p.part_number from traveler.part p where p.org_id = p_line.org_id and p.id = p_line.part_id),
        'description', p_line.description, 'operation', p_line.operation, 'quantity', traveler.json_decimal(p_line.quantity),
        'unit_price', traveler.json_decimal(p_line.unit_price), 'currency', p_line.currency, 'need_date', p_line.need_date::text,
        'state', p_line.state, 'state_reason', p_line.state_reason, 'state_changed_by', p_line.state_changed_by,
        'state_changed_at', traveler.json_time(p_line.state_changed_at), 'requested_by', p_line.requested_by, 'approved_by', p_line.approved_by,
        'quantity_sent', traveler.json_decimal(p_line.quantity_sent), 'quantity_received', traveler.json_decimal(p_line.quantity_received),
        'quantity_short', traveler.json_decimal(p_line.quantity_short),
        'acts', (select coalesce(jsonb_agg(jsonb_build_object('act', t.act, 'to_state', t.to_state, 'permission', t.permission, 'reason', t.reason,
                'allowed', traveler.has_permission(t.permission) and o.obstacle is null,
                'refusals', case when traveler.has_permission(t.permission) then '[]' else jsonb_build_array(jsonb_build_object('code', 'permission_missing', 'rule', 'T3',
                        'message', format('This needs the permission %s.', t.permission), 'clear', 'Ask an admin of your org for a role that holds it.')) end
                    || case when o.obstacle is null then '[]' else jsonb_build_array(o.obstacle || '{"rule": "O2"}') end) order by t.act), '[]')
            from traveler.purchase_order_line_transition t
            cross join lateral (select traveler_private.line_obstacle(p_line, t.act) as obstacle) o
            where t.from_state = p_line.state and t.act <> 'receive'),
        'created_at', traveler.json_time(p_line.created_at), 'version', p_line.version);
end
$$;
comment on function traveler_private.purchase_line_json is 'A line of a purchase order with its acts (O2, S16).';

create or replace function traveler.purchase_order_json(p_order uuid) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('id', o.id, 'number', o.number, 'status', o.status, 'supplier_id', o.supplier_id, 'supplier_code', s.code, 'supplier_name', s.name,
            'note', o.note, 'lines', (select coalesce(jsonb_agg(traveler_private.purchase_line_json(l) order by l.position), '[]')
                from traveler.purchase_order_line l where l.org_id = o.org_id and l.purchase_order_id = o.id),
            'created_by', o.created_by, 'created_at', traveler.json_time(o.created_at), 'version', o.version)
        from traveler.purchase_order o join traveler.supplier s on s.org_id = o.org_id and s.id = o.supplier_id
        where o.org_id = traveler.current_org() and o.id = p_order
    );
end
$$;
comment on function traveler.purchase_order_json is 'A purchase order with its lines as JSON; null when the org has no such order.';

-- The columns of new lines, in the order given; they come after those that there are.
create or replace function traveler_private.add_purchase_lines(p_order uuid, p_lines jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into traveler.purchase_order_line (org_id, purchase_order_id, position, part_id, description, operation, quantity, unit_price, currency, need_date)
    select traveler_private.org(), p_order, m.last + x.ordinality, (x.value ->> 'part_id')::uuid, x.value ->> 'description', x.value ->> 'operation',
        traveler_private.quantity_of(x.value ->> 'quantity'), traveler_private.decimal_of(x.value ->> 'unit_price'), x.value ->> 'currency',
        (x.value ->> 'need_date')::date
    from jsonb_array_elements(p_lines) with ordinality x
    cross join (select coalesce(max(l.position), 0) as last from traveler.purchase_order_line l
        where l.org_id = traveler_private.org() and l.purchase_order_id = p_order) m;
end
$$;
comment on function traveler_private.add_purchase_lines is 'Adds lines to a purchase order that is locked (O1).';

-- POST /v1/purchase-orders: {supplier_id, note?, lines: [{part_id?, description?, operation, quantity, unit_price, currency, need_date?}]}
create or replace function traveler.create_purchase_order(p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_id uuid := traveler.new_id();
begin
    perform traveler_private.require('purchase.edit');
    insert into traveler.purchase_order (org_id, id, number, supplier_id, note, created_by)
    values (traveler.current_org(), v_id, traveler_private.next_number('purchase_order'), (p_request ->> 'supplier_id')::uuid,
        coalesce(p_request ->> 'note', ''), traveler_private.actor());
    perform traveler_private.add_purchase_lines(v_id, p_request -> 'lines');
    return traveler.purchase_order_json(v_id);
end
$$;
comment on function traveler.create_purchase_order is 'Drafts a purchase order of a supplier (O2).';

-- An order's row lock keeps changes of its lines apart; every act on a line takes it before the line's.
create or replace function traveler_private.lock_purchase_order(p_order uuid, p_version integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    v_version integer;
begin
    select o.version into v_version from traveler.purchase_order o where o.org_id = traveler_private.org() and o.id = p_order for no key update;
    perform traveler_private.demand(found, 404, 'purchase_order_unknown', 'T1', 'There is no such purchase order.');
    perform traveler_private.expect_version('purchase_order', p_order, v_version, p_version);
end
$$;
comment on function traveler_private.lock_purchase_order is 'Locks a purchase order for an act on it; refuses an unknown one, or a stale one (412).';

-- PATCH /v1/purchase-orders/{id}: {note?, add_lines?: [...]}
create or replace function traveler.change_purchase_order(p_order uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
begin
    perform traveler_private.require('purchase.edit');
    perform traveler_private.lock_purchase_order(p_order, p_version);
    update traveler.purchase_order o set note = p_request ->> 'note'
    where o.org_id = v_org and o.id = p_order and p_request ? 'note' and o.note <> p_request ->> 'note';
    perform traveler_private.add_purchase_lines(p_order, p_request -> 'add_lines');
    return traveler.purchase_order_json(p_order);
end
$$;
comment on function traveler.change_purchase_order is 'Changes the note of a purchase order, or adds lines to it, in draft (O2).';

-- PATCH /v1/purchase-order-lines/{id}: {part_id?, description?, operation?, quantity?, unit_price?, currency?, need_date?}
create or replace function traveler.change_purchase_order_line(p_line uuid, p_version integer, p_request jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_order uuid;
    v_now traveler.purchase_order_line;
begin
    perform traveler_private.require('purchase.edit');
    select l.purchase_order_id into v_order from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line;
    perform traveler_private.demand(found, 404, 'line_unknown', 'T1', 'There is no such purchase order line.');
    perform traveler_private.lock_purchase_order(v_order, null);
    select * into v_now from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line for no key update;
    perform traveler_private.expect_version('purchase_order_line', p_line, v_now.version, p_version);
    update traveler.purchase_order_line l set
        part_id = case when p_request ? 'part_id' then (p_request ->> 'part_id')::uuid else l.part_id end,
        description = case when p_request ? 'description' then p_request ->> 'description' else l.description end,
        operation = coalesce(p_request ->> 'operation', l.operation),
        quantity = coalesce(traveler_private.quantity_of(p_request ->> 'quantity'), l.quantity),
        unit_price = coalesce(traveler_private.decimal_of(p_request ->> 'unit_price'), l.unit_price),
        currency = coalesce(p_request ->> 'currency', l.currency),
        need_date = case when p_request ? 'need_date' then (p_request ->> 'need_date')::date else l.need_date end
    where l.org_id = v_org and l.id = p_line;
    select * into strict v_now from traveler.purchase_order_line l where l.org_id = v_org and l.id = p_line;
    return traveler_private.purchase_line_json(v_now);
end
$$;
comment on function traveler.change_purchase_order_line is 'Edits a line of a purchase order, in draft (O2).';

-- POST /v1/purchase-orders/{id}/request, return, approve, revise, order, close, cancel: {line_ids?, reason?}: the lines that are named, or all
-- that can go that way.
create or replace function traveler.act_on_purchase_order(p_act text, p_order uuid, p_version integer default null, p_request jsonb default '{}') returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_org uuid := traveler.current_org();
    v_ids uuid[] := array(select jsonb_array_elements_text(p_request -> 'line_ids')::uuid);
    v_stuck traveler.purchase_order_line;
    v_rows integer;
begin
    perform traveler_private.demand(p_act in ('request', 'return', 'approve', 'revise', 'order', 'close', 'cancel'), 422, 'act_unknown', 'O2',
        format('There is no act "%s" on a purchase order.', p_act));
    -- Who may cancel what was ordered is asked line by line.
    perform traveler_private.require(case when p_act in ('return', 'approve') then 'purchase.approve' when p_act in ('order', 'close') then 'purchase.order'
        when p_act = 'cancel' and traveler.has_permission('purchase.order') then 'purchase.order' else 'purchase.edit' end);
    if p_request ->> 'reason' is not null then
        perform traveler_private.give_reason(p_request ->> 'reason');
    end if;
    perform traveler_private.lock_purchase_order(p_order, p_version);
    perform from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order order by l.id for no key update;
    if v_ids = '{}' then
        v_ids := array(select l.id from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order
            and l.state in (select t.from_state from traveler.purchase_order_line_transition t where t.act = p_act));
        perform traveler_private.demand(v_ids <> '{}', 409, 'move_not_allowed', 'O2', format('No line of this order can go that way: to %s.', p_act),
            'Look at what each line can do.');
    end if;
    select * into v_stuck from traveler.purchase_order_line l where l.org_id = v_org and l.purchase_order_id = p_order and l.id = any (v_ids)
        and not exists (select from traveler.purchase_order_line_transition t where t.from_state = l.state and t.act = p_act) order by l.position limit 1;
    if found then
        perform traveler_private.refuse_line_move(v_stuck.position, v_stuck.state, (select min(t.to_state) from traveler.purchase_order_line_transition t where t.act = p_act));
    end if;
    update traveler.purchase_order_line l set state = t.to_state
    from traveler.purchase_order_line_transition t
    where l.org_id = v_org and l.purchase_order_id = p_order and l.id = any (v_ids) and t.from_state = l.state and t.act = p_act;
    get diagnostics v_rows = row_count;
    perform traveler_private.demand(v_rows = (select count(distinct i) from unnest(v_ids) i), 404, 'line_unknown', 'T1', 'One of the lines is not of this order.');
    return traveler.purchase_order_json(p_order);
end
$$;
comment on function traveler.act_on_purchase_order is 'Requests, returns, approves, revises, orders, closes or cancels lines of a purchase order (O2).';
